// What VS Code calls where the extension runs in the browser.
import * as vscode from 'vscode';

import { activateOn } from '../activate';
import { BrowserHost } from './host';

export { deactivate } from '../activate';

export function activate(extension: vscode.ExtensionContext): void {
  void vscode.commands.executeCommand('setContext', 'istioMtls.inBrowser', true); // hides what needs a program
  activateOn(new BrowserHost(), extension);
}
