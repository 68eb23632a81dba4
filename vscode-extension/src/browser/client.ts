// The language client of a server in a worker, which starts anew each time the server does.
import { BaseLanguageClient, type DataCallback, type Disposable, type LanguageClientOptions, type MessageTransports } from 'vscode-languageclient';
import { BrowserMessageReader, BrowserMessageWriter } from 'vscode-languageclient/browser';

import { call, endOf, FILES, type Done } from './protocol';
import type { Found } from './walk';
import type { WorkspaceFiles } from './workspace-files';

/** Starts a worker with these arguments of the program's. */
export type Launch = (args: readonly string[]) => Worker;

/** What a worker writes to its output. */
export function runOnce(launch: Launch, args: readonly string[]): Promise<string> {
  const worker = launch(args);
  return new Promise<Done>((resolve, reject) => {
    worker.onmessage = ({ data }: MessageEvent<unknown>) => {
      const ended = endOf(data);
      if (ended) reject(new Error(ended.reason));
      else resolve(data as Done);
    };
    worker.onerror = ({ message }) => { reject(new Error(message)); };
  }).then(({ status, output, errors }) => {
    if (status !== 0) throw new Error(errors.trim());
    return output;
  }).finally(() => { worker.terminate(); });
}

/** A worker has no pipe that closes: that it has ended is a message, or an error that nobody caught there. */
class WorkerReader extends BrowserMessageReader {
  constructor(worker: Worker, private readonly say: (reason: string) => void) {
    super(worker);
    worker.addEventListener('error', ({ message }) => { this.end(message); });
  }

  override listen(callback: DataCallback): Disposable {
    return super.listen((message) => {
      const ended = endOf(message);
      if (ended) this.end(ended.reason);
      else callback(message);
    });
  }

  private end(reason: string): void {
    if (reason !== '') this.say(reason);
    this.fireClose();
  }
}

/** Files that have been read, and will tell what changes. */
export interface Opened {
  readonly files: WorkspaceFiles;
  readonly found: Found;
}

export interface Means {
  readonly launch: Launch;
  readonly open: () => Promise<Opened>; // anew for each start
  readonly say: (line: string) => void;
}

export class WorkerClient extends BaseLanguageClient {
  private worker: Worker | undefined;
  private files: WorkspaceFiles | undefined;

  constructor(id: string, name: string, options: LanguageClientOptions, private readonly means: Means) {
    super(id, name, {
      ...options,
      middleware: {
        ...options.middleware,
        workspace: {
          ...options.middleware?.workspace,
          // The server is told when it has what changed, which follow() sees to.
          didChangeWatchedFile: () => Promise.resolve(),
        },
      },
    });
  }

  protected override async createMessageTransports(): Promise<MessageTransports> {
    this.end();
    const { launch, open, say } = this.means;
    const { files, found } = await open();
    this.files = files;
    const worker = launch(['serve']);
    this.worker = worker;
    worker.postMessage(call(FILES, { ...found, gone: [] }), found.files.map(({ bytes }) => bytes.buffer));
    files.follow(async (changed, changes) => {
      await this.sendNotification(FILES, changed);
      await this.sendNotification('workspace/didChangeWatchedFiles', { changes });
    });
    return { reader: new WorkerReader(worker, say), writer: new BrowserMessageWriter(worker) };
  }

  override async stop(timeout?: number): Promise<void> {
    try {
      await super.stop(timeout);
    } finally {
      this.end();
    }
  }

  private end(): void {
    this.worker?.terminate();
    this.files?.dispose();
    this.worker = undefined;
    this.files = undefined;
  }
}
