// The setting `midword.mode`: how suggestions show.
//
// VS Code asks for completions with the same trigger kind for Ctrl+Space and for a typed letter, so
// a list that the writer asked for is told apart by our own command, `midword.suggest`, which the
// keybinding puts on Ctrl+Space. The server is told the difference: lists that nobody asked for it
// holds back as the settings say (`minLetters`, `confidence`).

import * as vscode from "vscode";
import type { Middleware } from "vscode-languageclient/node";
import manifest from "../package.json";

const { l10n } = vscode;

type AskForGreyText = Parameters<NonNullable<Middleware["provideInlineCompletionItems"]>>[4];

export type Mode = "popup" | "ghost" | "both" | "onDemand";

export const MODES: readonly { mode: Mode; label: string; description: string }[] = [
  { mode: "popup", label: l10n.t("List"), description: l10n.t("a list of words opens while you type") },
  { mode: "ghost", label: l10n.t("Grey text"), description: l10n.t("the rest of the word shows as grey text") },
  { mode: "both", label: l10n.t("Both"), description: l10n.t("the list and the grey text") },
  { mode: "onDemand", label: l10n.t("On demand"), description: l10n.t("nothing, until you press Ctrl+Space") },
];

/**
 * The mode for a document. In the comments of programs and in web pages words must not get in the
 * way of what belongs there: they come on demand, unless a setting for that language says otherwise.
 */
export function modeOf(document: vscode.TextDocument | undefined): Mode {
  const configuration = vscode.workspace.getConfiguration("midword", document);
  const mode = configuration.get<Mode>("mode", "popup");
  if (document === undefined || isProse(document)) {
    return mode;
  }
  const found = configuration.inspect("mode");
  const forLanguage = [
    found?.globalLanguageValue,
    found?.workspaceLanguageValue,
    found?.workspaceFolderLanguageValue,
  ];
  return forLanguage.some((value) => value !== undefined) ? mode : "onDemand";
}

/** The languages of writers: those whose defaults this extension changes. */
export const PROSE: readonly string[] = Object.keys(manifest.contributes.configurationDefaults).flatMap(
  (key) => key.slice(1, -1).split("]["),
);

export function isProse(document: vscode.TextDocument): boolean {
  return PROSE.includes(document.languageId);
}

/** True if no list opens by itself. */
function isQuiet(mode: Mode): boolean {
  return mode === "ghost" || mode === "onDemand";
}

// Letters that the window has, and that have not come here yet, are no older than this.
const LAG_MS = 100;

const ASKED_MS = 1000; // within which what was asked for comes

const WANTED: vscode.CompletionContext = {
  triggerKind: vscode.CompletionTriggerKind.Invoke,
  triggerCharacter: undefined,
};

