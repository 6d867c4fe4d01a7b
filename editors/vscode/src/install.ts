// Installing the server into a folder of this extension's own, and bringing it up to date.

import * as fs from "node:fs/promises";
import * as vscode from "vscode";
import { lastLine, run } from "./process";
import {
  chosenInterpreter,
  inEnvironment,
  privateEnvironment,
  privateProgram,
  runProgram,
  type Server,
  WINDOWS,
} from "./server";

const { l10n } = vscode;

// Exit codes say what a Python lacks. One from the Microsoft Store sees other folders than VS Code
// does where VS Code keeps its own, and so could not be found again; what Windows calls python where
// there is none, a way into that store, ends with 9009.
const CHECK = `import sys
from importlib.util import find_spec
if sys.version_info < (3, 11): sys.exit(3)
if "WindowsApps" in sys.base_prefix: sys.exit(4)
if not (find_spec("venv") and find_spec("ensurepip")): sys.exit(5)`;
const MINOR_VERSIONS = [14, 13, 12, 11]; // where python3 is an older one

/** Installs Midword into a private environment, with progress; false if that was cancelled. */
export async function installServer(storage: vscode.Uri, log: vscode.OutputChannel): Promise<boolean> {
  const python = await findPython();
  const environment = privateEnvironment(storage);
  await fs.mkdir(storage.fsPath, { recursive: true });
  return inSteps(l10n.t("Installing Midword"), log, [
    [l10n.t("making an environment"), [python, "-m", "venv", "--clear", environment]],
    [l10n.t("downloading the program and its model"), pip(environment)],
  ]);
}

/** Brings the server up to date if it is the private one, with progress; false if that was cancelled. */
export async function updateServer(storage: vscode.Uri, log: vscode.OutputChannel): Promise<boolean> {
  const command = pip(privateEnvironment(storage));
  return inSteps(l10n.t("Updating Midword"), log, [[l10n.t("downloading the program and its model"), command]]);
}

/** Whether this extension installed a server, so that it may bring it up to date. */
export function isPrivate(server: Server, storage: vscode.Uri): boolean {
  return server.program[0] === privateProgram(storage);
}

/** The line for a terminal that brings a server up to date which others installed. */
export async function updateLine(server: Server): Promise<string> {
  const [program, ...args] = server.program;
  if (args.length > 0) {
    return `"${program}" -m pip install --upgrade midword`;
  }
  const where = await fs.realpath(await located(program)).catch(() => program);
  if (/[\\/]pipx[\\/]/.test(where)) {
    return "pipx upgrade midword";
  }
  return /[\\/]uv[\\/]tools[\\/]/.test(where) ? "uv tool upgrade midword" : "pip install --upgrade midword";
}

/** The version that a server's program says it has. */
export async function versionOf(server: Server): Promise<string> {
  return lastLine((await runProgram(server, ["--version"])).output).replace(/^midword /, "");
}

function pip(environment: string): [string, ...string[]] {
  const python = inEnvironment(environment, "python");
  return [python, "-m", "pip", "install", "--upgrade", "--disable-pip-version-check", "midword"];
}

async function inSteps(
  title: string,
  log: vscode.OutputChannel,
  steps: readonly (readonly [message: string, command: readonly [string, ...string[]]])[],
): Promise<boolean> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    for (const [message, [command, ...args]] of steps) {
      progress.report({ message });
      log.appendLine(`> ${command} ${args.join(" ")}`);
      const result = await run(command, args, { token });
      log.append(result.output);
      if (token.isCancellationRequested) {
        return false;
      }
      if (result.code !== 0) {
        throw new Error(
          l10n.t(
            "It failed while {0}: {1}. Look whether you are online and the disk has room, then try again; " +
              "or install it in a terminal with \"pipx install midword\" and choose Restart Server.",
            message,
            lastLine(result.output).replace(/\.$/, ""),
          ),
        );
      }
    }
    return true;
  });
}

/**
 * A Python that can make the environment.
 *
 * @throws Error that says what to install, if there is none.
 */
async function findPython(): Promise<string> {
  const names = MINOR_VERSIONS.map((minor) => `python3.${minor}`);
  const candidates = WINDOWS ? ["py", "python", "python3"] : ["python3", "python", ...names];
  const lacks = new Set<number | undefined>();
  for (const python of [await chosenInterpreter(), ...candidates]) {
    if (python !== undefined) {
      const { code } = await run(python, ["-c", CHECK]);
      if (code === 0) {
        return python;
      }
      lacks.add(code);
    }
  }
  throw new Error(whatToInstall(lacks));
}

function whatToInstall(lacks: ReadonlySet<number | undefined>): string {
  if (lacks.has(5)) {
    return l10n.t(
      "Python is there, but not its module venv: install your system's package for it " +
        "(\"sudo apt install python3-venv\" on Debian and Ubuntu), then try again.",
    );
  }
  if (lacks.has(4)) {
    return l10n.t(
      "The Python from the Microsoft Store keeps files where VS Code doesn't find them. " +
        "Install Python 3.11 or newer from python.org, then try again.",
    );
  }
  return lacks.has(3)
    ? l10n.t("Python is there, but older than 3.11. Install a newer one from python.org, then try again.")
    : l10n.t(
        "No Python 3.11 or newer was found on this machine. Install one from python.org or your system's " +
          "packages, then try again.",
      );
}

/** Where the PATH has a program. */
async function located(program: string): Promise<string> {
  const { code, output } = await run(WINDOWS ? "where" : "which", [program]);
  return code === 0 ? (output.split("\n")[0] ?? program).trim() : program;
}
