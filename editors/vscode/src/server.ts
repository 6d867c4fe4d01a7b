// Which program serves the words: found on this machine, or installed if the writer agrees.

import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as vscode from "vscode";

const PROBE_TIMEOUT_MS = 60_000;
const OLDEST_PYTHON: readonly [number, number] = [3, 11];
const WINDOWS = process.platform === "win32";

/** A program with its arguments, ready to be started. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  /** Arguments that start anew the daemon that all windows share; none with a server of one's own. */
  readonly restartArgs?: readonly string[];
}

/**
 * The first of these that answers: the setting `midword.command`, `midword` on the PATH, the private
 * environment, the chosen Python interpreter. Undefined if none does.
 *
 * @throws Error with what to do, if `midword.command` is set and does not work.
 */
export async function findServer(storage: vscode.Uri): Promise<ServerCommand | undefined> {
  const chosen = vscode.workspace.getConfiguration("midword").get<string[]>("command", []);
  if (chosen.length > 0) {
    const server = await probe(chosen);
    if (server === undefined) {
      throw new Error(
        `The setting midword.command names "${chosen.join(" ")}", which does not answer to "serve --help". ` +
          "Correct the setting, or empty it to have the program looked for.",
      );
    }
    return server;
  }
  for (const candidate of [["midword"], [privateProgram(storage)]]) {
    const server = await probe(candidate);
    if (server !== undefined) {
      return server;
    }
  }
  const python = await chosenInterpreter();
  return python === undefined ? undefined : probe([python, "-m", "midword"]);
}

/** Has the daemon that all windows share load everything anew; the others go on with it by themselves. */
export async function restartDaemon(server: ServerCommand, log: vscode.LogOutputChannel): Promise<void> {
  if (server.restartArgs !== undefined) {
    const { code, output } = await run(server.command, server.restartArgs);
    if (code !== 0) {
      log.warn(`The daemon could not be started anew: ${lastLine(output)}`);
    }
  }
}

/** Installs Midword into a private environment, with progress; false if that was cancelled. */
export async function installServer(storage: vscode.Uri, log: vscode.OutputChannel): Promise<boolean> {
  const python = await findPython();
  if (python === undefined) {
    throw new Error(
      `No Python ${OLDEST_PYTHON.join(".")} or newer was found on this machine. Install one from ` +
        "python.org or your system's packages, then run \"Midword: Install the Server\" again.",
    );
  }
  const environment = privateEnvironment(storage);
  await fs.mkdir(storage.fsPath, { recursive: true });
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: "Installing Midword", cancellable: true },
    async (progress, token) => {
      const steps: [string, string, string[]][] = [
        ["making an environment", python, ["-m", "venv", "--clear", environment]],
        [
          "downloading the program and its model",
          inEnvironment(environment, "python"),
          ["-m", "pip", "install", "--upgrade", "--disable-pip-version-check", "midword"],
        ],
      ];
      for (const [message, command, args] of steps) {
        progress.report({ message });
        log.appendLine(`> ${command} ${args.join(" ")}`);
        const result = await run(command, args, { token });
        log.append(result.output);
        if (token.isCancellationRequested) {
          return false;
        }
        if (result.code !== 0) {
          throw new Error(`Installing failed while ${message}: ${lastLine(result.output)}`);
        }
      }
      return true;
    },
  );
}

/**
 * How to start `program`: what leads to the daemon that all windows share, or a server of its own
 * where the writer wants that or the program is older than the daemon.
 */
async function probe(program: readonly string[]): Promise<ServerCommand | undefined> {
  const [command, ...args] = program as [string, ...string[]];
  if (path.isAbsolute(command) && !(await exists(command))) {
    return undefined;
  }
  const own: ServerCommand = { command, args: [...args, "serve", "--stdio"] };
  const shared: ServerCommand = { command, args: [...args, "connect"], restartArgs: [...args, "restart"] };
  const wantsOwn = vscode.workspace.getConfiguration("midword").get<boolean>("ownServer", false);
  for (const server of wantsOwn ? [own] : [shared, own]) {
    const { code } = await run(command, [...server.args.slice(0, args.length + 1), "--help"]);
    if (code === undefined) {
      return undefined; // no such program
    }
    if (code === 0) {
      return server;
    }
  }
  return undefined;
}

async function chosenInterpreter(): Promise<string | undefined> {
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

async function findPython(): Promise<string | undefined> {
  const [major, minor] = OLDEST_PYTHON;
  const check = `import sys, venv, ensurepip; sys.exit(sys.version_info < (${major}, ${minor}))`;
  const candidates = WINDOWS ? ["py", "python"] : ["python3", "python"];
  for (const python of [await chosenInterpreter(), ...candidates]) {
    if (python !== undefined && (await run(python, ["-c", check])).code === 0) {
      return python;
    }
  }
  return undefined;
}

function privateEnvironment(storage: vscode.Uri): string {
  return path.join(storage.fsPath, "server");
}

function privateProgram(storage: vscode.Uri): string {
  return inEnvironment(privateEnvironment(storage), "midword");
}

function inEnvironment(environment: string, program: string): string {
  return WINDOWS
    ? path.join(environment, "Scripts", `${program}.exe`)
    : path.join(environment, "bin", program);
}

interface RunResult {
  /** The exit code, or undefined if the program could not be started. */
  readonly code: number | undefined;
  readonly output: string;
}

function run(
  command: string,
  args: readonly string[],
  options: { token?: vscode.CancellationToken } = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const timeout = options.token === undefined ? PROBE_TIMEOUT_MS : 0;
    const child = execFile(command, args, { timeout, windowsHide: true }, (error, stdout, stderr) => {
      const missing = error !== null && typeof error.code === "string"; // ENOENT, EACCES ...
      resolve({ code: missing ? undefined : (child.exitCode ?? 1), output: stdout + stderr });
    });
    options.token?.onCancellationRequested(() => child.kill());
  });
}

async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
