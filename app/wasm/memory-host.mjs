// A host without a disk (module.mjs), for web workers: files are texts that the client has handed in. It has no programs to start, no
// terminal and no other processes.
import { FileType, Open } from './module.mjs';

function coded(code) {
  return Object.assign(new Error(code), { code });
}

const parentOf = (path) => path.slice(0, Math.max(path.lastIndexOf('/'), 1));

export class MemoryHost {
  environment = {};
  #entries = new Map([['/', { type: FileType.directory, names: new Map() }]]);
  #open = new Map();
  #nextFile = 3;
  #clock = 0n;
  #encoder = new TextEncoder();

  /**
   * `onMessage`: a message of the server's, the text of its JSON. `onOutput`: bytes to standard output (1) or standard error (2); they
   * are the module's memory and do not last.
   */
  constructor({ onMessage = () => {}, onOutput = () => {} } = {}) {
    this.onMessage = onMessage;
    this.onOutput = onOutput;
  }

  /** A file by its absolute path, new or in place of what is there; folders come into being with it. `content`: a text or bytes. */
  write(path, content) {
    this.#put(path, typeof content === 'string' ? this.#encoder.encode(content) : content);
  }

  /** A folder, with those above it. */
  makeFolder(path) {
    this.#fill(path);
  }

  /** A file or folder that is gone, with all that is in it. */
  forget(path) {
    const entry = this.#entries.get(path);
    if (entry === undefined || path === '/') return;
    for (const name of [...(entry.names?.keys() ?? [])]) this.forget(`${path}/${name}`);
    this.#entries.delete(path);
    this.#entries.get(parentOf(path))?.names.delete(path.slice(path.lastIndexOf('/') + 1));
  }

  #put(path, bytes) {
    const old = this.#entries.get(path);
    if (old?.type === FileType.directory) throw coded('EISDIR');
    this.#name(path, FileType.regular);
    this.#entries.set(path, { type: FileType.regular, bytes, number: old?.number ?? this.#tick(), changed: this.#tick() });
  }

  #name(path, type) {
    const names = this.#fill(parentOf(path));
    names.set(path.slice(path.lastIndexOf('/') + 1), type);
  }

  // The names in a folder, which is made where it is missing.
  #fill(folder) {
    if (!this.#entries.has(folder)) {
      this.#name(folder, FileType.directory);
      this.#entries.set(folder, { type: FileType.directory, names: new Map(), number: this.#tick(), changed: this.#tick() });
    }
    const { names } = this.#entries.get(folder);
    if (names === undefined) throw coded('ENOTDIR');
    return names;
  }

  #tick() {
    return ++this.#clock;
  }

  #find(path) {
    const entry = this.#entries.get(path);
    if (entry === undefined) throw coded('ENOENT');
    return entry;
  }

  #opened(file) {
    const open = this.#open.get(file);
    if (open === undefined) throw coded('EBADF');
    return open;
  }

  openFile(path, how) {
    if (how === Open.new && this.#entries.has(path)) throw coded('EEXIST');
    if (how === Open.read) this.#find(path);
    if (how !== Open.read && (how !== Open.append || !this.#entries.has(path))) this.#put(path, new Uint8Array());
    const file = this.#nextFile++;
    this.#open.set(file, { path, at: 0 });
    return file;
  }
  closeFile(file) {
    this.#open.delete(file);
  }
  readFile(file, into) {
    if (file === 0) return 0; // there is no standard input
    const open = this.#opened(file);
    const { bytes } = this.#find(open.path);
    if (bytes === undefined) throw coded('EISDIR');
    const part = bytes.subarray(open.at, open.at + into.length);
    into.set(part);
    open.at += part.length;
    return part.length;
  }
  writeFile(file, bytes) {
    if (file === 1 || file === 2) {
      this.onOutput(file, bytes);
      return bytes.length;
    }
    const { path } = this.#opened(file);
    const before = this.#find(path).bytes;
    const after = new Uint8Array(before.length + bytes.length);
    after.set(before);
    after.set(bytes, before.length);
    this.#put(path, after);
    return bytes.length;
  }
  syncFile() {}
  setOwner() {}
  setMode() {}
  fileStatus(file) {
    return this.pathStatus(this.#opened(file).path);
  }
  pathStatus(path) {
    const { type, bytes, number = 0n, changed = 0n } = this.#find(path);
    return { modified: changed, changed, size: BigInt(bytes?.length ?? 0), number, device: 0n, type, mode: 0o644, owner: 0, group: 0, links: 1 };
  }
  checkWritable(path) {
    this.#find(path);
  }
  rename(from, to) {
    const { bytes } = this.#find(from);
    this.#put(to, bytes);
    this.forget(from);
  }
  remove(path) {
    this.#find(path);
    this.forget(path);
  }
  listFolder(path) {
    const { names } = this.#find(path);
    if (names === undefined) throw coded('ENOTDIR');
    return [...names].map(([name, type]) => ({ name, type }));
  }
  resolve(path) {
    this.#find(path);
    return path;
  }
  currentFolder() {
    return '/';
  }
  terminalWidth() {
    return 0;
  }
  processNumber() {
    return 1;
  }
  userNumber() {
    return 0;
  }
  isRunning() {
    return false;
  }
  runProgram() {
    throw coded('ENOSYS');
  }
  exit(status) {
    throw new Error(`exit status ${status}`);
  }

  send(message) {
    this.onMessage(new TextDecoder().decode(message));
  }
  isCongested() {
    return false; // what is sent is the client's at once
  }
  watchProcess() {}
}
