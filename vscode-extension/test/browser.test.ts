// What the extension does in the browser that needs neither a browser nor VS Code: the server's names of files, and which are read.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Mounts } from '../src/browser/mounts';
import { BOUNDS, FILE, FOLDER, Walk, type Bounds, type Tree } from '../src/browser/walk';

const mounts = (): Mounts => new Mounts(new Set(['file', 'vscode-vfs', 'memfs']));

test('URIs of any scheme and authority become files of one disk, and come back', () => {
  const of = mounts();
  for (const uri of ['vscode-vfs://github/a/b%20c.yaml', 'memfs:/x.yaml', 'file:///x.yaml', 'vscode-vfs://github%2B7b22/a', 'memfs:/']) {
    const inside = of.inward({ textDocument: { uri } }).textDocument.uri;
    assert.match(inside, /^file:\/\/\/[\w.-]+\//);
    assert.equal(of.outward({ uri: inside }).uri, uri);
  }
  assert.equal(of.path('vscode-vfs://github/a/b%20c.yaml'), '/vscode-vfs-github/a/b c.yaml');
});

test('authorities that look alike stay apart', () => {
  const of = mounts();
  const [one, other] = [of.path('vscode-vfs://a%2Bb/x'), of.path('vscode-vfs://a%2Cb/x')];
  assert.notEqual(one, other);
});

test("texts of documents and other schemes' URIs are left as they are", () => {
  const of = mounts();
  const change = { textDocument: { uri: 'untitled:Untitled-1' }, contentChanges: [{ text: 'memfs:/x' }] };
  assert.deepEqual(of.inward(change), change);
  of.path('memfs:/x');
  const edit = { changes: { 'file:///memfs/x': [{ newText: 'file:///memfs/x' }] }, href: 'https://istio.io/file:///other/x' };
  assert.deepEqual(of.outward(edit), { changes: { 'memfs:/x': [{ newText: 'file:///memfs/x' }] }, href: edit.href });
});

test('links in the text of a hover come back, too', () => {
  const of = mounts();
  of.path('vscode-vfs://github/a');
  assert.equal(of.outward('see [x](file:///vscode-vfs-github/a/b.yaml#L3), [y](file:///else/b)'), 'see [x](vscode-vfs://github/a/b.yaml#L3), [y](file:///else/b)');
});

class Texts implements Tree<string> {
  readonly reads: string[] = [];
  constructor(private readonly files: Record<string, string>) {}
  list(folder: string): Promise<[string, number][]> {
    const names = new Map<string, number>();
    for (const path of Object.keys(this.files)) {
      if (!path.startsWith(`${folder}/`)) continue;
      const [name = '', ...more] = path.slice(folder.length + 1).split('/');
      names.set(name, more.length > 0 ? FOLDER : FILE);
    }
    return Promise.resolve([...names]);
  }
  size = (file: string): Promise<number> => Promise.resolve(this.files[file]?.length ?? 0);
  read(file: string): Promise<Uint8Array> {
    this.reads.push(file);
    const text = this.files[file];
    return text === '!' ? Promise.reject(new Error('no')) : Promise.resolve(new TextEncoder().encode(text));
  }
  join = (folder: string, name: string): string => `${folder}/${name}`;
  text = (place: string): string => place;
}

async function read(files: Record<string, string>, bounds?: Partial<Bounds>): Promise<{ uris: string[]; folders: string[]; walk: Walk<string> }> {
  const walk = new Walk(new Texts(files), { ...BOUNDS, ...bounds });
  const found = await walk.folder('m:');
  return { uris: found.files.map(({ uri }) => uri).sort(), folders: found.folders, walk };
}

test('manifests and the configuration are read, and what discovery passes by is not', async () => {
  const { uris, folders } = await read({
    'm:/a.yaml': '', 'm:/.istio-mtls.yaml': '', 'm:/b.yml': '', 'm:/c.json': '', 'm:/d.txt': '', 'm:/.git/x.yaml': '', 'm:/n/node_modules/x.yaml': '',
    'm:/chart/Chart.yaml': '', 'm:/chart/templates/x.yaml': '', 'm:/other/templates/x.yaml': '',
  });
  assert.deepEqual(uris, ['m:/.istio-mtls.yaml', 'm:/a.yaml', 'm:/b.yml', 'm:/c.json', 'm:/chart/Chart.yaml', 'm:/other/templates/x.yaml']);
  assert.deepEqual(folders, ['m:/chart/templates']);
});

test('beside and below a kustomization files of any kind are read, unless they are large', async () => {
  const { uris } = await read({ 'm:/k/Kustomization': '', 'm:/k/app.properties': '', 'm:/k/deep/x.env': '', 'm:/y.env': '', 'm:/k/big.bin': 'xxxxxx' }, { otherBytes: 5 });
  assert.deepEqual(uris, ['m:/k/Kustomization', 'm:/k/app.properties', 'm:/k/deep/x.env']);
});

test('what is too large, too much or gives no answer is counted and named', async () => {
  const { uris, walk } = await read({ 'm:/a.yaml': 'xxxxxx', 'm:/b.yaml': '!', 'm:/c.yaml': 'x', 'm:/d.yaml': 'x', 'm:/e.yaml': 'x' }, { fileBytes: 5, files: 3 });
  assert.deepEqual(uris, ['m:/c.yaml', 'm:/d.yaml']);
  assert.deepEqual([walk.notRead.large, walk.notRead.failed, walk.notRead.beyond], [['m:/a.yaml'], ['m:/b.yaml'], 1]);
  assert.equal(walk.notRead.lines(BOUNDS).length, 3);
  assert.equal((await read({ 'm:/a.yaml': 'xxx', 'm:/b.yaml': 'xxx' }, { bytes: 5 })).uris.length, 1);
  assert.equal((await read({ 'm:/a/a.yaml': 'x', 'm:/b/b.yaml': 'x' }, { folders: 2 })).uris.length, 1);
});

test('what is gone makes room', async () => {
  const { walk } = await read({ 'm:/a/a.yaml': 'x', 'm:/a/b.yaml': 'x' }, { files: 2 });
  assert.deepEqual(await walk.file('m:/c.yaml'), []);
  walk.forget('m:/a');
  assert.equal(walk.count, 0);
  assert.equal((await walk.file('m:/c.yaml')).length, 1);
  assert.deepEqual(await walk.file('m:/x/node_modules/c.yaml'), []);
});
