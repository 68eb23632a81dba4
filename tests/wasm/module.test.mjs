// The module on a host without a disk, as in a web worker: a folder that the client hands in as texts.
//
//   node --test tests/wasm/module.test.mjs    ISTIO_MTLS_LS: the built istio-mtls-ls.mjs
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

const folder = dirname(process.env.ISTIO_MTLS_LS);
const load = (name) => import(pathToFileURL(join(folder, name)));
const { Program, SERVES } = await load('module.mjs');
const { MemoryHost } = await load('memory-host.mjs');
const module = new WebAssembly.Module(readFileSync(join(folder, 'istio-mtls-ls.wasm')));

const STRICT = `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: STRICT}}
`;
const PLAINTEXT = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: plain, namespace: shop}
spec: {host: cart.shop.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}
`;

function meshHost() {
  const sent = [];
  const output = { 1: '', 2: '' };
  const host = new MemoryHost({
    onMessage: (text) => sent.push(JSON.parse(text)),
    onOutput: (file, bytes) => { output[file] += new TextDecoder().decode(bytes); },
  });
  host.write('/mesh/peer.yaml', STRICT);
  host.write('/mesh/deep/down/rule.yaml', PLAINTEXT);
  return { host, sent, output };
}

class Session {
  constructor() {
    Object.assign(this, meshHost());
    this.program = new Program(module, this.host);
    assert.equal(this.program.run(['serve']), SERVES);
    this.request(1, 'initialize', { capabilities: {}, workspaceFolders: [{ uri: 'file:///mesh', name: 'mesh' }] });
    this.notify('initialized', {});
    this.work();
  }
  request(id, method, params) {
    this.program.message(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
  }
  notify(method, params) {
    this.program.message(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }
  /** Until nothing is left to do now; returns what `work` said last. */
  work() {
    let wait;
    do wait = this.program.work(2);
    while (wait === 0);
    return wait;
  }
  codes(path) {
    const of = this.sent.filter(({ method, params }) => method === 'textDocument/publishDiagnostics' && params.uri === `file://${path}`);
    return of.at(-1)?.params.diagnostics.map(({ code }) => code) ?? [];
  }
  changed(path, type) {
    this.notify('workspace/didChangeWatchedFiles', { changes: [{ uri: `file://${path}`, type }] });
  }
}

test('a folder of texts is read, and both ends of a conflict are told', () => {
  const session = new Session();
  assert.deepEqual(session.codes('/mesh/peer.yaml'), ['TIS0208']);
  assert.deepEqual(session.codes('/mesh/deep/down/rule.yaml'), ['TIS0208']);
});

test('files that change, come and go are followed', () => {
  const session = new Session();
  session.host.write('/mesh/peer.yaml', STRICT.replace('STRICT', 'PERMISSIVE'));
  session.changed('/mesh/peer.yaml', 2);
  session.work();
  assert.deepEqual(session.codes('/mesh/deep/down/rule.yaml'), []);
  session.host.write('/mesh/other.yaml', STRICT);
  session.host.forget('/mesh/peer.yaml');
  session.changed('/mesh/other.yaml', 1);
  session.changed('/mesh/peer.yaml', 3);
  session.work();
  assert.deepEqual(session.codes('/mesh/deep/down/rule.yaml'), ['TIS0208']);
  assert.deepEqual(session.codes('/mesh/other.yaml'), ['TIS0208']);
});

test('files may be bytes, and folders empty: a chart is known by the folder of its templates', () => {
  const { host } = meshHost();
  host.write('/mesh/peer.yaml', new TextEncoder().encode(STRICT));
  host.makeFolder('/mesh/chart/templates');
  assert.deepEqual(host.listFolder('/mesh/chart'), [{ name: 'templates', type: 2 }]);
  assert.deepEqual(host.listFolder('/mesh/chart/templates'), []);
  host.makeFolder('/mesh/chart/templates');
  host.forget('/mesh/chart');
  assert.throws(() => host.listFolder('/mesh/chart/templates'), { code: 'ENOENT' });
  const bytes = new Uint8Array(STRICT.length);
  assert.equal(host.readFile(host.openFile('/mesh/peer.yaml', 0), bytes), STRICT.length);
  assert.equal(new TextDecoder().decode(bytes), STRICT);
  assert.throws(() => host.makeFolder('/mesh/peer.yaml'), { code: 'ENOTDIR' });
});

