// The context key that has the editor's title offer the policy graph: the file in front holds something that the graph shows.
import * as vscode from 'vscode';

import type { Context } from './context';
import { isOfMesh, MOST_LOOKED_AT } from './manifest-text';
import type { Timer } from './timer';

const KEY = 'istioMtls.manifest';
const KUSTOMIZATION = /\/kustomization\.ya?ml$/i;
const SETTLE_MS = 300;

function holdsSomething(documents: vscode.DocumentSelector, document: vscode.TextDocument | undefined): boolean {
  if (!document || vscode.languages.match(documents, document) === 0) return false;
  if (KUSTOMIZATION.test(document.uri.path)) return true; // which need not name its kind
  const end = document.positionAt(MOST_LOOKED_AT); // no copy of a file of many megabytes
  return isOfMesh(document.getText(new vscode.Range(0, 0, end.line, end.character)));
}

export function registerEditorContext(context: Context): void {
  let timer: Timer | undefined;
  let told: boolean | undefined;
  const tell = (): void => {
    const holds = holdsSomething(context.documents, vscode.window.activeTextEditor?.document);
    if (holds === told) return;
    told = holds;
    void vscode.commands.executeCommand('setContext', KEY, holds);
  };
  context.own(
    vscode.window.onDidChangeActiveTextEditor(tell),
    vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document !== vscode.window.activeTextEditor?.document) return;
      clearTimeout(timer);
      timer = setTimeout(tell, SETTLE_MS);
    }),
    new vscode.Disposable(() => { clearTimeout(timer); }),
  );
  tell();
}
