// The extension in the browser's extension host of the real VS Code, on a copy of the sample mesh and on a folder of no disk.
//
//   node web.mjs CODE_SERVER OUTPUT    CODE_SERVER: its package's folder; OUTPUT: has istio-mtls.vsix, gets the screenshots
//
// The tests are one session and run in order. Each failure leaves a screenshot named for it.
import { cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { check, tests, until, Workbench } from './workbench.mjs';

const [codeServer, output] = process.argv.slice(2);
const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const POLICY = 'payments/policy.yaml';
const RULES = 'payments/rules.yaml';

const scratch = await realpath(await mkdtemp(join(tmpdir(), 'istio-mtls-web-')));
const mesh = join(scratch, 'mesh');
await cp(join(repository, 'fixtures', 'sample-mesh'), mesh, { recursive: true });

const code = await Workbench.start({
  codeServer,
  extensions: [join(output, 'istio-mtls.vsix'), join(output, 'text-folder.vsix')],
  scratch,
  folder: mesh,
  settings: { 'remote.extensionKind': { 'istio-mtls-ls.istio-mtls': ['web'] } },
});
const { page } = code;
const { test, finish } = tests(code, output);
const picture = (name) => code.screenshot(join(output, `${name}.png`));

const editedText = (file) => code.editorOf(file).locator('.view-lines').innerText();
const none = (text) => until(`Problems panel without ${text}`, async () => (await code.problemsWith(text)).length === 0);

/** Workers that the extension host has started, which is one itself, in which there is no Node. */
const serverWorkers = () => page.workers().map(async (worker) =>
  worker.evaluate(() => ({ name: self.name, node: typeof process, scope: self.constructor.name })).catch(() => undefined));

await test('a squiggle stands under exactly the mode that conflicts', async () => {
  await code.open(POLICY);
  await code.squiggleUnder(POLICY, 'STRICT', 'error');
  check((await code.squiggles(POLICY, 'error')).length === 1, 'there is another squiggle');
});

await test('extension and server run in workers of the browser, and no process does', async () => {
  const all = (await Promise.all(serverWorkers())).filter(Boolean);
  const server = all.find(({ name }) => name.startsWith('ExtensionHostWorker -> '));
  check(server?.node === 'undefined' && server.scope === 'DedicatedWorkerGlobalScope', `workers: ${JSON.stringify(all)}`);
  check((await code.serverProcess()) === undefined, 'there is a process of the server');
  const label = await code.statusItem().locator('a').getAttribute('aria-label');
  check(/Server \d+\.\d+\.\d+ runs as WebAssembly in this browser/.test(label), `the status item says ${label}`);
  await code.command('Istio mTLS: Show Output');
  const output = page.locator('.output-view .view-lines, .panel .view-lines').first();
  await until('the server in the output', async () => /as\sWebAssembly\sin\sa\sworker\sof\sthis\sbrowser/.test(await output.innerText()));
  check(/Read\s8\sfiles\sof\svscode-remote:/.test(await output.innerText()), 'the output does not say what was read');
});

await test('the Problems panel lists files that nobody opened', async () => {
  await until('TIS0503 and TIS0208 at both ends', async () =>
    (await code.problemsWith('TIS0503')).length === 2 && (await code.problemsWith('TIS0208')).length === 2);
});

await test('a hover tells the finding, and its links lead to files of the editor', async () => {
  const hover = await code.hover(POLICY, 'STRICT', 'TIS0208');
  check((await hover.innerText()).includes('DestinationRule payments/ledger'), 'the hover does not name the rule');
  const links = await hover.locator('a').evaluateAll((all) => all.map((one) => one.dataset.href ?? one.getAttribute('href')));
  check(links.some((href) => href?.startsWith('vscode-remote://') && href.includes(RULES)), `links: ${links.join(' ')}`);
  await picture('hover');
  await page.mouse.move(5, 5);
});

await test('a quick fix changes the file that needs it, and an edit brings the conflict back', async () => {
  await code.applyQuickFix(POLICY, 'STRICT', 'Set DestinationRule payments/ledger to ISTIO_MUTUAL');
  await none('TIS0208');
  await code.open(RULES);
  await until('the mode in the rule', async () => (await editedText(RULES)).includes('ISTIO_MUTUAL'));
  await picture('mended');
  await code.goTo(RULES, 'ISTIO_MUTUAL');
  await page.keyboard.press('Control+Z');
  await until('the conflict', async () => (await code.problemsWith('TIS0208')).length === 2);
});

await test('a file that changes, comes or goes on the file system is noticed', async () => {
  // In folders that the explorer shows: of others this code-server, which has no native watcher, is not told.
  const extra = join(mesh, 'payments', 'extra.yaml');
  const policy = (mode) => `apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: extra, namespace: extra}\nspec: {mtls: {mode: ${mode}}}\n`;
  const problem = () => until('STRIKT', async () => (await code.problemsWith('STRIKT')).length === 1);
  await writeFile(extra, policy('STRIKT'));
  await problem();
  await writeFile(extra, policy('STRICT'));
  await none('STRIKT');
  await writeFile(extra, policy('STRIKT'));
  await problem();
  await rm(extra);
  await none('STRIKT');
  await writeFile(join(mesh, '.istio-mtls.yaml'), 'severity: {TIS0503: off}\n');
  await none('TIS0503');
  await rm(join(mesh, '.istio-mtls.yaml'));
  await until('TIS0503', async () => (await code.problemsWith('TIS0503')).length === 2);
});

await test('Explain shows what a code means', async () => {
  await code.command('Istio mTLS: Explain a Code');
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'MTLS0001' }).waitFor();
  await page.keyboard.insertText('sends plaintext to servers');
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'TIS0208' }).click();
  await code.webview('h1:has-text("TIS0208")');
  await page.keyboard.press('Control+W');
});

