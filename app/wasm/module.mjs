// The WebAssembly module and the host's calls that it imports (workspace/platform/wasm/host_calls.h), for Node and for web
// workers. What a call does is the host's: an object with the functions below, as node-host.mjs has them, which throws errors that have
// the `code` of POSIX. One module is one program: `run` is called once.

export const SERVES = -1; // of `run`: the server waits for messages

export const FileType = { missing: 0, regular: 1, directory: 2, symlink: 3, other: 4 };
export const Open = { read: 0, append: 1, replace: 2, new: 3 };

/** Thrown by a host's `runProgram`: the program was given too little time, or wrote too much. */
export const TOO_LATE = 'TOO_LATE';
export const TOO_MUCH = 'TOO_MUCH';

// The module's own numbers (bits/errno.h), whatever the host's system has.
const ERRNO = {
  E2BIG: 1, EACCES: 2, EAGAIN: 6, EBADF: 8, EBUSY: 10, ECHILD: 12, EDQUOT: 19, EEXIST: 20, EFAULT: 21, EFBIG: 22, EINTR: 27, EINVAL: 28,
  EIO: 29, EISDIR: 31, ELOOP: 32, EMFILE: 33, EMLINK: 34, ENAMETOOLONG: 37, ENFILE: 41, ENODEV: 43, ENOENT: 44, ENOEXEC: 45, ENOMEM: 48,
  ENOSPC: 51, ENOSYS: 52, ENOTDIR: 54, ENOTEMPTY: 55, ENXIO: 60, EOVERFLOW: 61, EPERM: 63, EPIPE: 64, EROFS: 69, ESPIPE: 70, ESRCH: 71,
  ESTALE: 72, ETIMEDOUT: 73, ETXTBSY: 74, EXDEV: 75, ENOTSUP: 138, [TOO_LATE]: 1000, [TOO_MUCH]: 1001,
};
const WASI_BAD_FILE = 8;

/** A trap, or an exception that nobody caught: the module is of no use any more. */
export class Crash extends Error {}

export class Program {
  #exports;
  #host;
  #bytes; // the module's memory; another array each time it has grown
  #view;
  #decoder = new TextDecoder();
  #encoder = new TextEncoder();

  /** `module`: a WebAssembly.Module. */
  constructor(module, host) {
    this.#host = host;
    const instance = new WebAssembly.Instance(module, {
      host: this.#hostCalls(),
      wasi_snapshot_preview1: this.#systemCalls(),
      env: {
        emscripten_notify_memory_growth: () => this.#look(),
        __syscall_stat64: () => -ERRNO.ENOSYS, // CLI11's checks of files, of which none is used, would ask
      },
    });
    this.#exports = instance.exports;
    this.#look();
    this.#exports._initialize();
  }

  /** The program with these arguments: its exit status, or SERVES. */
  run(args) {
    this.#reply(args.map((text) => `${text}\0`).join(''));
    return this.#exports.run();
  }

  // Once `run` has returned SERVES.

  /** A message of the client's: the text of its JSON. */
  message(text) {
    this.#reply(text);
    this.#exports.message();
  }

  /** Bytes of the client's stream, with LSP's framing. */
  feed(bytes) {
    this.#replyBytes(bytes);
    this.#exports.feed();
  }

  /** No more will come. */
  endInput() {
    this.#exports.end_input();
  }

  /** Works for about so many milliseconds. Returns after how many to call it again if no message comes; less than 0: the server has ended. */
  work(milliseconds) {
    return this.#exports.work(milliseconds);
  }

  hasMessages() {
    return this.#exports.has_messages() !== 0;
  }

  exitStatus() {
    return this.#exports.exit_status();
  }

