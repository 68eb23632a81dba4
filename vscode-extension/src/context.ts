// Owns the language client and everything that ends with the extension.
import * as vscode from 'vscode';
import { State, type BaseLanguageClient, type DocumentSelector } from 'vscode-languageclient';

import { crashMessage, createClient, documentsOf, SECTION, type Progress } from './client';
import type { Cluster } from './cluster-text';
import { ServerProblem, type Host, type Server } from './host';
import { settingLink } from './links';
import { RestartPolicy } from './restart-policy';

export type ServerState =
  | { readonly kind: 'idle' | 'starting' | 'ready' | 'stopped' } // idle: there is nothing for a server yet
  | { readonly kind: 'indexing'; readonly message: string }
  | { readonly kind: 'failed'; readonly message: string };

// Links of messages.
const SHOW_OUTPUT = '[Show Output](command:istioMtls.showOutput)';
const RESTART = '[Restart](command:istioMtls.restart)';
const OPEN_SETTINGS = `[Open Settings](${settingLink(`${SECTION}.server.path`)})`;

export class Context implements vscode.Disposable {
  readonly output = vscode.window.createOutputChannel('Istio mTLS');
  private readonly changed = new vscode.EventEmitter<ServerState>();
  readonly onState = this.changed.event;
  state: ServerState = { kind: 'idle' };
  private readonly clustersChanged = new vscode.EventEmitter<readonly Cluster[]>();
  readonly onClusters = this.clustersChanged.event;
  clusters: readonly Cluster[] = [];
  client: BaseLanguageClient | undefined;
  server: Server | undefined;

  private readonly policy = new RestartPolicy();
  private readonly disposables: vscode.Disposable[] = [this.output, this.changed, this.clustersChanged];
  private working: Promise<void> = Promise.resolve();
  private untell: () => void = () => undefined; // takes the message in sight back

  constructor(readonly host: Host, readonly extension: vscode.ExtensionContext) {
    this.own(
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${SECTION}.server.path`) && this.state.kind !== 'idle') void this.restart();
      }),
    );
  }

  /** Those that are the server's affair. */
  get documents(): DocumentSelector {
    return documentsOf(this.host.schemes());
  }

  own(...disposables: vscode.Disposable[]): void {
    this.disposables.push(...disposables);
  }

  dispose(): void {
    this.untell();
    vscode.Disposable.from(...this.disposables).dispose();
  }

  /** Starts the server, unless that was done before. */
  wake(): Promise<void> {
    return this.inTurn(() => (this.state.kind === 'idle' ? this.startNow() : Promise.resolve()));
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
      this.server = await this.host.findServer(this.extension, this.output);
      if (this.server.why !== '') this.output.appendLine(this.server.why);
      this.output.appendLine(`Starting ${this.server.text}`);
      this.client = createClient(this.server, this.documents, this.output, this.policy, {
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
    this.tell(message, RESTART, SHOW_OUTPUT);
  }

  private failed(error: unknown): void {
    const message = error instanceof ServerProblem ? `${error.message}. ${error.advice}` : String(error);
    this.output.appendLine(message);
    this.become({ kind: 'failed', message });
    this.tell(`Istio mTLS: ${message}`, OPEN_SETTINGS, RESTART, SHOW_OUTPUT);
  }

  // A message that goes when its cause is gone. VS Code takes only those of work in progress back, so it is one, with nothing left to do.
  private tell(message: string, ...links: string[]): void {
    this.untell();
    const title = `${message.replaceAll('[', '(').replaceAll(']', ')')} ${links.join(' · ')}`;
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
    void vscode.window.withProgress(options, (progress, cancelled) => {
      progress.report({ increment: 100 });
      return new Promise<void>((resolve) => {
        this.untell = resolve;
        cancelled.onCancellationRequested(() => { resolve(); });
      });
    });
  }

  private laidOver(clusters: readonly Cluster[]): void {
    this.clusters = clusters;
    this.clustersChanged.fire(clusters);
  }

  private become(state: ServerState): void {
    this.state = state;
    if (state.kind !== 'failed') this.untell();
    this.changed.fire(state);
  }
}
