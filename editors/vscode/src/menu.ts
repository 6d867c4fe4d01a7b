// The menu behind the item in the status bar: what can be done, and how things stand.

import * as vscode from "vscode";
import { call, type Host, type Scope, toggle, wordAtCursor } from "./commands";
import { MODES, modeOf } from "./mode";
import type { Status } from "./status";

const { l10n } = vscode;

interface Entry extends vscode.QuickPickItem {
  readonly run: () => unknown;
}

export async function showMenu(host: Host): Promise<void> {
  const entries = host.client === undefined ? withoutServer(host) : await withServer(host);
  const choice = await vscode.window.showQuickPick([...entries, ...always()], { title: "Midword" });
  await choice?.run();
}

async function withServer(host: Host): Promise<Entry[]> {
  const document = vscode.window.activeTextEditor?.document;
  const uri = document?.uri.toString() ?? "";
  const status = await call<Status>(host, "midword.status", { uri });
  const on: Status["on"] = status?.on ?? { everywhere: status?.state !== "paused" };
  const switches = (["file", "language", "everywhere"] as const).flatMap((scope): Entry[] => {
    const isOn = on?.[scope];
    if (isOn === undefined) {
      return [];
    }
    const label = switchLabel(scope, isOn, document?.languageId ?? "");
    return [{ label: `$(circle-slash) ${label}`, run: () => toggle(host, scope, !isOn) }];
  });
  const mode = MODES.find(({ mode }) => mode === modeOf(document));
  const word = wordAtCursor();
  const words = [
    entry(l10n.t("Add “{0}” to a dictionary", word), "book", "addWordAtCursor"),
    entry(l10n.t("Never suggest “{0}”", word), "eye-closed", "neverSuggestWordAtCursor"),
  ];
  return [
    ...switches,
    entry(l10n.t("Choose how suggestions show (now: {0})", mode?.label ?? ""), "eye", "chooseMode"),
    ...(word === "" ? [] : words),
    entry(l10n.t("Choose or fetch a model (now: {0})", status?.model ?? ""), "hubot", "selectModel"),
    entry(l10n.t("Report a bad suggestion"), "feedback", "report"),
    entry(l10n.t("Show status"), "info", "showStatus"),
    entry(l10n.t("Update the server"), "cloud-download", "update"),
  ];
}

function withoutServer(host: Host): Entry[] {
  return [
    ...(host.server === undefined ? [entry(l10n.t("Install the server"), "cloud-download", "install")] : []),
    entry(l10n.t("Choose how suggestions show"), "eye", "chooseMode"),
  ];
}

function always(): Entry[] {
  const settings = () => vscode.commands.executeCommand("workbench.action.openSettings", "@ext:midword.midword");
  return [
    entry(l10n.t("Restart the server"), "debug-restart", "restart"),
    entry(l10n.t("Show log"), "output", "showLog"),
    { label: `$(gear) ${l10n.t("Settings")}`, run: settings },
  ];
}

function entry(label: string, icon: string, command: string): Entry {
  return { label: `$(${icon}) ${label}`, run: () => vscode.commands.executeCommand(`midword.${command}`) };
}

function switchLabel(scope: Scope, isOn: boolean, language: string): string {
  switch (scope) {
    case "file":
      return isOn ? l10n.t("Turn off for this file (on now)") : l10n.t("Turn on for this file (off now)");
    case "language":
      return isOn ? l10n.t("Turn off for {0} (on now)", language) : l10n.t("Turn on for {0} (off now)", language);
    case "everywhere":
      return isOn ? l10n.t("Turn off everywhere (on now)") : l10n.t("Turn on everywhere (off now)");
  }
}