  #look() {
    const { buffer } = this.#exports.memory;
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  #text(at, size) {
    return this.#decoder.decode(this.#bytes.subarray(at, at + size));
  }

  #replyBytes(bytes) {
    const at = this.#exports.reply_buffer(bytes.length); // which may let the memory grow
    this.#bytes.set(bytes, at);
    return bytes.length;
  }

  #reply(text) {
    return this.#replyBytes(this.#encoder.encode(text));
  }

  #putStatus(at, status) {
    const view = this.#view;
    view.setBigInt64(at, status.modified, true);
    view.setBigInt64(at + 8, status.changed, true);
    view.setBigUint64(at + 16, status.size, true);
    view.setBigUint64(at + 24, status.number, true);
    view.setBigUint64(at + 32, status.device, true);
    [status.type, status.mode, status.owner, status.group, status.links].forEach((value, i) => view.setUint32(at + 40 + 4 * i, value, true));
    return 0;
  }

  #hostCalls() {
    const host = this.#host;
    const text = (at, size) => this.#text(at, size);
    const bytes = (at, size) => this.#bytes.subarray(at, at + size);
    const calls = {
      open_file: (at, size, how) => host.openFile(text(at, size), how),
      close_file: (file) => host.closeFile(file),
      read_file: (file, at, size) => host.readFile(file, bytes(at, size)),
      write_file: (file, at, size) => host.writeFile(file, bytes(at, size)),
      sync_file: (file) => host.syncFile(file),
      set_owner: (file, owner, group) => host.setOwner(file, owner >>> 0, group >>> 0),
      set_mode: (file, mode) => host.setMode(file, mode),
      file_status: (file, status) => this.#putStatus(status, host.fileStatus(file)),
      path_status: (at, size, follows, status) => this.#putStatus(status, host.pathStatus(text(at, size), follows !== 0)),
      may_write: (at, size) => host.checkWritable(text(at, size)),
      rename: (at, size, to, toSize) => host.rename(text(at, size), text(to, toSize)),
      remove: (at, size) => host.remove(text(at, size)),
      list_folder: (at, size) => this.#reply(host.listFolder(text(at, size)).map(({ name, type }) => `${type}${name}\0`).join('')),
      resolve: (at, size) => this.#reply(host.resolve(text(at, size))),
      current_folder: () => this.#reply(host.currentFolder()),
      run_program: (at, size) => this.#replyBytes(answerBytes(host.runProgram(programRequest(text(at, size))))),
    };
    // What goes wrong becomes a number.
    const imports = {};
    for (const [name, call] of Object.entries(calls)) {
      imports[name] = (...args) => {
        try {
          return call(...args) ?? 0;
        } catch (error) {
          if (error instanceof WebAssembly.RuntimeError || typeof error?.code !== 'string') throw error;
          return -(ERRNO[error.code] ?? ERRNO.EIO);
        }
      };
    }
    return {
      ...imports,
      terminal_width: (file) => host.terminalWidth(file),
      process_number: () => host.processNumber(),
      user_number: () => host.userNumber(),
      is_running: (process) => (host.isRunning(process) ? 1 : 0),
      random: () => (Math.random() * 2 ** 32) >>> 0,
      exit: (status) => host.exit(status),
      send: (at, size) => host.send(bytes(at, size)),
      is_congested: () => (host.isCongested() ? 1 : 0),
      watch_process: (process) => host.watchProcess(process),
    };
  }

  // What the C library asks for.
  #systemCalls() {
    const variables = Object.entries(this.#host.environment).map(([name, value]) => this.#encoder.encode(`${name}=${value}\0`));
    return {
      clock_time_get: (clock, _precision, at) => {
        const milliseconds = clock === 0 ? performance.timeOrigin + performance.now() : performance.now();
        this.#view.setBigUint64(at, BigInt(Math.round(milliseconds * 1e6)), true);
        return 0;
      },
      environ_sizes_get: (count, size) => {
        this.#view.setUint32(count, variables.length, true);
        this.#view.setUint32(size, variables.reduce((sum, { length }) => sum + length, 0), true);
        return 0;
      },
      environ_get: (pointers, at) => {
        for (const [i, variable] of variables.entries()) {
          this.#view.setUint32(pointers + 4 * i, at, true);
          this.#bytes.set(variable, at);
          at += variable.length;
        }
        return 0;
      },
      proc_exit: (status) => {
        throw new Crash(`the module ended with status ${status}`);
      },
      // Streams of C, which nothing of ours uses.
      fd_close: () => WASI_BAD_FILE,
      fd_read: () => WASI_BAD_FILE,
      fd_seek: () => WASI_BAD_FILE,
      fd_write: () => WASI_BAD_FILE,
    };
  }
}

// As process.cpp writes it.
function programRequest(text) {
  const parts = text.split('\0');
  const take = (count) => parts.splice(0, count);
  const [program, folder, timeLimit, maxOutput] = take(4);
  const args = take(Number(take(1)[0]));
  const environment = {};
  for (let left = Number(take(1)[0]); left > 0; --left) {
    const [name, value] = take(2);
    environment[name] = value;
  }
  return { program, folder, timeLimit: Number(timeLimit), maxOutput: Number(maxOutput), args, environment };
}

// As process.cpp reads it.
function answerBytes({ status, signal, output, errors }) {
  const bytes = new Uint8Array(12 + output.length + errors.length);
  new Uint32Array(bytes.buffer, 0, 3).set([status, signal, output.length]);
  bytes.set(output, 12);
  bytes.set(errors, 12 + output.length);
  return bytes;
}
