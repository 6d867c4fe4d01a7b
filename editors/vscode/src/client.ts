// The connection to the server: starting, watching, restarting.

import type { ChildProcess } from "node:child_process";
import * as vscode from "vscode";
import {
  CloseAction,
  type CloseHandlerResult,
  ErrorAction,
  type ErrorHandler,
  type Executable,
  LanguageClient,
  type LanguageClientOptions,
  type MessageTransports,
  type Middleware,
  RevealOutputChannelOn,
} from "vscode-languageclient/node";
import type { Server } from "./server";
import { serverSettings } from "./settings";

const SCHEMES = ["file", "untitled", "vscode-notebook-cell", "vscode-vfs"];
const MOST_RESTARTS = 5;
const RESTART_WINDOW_MS = 3 * 60_000;
const EXIT_WAIT_MS = 2000; // between the end of a server's output and its own

/** What becomes of a server that is gone: it was told to end, starts again, or died too often. */
export type Loss = "ended" | "restarting" | "given up";

/** A client for documents in `languages`, not yet started. `onLost` hears of a server that is gone. */
export function createClient(
  server: Server,
  languages: readonly string[],
  middleware: Middleware,
  log: vscode.LogOutputChannel,
  onLost: (loss: Loss) => void,
): LanguageClient {
  const errorHandler = new RestartingErrorHandler(onLost);
  const options: LanguageClientOptions = {
    documentSelector: languages.flatMap((language) => SCHEMES.map((scheme) => ({ language, scheme }))),
    initializationOptions: { ...serverSettings(), statusNotifications: true },
    outputChannel: log,
    traceOutputChannel: log,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    errorHandler,
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
  const [command, ...own] = server.program;
  const executable = { command, args: [...own, ...server.args] };
  return new WatchedClient("midword", "Midword", executable, options, errorHandler);
}

/** A client whose error handler knows the server's process. */
class WatchedClient extends LanguageClient {
  constructor(
    id: string,
    name: string,
    server: Executable,
    options: LanguageClientOptions,
    private readonly watcher: RestartingErrorHandler,
  ) {
    super(id, name, server, options);
  }

  protected override async createMessageTransports(encoding: string): Promise<MessageTransports> {
    const transports = await super.createMessageTransports(encoding);
    this.watcher.watch(this.serverProcess); // gone from here by the time that it is lost
    return transports;
  }
}

/** Starts a lost server again, unless it is lost again and again or was told to end. */
class RestartingErrorHandler implements ErrorHandler {
  private readonly losses: number[] = [];
  private exitCode: Promise<number | null> = Promise.resolve(null);

  constructor(private readonly onLost: (loss: Loss) => void) {}

  /** Learns the exit code of a server that has just been started. */
  watch(server: ChildProcess | undefined): void {
    this.exitCode = new Promise((resolve) => server?.once("exit", resolve));
  }

  error(_error: Error, _message: unknown, count: number | undefined) {
    return { action: (count ?? 0) <= 3 ? ErrorAction.Continue : ErrorAction.Shutdown, handled: true };
  }

  async closed(): Promise<CloseHandlerResult> {
    // Only after `midword stop`, or a request to shut down, does it end with 0.
    if ((await Promise.race([this.exitCode, nothingAfter(EXIT_WAIT_MS)])) === 0) {
      this.onLost("ended");
      return { action: CloseAction.DoNotRestart, message: "The server was stopped.", handled: true };
    }
    const now = Date.now();
    this.losses.push(now);
    const recent = this.losses.filter((time) => now - time < RESTART_WINDOW_MS).length;
    const willRestart = recent <= MOST_RESTARTS;
    this.onLost(willRestart ? "restarting" : "given up");
    return { action: willRestart ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
  }
}

function nothingAfter(milliseconds: number): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), milliseconds));
}
