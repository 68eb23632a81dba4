// Files laid over a running cluster: the commands that choose one, its documents to read, and what is known of it.
import * as vscode from 'vscode';

import { SECTION } from './client';
import type { Cluster } from './cluster-text';
import type { Context } from './context';
import type { Host } from './host';

const SCHEME = 'istio-mtls-cluster';
const NONE = 'none';

const settings = (): vscode.WorkspaceConfiguration => vscode.workspace.getConfiguration(SECTION);

async function update(key: string, value: string | undefined): Promise<void> {
  const target = vscode.workspace.workspaceFolders
    ? vscode.ConfigurationTarget.Workspace
    : vscode.ConfigurationTarget.Global;
  await settings().update(key, value, target);
}

/** kubectl's own last line, or why it could not be run. */
function words(error: unknown): string {
  const { code, stderr } = error as { code?: string | number; stderr?: string };
  if (code === 'ENOENT') return 'kubectl is not in PATH';
  return stderr?.trim().split('\n').pop() ?? String(error);
}

const CURRENT = 'The current context';
const SNAPSHOT = 'A snapshot file…';

async function layOverCluster({ contexts }: Host): Promise<void> {
  if (!contexts) return sayWhatSnapshotsDo();
  let names: string[] = [];
  let problem = '';
  try {
    names = await contexts();
  } catch (error) {
    problem = words(error);
  }
  const items: vscode.QuickPickItem[] = [
    ...(names.length > 0 ? [{ label: CURRENT, description: 'whatever kubectl is set to' }] : []),
    ...names.map((label) => ({ label })),
    { label: SNAPSHOT, description: "that 'istio-mtls-ls snapshot' wrote" },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: 'Lay over cluster',
    placeHolder: problem === '' ? 'Its policies and workloads count below the files of this workspace' : problem,
  });
  if (!picked) return;
  if (picked.label === SNAPSHOT) return pickSnapshot();
  await update('snapshot', undefined);
  await update('cluster', picked.label === CURRENT ? 'current' : picked.label);
}

async function sayWhatSnapshotsDo(): Promise<void> {
  const open = 'Open Settings';
  const picked = await vscode.window.showInformationMessage(
    "In the browser no cluster can be asked: kubectl does not run there. Put what 'istio-mtls-ls snapshot' wrote into the workspace, and name it in istioMtls.snapshot.",
    open,
  );
  if (picked === open) await vscode.commands.executeCommand('workbench.action.openSettings', `${SECTION}.snapshot`);
}

async function pickSnapshot(): Promise<void> {
  const [file] = (await vscode.window.showOpenDialog({
    title: 'Snapshot of a cluster',
    filters: { Snapshots: ['json'] },
    ...(vscode.workspace.workspaceFolders?.[0] && { defaultUri: vscode.workspace.workspaceFolders[0].uri }),
  })) ?? [];
  if (!file) return;
  await update('cluster', undefined);
  await update('snapshot', file.fsPath);
}

/** Also where a folder's own `.istio-mtls.yaml` names a context; a snapshot that it names is only read. */
async function stopUsingCluster(context: Context): Promise<void> {
  const own = settings().get<string>('cluster', '') !== '' || settings().get<string>('snapshot', '') !== '';
  await update('snapshot', undefined);
  await update('cluster', own || context.clusters.length === 0 ? undefined : NONE);
}

/** The resources of a cluster as documents that cannot be edited. */
class ClusterDocuments implements vscode.TextDocumentContentProvider {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;

  constructor(private readonly context: Context) {}

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    if (!this.context.client) throw new Error('The Istio mTLS server is not running.');
    const { text } = await this.context.client.sendRequest<{ text: string }>('istioMtls/clusterDocument', {
      uri: this.context.client.code2ProtocolConverter.asUri(uri),
    });
    return text;
  }

  refresh(): void {
    for (const { uri } of vscode.workspace.textDocuments) if (uri.scheme === SCHEME) this.changed.fire(uri);
  }
}

export function registerClusters(context: Context): void {
  const command = vscode.commands.registerCommand;
  const documents = new ClusterDocuments(context);
  let before: readonly Cluster[] = [];
  context.own(
    command('istioMtls.layOverCluster', () => layOverCluster(context.host)),
    command('istioMtls.refreshClusters', () => context.client?.sendRequest('istioMtls/refreshClusters')),
    command('istioMtls.stopUsingCluster', () => stopUsingCluster(context)),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, documents),
    context.onClusters((clusters) => {
      const isOther = clusters.some(({ name, taken }) => !before.some((one) => one.name === name && one.taken === taken));
      before = clusters;
      if (isOther) documents.refresh();
    }),
  );
}
