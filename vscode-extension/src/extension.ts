// What VS Code calls. Everything it starts belongs to one Context, which ends it again.
import type * as vscode from 'vscode';

import { registerClusters } from './clusters';
import { registerCommands } from './commands';
import { Context } from './context';
import { registerGraphPanel } from './graph-panel';
import { registerStatus } from './status';

let context: Context | undefined;

export async function activate(extension: vscode.ExtensionContext): Promise<void> {
  context = new Context(extension);
  extension.subscriptions.push(context);
  registerStatus(context);
  registerCommands(context);
  registerClusters(context);
  registerGraphPanel(context);
  await context.start();
}

export async function deactivate(): Promise<void> {
  await context?.stop();
}