test('an edit is answered, and the session ends as it is told', () => {
  const session = new Session();
  const uri = 'file:///mesh/peer.yaml';
  session.notify('textDocument/didOpen', { textDocument: { uri, languageId: 'yaml', version: 1, text: STRICT.replace('STRICT', 'PERMISSIVE') } });
  session.work();
  assert.deepEqual(session.codes('/mesh/deep/down/rule.yaml'), []);
  session.request(2, 'shutdown', null);
  session.notify('exit', null);
  assert.ok(session.work() < 0);
  assert.equal(session.program.exitStatus(), 0);
});

test('a stream in pieces is taken with its framing', () => {
  const { host, sent } = meshHost();
  const program = new Program(module, host);
  program.run([]);
  const body = JSON.stringify({ jsonrpc: '2.0', id: 'é', method: 'initialize', params: { capabilities: {} } });
  const stream = new TextEncoder().encode(`Content-Length: ${new TextEncoder().encode(body).length}\r\n\r\n${body}`);
  for (const byte of stream) program.feed(Uint8Array.of(byte));
  program.work(2);
  assert.equal(sent[0].id, 'é');
  program.endInput();
  while (program.work(2) >= 0);
  assert.equal(program.exitStatus(), 1);
});

test('commands run on it, too', () => {
  const { host, output } = meshHost();
  host.exit = (status) => { throw Object.assign(new Error('exit'), { status }); };
  let status;
  try {
    status = new Program(module, host).run(['check', '--format', 'json', '-o', '/found.json', '/mesh']);
  } catch (error) {
    ({ status } = error);
  }
  assert.equal(output[2], '');
  assert.equal(status, 1);
  const bytes = new Uint8Array(1 << 20);
  const report = new TextDecoder().decode(bytes.subarray(0, host.readFile(host.openFile('/found.json', 0), bytes)));
  assert.match(report, /TIS0208/);
});

test('sockets are refused in words', () => {
  const { host, output } = meshHost();
  assert.equal(new Program(module, host).run(['serve', '--listen', '0']), 2);
  assert.match(output[2], /no sockets in WebAssembly/);
});

test('it says that it is WebAssembly', () => {
  const { host, output } = meshHost();
  host.exit = () => { throw new Error('exit'); };
  assert.throws(() => { if (new Program(module, host).run(['version', '--verbose']) === 0) throw new Error('exit'); }, /exit/);
  assert.match(output[1], /^\w+ WebAssembly build by /m);
});

test('paths of Windows are told the module as URIs have them', async () => {
  const { fromWindows, toWindows } = await load('node-host.mjs');
  for (const [path, inside, outside = path] of [['C:\\mesh\\a.yaml', '/c:/mesh/a.yaml', 'c:/mesh/a.yaml'], ['c:\\', '/c:/', 'c:/'], ['mesh\\a', 'mesh/a', 'mesh/a'], ['-', '-']]) {
    assert.equal(fromWindows(path), inside);
    assert.equal(toWindows(inside), outside);
  }
  assert.equal(toWindows('/c:'), 'c:/');
  for (const nowhere of ['/', '/mesh', '/cc:/mesh']) assert.throws(() => toWindows(nowhere), { code: 'ENOENT' });
});

test('floating-point numbers read and print as the native program has them', () => {
  const { host, output } = meshHost();
  // Of each: as written, as kustomize prints it.
  const numbers = { a: ['1.50', '1.5'], b: ['1e3', '1000'], c: ['0.1', '0.1'], d: ['1e21', '1e+21'], e: ['1e-7', '1e-07'], f: ['123456789.125', '123456789.125'],
    g: ['9007199254740993.0', '9007199254740992'], h: ['-2.5e-3', '-0.0025'], i: ['1.7976931348623157e308', '1.7976931348623157e+308'], j: ['5e-324', '5e-324'],
    k: ['1e20', '100000000000000000000'] };
  const data = Object.entries(numbers).map(([key, [written]]) => `  ${key}: ${written}`).join('\n');
  host.write('/k/kustomization.yaml', 'resources: [thing.yaml]\n');
  host.write('/k/thing.yaml', `apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: thing}\nspec:\n${data}\n`);
  host.exit = () => { throw new Error('exit'); };
  assert.throws(() => { if (new Program(module, host).run(['render', '/k']) === 0) throw new Error('exit'); }, /exit/);
  assert.equal(output[2], '');
  for (const [key, [, printed]] of Object.entries(numbers)) assert.match(output[1], new RegExp(`^  ${key}: ${printed.replaceAll('.', '\\.').replaceAll('+', '\\+')}$`, 'm'));
});
