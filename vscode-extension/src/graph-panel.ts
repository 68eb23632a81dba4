// The policy graph beside the editor. The view itself is in graph-view/; this feeds it on every change and opens what is clicked.
import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import { LSPErrorCodes, ResponseError } from 'vscode-languageclient/node';

import { DOCUMENTS } from './client';
import type { Context } from './context';
import type { Place } from './graph-view/graph';
import type { FromView, ToView } from './graph-view/host';
import { graphRequest } from './lsp-ext';

const VIEW_TYPE = 'istioMtls.graph';
const TITLE = 'Istio Policy Graph';
const SETTLE_MS = 120; // typing and checkouts come in bursts
const MANIFESTS = '**/{*.yaml,*.yml,*.json}';

class GraphPanel implements vscode.Disposable {
  private last = '';
  private timer: NodeJS.Timeout | undefined;
  private readonly disposables: vscode.Disposable[];

  constructor(private readonly context: Context, readonly panel: vscode.WebviewPanel) {
    const watcher = vscode.workspace.createFileSystemWatcher(MANIFESTS);
    const later = (): void => { this.updateSoon(); };
    this.disposables = [
      watcher, watcher.onDidChange(later), watcher.onDidCreate(later), watcher.onDidDelete(later),
      vscode.workspace.onDidChangeTextDocument(({ document }) => {
        if (vscode.languages.match(DOCUMENTS, document) > 0) later();
      }),
      // Settings and the end of indexing show in what is diagnosed.
      vscode.languages.onDidChangeDiagnostics(later),
      context.onState(later),
      panel.webview.onDidReceiveMessage((message: FromView) => this.received(message)),
    ];
    panel.webview.options = { enableScripts: true, localResourceRoots: [this.dist()] };
    panel.webview.html = this.html();
  }

  dispose(): void {
    clearTimeout(this.timer);
    vscode.Disposable.from(...this.disposables).dispose();
  }

  private dist(): vscode.Uri {
    return vscode.Uri.joinPath(this.context.extension.extensionUri, 'dist');
  }

  private html(): string {
    const { webview } = this.panel;
    const uri = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(this.dist(), name)).toString();
    const nonce = randomBytes(16).toString('base64');
    const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}; img-src data:`;
    // The canvas library adds a style sheet of one rule unless an element of this name is there; the policy forbids adding it.
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" id="__________cytoscape_stylesheet" href="${uri('graph-view.css')}">
<title>${TITLE}</title>
</head>
<body><div id="graph-view"></div><script nonce="${nonce}" src="${uri('graph-view.js')}"></script></body>
</html>`;
  }

  private async received(message: FromView): Promise<void> {
    if (message.type === 'open') {
      await this.open(message.place);
      return;
    }
    this.last = '';
    await this.update();
  }

  private updateSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.update();
    }, SETTLE_MS);
  }

  private async update(): Promise<void> {
    const message = await this.ask();
    const text = JSON.stringify(message);
    if (text === this.last) return;
    this.last = text;
    await this.panel.webview.postMessage(message);
  }

  private async ask(): Promise<ToView> {
    const { client, state } = this.context;
    if (!client?.isRunning()) {
      return { type: 'problem', message: state.kind === 'failed' ? state.message : 'The server is starting …' };
    }
    try {
      return { type: 'graph', graph: await client.sendRequest(graphRequest, {}) };
    } catch (error) {
      if (error instanceof ResponseError && error.code === LSPErrorCodes.ServerCancelled) {
        this.updateSoon();
        return { type: 'problem', message: 'The manifests are being read …' };
      }
      return { type: 'problem', message: `The server gave no graph: ${error instanceof Error ? error.message : String(error)}` };
    }
  }

  private async open({ uri, file, lspRange, range }: Place): Promise<void> {
    const { start, end } = lspRange ?? {
      start: { line: range.start.line - 1, character: range.start.column - 1 },
      end: { line: range.end.line - 1, character: range.end.column - 1 },
    };
    const own = this.panel.viewColumn;
    await vscode.window.showTextDocument(uri === undefined ? vscode.Uri.file(file) : vscode.Uri.parse(uri), {
      viewColumn: own === vscode.ViewColumn.One ? vscode.ViewColumn.Two : vscode.ViewColumn.One,
      selection: new vscode.Range(start.line, start.character, end.line, end.character),
    });
  }
}

export function registerGraphPanel(context: Context): void {
  let current: GraphPanel | undefined;
  const adopt = (panel: vscode.WebviewPanel): void => {
    const made = new GraphPanel(context, panel);
    panel.onDidDispose(() => {
      made.dispose();
      if (current === made) current = undefined;
    });
    current = made;
  };
  context.own(
    vscode.commands.registerCommand('istioMtls.showGraph', () => {
      if (current) current.panel.reveal();
      else adopt(vscode.window.createWebviewPanel(VIEW_TYPE, TITLE, vscode.ViewColumn.Beside));
    }),
    vscode.window.registerWebviewPanelSerializer(VIEW_TYPE, {
      deserializeWebviewPanel: (panel) => {
        adopt(panel);
        return Promise.resolve();
      },
    }),
    new vscode.Disposable(() => { current?.panel.dispose(); }),
  );
}
