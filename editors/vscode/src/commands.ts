// The palette's commands. Those that the server carries out are sent to it under its own names
// (`midword.toggle`, `midword.addWord` ...), which the client library registers itself.

import * as vscode from "vscode";
import { type LanguageClient } from "vscode-languageclient/node";
import { isProse, MODES, modeOf } from "./mode";

type Scope = "file" | "language" | "everywhere";

const WORD = /[\p{L}\p{M}]+(?:['’-][\p{L}\p{M}]+)*/u;

/** A row of the server's `midword.models`. */
interface Model {
  readonly name: string;
  readonly default: boolean;
  readonly problem: string | null;
}

/** What the commands need of the running extension. */
export interface Host {
  readonly client: LanguageClient | undefined;
  readonly log: vscode.OutputChannel;
  readonly suggest: () => Promise<void>;
  readonly restart: () => Promise<void>;
  readonly install: () => Promise<void>;
}

export function registerCommands(host: Host): vscode.Disposable[] {
  const handlers: Record<string, () => unknown> = {
    menu: () => showMenu(host),
    suggest: host.suggest,
    toggleEverywhere: () => toggle(host, "everywhere"),
    toggleLanguage: () => toggle(host, "language"),
    toggleFile: () => toggle(host, "file"),
    chooseMode,
    selectModel: () => selectModel(host),
    addWordAtCursor: () => addWord(host, "midword.addWord"),
    neverSuggestWordAtCursor: () => addWord(host, "midword.neverSuggest"),
    showStatus: () => showStatus(host),
    showLog: () => host.log.show(true),
    restart: host.restart,
    install: host.install,
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
  const choice = await vscode.window.showQuickPick(items, { title: "How should suggestions show?" });
  if (choice !== undefined) {
    const configuration = vscode.workspace.getConfiguration("midword", document);
    // In source code only a setting for its language counts.
    const byLanguage = document !== undefined && !isProse(document);
    await configuration.update("mode", choice.mode, vscode.ConfigurationTarget.Global, byLanguage);
  }
}

async function showMenu(host: Host): Promise<void> {
  const language = vscode.window.activeTextEditor?.document.languageId;
  const entries: [string, string][] = [
    ["$(circle-slash) Turn on or off for this file", "midword.toggleFile"],
    [`$(circle-slash) Turn on or off for ${language ?? "this language"}`, "midword.toggleLanguage"],
    ["$(circle-slash) Turn on or off everywhere", "midword.toggleEverywhere"],
    ["$(eye) Choose how suggestions show", "midword.chooseMode"],
    ["$(book) Add the word at the cursor to the dictionary", "midword.addWordAtCursor"],
    ["$(hubot) Choose the model", "midword.selectModel"],
    ["$(info) Show status", "midword.showStatus"],
    ["$(output) Show log", "midword.showLog"],
    ["$(debug-restart) Restart the server", "midword.restart"],
    ["$(gear) Settings", "workbench.action.openSettings"],
  ];
  const offline = new Set(["midword.showLog", "midword.restart", "midword.chooseMode"]);
  const items = entries
    .filter(([, command]) => host.client !== undefined || offline.has(command))
    .map(([label, command]) => ({ label, command }));
  if (host.client === undefined) {
    items.unshift({ label: "$(cloud-download) Install the server", command: "midword.install" });
  }
  const choice = await vscode.window.showQuickPick(items, { title: "Midword" });
  if (choice !== undefined) {
    const isSettings = choice.command === "workbench.action.openSettings";
    await vscode.commands.executeCommand(choice.command, ...(isSettings ? ["@ext:midword.midword"] : []));
  }
}

async function toggle(host: Host, scope: Scope): Promise<void> {
  if (scope === "everywhere" && host.client === undefined) {
    return host.restart();
  }
  const document = vscode.window.activeTextEditor?.document;
  const result = await call<{ enabled?: boolean }>(host, "midword.toggle", {
    scope,
    uri: document?.uri.toString(),
    languageId: document?.languageId,
  });
  if (typeof result?.enabled === "boolean") {
    const where = scope === "file" ? "in this file" : scope === "language" ? `in ${document?.languageId}` : "everywhere";
    const what = result.enabled ? "on" : "off";
    vscode.window.setStatusBarMessage(`Midword is ${what} ${where}.`, 5000);
  }
}

async function selectModel(host: Host): Promise<void> {
  const answer = await call<{ models: Model[] }>(host, "midword.models", {});
  const items = (answer?.models ?? []).map((model) => ({
    label: model.name,
    description: model.problem ?? (model.default ? "the default" : ""),
    model: model.name,
  }));
  const choice = await vscode.window.showQuickPick(items, {
    title: "Which model should suggest words?",
    placeHolder: "More come with `midword models pull NAME` in a terminal",
  });
  if (choice !== undefined) {
    await call(host, "midword.chooseModel", { model: choice.model });
  }
}

async function addWord(host: Host, command: "midword.addWord" | "midword.neverSuggest"): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    return;
  }
  const { document, selection } = editor;
  const range = selection.isEmpty ? document.getWordRangeAtPosition(selection.active, WORD) : selection;
  const word = range === undefined ? "" : document.getText(range).trim();
  if (word === "") {
    void vscode.window.showInformationMessage("Put the cursor on a word, or select one, first.");
    return;
  }
  const scopes = [
    { label: "My dictionary", description: "for everything you write", scope: "personal" },
    { label: "This folder's dictionary", description: "a file that can be shared with others", scope: "project" },
  ];
  const inFolder = vscode.workspace.getWorkspaceFolder(document.uri) !== undefined;
  const title = command === "midword.addWord" ? `Add “${word}” to` : `Never suggest “${word}”: note it in`;
  const choice = inFolder ? await vscode.window.showQuickPick(scopes, { title }) : scopes[0];
  if (choice === undefined) {
    return;
  }
  const argument = { word, scope: choice.scope, uri: document.uri.toString() };
  const saved = await call<{ saved: boolean; path: string }>(host, command, argument);
  if (saved?.saved) {
    vscode.window.setStatusBarMessage(`Midword: “${word}” is noted in ${saved.path}.`, 5000);
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
async function call<T>(host: Host, command: string, argument: object): Promise<T | undefined> {
  if (host.client === undefined) {
    const start = "Restart";
    if ((await vscode.window.showWarningMessage("Midword's server is not running.", start)) === start) {
      await host.restart();
    }
    return undefined;
  }
  return host.client.sendRequest<T>("workspace/executeCommand", { command, arguments: [argument] });
}
