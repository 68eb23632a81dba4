// Bundles what ships and what is tested.
//
//   node scripts/build.mjs               all that ships: dist/{extension,browser-extension,browser-server}.js, dist/{graph,modes}-view.{js,css},
//                                        dist/images/, schemas/
//   node scripts/build.mjs tests         dist/test/*.test.mjs
import { build } from 'esbuild';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

const PICTURES = ['side-bar.png', 'vscode.png', 'graph.png', 'modes.png', 'cluster.png'];

const shared = { bundle: true, minify: true, logLevel: 'warning', legalComments: 'none', metafile: true };

// What went into a bundle is kept beside it: scripts/sbom names it.
async function bundle(name, options) {
  const result = await build({ ...shared, ...options });
  await mkdir('dist/meta', { recursive: true });
  await writeFile(`dist/meta/${name}.json`, JSON.stringify(result.metafile));
  return result;
}

const extension = () =>
  bundle('extension', {
    entryPoints: ['src/node/extension.ts'],
    outfile: 'dist/extension.js',
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    external: ['vscode'],
  });

const browser = (name, entry, more) => () =>
  bundle(name, {
    entryPoints: { [name]: entry },
    outdir: 'dist',
    platform: 'browser',
    target: 'es2022',
    ...more,
  });

const webView = (name, more) => () =>
  bundle(name, {
    entryPoints: { [name]: `src/${name}/main.ts` },
    outdir: 'dist',
    platform: 'browser',
    target: 'es2022',
    format: 'iife',
    // It is pasted into a <script> element, which such an end tag would close.
    supported: { 'inline-script': false },
    charset: 'ascii',
    ...more,
  });

// Not written; see embed-graph-view.mjs.
export const builtGraphView = async () => (await webView('graph-view', { write: false })()).outputFiles;

// What the walkthrough shows; the README's pictures are the same (package.mjs).
async function images() {
  await mkdir('dist/images', { recursive: true });
  await Promise.all(PICTURES.map((name) => copyFile(`../docs/images/${name}`, `dist/images/${name}`)));
}

async function schema() {
  await mkdir('schemas', { recursive: true });
  await copyFile('../docs/config.schema.json', 'schemas/istio-mtls.schema.json');
}

const tests = async () =>
  build({
    bundle: true,
    logLevel: 'warning',
    entryPoints: (await readdir('test')).filter((name) => name.endsWith('.test.ts')).map((name) => join('test', name)),
    outdir: 'dist/test',
    outExtension: { '.js': '.mjs' },
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
  });

const targets = {
  extension,
  'browser-extension': browser('browser-extension', 'src/browser/extension.ts', { format: 'cjs', external: ['vscode'] }),
  'browser-server': browser('browser-server', 'src/browser/worker.ts', { format: 'iife' }),
  'graph-view': webView('graph-view'),
  'modes-view': webView('modes-view'),
  images,
  schema,
  tests,
};
const SHIPPED = ['extension', 'browser-extension', 'browser-server', 'graph-view', 'modes-view', 'images', 'schema'];

export const buildAll = (names) =>
  Promise.all(
    names.map((name) => {
      const target = targets[name];
      if (!target) throw new Error(`no target ${name}; there are ${Object.keys(targets).join(', ')}`);
      return target();
    }),
  );

export const buildShipped = () => buildAll(SHIPPED);

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await buildAll(process.argv.length > 2 ? process.argv.slice(2) : SHIPPED);
}
