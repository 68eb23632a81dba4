// Finds the server and makes sure it runs, before a client talks to it: the setting, else the binary that the extension
// brings, else the WebAssembly module that it brings, else the one on PATH. What is wrong becomes a ServerProblem, which says what to
// do. Knows nothing of VS Code.
import { execFile, type ExecFileException } from 'node:child_process';
import { constants } from 'node:fs';
import { access, open, stat } from 'node:fs/promises';
import { delimiter, dirname, join } from 'node:path';

import { ServerProblem } from '../host';

export const BINARY = process.platform === 'win32' ? 'istio-mtls-ls.exe' : 'istio-mtls-ls';
export const OLDEST_VERSION = '0.1.0';
const VERSION_PATIENCE_MS = 10_000;

export interface ServerCommand {
  readonly kind: 'native' | 'wasm';
  readonly path: string; // of the server itself
  readonly command: string; // what runs it, with these arguments before its own
  readonly args: readonly string[];
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly why: string; // the module runs in place of a binary: what is wrong with that; mostly empty
}

/** For the output. */
export const serverText = ({ kind, path, version }: ServerCommand): string =>
  `${path}, version ${version}${kind === 'wasm' ? ', as WebAssembly' : ''}`;

export interface SearchPlaces {
  readonly setting: string; // istioMtls.server.path; empty: not set
  readonly bundled: string; // where the extension's own binary is, if it brings one
  readonly module: string; // where its script for Node is that runs the WebAssembly module, if it brings one
  readonly env: NodeJS.ProcessEnv;
}

export async function findServer(places: SearchPlaces): Promise<ServerCommand> {
  const { setting, bundled, module, env } = places;
  if (setting !== '') return native(await checkExecutable(setting, 'Correct or clear the setting istioMtls.server.path.'), env);
  const hasModule = await isFile(module);
  if (await isFile(bundled)) {
    try {
      return await native(await checkExecutable(bundled, 'Install the extension again.'), env);
    } catch (error) {
      if (!hasModule || !(error instanceof ServerProblem)) throw error;
      return wasm(module, env, error.message);
    }
  }
  return hasModule ? wasm(module, env, '') : native(await onPath(env), env);
}

async function native(path: string, given: NodeJS.ProcessEnv): Promise<ServerCommand> {
  await checkMachine(path);
  const env = withBundledLibraries(path, given);
  return checked({ kind: 'native', path, command: path, args: [], env, why: '' });
}

// Under the Node that this runs in, which is VS Code's own where no other is asked for.
async function wasm(path: string, given: NodeJS.ProcessEnv, why: string): Promise<ServerCommand> {
  const env = { ...given, ELECTRON_RUN_AS_NODE: '1' };
  return checked({ kind: 'wasm', path, command: process.execPath, args: [path], env, why });
}

async function checked(server: Omit<ServerCommand, 'version'>): Promise<ServerCommand> {
  return { ...server, version: await runnableVersion(server) };
}

async function onPath(env: NodeJS.ProcessEnv): Promise<string> {
  for (const folder of (env.PATH ?? '').split(delimiter).filter(Boolean)) {
    const candidate = join(folder, BINARY);
    if (await isFile(candidate)) return candidate;
  }
  throw new ServerProblem(
    `This build of the extension brings no server for ${process.platform}-${process.arch}, and none is on PATH`,
    'Build istio-mtls-ls from source, then put it on PATH or name it in the setting istioMtls.server.path.',
  );
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}

async function checkExecutable(path: string, advice: string): Promise<string> {
  if (!(await isFile(path))) throw new ServerProblem(`There is no server at ${path}`, advice);
  await access(path, constants.X_OK).catch(() => {
    throw new ServerProblem(`${path} may not be executed`, `Run chmod +x ${path}, or name another server. ${advice}`);
  });
  return path;
}

const ELF_MACHINES: Readonly<Record<string, number>> = { x64: 62, arm64: 183 };

// Asked for a program of another machine, the C library hands it to the shell, whose complaint explains nothing.
async function checkMachine(path: string): Promise<void> {
  const file = await open(path);
  const { buffer } = await file.read(Buffer.alloc(20), 0, 20, 0).finally(() => file.close());
  const machine = ELF_MACHINES[process.arch];
  const isElf = buffer.toString('latin1', 0, 4) === '\x7fELF';
  if (process.platform !== 'linux') {
    if (isElf) throw otherMachine(path); // the program of Linux
    return;
  }
  if (isElf && (machine === undefined || buffer.readUInt16LE(18) === machine)) return;
  if (buffer.toString('latin1', 0, 2) === '#!') return;
  throw otherMachine(path);
}

function otherMachine(path: string): ServerProblem {
  return new ServerProblem(
    `${path} is no program for this machine (${process.platform}-${process.arch})`,
    'Install the extension or the server that was built for it.',
  );
}

// The packaged server brings the libraries that a system may lack, in lib/ beside it.
function withBundledLibraries(path: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (process.platform !== 'linux') return env;
  const libraries = [join(dirname(path), 'lib'), env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter);
  return { ...env, LD_LIBRARY_PATH: libraries };
}

async function runnableVersion({ path, command, args, env }: Omit<ServerCommand, 'version'>): Promise<string> {
  const output = await new Promise<string>((resolve, reject) => {
    execFile(command, [...args, '--version'], { env, timeout: VERSION_PATIENCE_MS }, (error, stdout, stderr) => {
      if (error) reject(problemOf(path, error, stderr));
      else resolve(stdout);
    });
  });
  const version = /^istio-mtls-ls (\d+\.\d+\.\d+)/.exec(output)?.[1];
  if (version === undefined) {
    throw new ServerProblem(
      `${path} is not istio-mtls-ls: --version says "${output.split('\n')[0] ?? ''}"`,
      'Correct or clear the setting istioMtls.server.path.',
    );
  }
  if (isOlder(version, OLDEST_VERSION)) {
    throw new ServerProblem(
      `${path} is version ${version}, and this extension needs ${OLDEST_VERSION} or later`,
      'Update that server, or clear the setting istioMtls.server.path to use the one that comes with the extension.',
    );
  }
  return version;
}

function problemOf(path: string, error: ExecFileException, stderr: string): ServerProblem {
  if (error.killed) {
    return new ServerProblem(`${path} --version gave no answer`, 'Is it really istio-mtls-ls? Name another server.');
  }
  // No ENOENT for the file itself, which is there: the loader that it names is missing (another C library).
  if (['ENOEXEC', 'ENOENT'].includes(String(error.code))) return otherMachine(path);
  const reason = stderr.trim().split('\n')[0] ?? '';
  return new ServerProblem(
    `${path} does not start: ${reason === '' ? error.message : reason}`,
    'Run it with --version in a terminal to see why; another one can be named in istioMtls.server.path.',
  );
}

export function isOlder(version: string, than: string): boolean {
  const [left, right] = [version, than].map((text) => text.split('.').map(Number)) as [number[], number[]];
  for (const [index, part] of right.entries()) {
    const difference = (left[index] ?? 0) - part;
    if (difference !== 0) return difference < 0;
  }
  return false;
}
