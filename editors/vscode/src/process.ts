// Programs that run to their end.

import { execFile } from "node:child_process";
import type * as vscode from "vscode";

const PROBE_TIMEOUT_MS = 60_000;

export interface RunResult {
  /** The exit code, or undefined if the program could not be started. */
  readonly code: number | undefined;
  readonly output: string;
}

/** Runs a program to its end: for as long as it takes with a `token` to cancel it, else for a minute. */
export function run(
  command: string,
  args: readonly string[],
  options: { token?: vscode.CancellationToken; cwd?: string } = {},
): Promise<RunResult> {
  return new Promise((resolve) => {
    const timeout = options.token === undefined ? PROBE_TIMEOUT_MS : 0;
    const { cwd } = options;
    const child = execFile(command, args, { timeout, cwd, windowsHide: true }, (error, stdout, stderr) => {
      const missing = error !== null && typeof error.code === "string"; // ENOENT, EACCES ...
      resolve({ code: missing ? undefined : (child.exitCode ?? 1), output: stdout + stderr });
    });
    options.token?.onCancellationRequested(() => child.kill());
  });
}

export function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
