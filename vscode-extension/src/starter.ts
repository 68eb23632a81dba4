// When the server is started: where a folder holds manifests, or one is opened. The extension is loaded for every YAML file, of which
// most projects have some; a server that would have nothing to say is not.
import * as vscode from 'vscode';

import { SECTION } from './client';
import type { Context } from './context';
import { isManifest, isUnwritten, MOST_LOOKED_AT } from './manifest-text';

const SURE = '**/{.istio-mtls.yaml,kustomization.yaml,kustomization.yml,Kustomization}';
const YAML = '**/*.{yaml,yml}';
const NOBODYS = '**/{node_modules,.git}/**';

/** Does a document ask for the server? One that is new and empty does: it may become a manifest, and wants templates. */
function asksForServer(documents: vscode.DocumentSelector, document: vscode.TextDocument): boolean {
  if (vscode.languages.match(documents, document) === 0) return false;
  const end = document.positionAt(MOST_LOOKED_AT);
  const text = document.getText(new vscode.Range(0, 0, end.line, end.character));
  return isManifest(text) || (document.languageId !== 'json' && isUnwritten(text));
}

const isLaidOver = (): boolean =>
  ['cluster', 'snapshot'].some((key) => vscode.workspace.getConfiguration(SECTION).get<string>(key, '') !== '');

async function foldersHoldManifests({ host, output }: Context): Promise<boolean> {
  if (!vscode.workspace.workspaceFolders) return false;
  return (await vscode.workspace.findFiles(SURE, NOBODYS, 1)).length > 0 || host.foldersHoldManifests(output);
}

const isNeeded = async (context: Context): Promise<boolean> =>
  isLaidOver() || vscode.workspace.textDocuments.some((document) => asksForServer(context.documents, document)) || foldersHoldManifests(context);

/** Starts the server now, or as soon as there is something for it. */
export async function startWhenNeeded(context: Context): Promise<void> {
  const watcher = vscode.workspace.createFileSystemWatcher(YAML);
  const written = async (uri: vscode.Uri): Promise<void> => { if (await context.host.beginsLikeManifest(uri)) await context.wake(); };
  const opened = (document: vscode.TextDocument): void => { if (asksForServer(context.documents, document)) void context.wake(); };
  const look = async (): Promise<void> => { if (await isNeeded(context)) await context.wake(); };
  const listening = vscode.Disposable.from(
    watcher, watcher.onDidCreate(written), watcher.onDidChange(written),
    vscode.workspace.onDidOpenTextDocument(opened),
    vscode.workspace.onDidChangeTextDocument(({ document }) => { opened(document); }),
    vscode.workspace.onDidChangeWorkspaceFolders(look),
    vscode.workspace.onDidChangeConfiguration((event) => { if (event.affectsConfiguration(SECTION) && isLaidOver()) void context.wake(); }),
  );
  context.own(listening, context.onState(({ kind }) => { if (kind !== 'idle') listening.dispose(); }));
  await look();
}
