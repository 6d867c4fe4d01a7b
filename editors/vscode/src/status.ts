// The item in the status bar: what the server is doing, and whether it is paused in the file in front.

import * as vscode from "vscode";

const { l10n } = vscode;

/** Why nothing is suggested in a document: a switch, the settings, or nothing reads its language. */
type Pause = "file" | "language" | "everywhere" | "settings" | "unknown language";

/** The server's notification `midword/status`, or what the client says while there is no server. */
export interface Status {
  readonly state: "loading" | "ready" | "degraded" | "paused" | "starting" | "ended" | "stopped" | "missing";
  readonly model?: string;
  readonly runtime?: string;
  readonly device?: string;
  /** Milliseconds of recent answers. */
  readonly latencyMs?: { readonly p50?: number | null; readonly p95?: number | null };
  readonly message?: string;
  /** Of the document that was asked about: null where words are suggested. */
  readonly paused?: Pause | null;
  /** Of that document: whether suggestions are on in it, in its language, and everywhere else. */
  readonly on?: Readonly<Partial<Record<"file" | "language" | "everywhere", boolean>>>;
}

const ICONS: Record<Status["state"], string> = {
  loading: "$(loading~spin)",
  ready: "$(edit)",
  degraded: "$(warning)",
  paused: "$(debug-pause)",
  starting: "$(loading~spin)",
  ended: "$(circle-slash)",
  stopped: "$(error)",
  missing: "$(cloud-download)",
};

const MEANINGS: Record<Exclude<Status["state"], "paused">, string> = {
  loading: l10n.t("The model is being loaded; words from your documents show already."),
  ready: l10n.t("Ready."),
  degraded: l10n.t("Suggestions come without the model."),
  starting: l10n.t("The server is starting."),
  ended: l10n.t("The server was stopped. Restart it from the menu."),
  stopped: l10n.t("The server is not running."),
  missing: l10n.t("The server is not installed."),
};

const PAUSES: Record<Pause, string> = {
  file: l10n.t("Paused in this file."),
  language: l10n.t("Paused in this language."),
  everywhere: l10n.t("Paused everywhere."),
  settings: l10n.t("Turned off in the settings."),
  "unknown language": l10n.t("Not at work in this language."),
};

export class StatusItem implements vscode.Disposable {
  private status: Status = { state: "starting" };
  private pause: Pause | null = null;
  private readonly item = vscode.window.createStatusBarItem(
    "midword.status",
    vscode.StatusBarAlignment.Right,
    90,
  );

  constructor() {
    this.item.name = "Midword";
    this.render();
    this.item.show();
  }

  get model(): string | undefined {
    return this.status.model;
  }

  /** Shows what the server says; a pause stays until an answer is about the file in front. */
  show(status: Status): void {
    this.status = status;
    if (status.paused !== undefined) {
      this.pause = status.paused;
    }
    this.render();
  }

  /** Forgets the last file's pause. */
  forget(): void {
    this.pause = null;
    this.render();
  }

  dispose(): void {
    this.item.dispose();
  }

  private render(): void {
    const { status } = this;
    const isServed = !["starting", "ended", "stopped", "missing"].includes(status.state);
    const pause = isServed ? this.pause : null;
    // The server's "paused" is about everything, whatever was switched on again since.
    const state = status.state === "paused" ? "ready" : status.state;
    const meaning = pause === null ? MEANINGS[state] : PAUSES[pause];
    const isMissing = state === "missing";
    const name = isMissing ? l10n.t("Midword: install") : "Midword";
    this.item.text = `${ICONS[pause === null ? state : "paused"]} ${name}`;
    this.item.command = isMissing ? "midword.install" : "midword.menu";
    this.item.tooltip = new vscode.MarkdownString(tooltip(status, meaning), true);
    this.item.accessibilityInformation = { label: `Midword: ${meaning}` };
    const isLoud = state === "stopped" || state === "degraded" || isMissing;
    this.item.backgroundColor = isLoud ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  }
}

function tooltip(status: Status, meaning: string): string {
  const lines = [`**Midword** · ${meaning}`];
  if (status.message) {
    lines.push(status.message);
  }
  if (status.model) {
    const where = [status.runtime, status.device].filter(Boolean).join(" on ");
    lines.push(l10n.t("Model: {0}", `${status.model}${where ? ` (${where})` : ""}`));
  }
  const { p50, p95 } = status.latencyMs ?? {};
  if (typeof p50 === "number") {
    const half = l10n.t("Half of the answers within {0} ms", p50.toFixed(1));
    lines.push(typeof p95 === "number" ? `${half}, ${l10n.t("95 of 100 within {0} ms", p95.toFixed(1))}` : half);
  }
  return lines.join("\n\n");
}
