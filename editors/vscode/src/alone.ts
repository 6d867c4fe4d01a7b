// Keeps lists of others from opening by themselves in prose.
//
// This extension's defaults have VS Code ask for a list at every letter of a Markdown file. That is
// meant for words that the server knows; but VS Code asks others too, and those that it finds in
// the file by the settings of the language at the cursor: in fenced code and front matter, "pr" would
// bring up "prices", whether Midword is on, off or not installed.
//
// VS Code goes through the sources of lists in groups, those for any language last, and asks the next
// group only if the one before had nothing. So at a typed letter this source has an item that fits
// no text: it is never shown, and the others are not asked. A list that the writer asks for is theirs.

import * as vscode from "vscode";
import type { ModeMiddleware } from "./mode";

const TYPED_MS = 1000; // within which a letter's request comes

export class AloneInProse implements vscode.CompletionItemProvider, vscode.Disposable {
  private typed?: { document: vscode.TextDocument; at: number }; // for which no request came yet
  private readonly subscriptions: vscode.Disposable[];

  /** For documents in `languages`; `mode` knows who asks for a list just now. */
  constructor(
    languages: readonly string[],
    private readonly mode: ModeMiddleware,
  ) {
    this.subscriptions = [
      vscode.languages.registerCompletionItemProvider([...languages], this),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) {
          this.typed = { document, at: Date.now() };
        }
      }),
    ];
  }

  provideCompletionItems(document: vscode.TextDocument, position: vscode.Position): vscode.CompletionItem[] {
    const { typed } = this;
    this.typed = undefined;
    const isTyped = typed?.document === document && Date.now() - typed.at < TYPED_MS;
    const isAsked = this.mode.isAsked(document) || !(isTyped || this.mode.isAskedAnew);
    if (isAsked || position.character === 0) {
      return [];
    }
    // Items are compared with the text that they replace: a letter, which this one is not.
    const range = new vscode.Range(position.translate(0, -1), position);
    return [{ label: "Midword", filterText: "\0", insertText: "", range }];
  }

  dispose(): void {
    vscode.Disposable.from(...this.subscriptions).dispose();
  }
}
