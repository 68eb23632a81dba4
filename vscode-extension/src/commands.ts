// The commands of the palette and those that the server's code lenses and links call.
import * as vscode from 'vscode';
import type { Location, Position } from 'vscode-languageclient';

import type { Context } from './context';
import { readCodeList } from './code-list';

const EXPLAIN_SCHEME = 'istio-mtls-explain';

/** What the bundled server says; the same text as on its command line. */
async function serverSays(context: Context, ...args: string[]): Promise<string> {
  await context.wake();
  if (!context.server) throw new Error('The Istio mTLS server is not running.');
  return context.server.run(args);
}

async function pickCode(context: Context): Promise<string | undefined> {
  const codes = readCodeList(await serverSays(context, 'explain'));
  const picked = await vscode.window.showQuickPick(
    codes.map(({ code, title }) => ({ label: code, description: title })),
    { title: 'Explain a code', placeHolder: 'A code or words of what it finds', matchOnDescription: true },
  );
  return picked?.label;
}

/** Shows what a code means, as Markdown. */
async function explain(context: Context, wanted?: unknown): Promise<void> {
  const code = typeof wanted === 'string' ? wanted : await pickCode(context);
  if (code === undefined) return;
  const uri = vscode.Uri.from({ scheme: EXPLAIN_SCHEME, path: `${code}.md` });
  await vscode.commands.executeCommand('markdown.showPreview', uri);
}

/** The server's code lenses: everything that meets a resource, in VS Code's own peek view. */
async function showRelated(context: Context, uri: string, position: Position, locations: Location[]): Promise<void> {
  const convert = context.client?.protocol2CodeConverter;
  if (!convert) return;
  await vscode.commands.executeCommand(
    'editor.action.showReferences',
    convert.asUri(uri),
    convert.asPosition(position),
    locations.map((location) => convert.asLocation(location)),
  );
}

interface FileBuild {
  name: string;
  conflicts: number;
  warnings: number;
  partial: boolean;
  refused: boolean;
  chosen: boolean;
}

const counted = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

function describe({ conflicts, warnings, partial, refused }: FileBuild): string {
  if (refused) return '✗ not built';
  const parts = [conflicts > 0 ? `✗ ${counted(conflicts, 'conflict')}` : 'no conflicts'];
  if (warnings > 0) parts.push(counted(warnings, 'warning'));
  if (partial) parts.push('partly known');
  return parts.join(', ');
}

/** Lets one of the builds of a file be shown in hovers, hints and lenses (setting `istioMtls.build`). */
async function chooseBuild(context: Context, of?: unknown): Promise<void> {
  const uri = typeof of === 'string' ? of : vscode.window.activeTextEditor?.document.uri.toString();
  if (!context.client || uri === undefined) return;
  const { builds } = await context.client.sendRequest<{ builds: FileBuild[] }>('istioMtls/builds', {
    textDocument: { uri },
  });
  if (builds.length === 0) {
    void vscode.window.showInformationMessage('No kustomization of this workspace builds this file.');
    return;
  }
  const items = builds.map((build) => ({
    label: build.name,
    description: describe(build),
    picked: build.chosen,
    value: build.name,
  }));
  const all = { label: 'All builds', description: 'show each where they differ', picked: false, value: '' };
  const picked = await vscode.window.showQuickPick([...items, all], {
    title: 'Build to show',
    placeHolder: 'What hovers, hints and lenses of a base tell of',
  });
  if (!picked) return;
  await vscode.workspace
    .getConfiguration('istioMtls')
    .update('build', picked.value === '' ? undefined : picked.value, vscode.ConfigurationTarget.Workspace);
}

export function registerCommands(context: Context): void {
  const command = vscode.commands.registerCommand;
  context.own(
    command('istioMtls.restart', () => context.restart()),
    command('istioMtls.showOutput', () => { context.output.show(); }),
    command('istioMtls.chooseBuild', (uri?: unknown) => chooseBuild(context, uri)),
    command('istioMtls.explain', (code?: unknown) => explain(context, code)),
    command('istioMtls.showRelated', (uri: string, position: Position, locations: Location[]) =>
      showRelated(context, uri, position, locations),
    ),
    vscode.workspace.registerTextDocumentContentProvider(EXPLAIN_SCHEME, {
      provideTextDocumentContent: (uri) => serverSays(context, 'explain', uri.path.replace(/\.md$/, '')),
    }),
  );
}
