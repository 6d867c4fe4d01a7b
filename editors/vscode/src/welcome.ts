// Says once that lists of words now open in prose, and how to be rid of them.

import * as vscode from "vscode";
import { chooseMode } from "./commands";

const SHOWN = "midword.welcomeShown";

export async function welcome(context: vscode.ExtensionContext): Promise<void> {
  if (context.globalState.get<boolean>(SHOWN, false)) {
    return;
  }
  await context.globalState.update(SHOWN, true);
  const [fine, choose, tour] = ["Fine", "Show Less", "Take the Tour"];
  const answer = await vscode.window.showInformationMessage(
    "Midword suggests words while you write prose. Tab takes one; Enter still breaks the line.",
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
