// The files of the window's folders, through the editor's API: read once before the server starts, then whatever changes.
import * as vscode from 'vscode';

import type { Timer } from '../timer';
import type { Files } from './protocol';
import { BOUNDS, Walk, type Found, type Tree } from './walk';

const SETTLE_MS = 50; // checkouts come in bursts

const tree: Tree<vscode.Uri> = {
  list: async (folder) => vscode.workspace.fs.readDirectory(folder),
  size: async (file) => (await vscode.workspace.fs.stat(file)).size,
  read: async (file) => vscode.workspace.fs.readFile(file),
  join: (folder, name) => vscode.Uri.joinPath(folder, name),
  text: (place) => place.toString(),
};

/** As `workspace/didChangeWatchedFiles` has it. */
export interface Change {
  readonly uri: string;
  readonly type: 1 | 2 | 3; // created, changed, deleted
}

export type Tell = (files: Files, changes: readonly Change[]) => Promise<void>;

export class WorkspaceFiles implements vscode.Disposable {
  private readonly walk = new Walk(tree);
  private readonly watcher = vscode.workspace.createFileSystemWatcher('**/*');
  private readonly pending = new Map<string, { place: vscode.Uri; type: Change['type'] }>();
  private readonly listening: vscode.Disposable;
  private timer: Timer | undefined;
  private tell: Tell | undefined;
  private busy = Promise.resolve();
  private said = 0; // lines
  private warned = false;

  constructor(private readonly output: vscode.OutputChannel) {
    // From before the first file is read, so that no change is missed.
    const later = (type: Change['type']) => (place: vscode.Uri): void => {
      this.pending.set(place.toString(), { place, type });
      this.soon();
    };
    this.listening = vscode.Disposable.from(
      this.watcher, this.watcher.onDidCreate(later(1)), this.watcher.onDidChange(later(2)), this.watcher.onDidDelete(later(3)),
      vscode.workspace.onDidChangeWorkspaceFolders(({ added }) => { for (const { uri } of added) later(1)(uri); }),
    );
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.tell = undefined;
    this.listening.dispose();
  }

  /** All that the server gets at first. */
  async read(): Promise<Found> {
    const all: Found = { files: [], folders: [] };
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      const { files, folders } = await this.walk.folder(uri);
      all.files.push(...files);
      all.folders.push(...folders);
    }
    this.output.appendLine(`Read ${all.files.length} files of ${(vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.toString(true)).join(', ')}`);
    this.sayWhatIsNotRead();
    return all;
  }

  /** Tells of what has changed since they were read, from now on. */
  follow(tell: Tell): void {
    this.tell = tell;
    this.soon();
  }

  private soon(): void {
    if (!this.tell || this.pending.size === 0) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.busy = this.busy.then(() => this.flush()).catch((error: unknown) => { this.output.appendLine(String(error)); });
    }, SETTLE_MS);
  }

  private async flush(): Promise<void> {
    const changed = [...this.pending.values()];
    this.pending.clear();
    const files: Found['files'] = [];
    const folders: string[] = [];
    const gone: string[] = [];
    const changes: Change[] = [];
    for (const { place, type } of changed) {
      const uri = place.toString();
      if (type === 3) {
        this.walk.forget(uri);
        gone.push(uri);
        changes.push({ uri, type });
        continue;
      }
      const found = await this.look(place);
      files.push(...found.files);
      folders.push(...found.folders);
      changes.push(...found.files.map((one): Change => ({ uri: one.uri, type: one.uri === uri ? type : 1 })));
    }
    this.sayWhatIsNotRead();
    if (changes.length > 0) await this.tell?.({ files, folders, gone }, changes);
  }

  private async look(place: vscode.Uri): Promise<Found> {
    const nothing: Found = { files: [], folders: [] };
    const status = await vscode.workspace.fs.stat(place).then(undefined, () => undefined);
    if (!status || this.walk.isPassedBy(`${place.toString()}/`)) return nothing;
    return status.type === vscode.FileType.Directory ? this.walk.folder(place) : { files: await this.walk.file(place), folders: [] };
  }

  // Each file once in the output, and in a message that there are any.
  private sayWhatIsNotRead(): void {
    const lines = this.walk.notRead.lines(BOUNDS);
    for (const line of lines.slice(this.said)) this.output.appendLine(line);
    this.said = Math.max(this.said, lines.length);
    if (lines.length === 0 || this.warned) return;
    this.warned = true;
    const show = 'Show Output';
    void vscode.window
      .showWarningMessage('Istio mTLS: not all files of this folder were read in the browser, so findings may be missing or wrong. The output says which.', show)
      .then((picked) => (picked === show ? vscode.commands.executeCommand('istioMtls.showOutput') : undefined));
  }
}
