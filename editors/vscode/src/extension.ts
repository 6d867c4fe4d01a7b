// Midword for VS Code: starts the server, shows what it says, passes on the writer's wishes.

import * as vscode from "vscode";
import { type LanguageClient, State, Trace } from "vscode-languageclient/node";
import manifest from "../package.json";
import { AloneInProse } from "./alone";
import { createClient, type Loss } from "./client";
import { registerCommands } from "./commands";
import { ModeMiddleware, modeOf, PROSE } from "./mode";
import { installServer, isPrivate, updateLine, updateServer, versionOf } from "./install";
import { findServer, restartDaemon, type Server, WINDOWS } from "./server";
import { serverSettings } from "./settings";
import { type Status, StatusItem } from "./status";
import { welcome } from "./welcome";

const { l10n } = vscode;

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
  server: Server | undefined;
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

  /** The name of the model that answers. */
  get model(): string | undefined {
    return this.status.model;
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
      const message = l10n.t("Midword's server is not installed. {0}", messageOf(error));
      await this.report(message, [l10n.t("Try Again"), this.install]);
    }
  };

  /** Brings the server up to date and starts it anew, with the daemon that all windows share. */
  readonly update = async (): Promise<void> => {
    const { server, context } = this;
    if (server === undefined) {
      return this.install();
    }
    if (!isPrivate(server, context.globalStorageUri)) {
      return this.sayHowToUpdate(server);
    }
    try {
      if (WINDOWS) {
        await this.stop(); // files in use can't be replaced there
      }
      if (await updateServer(context.globalStorageUri, this.log)) {
        const message = l10n.t("Midword {0} is installed.", await versionOf(server));
        vscode.window.setStatusBarMessage(message, 5000);
      }
    } catch (error) {
      void this.report(messageOf(error), [l10n.t("Try Again"), this.update]);
    }
    await this.restart();
  };

  /** Finds and starts the server, with a daemon `anew` or the one that runs; offers to install it. */
  async start({ anew = false } = {}): Promise<void> {
    const turn = (this.turn += 1);
    this.status.show({ state: "starting" });
    try {
      const server = await findServer(this.context.globalStorageUri);
      this.server = server;
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
      this.log.info(`Starting ${[...server.program, ...server.args].join(" ")}`);
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
      void this.report(l10n.t("Midword could not start. {0}", messageOf(error)));
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
      void this.report(l10n.t("Midword's server stopped unexpectedly. It is being started again."));
      return;
    }
    this.client = undefined;
    this.status.show({ state: loss === "ended" ? "ended" : "stopped" });
    if (loss === "given up") {
      void this.report(l10n.t("Midword's server keeps stopping, so it stays off. The log may say why."));
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
    this.showMode();
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
    this.showMode();
    this.status.forget();
    void this.refreshStatus();
  }

  /** Tells the keybindings whether Tab takes what the grey text shows, with a list open too. */
  private showMode(): void {
    const isBoth = modeOf(vscode.window.activeTextEditor?.document) === "both";
    void vscode.commands.executeCommand("setContext", "midword.both", isBoth);
  }

  private setRunning(running: boolean): void {
    void vscode.commands.executeCommand("setContext", "midword.running", running);
  }

  private async offerInstall(): Promise<void> {
    const [install, choose] = [l10n.t("Install"), l10n.t("Choose a Program")];
    const answer = await vscode.window.showInformationMessage(
      l10n.t(
        "Midword's server, the program that suggests the words, is not on this machine yet. Install it into " +
          "a folder of this extension's own? It is downloaded from PyPI (about 100 MB with what it needs).",
      ),
      install,
      choose,
    );
    if (answer === install) {
      await this.install();
    } else if (answer === choose) {
      await vscode.commands.executeCommand("workbench.action.openSettings", "midword.command");
    }
  }

  /** A server that others installed is theirs to bring up to date: puts the line into a terminal. */
  private async sayHowToUpdate(server: Server): Promise<void> {
    const line = await updateLine(server);
    const [open, restart] = [l10n.t("Open a Terminal"), l10n.t("Restart Server")];
    const answer = await vscode.window.showInformationMessage(
      l10n.t(
        "This server was not installed by VS Code. Bring it up to date with \"{0}\" in a terminal, or as you " +
          "installed it; then restart it.",
        line,
      ),
      open,
      restart,
    );
    if (answer === open) {
      const terminal = vscode.window.createTerminal("Midword");
      terminal.show();
      terminal.sendText(line, false); // to be read first
    } else if (answer === restart) {
      await this.restart();
    }
  }

  readonly fail = (error: unknown): Promise<void> => this.report(messageOf(error));

  /** Shows an error with a way to the log, and to what can be done. */
  private async report(message: string, remedy?: [title: string, run: () => Promise<void>]): Promise<void> {
    this.log.error(message);
    const showLog = l10n.t("Show Log");
    const answer = await vscode.window.showErrorMessage(message, ...(remedy ? [remedy[0]] : []), showLog);
    if (answer === showLog) {
      this.log.show();
    } else if (answer !== undefined) {
      await remedy?.[1]();
    }
  }
}

function traceOf(): Trace {
  return Trace.fromString(vscode.workspace.getConfiguration("midword").get<string>("trace.server", "off"));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
