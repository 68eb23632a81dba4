// What the server says of the whole workspace, for every view of it: asked once for all of them, and again after a change.
import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError, type RequestType } from 'vscode-languageclient';

import type { Context } from './context';
import type { Graph } from './graph-view/graph';
import { effectiveRequest, graphRequest } from './lsp-ext';
import type { Effective } from './modes-view/effective';
import { SOURCE } from './own-findings';
import type { Timer } from './timer';

const SETTLE_MS = 200; // typing and checkouts come in bursts
const LONGEST_WAIT_MS = 1000; // a burst that does not end is shown meanwhile
const MANIFESTS = '**/{*.yaml,*.yml,*.json}';

export type Answer<T> =
  | { readonly value: T }
  | { readonly problem: string; readonly waiting: boolean }; // waiting: another answer comes by itself

type WorkspaceRequest<T> = RequestType<Record<string, never>, T, unknown>;

export class Feed implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Fires when changes have settled and what was answered before may no longer hold. */
  readonly onChange = this.changed.event;
  private answers = new Map<string, Promise<Answer<unknown>>>();
  private timer: Timer | undefined;
  private since = 0; // when the present burst began
  private state: string;
  private readonly diagnosed = new Set<string>(); // files in which the server found something
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly context: Context) {
    this.state = context.state.kind;
    const watcher = vscode.workspace.createFileSystemWatcher(MANIFESTS);
    const later = (): void => { this.refreshSoon(); };
    this.disposables = [
      this.changed, watcher, watcher.onDidChange(later), watcher.onDidCreate(later), watcher.onDidDelete(later),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && vscode.languages.match(context.documents, document) > 0) later();
      }),
      // Settings show in what is diagnosed.
      vscode.languages.onDidChangeDiagnostics(({ uris }) => { if (this.ownHaveChanged(uris)) later(); }),
      context.onState(({ kind }) => {
        if (kind !== this.state) later(); // not at each report of progress
        this.state = kind;
      }),
    ];
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.disposables).dispose();
  }

  graph(): Promise<Answer<Graph>> {
    return this.once(graphRequest);
  }

  effective(): Promise<Answer<Effective>> {
    return this.once(effectiveRequest);
  }

  refreshSoon(): void {
    this.answers.clear();
    const now = Date.now();
    if (this.timer === undefined) this.since = now;
    clearTimeout(this.timer);
    const wait = Math.max(0, Math.min(SETTLE_MS, this.since + LONGEST_WAIT_MS - now));
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.changed.fire();
    }, wait);
  }

  // Other extensions diagnose the same files, and at every key.
  private ownHaveChanged(uris: readonly vscode.Uri[]): boolean {
    let changed = false;
    for (const uri of uris) {
      const key = uri.toString();
      const isDiagnosed = vscode.languages.getDiagnostics(uri).some(({ source }) => source === SOURCE);
      changed ||= isDiagnosed || this.diagnosed.has(key);
      if (isDiagnosed) this.diagnosed.add(key);
      else this.diagnosed.delete(key);
    }
    return changed;
  }

  private once<T>(request: WorkspaceRequest<T>): Promise<Answer<T>> {
    const before = this.answers.get(request.method);
    if (before) return before as Promise<Answer<T>>;
    const answer = this.ask(request);
    this.answers.set(request.method, answer);
    return answer;
  }

  private async ask<T>(request: WorkspaceRequest<T>): Promise<Answer<T>> {
    const { client, state } = this.context;
    if (!client?.isRunning()) {
      if (state.kind === 'failed') return { problem: state.message, waiting: false };
      if (state.kind === 'idle') return { value: nothingYet as T };
      return { problem: 'The server is starting …', waiting: true };
    }
    try {
      return { value: await client.sendRequest(request, {}) };
    } catch (error) {
      if (error instanceof ResponseError && isForLater(error.code)) {
        this.refreshSoon();
        return { problem: 'The manifests are being read …', waiting: true };
      }
      return { problem: `The server gave no answer: ${error instanceof Error ? error.message : String(error)}`, waiting: false };
    }
  }
}

// What a server would answer that has read no manifest.
const nothingYet: unknown = { version: 1, meshes: [] };

const isForLater = (code: number): boolean =>
  code === LSPErrorCodes.ServerCancelled || code === LSPErrorCodes.ContentModified;
