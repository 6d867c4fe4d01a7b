// The connection to the server: starting, watching, restarting.

import * as vscode from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  type LanguageClientOptions,
  type Middleware,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import type { ServerCommand } from "./server";
import { serverSettings } from "./settings";

const SCHEMES = ["file", "untitled", "vscode-notebook-cell", "vscode-vfs"];
const MOST_RESTARTS = 5;
const RESTART_WINDOW_MS = 3 * 60_000;

/** A client for documents in `languages`, not yet started. `onLost` hears of a server that died. */
export function createClient(
  server: ServerCommand,
  languages: readonly string[],
  middleware: Middleware,
  log: vscode.LogOutputChannel,
  onLost: (willRestart: boolean) => void,
): LanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: languages.flatMap((language) => SCHEMES.map((scheme) => ({ language, scheme }))),
    initializationOptions: { ...serverSettings(), statusNotifications: true },
    outputChannel: log,
    traceOutputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    errorHandler: new RestartingErrorHandler(onLost),
    middleware: {
      ...middleware,
      workspace: {
        // Ours, in place of the default, which sends every default and the client's own settings.
        configuration: (params) =>
          params.items.map((item) =>
            item.section === "midword"
              ? serverSettings(item.scopeUri === undefined ? undefined : vscode.Uri.parse(item.scopeUri))
              : null,
          ),
      },
    },
  };
  const { command, args } = server;
  return new LanguageClient("midword", "Midword", { command, args: [...args] }, options);
}

/** Starts a lost server again, unless it is lost again and again. */
class RestartingErrorHandler implements ErrorHandler {
  private readonly losses: number[] = [];

  constructor(private readonly onLost: (willRestart: boolean) => void) {}

  error(_error: Error, _message: unknown, count: number | undefined) {
    return { action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true };
  }

  closed(): CloseHandlerResult {
    const now = Date.now();
    this.losses.push(now);
    const recent = this.losses.filter((time) => now - time < RESTART_WINDOW_MS).length;
    const willRestart = recent <= MOST_RESTARTS;
    this.onLost(willRestart);
    return { action: willRestart ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
  }
}
