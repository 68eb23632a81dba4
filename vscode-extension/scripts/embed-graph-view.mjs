// The graph view as the server carries it, for `graph --format html`: built without npm, it has what is committed.
//
//   node scripts/embed-graph-view.mjs            writes cli/graph_view/graph-view.{js,css}
//   node scripts/embed-graph-view.mjs --check    fails where one of them is not what the sources build
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';

import { builtGraphView, root } from './build.mjs';

const FOLDER = join(root, '..', 'cli', 'graph_view');
const check = process.argv.includes('--check');

await mkdir(FOLDER, { recursive: true });
for (const { path, contents } of await builtGraphView()) {
  const committed = join(FOLDER, basename(path));
  const old = await readFile(committed).catch(() => undefined);
  if (old?.equals(contents)) continue;
  if (check) {
    console.error(`cli/graph_view/${basename(path)} is not what src/graph-view builds: run npm run build:graph-view`);
    process.exitCode = 1;
  } else {
    await writeFile(committed, contents);
  }
}
