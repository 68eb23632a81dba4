// What VS Code calls where the extension runs in Node, beside the files.
import type * as vscode from 'vscode';

import { activateOn } from '../activate';
import { nodeHost } from './host';

export { deactivate } from '../activate';

export const activate = (extension: vscode.ExtensionContext): void => { activateOn(nodeHost, extension); };
