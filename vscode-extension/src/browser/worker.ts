// The worker that runs the WebAssembly module: the server, which gets the files it may read and LSP's messages from the extension, or one
// command. Serves in slices, between which messages come in.
import { MemoryHost } from '../../../app/wasm/memory-host.mjs';
import { Program, SERVES } from '../../../app/wasm/module.mjs';
import type { Timer } from '../timer';
import { Mounts } from './mounts';
import { call, ENDED, filesOf, type Begin, type Done, type Ended, type Files } from './protocol';

const SLICE_MS = 5;
const LOG = 4; // MessageType.Log
const CRASHED = 134; // as of a program that aborts

/** Of a DedicatedWorkerGlobalScope, whose types do not go together with those of a page. */
interface Scope {
  onmessage: ((event: MessageEvent<unknown>) => void) | null;
  postMessage(message: unknown): void;
  close(): void;
}
const scope = self as unknown as Scope;

class Exit extends Error {
  constructor(readonly status: number) {
    super(`exit status ${status}`);
  }
}

const words = (thrown: unknown): string => (thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));

class Session {
  private readonly output: Record<number, string> = { 1: '', 2: '' };
  private readonly host: MemoryHost;
  private readonly mounts: Mounts;
  private readonly program: Program;
  private readonly turn = new MessageChannel(); // timers wait longer than a slice takes
  private serves = false;
  private due = false;
  private timer: Timer | undefined;

  constructor({ module, schemes }: Begin) {
    this.mounts = new Mounts(new Set(schemes));
    this.host = new MemoryHost({
      onMessage: (text) => { scope.postMessage(this.mounts.outward(JSON.parse(text))); },
      onOutput: (file, bytes) => { this.said(file, new TextDecoder().decode(bytes)); },
    });
    this.host.exit = (status) => { throw new Exit(status); };
    this.program = new Program(module, this.host);
    this.turn.port1.onmessage = () => { this.work(); };
  }

  run(args: readonly string[]): void {
    let status: number;
    try {
      status = this.program.run(args);
    } catch (error) {
      if (!(error instanceof Exit)) throw error;
      ({ status } = error);
    }
    this.serves = status === SERVES;
    if (this.serves) return;
    scope.postMessage({ status, output: this.output[1] ?? '', errors: this.output[2] ?? '' } satisfies Done);
    scope.close();
  }

  take(message: unknown): void {
    const files = filesOf(message);
    if (files) this.put(files);
    else this.program.message(JSON.stringify(this.mounts.inward(message)));
    this.soon();
  }

  private put({ files, folders, gone }: Files): void {
    const path = (uri: string): string => this.mounts.path(uri) ?? '/';
    for (const uri of gone) this.host.forget(path(uri));
    for (const uri of folders) this.host.makeFolder(path(uri));
    for (const { uri, bytes } of files) this.host.write(path(uri), bytes);
  }

  // What the server logs goes to the output.
  private said(file: number, text: string): void {
    if (this.serves) scope.postMessage(call('window/logMessage', { type: LOG, message: text.trimEnd() }));
    else this.output[file] = (this.output[file] ?? '') + text;
  }

  private soon(): void {
    clearTimeout(this.timer);
    if (this.due || !this.serves) return;
    this.due = true;
    this.turn.port2.postMessage(undefined);
  }

  private work(): void {
    this.due = false;
    guarded(() => {
      const wait = this.program.work(SLICE_MS);
      if (wait < 0) end({ status: this.program.exitStatus(), reason: '' });
      else if (wait === 0) this.soon();
      else this.timer = setTimeout(() => { this.soon(); }, Math.ceil(wait));
    });
  }
}

function end(ended: Ended): void {
  scope.postMessage(call(ENDED, ended));
  scope.onmessage = null;
  scope.close();
}

function guarded(act: () => void): void {
  try {
    act();
  } catch (error) {
    end({ status: CRASHED, reason: words(error) });
  }
}

scope.onmessage = ({ data }) => {
  guarded(() => {
    const session = new Session(data as Begin);
    scope.onmessage = (event) => { guarded(() => { session.take(event.data); }); };
    session.run((data as Begin).args);
  });
};
