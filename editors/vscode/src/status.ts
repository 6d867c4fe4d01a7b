// The item in the status bar: what the server is doing.

import * as vscode from "vscode";

/** The server's notification `midword/status`. */
export interface ServerStatus {
  readonly state: "loading" | "ready" | "degraded" | "paused";
  readonly model?: string;
  readonly runtime?: string;
  readonly device?: string;
  /** Milliseconds of recent answers. */
  readonly latencyMs?: { readonly p50?: number | null; readonly p95?: number | null };
  readonly message?: string;
}

export type ClientState = "starting" | "stopped" | "missing";

const ICONS: Record<ServerStatus["state"] | ClientState, string> = {
  loading: "$(loading~spin)",
  ready: "$(edit)",
  degraded: "$(warning)",
  paused: "$(debug-pause)",
  starting: "$(loading~spin)",
  stopped: "$(error)",
  missing: "$(cloud-download)",
};

const MEANINGS: Record<ServerStatus["state"] | ClientState, string> = {
  loading: "The model is being loaded; words from your documents show already.",
  ready: "Ready.",
  degraded: "Suggestions come without the model.",
  paused: "Paused here.",
  starting: "The server is starting.",
  stopped: "The server is not running.",
  missing: "The server is not installed.",
};

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "midword.status",
    vscode.StatusBarAlignment.Right,
    90,
  );

  constructor() {
    this.item.name = "Midword";
    this.item.command = "midword.menu";
    this.show({ state: "starting" });
    this.item.show();
  }

  show(status: ServerStatus | { readonly state: ClientState; readonly message?: string }): void {
    this.item.text = `${ICONS[status.state]} Midword`;
    this.item.tooltip = new vscode.MarkdownString(tooltip(status), true);
    this.item.accessibilityInformation = { label: `Midword: ${MEANINGS[status.state]}` };
    const loud = status.state === "stopped" || status.state === "degraded";
    this.item.backgroundColor = loud ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  }

  dispose(): void {
    this.item.dispose();
  }
}

function tooltip(status: ServerStatus | { readonly state: ClientState; readonly message?: string }): string {
  const lines = [`**Midword** · ${MEANINGS[status.state]}`];
  if (status.message) {
    lines.push(status.message);
  }
  if ("model" in status && status.model) {
    const where = [status.runtime, status.device].filter(Boolean).join(" on ");
    lines.push(`Model: ${status.model}${where ? ` (${where})` : ""}`);
  }
  const p50 = "latencyMs" in status ? status.latencyMs?.p50 : undefined;
  if (typeof p50 === "number") {
    const p95 = "latencyMs" in status ? status.latencyMs?.p95 : undefined;
    const slow = typeof p95 === "number" ? `, 95 of 100 within ${p95.toFixed(1)} ms` : "";
    lines.push(`Half of the answers within ${p50.toFixed(1)} ms${slow}`);
  }
  return lines.join("\n\n");
}
