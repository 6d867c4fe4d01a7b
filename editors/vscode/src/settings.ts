// What the writer set, as the server wants to hear it.

import * as vscode from "vscode";
import manifest from "../package.json";

/** The settings of the server. Others are this extension's, or unknown, and whoever may set them. */
const SERVERS = Object.keys(manifest.contributes.configuration[1].properties).map((name) =>
  name.replace("midword.", ""),
);

/** The values of the server's `floor` that `lists` names; what they do is in docs/ranking.md. */
const FLOORS: Record<string, number> = { few: 0.004, usual: 0.001, many: 0 };

/**
 * The server's settings that were really set, by their short names. Defaults are left out: they
 * would overrule a folder's `.midword.toml`.
 */
export function serverSettings(scope?: vscode.ConfigurationScope): Record<string, unknown> {
  const configuration = vscode.workspace.getConfiguration("midword", scope);
  const settings: Record<string, unknown> = {};
  if (isSet(configuration, "lists")) {
    settings.floor = FLOORS[configuration.get<string>("lists", "usual")];
  }
  for (const name of SERVERS.filter((name) => isSet(configuration, name))) {
    settings[name] = configuration.get(name);
  }
  return settings;
}

function isSet(configuration: vscode.WorkspaceConfiguration, name: string): boolean {
  const found = configuration.has(name) ? configuration.inspect(name) : undefined;
  return (
    found !== undefined &&
    [found.globalValue, found.workspaceValue, found.workspaceFolderValue].some((v) => v !== undefined)
  );
}