await test('the policy graph is drawn', async () => {
  await code.command('View: Close All Editors');
  await code.command('Istio mTLS: Show Policy Graph');
  const frame = await code.webview('#graph-view [role=tree]');
  await frame.locator('[role=treeitem]', { hasText: 'ledger' }).first().waitFor();
  await page.waitForTimeout(500);
  await picture('graph');
});

await test('what needs a program is not offered', async () => {
  await code.openBox('F1');
  await page.keyboard.insertText('Istio mTLS: ');
  const rows = page.locator('.quick-input-widget .monaco-list-row');
  await rows.filter({ hasText: 'Istio mTLS: Show Policy Graph' }).waitFor();
  check((await rows.filter({ hasText: 'Lay over Cluster' }).count()) === 0, 'the palette offers Lay over Cluster');
  await page.keyboard.press('Escape');
});

await test('the server can be started again', async () => {
  await code.command('Istio mTLS: Restart Server');
  await none('TIS0503');
  await until('TIS0503', async () => (await code.problemsWith('TIS0503')).length === 2);
});

// ---- a folder of no disk

const VIRTUAL = 'mesh/policy.yaml';

await test('a folder of another file system is read through the editor', async () => {
  await code.openFolder('texts://store/mesh');
  // The box that opens files knows none: a file system has no search.
  await page.locator('.explorer-folders-view .monaco-list-row', { hasText: 'policy.yaml' }).dblclick();
  await code.squiggleUnder(VIRTUAL, 'STRICT', 'error');
  await until('both ends', async () => (await code.problemsWith('TIS0208')).length === 2);
  check((await code.problems()).some((row) => row.includes('cart.yaml')), 'the rule is not listed');
  await picture('virtual');
});

await test('a change on that file system is noticed', async () => {
  await code.command('View: Close All Editors');
  await code.command('Text Folder: Mend the Policy');
  await none('TIS0208');
});

await code.stop();
await rm(scratch, { recursive: true, force: true });
finish();
