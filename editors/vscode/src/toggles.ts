// What was switched on or off in this session. The server keeps these switches; the status bar shows
// them for the document in front, which the server's status is not about.

import * as vscode from "vscode";

export type Scope = "file" | "language" | "everywhere";

/** Why nothing is suggested in a document: a switch, or a setting. */
export type Pause = Scope | "settings";

export class Toggles {
  private readonly files = new Map<string, boolean>();
  private readonly languages = new Map<string, boolean>();
  private everywhere: boolean | undefined;

  /** Notes a switch; a wider one resets the narrower ones, as in the server. */
  switched(scope: Scope, document: vscode.TextDocument | undefined, enabled: boolean): void {
    if (scope === "everywhere") {
      this.clear();
      this.everywhere = enabled;
    } else if (document !== undefined && scope === "language") {
      this.files.delete(document.uri.toString());
      this.languages.set(document.languageId, enabled);
    } else if (document !== undefined) {
      this.files.set(document.uri.toString(), enabled);
    }
  }

  /** Forgets all switches, as a server that starts anew does. */
  clear(): void {
    this.files.clear();
    this.languages.clear();
    this.everywhere = undefined;
  }

  /** Why nothing is suggested in `document`; undefined if words are. The narrower switch counts. */
  pauseOf(document: vscode.TextDocument): Pause | undefined {
    const switches: [Scope, boolean | undefined][] = [
      ["file", this.files.get(document.uri.toString())],
      ["language", this.languages.get(document.languageId)],
      ["everywhere", this.everywhere],
    ];
    const decisive = switches.find(([, enabled]) => enabled !== undefined);
    if (decisive !== undefined) {
      return decisive[1] ? undefined : decisive[0];
    }
    const settings = vscode.workspace.getConfiguration("midword", document);
    const languages = settings.get<Record<string, boolean>>("languages", {});
    const isOn = settings.get("enabled", true) && (languages[document.languageId] ?? true);
    return isOn ? undefined : "settings";
  }
}
