// Owns the language client and everything that ends with the extension.
import * as vscode from 'vscode';
import { State, type LanguageClient } from 'vscode-languageclient/node';

import { crashMessage, createClient, SECTION, type Progress } from './client';
import type { Cluster } from './cluster-text';
import { RestartPolicy } from './restart-policy';
import { BINARY, findServer, ServerProblem, type ServerCommand } from './server-path';

export type ServerState =
  | { readonly kind: 'starting' | 'ready' | 'stopped' }
  | { readonly kind: 'indexing'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

const SHOW_OUTPUT = 'Show Output';
const RESTART = 'Restart';
const OPEN_SETTINGS = 'Open Settings';

export class Context implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel('Istio mTLS');
  private readonly changed = new vscode.EventEmitter<ServerState>();
  readonly onState = this.changed.event;
  state: ServerState = { kind: 'stopped' };
  private readonly clustersChanged = new vscode.EventEmitter<readonly Cluster[]>();
  readonly onClusters = this.clustersChanged.event;
  clusters: readonly Cluster[] = [];
  client: LanguageClient | undefined;
  server: ServerCommand | undefined;

  private readonly policy = new RestartPolicy();
  private readonly disposables: vscode.Disposable[] = [this.output, this.changed, this.clustersChanged];
  private working: Promise<void> = Promise.resolve();

  constructor(readonly extension: vscode.ExtensionContext) {
    this.own(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${SECTION}.server.path`)) void this.restart();
      }),
    );
  }

  own(...disposables: vscode.Disposable[]): void {
    this.disposables.push(...disposables);
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  start(): Promise<void> {
    return this.inTurn(() => this.startNow());
  }

  stop(): Promise<void> {
    return this.inTurn(() => this.stopNow());
  }

  restart(): Promise<void> {
    return this.inTurn(async () => {
      this.policy.forget();
      await this.stopNow();
      await this.startNow();
    });
  }

  // A restart while another one runs waits for it; two servers at once would show everything twice.
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.working = this.working.then(work, work);
    return this.working;
  }

  private async startNow(): Promise<void> {
    this.become({ kind: 'starting' });
    try {
      this.server = await findServer({
        setting: vscode.workspace.getConfiguration(SECTION).get<string>('server.path', '').trim(),
        bundled: this.extension.asAbsolutePath(`server/${BINARY}`),
        env: process.env,
      });
      this.output.appendLine(`Starting ${this.server.path}, version ${this.server.version}`);
      this.client = createClient(this.server, this.output, this.policy, {
        progress: (value) => { this.progressed(value); },
        clusters: (clusters) => { this.laidOver(clusters); },
        crashed: (restarting) => { this.crashed(restarting); },
      });
      this.client.onDidChangeState(({ newState }) => {
        if (newState === State.Running) this.become({ kind: 'ready' });
      });
      await this.client.start();
    } catch (error) {
      this.failed(error);
    }
  }

  private async stopNow(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.become({ kind: 'stopped' });
    this.laidOver([]);
    // One that never came up, or died, cannot be stopped; its remains go with it.
    await client?.dispose().catch((error: unknown) => { this.output.appendLine(String(error)); });
  }

  private progressed(value: Progress): void {
    if (value.kind === 'end') this.become({ kind: 'ready' });
    else this.become({ kind: 'indexing', message: value.message ?? '' });
  }

  private crashed(restarting: boolean): void {
    const message = crashMessage(restarting);
    this.output.appendLine(message);
    if (restarting) {
      this.become({ kind: 'starting' });
      return; // once is no reason to disturb anybody: the status item and the output tell
    }
    this.become({ kind: 'failed', message });
    void this.tell(message, RESTART, SHOW_OUTPUT);
  }

  private failed(error: unknown): void {
    const message = error instanceof ServerProblem ? `${error.message}. ${error.advice}` : String(error);
    this.output.appendLine(message);
    this.become({ kind: 'failed', message });
    void this.tell(`Istio mTLS: ${message}`, OPEN_SETTINGS, RESTART, SHOW_OUTPUT);
  }

  private async tell(message: string, ...buttons: string[]): Promise<void> {
    const choice = await vscode.window.showErrorMessage(message, ...buttons);
    if (choice === RESTART) await this.restart();
    if (choice === SHOW_OUTPUT) this.output.show();
    if (choice === OPEN_SETTINGS) {
      await vscode.commands.executeCommand('workbench.action.openSettings', `${SECTION}.server.path`);
    }
  }

  private laidOver(clusters: readonly Cluster[]): void {
    this.clusters = clusters;
    this.clustersChanged.fire(clusters);
  }

  private become(state: ServerState): void {
    this.state = state;
    this.changed.fire(state);
  }
}
