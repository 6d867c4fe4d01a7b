// Choosing the model, and fetching one.

import * as vscode from "vscode";
import { call, type Host } from "./commands";
import { lastLine } from "./process";
import { runProgram, type Server } from "./server";

const { l10n } = vscode;

/** A row of the server's `midword.models`. */
interface Model {
  readonly name: string;
  readonly default: boolean;
  readonly problem: string | null;
}

/** Asks which model should suggest words, and keeps the answer in the user's settings. */
export async function chooseModel(host: Host): Promise<void> {
  const answer = await call<{ models: Model[] }>(host, "midword.models", {});
  if (answer === undefined) {
    return;
  }
  const current = host.model;
  const items = answer.models.map((model) => ({
    label: model.name === current ? `$(check) ${model.name}` : model.name,
    description: model.problem ?? (model.default ? l10n.t("the default") : ""),
    model: model.name,
  }));
  const fetch = { label: `$(cloud-download) ${l10n.t("Fetch another model ...")}`, description: "", model: "" };
  const title = l10n.t("Which model should suggest words?");
  const choice = await vscode.window.showQuickPick([...items, fetch], { title });
  const model = choice === fetch ? await fetchModel(host) : choice?.model;
  if (model !== undefined) {
    await call(host, "midword.chooseModel", { model });
    const isDefault = answer.models.some(({ name, default: chosen }) => name === model && chosen);
    const configuration = vscode.workspace.getConfiguration("midword");
    await configuration.update("model", isDefault ? undefined : model, vscode.ConfigurationTarget.Global);
  }
}

/** Asks where a model is and has the server's program fetch it; its name, if that went well. */
async function fetchModel(host: Host): Promise<string | undefined> {
  const { server } = host;
  const source = await vscode.window.showInputBox({
    title: l10n.t("Which model should be fetched?"),
    prompt: l10n.t("A hub's OWNER/NAME, the https:// address of an archive, or a folder or archive on this machine"),
    ignoreFocusOut: true,
  });
  if (server === undefined || !source?.trim()) {
    return undefined;
  }
  const args = ["models", "pull", source.trim()];
  if (source.trim().startsWith("https://")) {
    const title = l10n.t("What is the archive's checksum?");
    const prompt = l10n.t("SHA-256, as those say who made it: the download is compared with it");
    const checksum = await vscode.window.showInputBox({ title, prompt, ignoreFocusOut: true });
    if (!checksum?.trim()) {
      return undefined;
    }
    args.push("--sha256", checksum.trim());
  }
  return pull(server, args, source.trim(), host.log);
}

async function pull(
  server: Server,
  args: readonly string[],
  source: string,
  log: vscode.OutputChannel,
): Promise<string | undefined> {
  const title = l10n.t("Fetching the model {0}", source);
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (_, token) => {
    const cwd = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
    const { code, output } = await runProgram(server, args, { token, cwd });
    log.append(output);
    if (token.isCancellationRequested) {
      return undefined;
    }
    if (code !== 0) {
      throw new Error(lastLine(output).replace(/^midword: /, ""));
    }
    return /^pulled (\S+) into /m.exec(output)?.[1];
  });
}
