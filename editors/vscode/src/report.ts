// The form for a suggestion that should not have come, opened in the browser.

import * as vscode from "vscode";
import manifest from "../package.json";
import type { Host } from "./commands";
import { versionOf } from "./install";

/**
 * Opens the form, with the versions filled in. No text goes there by itself: what was typed and
 * suggested is the writer's to put in, in words that may be seen by all.
 */
export async function reportSuggestion(host: Host): Promise<void> {
  const known = {
    template: "suggestion.yml",
    version: host.server === undefined ? "" : await versionOf(host.server),
    model: isPublic(host.model) ? host.model : "",
    editor: `${vscode.env.appName} ${vscode.version}`,
  };
  const form = vscode.Uri.parse(`${manifest.bugs.url}/new`).with({ query: new URLSearchParams(known).toString() });
  await vscode.env.openExternal(form);
}

/** Only the bundled model's name says nothing of the writer: others are folders' and teams'. */
function isPublic(model: string | undefined): model is string {
  return model === "bundled";
}
