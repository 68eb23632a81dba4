import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { ServerProblem } from '../src/host';
import { findServer, isOlder, serverText } from '../src/node/server-path';

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
  const error: unknown = await findServer({ setting, bundled: good, module: nothing, env: process.env }).then(() => undefined, (reason: unknown) => reason);
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
  assert.equal((await findServer({ setting: good, bundled, module: nothing, env })).path, good);
  assert.equal((await findServer({ setting: '', bundled, module: nothing, env })).path, bundled);
  assert.equal((await findServer({ setting: '', bundled: nothing, module: nothing, env })).path, onPath);
});

// A script for Node in place of the one that runs the module.
const script = await program('module.mjs', `console.log('istio-mtls-ls 0.4.0', process.env.ELECTRON_RUN_AS_NODE)`, 0o644);

test('without a bundled program the module runs under this Node, before what is on PATH', async () => {
  const bin = join(folder, 'other-bin');
  await mkdir(bin);
  await program('other-bin/istio-mtls-ls', says('istio-mtls-ls 0.2.0'));
  const found = await findServer({ setting: '', bundled: nothing, module: script, env: { PATH: bin } });
  assert.deepEqual([found.kind, found.path, found.command, found.args], ['wasm', script, process.execPath, [script]]);
  assert.equal(found.version, '0.4.0');
  assert.equal(found.env.ELECTRON_RUN_AS_NODE, '1');
  assert.equal(found.why, '');
  assert.equal(serverText(found), `${script}, version 0.4.0, as WebAssembly`);
});

test('a bundled program that runs here comes before the module, and so does the setting', async () => {
  const found = await findServer({ setting: '', bundled: good, module: script, env: process.env });
  assert.deepEqual([found.kind, found.command, found.args, found.why], ['native', good, [], '']);
  assert.equal(serverText(found), `${good}, version 0.3.1`);
  assert.equal((await findServer({ setting: good, bundled: nothing, module: script, env: process.env })).kind, 'native');
});

test('the module stands in for a bundled program that does not run here, and the reason is kept', async () => {
  const lacking = await program('lacking-bundled', '#!/bin/sh\necho "libfmt.so.9: cannot open shared object file" >&2\nexit 127\n');
  const found = await findServer({ setting: '', bundled: lacking, module: script, env: process.env });
  assert.equal(found.kind, 'wasm');
  assert.match(found.why, /does not start: libfmt\.so\.9/);
});

test('the module does not stand in for a server that was asked for', async () => {
  const search = findServer({ setting: nothing, bundled: nothing, module: script, env: process.env });
  await assert.rejects(search, (error) => error instanceof ServerProblem);
});

test('a module that does not start is a problem', async () => {
  const broken = await program('broken.mjs', `console.error('no memory'); process.exit(1)`, 0o644);
  const search = findServer({ setting: '', bundled: nothing, module: broken, env: process.env });
  await assert.rejects(search, (error) => error instanceof ServerProblem && error.message.includes('does not start: no memory'));
});

test('the version is read', async () => {
  assert.equal((await findServer({ setting: good, bundled: nothing, module: nothing, env: process.env })).version, '0.3.1');
});

test('no server anywhere', async () => {
  const search = findServer({ setting: '', bundled: nothing, module: nothing, env: { PATH: folder } });
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