/** Lets through the requests that the mode wants answered. */
export class ModeMiddleware
  implements Pick<Middleware, "provideCompletionItem" | "provideInlineCompletionItems">
{
  private asked?: { document: vscode.TextDocument; version: number; at: number; hasCome: boolean };
  private requests = 0; // how many came
  private askedAnewAt = -Infinity; // when we asked for letters that were typed
  private listIsWanted = false; // the open list was asked for: go on with it as letters come

  private shown?: { document: vscode.TextDocument; start: vscode.Position; text: string }; // in grey

  /** Opens a list in any mode. */
  async suggest(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (document !== undefined) {
      this.asked = { document, version: document.version, at: Date.now(), hasCome: false };
    }
    await vscode.commands.executeCommand("editor.action.triggerSuggest");
  }

  /** Whether a request for a list in a document is the one that the writer asked for. */
  isAsked(document: vscode.TextDocument): boolean {
    const { asked } = this;
    if (asked?.document !== document || Date.now() - asked.at >= ASKED_MS) {
      return false;
    }
    // It may come behind one that the last letter made, or with a letter that was typed since.
    return asked.version === document.version || !asked.hasCome;
  }

  /** Whether a list was asked for just now that typing would have opened. */
  get isAskedAnew(): boolean {
    return Date.now() - this.askedAnewAt < ASKED_MS;
  }

  readonly provideCompletionItem: NonNullable<Middleware["provideCompletionItem"]> = (
    document,
    position,
    context,
    token,
    next,
  ) => {
    const continues =
      context.triggerKind === vscode.CompletionTriggerKind.TriggerForIncompleteCompletions;
    const isAsked = this.isAsked(document);
    if (isAsked && this.asked !== undefined) {
      this.asked.hasCome = true;
    }
    this.listIsWanted = isAsked || (continues && this.listIsWanted);
    if (!this.listIsWanted && isQuiet(modeOf(document))) {
      return undefined;
    }
    const told = this.listIsWanted ? WANTED : unasked(document, position, context);
    return this.answer(document, next(document, position, told, token), token);
  };

  /**
   * Passes the list on; asks anew if it is empty and the writer typed on meanwhile. VS Code would
   * wait for the next key: a word whose letters all come while the list for the space before it is
   * on its way would get none.
   */
  private async answer<T extends vscode.CompletionItem[] | vscode.CompletionList>(
    document: vscode.TextDocument,
    list: vscode.ProviderResult<T>,
    token: vscode.CancellationToken,
  ): Promise<T | null | undefined> {
    const { version } = document;
    const request = ++this.requests;
    const found = await list;
    const items = Array.isArray(found) ? found : found?.items;
    if (!items?.length && !token.isCancellationRequested) {
      setTimeout(() => {
        if (document.version !== version && this.requests === request) {
          this.askedAnewAt = Date.now();
          void askAnew(document);
        }
      }, LAG_MS);
    }
    return found;
  }

  readonly provideInlineCompletionItems: NonNullable<Middleware["provideInlineCompletionItems"]> = (
    document,
    position,
    context,
    token,
    next,
  ) => {
    const mode = modeOf(document);
    const wanted =
      mode === "ghost" ||
      mode === "both" ||
      context.triggerKind === vscode.InlineCompletionTriggerKind.Invoke;
    return wanted ? this.grey(document, position, context, token, next) : undefined;
  };

  /** The server's grey text; where it has none, what is left of the text shown before. */
  private async grey(
    document: vscode.TextDocument,
    position: vscode.Position,
    context: vscode.InlineCompletionContext,
    token: vscode.CancellationToken,
    next: AskForGreyText,
  ): Promise<vscode.InlineCompletionItem[]> {
    const found = await next(document, position, context, token);
    const items = (Array.isArray(found) ? found : found?.items) ?? [];
    const [item] = items;
    if (item?.range !== undefined && typeof item.insertText === "string") {
      this.shown = { document, start: item.range.start, text: item.insertText };
      return items;
    }
    const { shown } = this;
    if (shown?.document !== document || context.selectedCompletionInfo !== undefined) {
      return items;
    }
    // Accepted up to the end of a word: the server has nothing to add to that word, we have.
    const range = new vscode.Range(shown.start, position);
    const typed = document.getText(range);
    const goesOn = position.isAfter(shown.start) && shown.text.startsWith(typed) && shown.text !== typed;
    return goesOn ? [new vscode.InlineCompletionItem(shown.text, range)] : items;
  }
}

/** The context of a request that came of typing: the letter before the cursor made it. */
function unasked(
  document: vscode.TextDocument,
  position: vscode.Position,
  context: vscode.CompletionContext,
): vscode.CompletionContext {
  if (context.triggerKind !== vscode.CompletionTriggerKind.Invoke) {
    return context;
  }
  return {
    triggerKind: vscode.CompletionTriggerKind.TriggerCharacter,
    triggerCharacter: [...document.lineAt(position).text.slice(0, position.character)].at(-1),
  };
}

/** Has VS Code ask for a list as if a letter were typed, if the cursor stands behind one. */
async function askAnew(document: vscode.TextDocument): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  const position = editor?.selection.active;
  if (editor?.document !== document || position === undefined || position.character === 0) {
    return;
  }
  const before = document.getText(new vscode.Range(position.translate(0, -1), position));
  if (/[\p{L}\p{M}]/u.test(before)) {
    await vscode.commands.executeCommand("editor.action.triggerSuggest", { auto: true });
  }
}
