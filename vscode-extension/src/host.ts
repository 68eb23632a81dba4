// What the extension asks of where it runs: Node, beside the files (node/), or a worker of the browser (browser/). Everything else in
// this folder runs in both.
import type * as vscode from 'vscode';
import type { BaseLanguageClient, LanguageClientOptions } from 'vscode-languageclient';

/** One line that says what is wrong and one that says what to do. */
export class ServerProblem extends Error {
  constructor(
    message: string,
    readonly advice: string,
  ) {
    super(message);
  }
}

/** A server that can be started. */
export interface Server {
  readonly kind: 'native' | 'wasm' | 'browser'; // wasm: the module under Node; browser: the module in a worker
  readonly version: string;
  readonly text: string; // for the output: which one it is
  readonly why: string; // the module runs in place of a binary: what is wrong with that; mostly empty
  /** What its command line prints. */
  run(args: readonly string[]): Promise<string>;
  connect(id: string, name: string, options: LanguageClientOptions): BaseLanguageClient;
}

export interface Host {
  /** Of documents and folders that can be read. */
  readonly schemes: () => readonly string[];
  /** The server to start now; throws a ServerProblem. */
  findServer(extension: vscode.ExtensionContext, output: vscode.OutputChannel): Promise<Server>;
  /** Does a file begin like a manifest? */
  beginsLikeManifest(uri: vscode.Uri): Promise<boolean>;
  /** Is there a manifest in the folders of this window? */
  foldersHoldManifests(output: vscode.OutputChannel): Promise<boolean>;
  /** The contexts that kubectl knows. Not there: no program can be run. */
  readonly contexts?: () => Promise<string[]>;
}
