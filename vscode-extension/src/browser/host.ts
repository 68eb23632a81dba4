// The extension in a worker of the browser: no processes and no disk. The server is the WebAssembly module, in a worker of its own, and
// has the files that the editor's API gives.
import * as vscode from 'vscode';

import { ServerProblem, type Host, type Server } from '../host';
import { isManifest } from '../manifest-text';
import { runOnce, WorkerClient, type Launch, type Opened } from './client';
import type { Begin } from './protocol';
import { WorkspaceFiles } from './workspace-files';

const WORKER = 'dist/browser-server.js';
const MODULE = 'server/wasm/istio-mtls-ls.wasm';
const MOST_BYTES = 16 * 1024; // of a file whose beginning is looked at
const YAML = /\.ya?ml$/;

// Folders come with whatever extension provides them; these are VS Code's own.
const USUAL_SCHEMES = ['file', 'vscode-vfs', 'vscode-remote'];
const schemes = (): string[] =>
  [...new Set([...USUAL_SCHEMES, ...(vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.scheme)])];

const begins = (bytes: Uint8Array): boolean => isManifest(new TextDecoder().decode(bytes.subarray(0, MOST_BYTES)));

async function ofExtension(extension: vscode.ExtensionContext, path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(extension.extensionUri, path)));
  } catch {
    throw new ServerProblem(`This build of the extension brings no ${path}, which the browser needs`, 'Install the universal build.');
  }
}

/** Browsers refuse workers from other origins than the page's, where extensions may come from; VS Code, ones from remote machines. */
async function launcher(extension: vscode.ExtensionContext): Promise<Launch> {
  const [script, bytes] = await Promise.all([ofExtension(extension, WORKER), ofExtension(extension, MODULE)]);
  const module = await WebAssembly.compile(bytes);
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  extension.subscriptions.push({ dispose: () => { URL.revokeObjectURL(url); } });
  return (args) => {
    const worker = new Worker(url);
    worker.postMessage({ module, args, schemes: schemes() } satisfies Begin);
    return worker;
  };
}

export class BrowserHost implements Host {
  readonly schemes = schemes;
  private launch: Promise<Launch> | undefined;
  // Read already when there turned out to be a manifest.
  private before: Opened | undefined;

  async beginsLikeManifest(uri: vscode.Uri): Promise<boolean> {
    return vscode.workspace.fs.readFile(uri).then(begins, () => false);
  }

  async foldersHoldManifests(output: vscode.OutputChannel): Promise<boolean> {
    const opened = await this.open(output);
    const holds = opened.found.files.some(({ uri, bytes }) => YAML.test(uri) && begins(bytes));
    if (holds) this.before = opened;
    else opened.files.dispose();
    return holds;
  }

  async findServer(extension: vscode.ExtensionContext, output: vscode.OutputChannel): Promise<Server> {
    this.launch ??= launcher(extension);
    const launch = await this.launch.catch((error: unknown) => {
      this.launch = undefined; // the next start tries again
      throw error;
    });
    const run = (args: readonly string[]): Promise<string> => runOnce(launch, args);
    const version = /^istio-mtls-ls (\d+\.\d+\.\d+)/.exec(await run(['--version']))?.[1];
    if (version === undefined) throw new ServerProblem(`${MODULE} is not istio-mtls-ls`, 'Install the extension again.');
    return {
      kind: 'browser',
      version,
      text: `istio-mtls-ls, version ${version}, as WebAssembly in a worker of this browser`,
      why: '',
      run,
      connect: (id, name, options) =>
        new WorkerClient(id, name, options, { launch, open: () => this.open(output), say: (line) => { output.appendLine(line); } }),
    };
  }

  private async open(output: vscode.OutputChannel): Promise<Opened> {
    const { before } = this;
    this.before = undefined;
    if (before) return before;
    const files = new WorkspaceFiles(output);
    return { files, found: await files.read() };
  }
}
