// A web view of this extension in an editor tab: its page, the messages between the two, and one panel of each kind at a time.
// The page may run its own bundle and nothing else.
import * as vscode from 'vscode';

import type { Context } from './context';
import type { Answer, Feed } from './feed';
import { openPlace, type AnyPlace } from './open-place';

export interface PanelKind {
  readonly viewType: string;
  readonly title: string;
  readonly bundle: string; // dist/BUNDLE.js and .css; the page's root element has this id
  readonly styleId?: string; // of the style sheet's element
  readonly command: string;
  readonly ask: (feed: Feed) => Promise<Answer<unknown>>;
}

/** What a view gets. */
type ToView =
  | { readonly type: 'data'; readonly data: unknown }
  | { readonly type: 'problem'; readonly message: string }
  | { readonly type: 'focus'; readonly uri: string };

/** What a view sends. */
type FromView = { readonly type: 'ready' } | { readonly type: 'open'; readonly place: AnyPlace };

class WebPanel implements vscode.Disposable {
  private last = '';
  private updating = false;
  private again = false;
  private ready = false;
  private focused: string | undefined;
  private readonly disposables: vscode.Disposable[];

  constructor(
    private readonly context: Context,
    private readonly feed: Feed,
    private readonly kind: PanelKind,
    readonly panel: vscode.WebviewPanel,
  ) {
    this.disposables = [
      feed.onChange(() => { void this.update(); }),
      // Nobody sees what happens in a tab behind another one; it is brought up to date when it comes forward.
      panel.onDidChangeViewState(() => { void this.update(); }),
      panel.webview.onDidReceiveMessage((message: FromView) => this.received(message)),
    ];
    panel.webview.options = { enableScripts: true, localResourceRoots: [this.dist()] };
    panel.webview.html = this.html();
  }

  dispose(): void {
    vscode.Disposable.from(...this.disposables).dispose();
  }

  /** Has the view show what a file holds, once it shows anything. */
  focus(uri: string): void {
    this.focused = uri;
    this.sendFocus();
  }

  private dist(): vscode.Uri {
    return vscode.Uri.joinPath(this.context.extension.extensionUri, 'dist');
  }

  private html(): string {
    const { webview } = this.panel;
    const { bundle, styleId, title } = this.kind;
    const uri = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(this.dist(), name)).toString();
    const nonce = btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(16))));
    const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${webview.cspSource}; img-src data:`;
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet"${styleId === undefined ? '' : ` id="${styleId}"`} href="${uri(`${bundle}.css`)}">
<title>${title}</title>
</head>
<body><div id="${bundle}"></div><script nonce="${nonce}" src="${uri(`${bundle}.js`)}"></script></body>
</html>`;
  }

  private async received(message: FromView): Promise<void> {
    if (message.type === 'open') {
      const own = this.panel.viewColumn;
      const viewColumn = own === vscode.ViewColumn.One ? vscode.ViewColumn.Two : vscode.ViewColumn.One;
      await openPlace(message.place, { viewColumn });
      return;
    }
    this.last = '';
    this.ready = true;
    await this.update();
    this.sendFocus();
  }

  private sendFocus(): void {
    if (!this.ready || this.focused === undefined) return;
    this.send({ type: 'focus', uri: this.focused });
    this.focused = undefined;
  }

  // One question at a time: while a large mesh is being answered, what comes in between leads to one more.
  private async update(): Promise<void> {
    if (!this.ready || !this.panel.visible) return;
    this.again = true;
    if (this.updating) return;
    this.updating = true;
    while (this.again) {
      this.again = false;
      const answer = await this.kind.ask(this.feed);
      const message: ToView = 'value' in answer ? { type: 'data', data: answer.value } : { type: 'problem', message: answer.problem };
      const text = JSON.stringify(message);
      if (text !== this.last) this.send(message);
      this.last = text;
    }
    this.updating = false;
  }

  private send(message: ToView): void {
    void this.panel.webview.postMessage(message);
  }
}

/** A command that shows a panel of this kind, or brings the one there is forward; and what makes it come back after a reload. */
export function registerWebPanel(context: Context, feed: Feed, kind: PanelKind): void {
  let current: WebPanel | undefined;
  const adopt = (panel: vscode.WebviewPanel): WebPanel => {
    const made = new WebPanel(context, feed, kind, panel);
    panel.onDidDispose(() => {
      made.dispose();
      if (current === made) current = undefined;
    });
    current = made;
    return made;
  };
  context.own(
    // The editor's title gives the file that it shows.
    vscode.commands.registerCommand(kind.command, (of?: unknown) => {
      void context.wake();
      if (current) current.panel.reveal();
      const shown = current ?? adopt(vscode.window.createWebviewPanel(kind.viewType, kind.title, vscode.ViewColumn.Beside));
      if (of instanceof vscode.Uri) shown.focus(of.toString());
      else if (typeof of === 'string') shown.focus(of);
    }),
    vscode.window.registerWebviewPanelSerializer(kind.viewType, {
      deserializeWebviewPanel: (panel) => {
        adopt(panel);
        return Promise.resolve();
      },
    }),
    new vscode.Disposable(() => { current?.panel.dispose(); }),
  );
}
