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

// Within which a letter's requests come: VS Code asks again when another extension registers a source,
// as one does that wakes at the first letter of a language.
const TYPED_MS = 5000;
const MOST = 20; // places that are kept

export class AloneInProse implements vscode.CompletionItemProvider, vscode.Disposable {
  // Where letters were typed, and when. By place: while one letter's request is on its way the next
  // letter may come.
  private readonly typed = new Map<string, number>();
  private readonly subscriptions: vscode.Disposable[];

  /** For documents in `languages`; `mode` knows who asks for a list just now. */
  constructor(
    languages: readonly string[],
    private readonly mode: ModeMiddleware,
  ) {
    this.subscriptions = [
      vscode.languages.registerCompletionItemProvider([...languages], this),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        for (const place of ends(contentChanges)) {
          this.typed.set(key(document, document.positionAt(place)), Date.now());
        }
        for (const old of [...this.typed.keys()].slice(0, -MOST)) {
          this.typed.delete(old);
        }
      }),
    ];
  }

  provideCompletionItems(document: vscode.TextDocument, position: vscode.Position): vscode.CompletionItem[] {
    const isTyped = Date.now() - (this.typed.get(key(document, position)) ?? 0) < TYPED_MS;
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

/** Where edits that were made at once end, in the text that they made. */
function ends(edits: readonly vscode.TextDocumentContentChangeEvent[]): number[] {
  const growth = ({ text, rangeLength }: vscode.TextDocumentContentChangeEvent) => text.length - rangeLength;
  return edits.map(({ rangeOffset, text }) =>
    edits
      .filter((other) => other.rangeOffset < rangeOffset)
      .reduce((end, other) => end + growth(other), rangeOffset + text.length),
  );
}

function key(document: vscode.TextDocument, { line, character }: vscode.Position): string {
  return `${line}:${character} ${document.uri.toString()}`;
}
