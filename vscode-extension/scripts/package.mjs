// Packages the extension with a server inside: for the platform that the server is for, or for all of them.
//
//   node scripts/package.mjs SERVER [OUTPUT.vsix [TARGET]]    SERVER: an istio-mtls-ls binary, for this processor or another
//                                                             one, or the istio-mtls-ls.mjs that scripts/build-wasm makes, for
//                                                             every platform. TARGET: alpine-x64 or alpine-arm64, for a binary
//                                                             that needs no library
//
// The libraries that a binary needs and that are not part of every Linux go along, into server/lib.
import { createVSIX } from '@vscode/vsce';
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { buildShipped } from './build.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const MODULE_FILES = ['istio-mtls-ls.mjs', 'module.mjs', 'node-host.mjs', 'istio-mtls-ls.wasm'];
const BUNDLED_LIBRARIES = /^lib(yaml-cpp|fmt|stdc\+\+|gcc_s)\.so/;

const ELF_MACHINES = { 62: 'x64', 183: 'arm64' }; // as VS Code calls them

const isModule = (server) => server.endsWith('.mjs');

// The name of a target of the Marketplace; undefined: every one. What the server is for decides, not what packages it.
function platformOf(server) {
  if (isModule(server)) return undefined;
  const header = readFileSync(server).subarray(0, 20);
  const machine = header.toString('latin1', 0, 4) === '\x7fELF' ? ELF_MACHINES[header.readUInt16LE(18)] : undefined;
  if (machine === undefined) throw new Error(`${server} is no program for x64 or arm64 Linux`);
  return `linux-${machine}`;
}

// What the extension is said to be for: Alpine has another C library, so it takes only a binary that brings its own.
function targetOf(server, wanted) {
  const platform = platformOf(server);
  if (wanted === undefined) return platform;
  if (wanted !== platform?.replace('linux-', 'alpine-')) throw new Error(`${server} is not for ${wanted}`);
  if (needsLibraries(server)) throw new Error(`${server} needs libraries that ${wanted} does not have`);
  return wanted;
}

// A program header that names the loader of libraries (PT_INTERP) is what a static program lacks.
function needsLibraries(program) {
  const bytes = readFileSync(program);
  const at = Number(bytes.readBigUInt64LE(32));
  const [size, count] = [bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  return Array.from({ length: count }, (_, i) => bytes.readUInt32LE(at + i * size)).includes(3);
}

function bundleServer(server, target) {
  const folder = join(root, 'server');
  rmSync(folder, { recursive: true, force: true });
  if (isModule(server)) bundleModule(server, join(folder, 'wasm'));
  else bundleBinary(server, folder, target);
}

function bundleModule(script, folder) {
  mkdirSync(folder, { recursive: true });
  for (const name of MODULE_FILES) {
    copyFileSync(join(dirname(script), name), join(folder, name));
    chmodSync(join(folder, name), 0o644);
  }
}

function bundleBinary(binary, folder, target) {
  mkdirSync(join(folder, 'lib'), { recursive: true });
  const copy = join(folder, 'istio-mtls-ls');
  copyFileSync(binary, copy);
  chmodSync(copy, 0o755);
  // ldd runs no program of another processor. The packages' program needs no library.
  if (target !== `linux-${process.arch}`) return;
  // What a linker says of each library: NAME => PATH (ADDRESS)
  for (const [, path] of execFileSync('ldd', [binary], { encoding: 'utf8' }).matchAll(/=> (\S+) \(/g)) {
    if (BUNDLED_LIBRARIES.test(basename(path))) copyFileSync(path, join(folder, 'lib', basename(path)));
  }
}

// What is bundled must be named in the notices that go along.
function checkNotices(results, notices) {
  const text = readFileSync(notices, 'utf8');
  for (const path of results.flatMap((result) => Object.keys(result?.metafile?.inputs ?? {}))) {
    const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
    if (name && !text.match(new RegExp(`^(Files:)? .*\\b${name}\\b`, 'm'))) {
      throw new Error(`packaging/copyright does not name ${name}, which is bundled`);
    }
  }
}

// Of the server and of what is bundled.
function writeBill(binary) {
  const metafiles = readdirSync('dist/meta').sort().map((name) => join('dist', 'meta', name));
  execFileSync('../scripts/sbom', [binary, 'sbom.spdx.json', ...metafiles], { stdio: 'inherit' });
}

// The extension's page in VS Code has no folder to take pictures from, so they are in its text.
function inlinePictures(readme, made) {
  const text = readFileSync(readme, 'utf8').replace(/(!\[[^\]]*\])\(([^)]+\.png)\)/g, (_, title, path) => {
    const bytes = readFileSync(join(dirname(readme), path)).toString('base64');
    return `${title}(data:image/png;base64,${bytes})`;
  });
  writeFileSync(made, text);
}

const PACKAGED_README = 'dist/README.md';
const [server, named, wanted] = process.argv.slice(2);
if (!server) {
  console.error('usage: node scripts/package.mjs SERVER [OUTPUT.vsix [TARGET]]');
  process.exit(2);
}
const from = resolve(server);
const target = targetOf(from, wanted);
const to = resolve(named ?? join(root, '..', 'build', `istio-mtls-${target ?? 'universal'}.vsix`));
process.chdir(root);
copyFileSync('../LICENSE', 'LICENSE');
copyFileSync('../packaging/copyright', 'ThirdPartyNotices.txt');
checkNotices(await buildShipped(), 'ThirdPartyNotices.txt');
bundleServer(from, target);
writeBill(from);
inlinePictures('README.md', PACKAGED_README);
mkdirSync(dirname(to), { recursive: true });
// The same files give the same archive: vsce takes their order and times from this.
process.env.SOURCE_DATE_EPOCH ??= execFileSync('git', ['log', '-1', '--format=%ct'], { encoding: 'utf8' }).trim();
process.env.TZ = 'UTC';
// Everything is bundled, so no node_modules go along.
await createVSIX({
  cwd: root, target, packagePath: to, dependencies: false, allowMissingRepository: true, readmePath: PACKAGED_README, rewriteRelativeLinks: false,
});
