// The host of the module under Node (module.mjs): the disk, programs and standard streams. Everything waits until it is done, as the
// module has no way to be called back.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import tty from 'node:tty';

import { FileType, Open, TOO_LATE, TOO_MUCH } from './module.mjs';

const { O_APPEND, O_CREAT, O_EXCL, O_NOCTTY = 0, O_NONBLOCK = 0, O_RDONLY, O_TRUNC, O_WRONLY } = fs.constants; // Windows lacks two
const FLAGS = {
  [Open.read]: O_RDONLY, [Open.append]: O_WRONLY | O_APPEND | O_CREAT, [Open.replace]: O_WRONLY | O_CREAT | O_TRUNC,
  [Open.new]: O_WRONLY | O_CREAT | O_EXCL,
};
const MODES = { [Open.append]: 0o600, [Open.new]: 0o600 };
const MOST_CONGESTED = 1 << 20; // bytes that the client has not read
const ENDED_BY_PIPE = 128 + os.constants.signals.SIGPIPE;

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const sleep = (milliseconds) => Atomics.wait(sleeper, 0, 0, milliseconds);

// Standard streams may be pipes that do not wait.
function patiently(file, act) {
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (error.code !== 'EAGAIN' || file > 2) throw error;
      sleep(2);
    }
  }
}

function typeOf(entry) {
  if (entry.isFile()) return FileType.regular;
  if (entry.isDirectory()) return FileType.directory;
  if (entry.isSymbolicLink()) return FileType.symlink;
  return FileType.other;
}

const statusOf = (stats) => ({
  modified: stats.mtimeNs,
  changed: stats.ctimeNs,
  size: stats.size,
  number: stats.ino,
  device: stats.dev,
  type: typeOf(stats),
  mode: Number(stats.mode & 0o7777n),
  owner: Number(stats.uid),
  group: Number(stats.gid),
  links: Number(stats.nlink),
});

function coded(code) {
  return Object.assign(new Error(code), { code });
}

// The module's paths are those of POSIX. On Windows `C:\mesh` is `/c:/mesh` to it, as editors' URIs have it, and there is nothing beside
// the drives: it knows no paths of the network (`\\server`).
const onWindows = process.platform === 'win32';

/** A path of Windows as the module's. */
export function fromWindows(path) {
  const slashed = path.replaceAll('\\', '/');
  return /^[A-Za-z]:\//.test(slashed) ? `/${slashed[0].toLowerCase()}${slashed.slice(1)}` : slashed;
}

/** A path of the module's as Windows has it. */
export function toWindows(path) {
  if (!path.startsWith('/')) return path;
  const drive = /^\/([a-z]:)(\/.*)?$/is.exec(path);
  if (drive === null) throw coded('ENOENT');
  return `${drive[1]}${drive[2] ?? '/'}`; // a drive without a slash is its current folder
}

const outside = onWindows ? toWindows : (path) => path;
const inside = onWindows ? fromWindows : (path) => path;

/** An argument of the command line as the module takes it. On Windows it, or what is behind the `=` of an option, may be a path. */
export function argument(text) {
  if (!onWindows) return text;
  const [, option = '', value] = /^(-[^=]*=)?(.*)$/s.exec(text);
  return option + fromWindows(value);
}

// And of another program that the module starts; it may be a path then.
const outsideArgument = (text) => (onWindows && /^\/[a-z]:(\/|$)/i.test(text) ? toWindows(text) : text);

export class NodeHost {
  environment = process.env;
  #dropsErrors = false;

  /** From now on, lines that nobody reads are dropped from standard error rather than waited for. */
  dropErrors() {
    this.#dropsErrors = process.stderr !== undefined; // a pipe does not wait once Node has made its stream
  }

  openFile(path, how) {
    return fs.openSync(outside(path), FLAGS[how] | O_NONBLOCK | O_NOCTTY, MODES[how]); // a FIFO is not waited for
  }
  closeFile(file) {
    fs.closeSync(file);
  }
  readFile(file, bytes) {
    try {
      return patiently(file, () => fs.readSync(file, bytes));
    } catch (error) {
      if (error.code === 'EOF') return 0; // Windows, of a pipe
      throw error;
    }
  }
  writeFile(file, bytes) {
    try {
      if (file === 2 && this.#dropsErrors) return fs.writeSync(file, bytes);
      return patiently(file, () => fs.writeSync(file, bytes));
    } catch (error) {
      if (file === 2 && error.code === 'EAGAIN') return bytes.length;
      // Whoever read it has seen enough; Node ignores the signal that ends other programs then.
      if (file === 1 && error.code === 'EPIPE') process.exit(ENDED_BY_PIPE);
      throw error;
    }
  }
  syncFile(file) {
    fs.fsyncSync(file);
  }
  setOwner(file, owner, group) {
    fs.fchownSync(file, owner, group);
  }
  setMode(file, mode) {
    fs.fchmodSync(file, mode);
  }
  fileStatus(file) {
    return statusOf(fs.fstatSync(file, { bigint: true }));
  }
  pathStatus(path, follows) {
    const look = follows ? fs.statSync : fs.lstatSync;
    const stats = look(outside(path), { bigint: true, throwIfNoEntry: false }); // an exception costs more than a look
    if (stats === undefined) throw coded('ENOENT');
    return statusOf(stats);
  }
  checkWritable(path) {
    fs.accessSync(outside(path), fs.constants.W_OK);
  }
  rename(from, to) {
    fs.renameSync(outside(from), outside(to));
  }
  remove(path) {
    fs.unlinkSync(outside(path));
  }
  listFolder(path) {
    return fs.readdirSync(outside(path), { withFileTypes: true }).map((entry) => ({ name: entry.name, type: typeOf(entry) }));
  }
  resolve(path) {
    return inside(fs.realpathSync.native(outside(path)));
  }
  currentFolder() {
    return inside(process.cwd());
  }
  terminalWidth(file) {
    if (!tty.isatty(file)) return 0;
    return { 1: process.stdout, 2: process.stderr }[file]?.columns ?? 80;
  }
  processNumber() {
    return process.pid;
  }
  userNumber() {
    return process.geteuid?.() ?? 0;
  }
  isRunning(number) {
    try {
      process.kill(number, 0);
      return true;
    } catch (error) {
      return error.code === 'EPERM';
    }
  }
  runProgram({ program, folder, timeLimit, maxOutput, args, environment }) {
    const run = spawnSync(program, args.map(outsideArgument), {
      cwd: folder === '' ? undefined : outside(folder),
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeLimit,
      maxBuffer: maxOutput,
      windowsHide: true,
    });
    if (run.error) throw coded({ ETIMEDOUT: TOO_LATE, ENOBUFS: TOO_MUCH }[run.error.code] ?? run.error.code);
    return { status: run.status ?? 0, signal: os.constants.signals[run.signal] ?? 0, output: run.stdout, errors: run.stderr };
  }
  exit(status) {
    process.exit(status);
  }

  // The server's client, over standard output. Node keeps what it does not read.
  send(message) {
    process.stdout.write(Buffer.concat([Buffer.from(`Content-Length: ${message.length}\r\n\r\n`), message]));
  }
  isCongested() {
    return process.stdout.writableLength >= MOST_CONGESTED;
  }
  watchProcess(number) {
    this.onWatch?.(number);
  }
}
