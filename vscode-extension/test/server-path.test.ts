import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { findServer, isOlder, ServerProblem } from '../src/server-path';

const folder = await mkdtemp(join(tmpdir(), 'istio-mtls-server-'));
after(() => rm(folder, { recursive: true }));
const nothing = join(folder, 'nothing');

async function program(name: string, text: string, mode = 0o755): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

const says = (line: string): string => `#!/bin/sh\necho '${line}'\n`;
const good = await program('good', says('istio-mtls-ls 0.3.1'));

async function problem(setting: string): Promise<ServerProblem> {
  const error: unknown = await findServer({ setting, bundled: good, env: process.env }).then(() => undefined, (reason: unknown) => reason);
  assert.ok(error instanceof ServerProblem, String(error));
  assert.notEqual(error.advice, '');
  return error;
}

test('the setting comes first, then the bundled server, then PATH', async () => {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const onPath = await program('bin/istio-mtls-ls', says('istio-mtls-ls 0.2.0'));
  const bundled = await program('bundled', says('istio-mtls-ls 0.2.0'));
  const env = { ...process.env, PATH: `${bin}:${process.env.PATH ?? ''}` };
  assert.equal((await findServer({ setting: good, bundled, env })).path, good);
  assert.equal((await findServer({ setting: '', bundled, env })).path, bundled);
  assert.equal((await findServer({ setting: '', bundled: nothing, env })).path, onPath);
});

test('the version is read', async () => {
  assert.equal((await findServer({ setting: good, bundled: nothing, env: process.env })).version, '0.3.1');
});

test('no server anywhere', async () => {
  const search = findServer({ setting: '', bundled: nothing, env: { PATH: folder } });
  await assert.rejects(search, (error) => error instanceof ServerProblem && error.advice.includes('istioMtls.server.path'));
});

test('a path that is not there', async () => {
  assert.match((await problem(nothing)).message, /^There is no server at .*nothing$/);
});

test('a folder is not a server', async () => {
  assert.match((await problem(folder)).message, /^There is no server at /);
});

test('a file that may not be executed', async () => {
  const found = await problem(await program('plain', says('istio-mtls-ls 0.3.1'), 0o644));
  assert.match(found.message, /may not be executed$/);
  assert.match(found.advice, /chmod \+x/);
});

test('a program for another machine', async () => {
  // An ELF header that names no architecture there is.
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01\x01', 'latin1');
  header.writeUInt16LE(2, 16);
  header.writeUInt16LE(0xfe, 18);
  const path = join(folder, 'elsewhere');
  await writeFile(path, header, { mode: 0o755 });
  assert.match((await problem(path)).message, /no program for this machine/);
});

test('the program of Linux on another system', async () => {
  const platform = process.platform;
  Object.defineProperty(process, 'platform', { value: 'darwin' });
  try {
    // All but the system is right, and it would even start here.
    assert.match((await problem(process.execPath)).message, /no program for this machine \(darwin-/);
  } finally {
    Object.defineProperty(process, 'platform', { value: platform });
  }
});

test('another program', async () => {
  const found = await problem(await program('other', says('something 1.0')));
  assert.match(found.message, /is not istio-mtls-ls: --version says "something 1.0"/);
});

test('a server that is too old', async () => {
  assert.match((await problem(await program('old', says('istio-mtls-ls 0.0.9')))).message, /is version 0\.0\.9.* needs/);
});

test('a server that lacks a library', async () => {
  const path = await program('lacking', '#!/bin/sh\necho "libfmt.so.9: cannot open shared object file" >&2\nexit 127\n');
  assert.match((await problem(path)).message, /does not start: libfmt\.so\.9/);
});

test('versions are compared by number', () => {
  assert.equal(isOlder('0.9.0', '0.10.0'), true);
  assert.equal(isOlder('1.0.0', '0.10.0'), false);
  assert.equal(isOlder('0.1.0', '0.1.0'), false);
});
