// When the server is started: where a folder holds manifests, or one is opened. The extension is loaded for every YAML file, of which
// most projects have some; a server that would have nothing to say is not.
import { open } from 'node:fs/promises';
import * as vscode from 'vscode';

import { DOCUMENTS, SECTION } from './client';
import type { Context } from './context';
import { isManifest, isUnwritten, MOST_LOOKED_AT } from './manifest-text';

const SURE = '**/{.istio-mtls.yaml,kustomization.yaml,kustomization.yml,Kustomization}';
const YAML = '**/*.{yaml,yml}';
const NOBODYS = '**/{node_modules,.git}/**';
const MOST_FILES = 3000; // beyond it, a manifest that is opened starts the server
const MOST_BYTES = 16 * 1024; // of each
const AT_ONCE = 16;

/** Does a document ask for the server? One that is new and empty does: it may become a manifest, and wants templates. */
export function asksForServer(document: vscode.TextDocument): boolean {
  if (vscode.languages.match(DOCUMENTS, document) === 0) return false;
  const end = document.positionAt(MOST_LOOKED_AT);
  const text = document.getText(new vscode.Range(0, 0, end.line, end.character));
  return isManifest(text) || (document.languageId !== 'json' && isUnwritten(text));
}

async function beginsLikeManifest(uri: vscode.Uri): Promise<boolean> {
  const file = await open(uri.fsPath).catch(() => undefined);
  if (!file) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MOST_BYTES), 0, MOST_BYTES, 0);
    return isManifest(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return false; // a folder of such a name, or a file that went meanwhile
  } finally {
    await file.close();
  }
}

async function anyManifest(uris: readonly vscode.Uri[]): Promise<boolean> {
  for (let start = 0; start < uris.length; start += AT_ONCE) {
    const found = await Promise.all(uris.slice(start, start + AT_ONCE).map(beginsLikeManifest));
    if (found.includes(true)) return true;
  }
  return false;
}

const isLaidOver = (): boolean =>
  ['cluster', 'snapshot'].some((key) => vscode.workspace.getConfiguration(SECTION).get<string>(key, '') !== '');

async function foldersHoldManifests(): Promise<boolean> {
  if (!vscode.workspace.workspaceFolders) return false;
  if ((await vscode.workspace.findFiles(SURE, NOBODYS, 1)).length > 0) return true;
  return anyManifest(await vscode.workspace.findFiles(YAML, NOBODYS, MOST_FILES));
}

const isNeeded = async (): Promise<boolean> =>
  isLaidOver() || vscode.workspace.textDocuments.some(asksForServer) || foldersHoldManifests();

/** Starts the server now, or as soon as there is something for it. */
export async function startWhenNeeded(context: Context): Promise<void> {
  const watcher = vscode.workspace.createFileSystemWatcher(YAML);
  const written = async (uri: vscode.Uri): Promise<void> => { if (await beginsLikeManifest(uri)) await context.wake(); };
  const opened = (document: vscode.TextDocument): void => { if (asksForServer(document)) void context.wake(); };
  const look = async (): Promise<void> => { if (await isNeeded()) await context.wake(); };
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
