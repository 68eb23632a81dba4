// A file system that holds its texts itself: texts://store/mesh, with a rule and a policy that breaks it, and a command by which the
// policy changes without an editor.
const vscode = require('vscode');

const policy = (mode) => `apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: default, namespace: shop}
spec: {mtls: {mode: ${mode}}}
`;

const RULE = `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: cart, namespace: shop}
spec: {host: cart.shop.svc.cluster.local, trafficPolicy: {tls: {mode: DISABLE}}}
`;

const POLICY = '/mesh/policy.yaml';
const files = new Map([[POLICY, policy('STRICT')], ['/mesh/rules/cart.yaml', RULE]]);
const changed = new vscode.EventEmitter();
const encoder = new TextEncoder();

const below = (path) => [...files.keys()].filter((name) => name.startsWith(`${path.replace(/\/$/, '')}/`));

const provider = {
  onDidChangeFile: changed.event,
  watch: () => new vscode.Disposable(() => undefined),
  stat({ path }) {
    const text = files.get(path);
    if (text === undefined && below(path).length === 0) throw vscode.FileSystemError.FileNotFound(path);
    const type = text === undefined ? vscode.FileType.Directory : vscode.FileType.File;
    return { type, ctime: 0, mtime: 0, size: encoder.encode(text ?? '').length };
  },
  readDirectory({ path }) {
    const names = new Map();
    for (const name of below(path)) {
      const [first, ...more] = name.slice(path.replace(/\/$/, '').length + 1).split('/');
      names.set(first, more.length > 0 ? vscode.FileType.Directory : vscode.FileType.File);
    }
    return [...names];
  },
  readFile({ path }) {
    if (!files.has(path)) throw vscode.FileSystemError.FileNotFound(path);
    return encoder.encode(files.get(path));
  },
  writeFile(uri, bytes) {
    files.set(uri.path, new TextDecoder().decode(bytes));
    changed.fire([{ type: vscode.FileChangeType.Changed, uri }]);
  },
  createDirectory() {},
  delete() { throw vscode.FileSystemError.NoPermissions(); },
  rename() { throw vscode.FileSystemError.NoPermissions(); },
};

exports.activate = ({ subscriptions }) => {
  subscriptions.push(
    vscode.workspace.registerFileSystemProvider('texts', provider, { isCaseSensitive: true }),
    vscode.commands.registerCommand('textFolder.mend', () => {
      const uri = vscode.Uri.from({ scheme: 'texts', authority: 'store', path: POLICY });
      provider.writeFile(uri, encoder.encode(policy('PERMISSIVE')));
    }),
  );
};
