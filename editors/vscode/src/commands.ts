// The palette's commands. Those that the server carries out are sent to it under its own names
// (`midword.toggle`, `midword.addWord` ...), which the client library registers itself.

import * as vscode from "vscode";
import { type LanguageClient } from "vscode-languageclient/node";
import { showMenu } from "./menu";
import { isProse, MODES, modeOf } from "./mode";
import { chooseModel } from "./models";
import { reportSuggestion } from "./report";
import type { Server } from "./server";

const { l10n } = vscode;

export type Scope = "file" | "language" | "everywhere";

const WORD = /[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*/u;

/** What the commands need of the running extension. */
export interface Host {
  readonly client: LanguageClient | undefined;
  /** The program behind the client, or the one that did not start. */
  readonly server: Server | undefined;
  /** The name of the model that answers. */
  readonly model: string | undefined;
  readonly log: vscode.OutputChannel;
  readonly suggest: () => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly install: () => Promise<void>;
  readonly update: () => Promise<void>;
  /** Shows an error, with a way to the log. */
  readonly fail: (error: unknown) => Promise<void>;
}

export function registerCommands(host: Host): vscode.Disposable[] {
  const handlers: Record<string, () => unknown> = {
    menu: () => showMenu(host),
    suggest: host.suggest,
    toggleEverywhere: () => toggle(host, "everywhere"),
    toggleLanguage: () => toggle(host, "language"),
    toggleFile: () => toggle(host, "file"),
    chooseMode,
    selectModel: () => chooseModel(host).catch(host.fail),
    addWordAtCursor: () => addWord(host, "midword.addWord"),
    neverSuggestWordAtCursor: () => addWord(host, "midword.neverSuggest"),
    report: () => reportSuggestion(host),
    showStatus: () => showStatus(host),
    showLog: () => host.log.show(true),
    restart: host.restart,
    install: host.install,
    update: host.update,
  };
  return Object.entries(handlers).map(([name, handler]) =>
    vscode.commands.registerCommand(`midword.${name}`, handler),
  );
}

/** Asks how suggestions show, and keeps the answer in the user's settings. */
export async function chooseMode(): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const current = modeOf(document);
  const items = MODES.map(({ mode, label, description }) => ({
    mode,
    label: mode === current ? `$(check) ${label}` : label,
    description,
  }));
  const title = l10n.t("How should suggestions show?");
  const choice = await vscode.window.showQuickPick(items, { title });
  if (choice !== undefined) {
    const configuration = vscode.workspace.getConfiguration("midword", document);
    // In source code only a setting for its language counts.
    const byLanguage = document !== undefined && !isProse(document);
    await configuration.update("mode", choice.mode, vscode.ConfigurationTarget.Global, byLanguage);
  }
}

/** Switches suggestions on or off, to the other state if none is given, and says so. */
export async function toggle(host: Host, scope: Scope, enabled?: boolean): Promise<void> {
  if (scope === "everywhere" && host.client === undefined) {
    return host.restart();
  }
  const document = vscode.window.activeTextEditor?.document;
  const languageId = document?.languageId ?? "";
  const result = await call<{ enabled?: boolean }>(host, "midword.toggle", {
    scope,
    uri: document?.uri.toString(),
    languageId,
    enabled,
  });
  if (typeof result?.enabled === "boolean") {
    vscode.window.setStatusBarMessage(switched(scope, result.enabled, languageId), 5000);
  }
}

function switched(scope: Scope, isOn: boolean, language: string): string {
  switch (scope) {
    case "file":
      return isOn ? l10n.t("Midword is on in this file.") : l10n.t("Midword is off in this file.");
    case "language":
      return isOn ? l10n.t("Midword is on in {0}.", language) : l10n.t("Midword is off in {0}.", language);
    case "everywhere":
      return isOn ? l10n.t("Midword is on everywhere.") : l10n.t("Midword is off everywhere.");
  }
}

/** The selected text, or the word at the cursor; empty where there is none. */
export function wordAtCursor(): string {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return "";
  }
  const { document, selection } = editor;
  const range = selection.isEmpty ? document.getWordRangeAtPosition(selection.active, WORD) : selection;
  return range === undefined ? "" : document.getText(range).trim();
}

async function addWord(host: Host, command: "midword.addWord" | "midword.neverSuggest"): Promise<void> {
  const document = vscode.window.activeTextEditor?.document;
  const word = wordAtCursor();
  if (document === undefined || word === "") {
    void vscode.window.showInformationMessage(l10n.t("Put the cursor on a word, or select one, first."));
    return;
  }
  const scopes = [
    { label: l10n.t("My dictionary"), description: l10n.t("for everything you write"), scope: "personal" },
    {
      label: l10n.t("This folder's dictionary"),
      description: l10n.t("a file that can be shared with others"),
      scope: "project",
    },
  ];
  const inFolder = vscode.workspace.getWorkspaceFolder(document.uri) !== undefined;
  const isWanted = command === "midword.addWord";
  const title = isWanted ? l10n.t("Add “{0}” to", word) : l10n.t("Never suggest “{0}”: note it in", word);
  const choice = inFolder ? await vscode.window.showQuickPick(scopes, { title }) : scopes[0];
  if (choice === undefined) {
    return;
  }
  const argument = { word, scope: choice.scope, uri: document.uri.toString() };
  const saved = await call<{ saved: boolean; path: string }>(host, command, argument);
  if (saved?.saved) {
    const message = l10n.t("Midword: “{0}” is noted in {1}.", word, saved.path);
    vscode.window.setStatusBarMessage(message, 5000);
  }
}

async function showStatus(host: Host): Promise<void> {
  const status = await call<Record<string, unknown>>(host, "midword.status", {});
  if (status !== undefined) {
    const detail = describe(status).join("\n");
    await vscode.window.showInformationMessage("Midword", { modal: true, detail });
  }
}

/** One line a value; nested ones as `outer inner: value`. Tables are left out. */
function describe(value: object, prefix = ""): string[] {
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const title = `${prefix}${name.replace(/([A-Z])/g, " $1").toLowerCase()}`;
    if (typeof inner === "object" && inner !== null) {
      return Array.isArray(inner) ? [] : describe(inner, `${title} `);
    }
    return inner === null || inner === undefined || inner === "" ? [] : [`${title}: ${inner}`];
  });
}

/** Has the server run one of its commands; without a server, says so. */
export async function call<T>(host: Host, command: string, argument: object): Promise<T | undefined> {
  if (host.client === undefined) {
    const start = l10n.t("Restart");
    const message = l10n.t("Midword's server is not running.");
    if ((await vscode.window.showWarningMessage(message, start)) === start) {
      await host.restart();
    }
    return undefined;
  }
  return host.client.sendRequest<T>("workspace/executeCommand", { command, arguments: [argument] });
}
