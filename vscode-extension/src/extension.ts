// What VS Code calls. Everything it starts belongs to one Context, which ends it again.
import * as vscode from 'vscode';

import { registerClusters } from './clusters';
import { registerCommands } from './commands';
import { Context } from './context';
import { registerEditorContext } from './editor-context';
import { Feed } from './feed';
import { registerMeshTree } from './mesh-tree';
import { registerPanels } from './panels';
import { registerStatus } from './status';

let context: Context | undefined;

export async function activate(extension: vscode.ExtensionContext): Promise<void> {
  context = new Context(extension);
  extension.subscriptions.push(context);
  registerStatus(context);
  registerCommands(context);
  registerClusters(context);
  const feed = new Feed(context);
  context.own(feed);
  registerPanels(context, feed);
  registerMeshTree(context, feed);
  registerEditorContext(context);
  void vscode.commands.executeCommand('setContext', 'istioMtls.active', true);
  await context.start();
}

export async function deactivate(): Promise<void> {
  await context?.stop();
}
