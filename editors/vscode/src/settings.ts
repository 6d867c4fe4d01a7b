// What the writer set, as the server wants to hear it.

import * as vscode from "vscode";

/** Settings that only this extension reads; the server would call them unknown. */
const CLIENT_ONLY = new Set(["mode", "command", "trace"]);

/**
 * The server's settings that were really set, by their short names. Defaults are left out: they
 * would overrule a folder's `.midword.toml`.
 */
export function serverSettings(scope?: vscode.ConfigurationScope): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration("midword", scope);
  const settings: Record<string, unknown> = {};
  for (const name of Object.keys(configuration)) {
    const found = configuration.has(name) && !CLIENT_ONLY.has(name) ? configuration.inspect(name) : undefined;
    const isSet =
      found !== undefined &&
      [found.globalValue, found.workspaceValue, found.workspaceFolderValue].some((v) => v !== undefined);
    if (isSet) {
      settings[name] = configuration.get(name);
    }
  }
  return settings;
}
