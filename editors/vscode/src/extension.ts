// Midword for VS Code: starts the server, shows what it says, passes on the writer's wishes.

import * as vscode from "vscode";
import { type LanguageClient, State, Trace } from "vscode-languageclient/node";
import manifest from "../package.json";
import { AloneInProse } from "./alone";
import { createClient, type Loss } from "./client";
import { registerCommands } from "./commands";
import { ModeMiddleware, PROSE } from "./mode";
import { findServer, installServer, restartDaemon } from "./server";
import { serverSettings } from "./settings";
import { type Status, StatusItem } from "./status";
import { welcome } from "./welcome";

// The languages that start this extension are those it serves.
const LANGUAGES = manifest.activationEvents.map((event) => event.replace("onLanguage:", ""));
const STATUS = "midword/status";
const REFRESH_MS = 15_000;

let extension: Extension | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  extension = new Extension(context);
  await extension.start();
}

export async function deactivate(): Promise<void> {
  await extension?.stop();
}

class Extension {
  readonly log = vscode.window.createOutputChannel("Midword", { log: true });
  client: LanguageClient | undefined;
  private readonly status = new StatusItem();
  private readonly mode = new ModeMiddleware();
  private turn = 0; // of a start or stop; a start gives up when the next one's has come

  constructor(private readonly context: vscode.ExtensionContext) {
    const { subscriptions } = context;
    subscriptions.push(this.log, this.status, ...registerCommands(this));
    subscriptions.push(new AloneInProse(PROSE, this.mode));
    subscriptions.push(
      vscode.workspace.onDidChangeConfiguration((event) => this.onSettings(event)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => void (this.client ?? this.start())),
      vscode.window.onDidChangeActiveTextEditor(() => this.showDocument()),
    );
    const timer = setInterval(() => {
      if (vscode.window.state.focused) {
        void this.refreshStatus();
      }
    }, REFRESH_MS);
    subscriptions.push({ dispose: () => clearInterval(timer) });
    this.showDocument();
  }

  readonly suggest = (): Promise<void> => this.mode.suggest();

  /** Starts all anew, the daemon too that all windows share. */
  readonly restart = async (): Promise<void> => {
    await this.stop();
    await this.start({ anew: true });
  };

  /** Installs the server into the extension's own folder, on the writer's word. */
  readonly install = async (): Promise<void> => {
    try {
      if (await installServer(this.context.globalStorageUri, this.log)) {
        await this.restart();
      }
    } catch (error) {
      await this.report(messageOf(error));
    }
  };

  /** Finds and starts the server, with a daemon `anew` or the one that runs; offers to install it. */
  async start({ anew = false } = {}): Promise<void> {
    const turn = (this.turn += 1);
    this.status.show({ state: "starting" });
    try {
      const server = await findServer(this.context.globalStorageUri);
      if (anew && server !== undefined) {
        await restartDaemon(server, this.log);
      }
      if (turn !== this.turn) {
        return;
      }
      if (server === undefined) {
        this.status.show({ state: "missing" });
        void this.offerInstall();
        return;
      }
      this.log.info(`Starting ${server.command} ${server.args.join(" ")}`);
      const middleware = {
        provideCompletionItem: this.mode.provideCompletionItem,
        provideInlineCompletionItems: this.mode.provideInlineCompletionItems,
      };
      const client = createClient(server, LANGUAGES, middleware, this.log, (loss) => {
        if (this.client === client) {
          this.onLost(loss);
        }
      });
      client.onDidChangeState(({ newState }) => {
        this.setRunning(newState === State.Running);
      });
      client.onNotification(STATUS, (status: Status) => {
        this.status.show(status);
        void this.refreshStatus(); // what it means for the document in front
      });
      this.client = client;
      await client.start();
      await client.setTrace(traceOf());
      void welcome(this.context);
    } catch (error) {
      if (turn !== this.turn) {
        return;
      }
      this.client = undefined;
      this.status.show({ state: "stopped", message: messageOf(error) });
      void this.report(`Midword could not start. ${messageOf(error)}`);
    }
  }

  async stop(): Promise<void> {
    this.turn += 1;
    const client = this.client;
    this.client = undefined;
    this.setRunning(false);
    await client?.dispose().catch((error: unknown) => this.log.warn(messageOf(error)));
  }

  private onLost(loss: Loss): void {
    if (loss === "restarting") {
      this.status.show({ state: "starting" });
      void this.report("Midword's server stopped unexpectedly. It is being started again.");
      return;
    }
    this.client = undefined;
    this.status.show({ state: loss === "ended" ? "ended" : "stopped" });
    if (loss === "given up") {
      void this.report("Midword's server keeps stopping, so it stays off. The log may say why.");
    }
  }

  private async reconnect(): Promise<void> {
    await this.stop();
    await this.start();
  }

  private onSettings(event: vscode.ConfigurationChangeEvent): void {
    if (!event.affectsConfiguration("midword")) {
      return;
    }
    if (["command", "ownServer"].some((name) => event.affectsConfiguration(`midword.${name}`))) {
      void this.reconnect();
    } else if (this.client?.isRunning()) {
      const settings = { midword: serverSettings() };
      void this.client.sendNotification("workspace/didChangeConfiguration", { settings });
      void this.client.setTrace(traceOf());
      void this.refreshStatus();
    }
  }

  /** Asks for what the server does not announce: latencies, and a pause of the document in front. */
  private async refreshStatus(): Promise<void> {
    const document = vscode.window.activeTextEditor?.document;
    if (this.client?.isRunning()) {
      const request = { command: "midword.status", arguments: [{ uri: document?.uri.toString() ?? "" }] };
      const status = await this.client.sendRequest<Status>("workspace/executeCommand", request);
      if (document === vscode.window.activeTextEditor?.document) {
        this.status.show(status);
      }
    }
  }

  /** Adapts keys and the status bar to the document in front. */
  private showDocument(): void {
    const document = vscode.window.activeTextEditor?.document;
    const isServed = document !== undefined && LANGUAGES.includes(document.languageId);
    void vscode.commands.executeCommand("setContext", "midword.served", isServed);
    this.status.forget();
    void this.refreshStatus();
  }

  private setRunning(running: boolean): void {
    void vscode.commands.executeCommand("setContext", "midword.running", running);
  }

  private async offerInstall(): Promise<void> {
    const [install, choose] = ["Install", "Choose a Program"];
    const answer = await vscode.window.showInformationMessage(
      "Midword needs its server, a Python program, and found none. Install it into a folder of this " +
        "extension's own? It is downloaded from PyPI (about 100 MB with what it needs).",
      install,
      choose,
    );
    if (answer === install) {
      await this.install();
    } else if (answer === choose) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "midword.command");
    }
  }

  private async report(message: string): Promise<void> {
    this.log.error(message);
    const showLog = "Show Log";
    if ((await vscode.window.showErrorMessage(message, showLog)) === showLog) {
      this.log.show();
    }
  }
}

function traceOf(): Trace {
  return Trace.fromString(vscode.workspace.getConfiguration("midword").get<string>("trace.server", "off"));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
