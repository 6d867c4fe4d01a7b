// Says once that lists of words now open in prose, and how to be rid of them.

import * as vscode from "vscode";
import { chooseMode } from "./commands";

const { l10n } = vscode;
const SHOWN = "midword.welcomeShown";

export async function welcome(context: vscode.ExtensionContext): Promise<void> {
  if (context.globalState.get<boolean>(SHOWN, false)) {
    return;
  }
  await context.globalState.update(SHOWN, true);
  const [fine, choose, tour] = [l10n.t("Fine"), l10n.t("Show Less"), l10n.t("Take the Tour")];
  const answer = await vscode.window.showInformationMessage(
    l10n.t("Midword suggests words while you write English prose. Tab takes one; Enter still breaks the line."),
    fine,
    choose,
    tour,
  );
  if (answer === choose) {
    await chooseMode();
  } else if (answer === tour) {
    await vscode.commands.executeCommand("workbench.action.openWalkthrough", `${context.extension.id}#start`);
  }
}
