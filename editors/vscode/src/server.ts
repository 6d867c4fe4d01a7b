// Which program serves the words: found on this machine, or installed if the writer agrees.

import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";
import { lastLine, run } from "./process";

const { l10n } = vscode;
export const WINDOWS = process.platform === "win32";

/** A program that serves words, ready to be started. */
export interface Server {
  /** The program with its own arguments: `midword`, or `python -m midword`. */
  readonly program: readonly [string, ...string[]];
  /** What has it serve: `connect` to the daemon that all windows share, or a server of one's own. */
  readonly args: readonly ["connect"] | readonly ["serve", "--stdio"];
}

/**
 * The first of these that answers: the setting `midword.command`, `midword` on the PATH, the private
 * environment, the chosen Python interpreter. Undefined if none does.
 *
 * @throws Error with what to do, if `midword.command` is set and does not work.
 */
export async function findServer(storage: vscode.Uri): Promise<Server | undefined> {
  const [command, ...rest] = vscode.workspace.getConfiguration("midword").get<string[]>("command", []);
  if (command !== undefined) {
    const server = await probe([command, ...rest]);
    if (server === undefined) {
      throw new Error(
        l10n.t(
          'The setting midword.command names "{0}", which does not answer to "serve --help". ' +
            "Correct the setting, or empty it to have the program looked for.",
          [command, ...rest].join(" "),
        ),
      );
    }
    return server;
  }
  for (const program of ["midword", privateProgram(storage)]) {
    const server = await probe([program]);
    if (server !== undefined) {
      return server;
    }
  }
  const python = await chosenInterpreter();
  return python === undefined ? undefined : probe([python, "-m", "midword"]);
}

/** Has the daemon that all windows share load everything anew; the others go on with it by themselves. */
export async function restartDaemon(server: Server, log: vscode.LogOutputChannel): Promise<void> {
  if (server.args[0] === "connect") {
    const { code, output } = await runProgram(server, ["restart"]);
    if (code !== 0) {
      log.warn(`The daemon could not be started anew: ${lastLine(output)}`);
    }
  }
}

/** Runs one of the program's commands to its end. */
export function runProgram(server: Server, args: readonly string[], options: Parameters<typeof run>[2] = {}) {
  const [command, ...own] = server.program;
  return run(command, [...own, ...args], options);
}

/**
 * How to start `program`: what leads to the daemon that all windows share, or a server of its own
 * where the writer wants that or the program is older than the daemon.
 */
async function probe(program: Server["program"]): Promise<Server | undefined> {
  if (path.isAbsolute(program[0]) && !(await exists(program[0]))) {
    return undefined;
  }
  const own: Server = { program, args: ["serve", "--stdio"] };
  const shared: Server = { program, args: ["connect"] };
  const wantsOwn = vscode.workspace.getConfiguration("midword").get<boolean>("ownServer", false);
  for (const server of wantsOwn ? [own] : [shared, own]) {
    const { code } = await runProgram(server, [server.args[0], "--help"]);
    if (code === undefined) {
      return undefined; // no such program
    }
    if (code === 0) {
      return server;
    }
  }
  return undefined;
}

/** The Python that the writer chose for the folder; none where the folder is somebody else's. */
export async function chosenInterpreter(): Promise<string | undefined> {
  if (!vscode.workspace.isTrusted) {
    return undefined; // an interpreter inside the folder is somebody else's program
  }
  const extension = vscode.extensions.getExtension("ms-python.python");
  if (extension === undefined) {
    return undefined;
  }
  const { environments } = await extension.activate();
  const environment = await environments?.resolveEnvironment(environments.getActiveEnvironmentPath());
  return environment?.executable?.uri?.fsPath;
}

/** The folder that the extension installs the server into. */
export function privateEnvironment(storage: vscode.Uri): string {
  return path.join(storage.fsPath, "server");
}

/** The server's program there. */
export function privateProgram(storage: vscode.Uri): string {
  return inEnvironment(privateEnvironment(storage), "midword");
}

/** A program of a virtual environment. */
export function inEnvironment(environment: string, program: string): string {
  return WINDOWS
    ? path.join(environment, "Scripts", `${program}.exe`)
    : path.join(environment, "bin", program);
}

export async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}
