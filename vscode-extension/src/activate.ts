// What both entries, node/extension and browser/extension, lead to. Everything it starts belongs to one Context, which ends it again.
import * as vscode from 'vscode';

import { registerClusters } from './clusters';
import { registerCommands } from './commands';
import { Context } from './context';
import { registerEditorContext } from './editor-context';
import { Feed } from './feed';
import type { Host } from './host';
import { registerMeshTree } from './mesh-tree';
import { registerPanels } from './panels';
import { startWhenNeeded } from './starter';
import { registerStatus } from './status';

let context: Context | undefined;

export function activateOn(host: Host, extension: vscode.ExtensionContext): void {
  const started = new Context(host, extension);
  context = started;
  extension.subscriptions.push(context);
  registerCommands(context);
  registerClusters(context);
  const feed = new Feed(context);
  context.own(feed);
  registerStatus(context, feed);
  registerPanels(context, feed);
  registerMeshTree(context, feed);
  registerEditorContext(context);
  void vscode.commands.executeCommand('setContext', 'istioMtls.active', true);
  // Commands need not wait until the folder has been looked at.
  void startWhenNeeded(context).catch((error: unknown) => { started.output.appendLine(String(error)); });
}

export async function deactivate(): Promise<void> {
  await context?.stop();
}
