// What somebody sees and does with the extension, in the real VS Code, on a copy of the sample mesh, from the first squiggle to a
// server that dies.
//
//   node e2e.mjs CODE_SERVER OUTPUT    CODE_SERVER: its package's folder; OUTPUT: has istio-mtls.vsix, gets the screenshots
//
// The tests are one session and run in order. Each failure leaves a screenshot named for it.
import { cp, mkdtemp, mkdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { check, pressUntil, tests, until, Workbench } from './workbench.mjs';

const [codeServer, output] = process.argv.slice(2);
const repository = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const POLICY = 'payments/policy.yaml';
const RULES = 'payments/rules.yaml';
const MESH_POLICY = 'istio-system/policy.yaml';
const MESH_RULES = 'istio-system/rules.yaml';

const scratch = await realpath(await mkdtemp(join(tmpdir(), 'istio-mtls-vscode-')));
const mesh = join(scratch, 'mesh');
await cp(join(repository, 'fixtures', 'sample-mesh'), mesh, { recursive: true });

const folderSettings = join(mesh, '.vscode', 'settings.json');

// kubectl is a stand-in, which answers from a file. VS Code takes PATH from the login shell, which may set it anew.
const standIn = join(repository, 'tests', 'cluster', 'stand-in');
await writeFile(join(scratch, '.profile'), `PATH='${standIn}':$PATH\n`);
process.env.PATH = `${standIn}:${process.env.PATH}`;
process.env.VSCODE_CLI = '1';
process.env.KUBECTL_ANSWERS = join(repository, 'tests', 'editors', 'kubectl.json');

const code = await Workbench.start({ codeServer, extensions: [join(output, 'istio-mtls.vsix')], scratch, folder: mesh });
const { page } = code;
const { test, finish } = tests(code, output);
const picture = (name) => code.screenshot(join(output, `${name}.png`));

// ---- helpers of these tests

const squiggleUnder = code.squiggleUnder.bind(code);
const problemsWith = code.problemsWith.bind(code);
const openQuickFixes = code.openQuickFixes.bind(code);
const applyQuickFix = code.applyQuickFix.bind(code);
const webview = code.webview.bind(code);

const gone = (text) => until(`Problems panel without ${text}`, async () => (await problemsWith(text)).length === 0);

const cursor = () => page.locator('#status\\.editor\\.selection').innerText();

/** The rows of the side bar's tree, as a screen reader says them, and the one that begins with a text. */
const meshRow = (text) => page.locator(`.customview-tree .monaco-list-row[aria-label^="${text}"]`).first();
const meshRows = () =>
  page.locator('.customview-tree .monaco-list-row').evaluateAll((all) => all.map((row) => row.getAttribute('aria-label')));

const toggleSideBar = () => code.command('View: Toggle Primary Side Bar Visibility');

const graph = () => webview('#graph-view [role=tree]');

/** Where the drawing shows a thing, on the page. */
async function spotOf(frame, id) {
  const inFrame = await until(`${id} in the drawing`, () => frame.evaluate((wanted) => {
    const canvas = document.querySelector('.canvas');
    const node = canvas._cyreg.cy.getElementById(wanted);
    const { left, top } = canvas.getBoundingClientRect();
    return node.nonempty() && { x: left + node.renderedPosition().x, y: top + node.renderedPosition().y };
  }, id));
  const outer = await (await frame.frameElement()).boundingBox();
  return { x: outer.x + inFrame.x, y: outer.y + inFrame.y };
}

// ---- the session

await test('a squiggle stands under exactly the mode that conflicts', async () => {
  await code.open(POLICY);
  await squiggleUnder(POLICY, 'STRICT', 'error');
  check((await code.squiggles(POLICY, 'error')).length === 1, 'there is another squiggle');
});

await test('the Problems panel lists files that nobody opened', async () => {
  await until('TIS0503 and TIS0208 at both ends', async () =>
    (await problemsWith('TIS0503')).length === 2 && (await problemsWith('TIS0208')).length === 2);
  const files = (await code.problems()).filter((row) => row.includes('.yaml'));
  for (const [name, folder] of [POLICY, RULES, MESH_POLICY, MESH_RULES].map((path) => path.split('/').reverse())) {
    check(files.some((row) => row.includes(name) && row.includes(folder)), `no ${folder}/${name} in ${files.join(' | ')}`);
  }
});

await test('the status bar counts each conflict once', async () => {
  await until('2 conflicts in the status bar', async () => {
    const label = await code.statusItem().locator('a').getAttribute('aria-label');
    return label?.includes('2 conflicts (4 places)');
  });
});

await test('hover tells the finding', async () => {
  const { x, y, width, height } = await code.whereIs(POLICY, 'STRICT');
  const hover = page.locator('.monaco-hover:not(.hidden)', { hasText: 'TIS0208' });
  await pressUntil('hover with TIS0208', () => hover.isVisible(), async () => {
    await page.mouse.move(5, 5);
    await page.mouse.move(x + width / 2, y + height / 2);
  });
  check((await hover.innerText()).includes('DestinationRule payments/ledger'), 'the hover does not name the rule');
  await until('what the mode means in the hover', async () => (await hover.innerText()).includes('servers accept mTLS only'));
  check((await hover.locator('a', { hasText: 'Policy graph' }).count()) === 1, 'the hover does not lead to the graph');
  await picture('hover');
  await page.mouse.move(5, 5);
});

await test('quick fixes are offered where the squiggle is', async () => {
  await openQuickFixes(POLICY, 'STRICT', 'Set DestinationRule payments/ledger to ISTIO_MUTUAL');
  await page.locator('.action-widget .monaco-list-row', { hasText: 'weakens' }).first().waitFor();
  await page.waitForTimeout(300);
  await picture('vscode');
  await page.keyboard.press('Escape');
});

await test('a code lens shows the other ends', async () => {
  const lens = code.editorOf(POLICY).locator('.codelens-decoration a').first();
  const peek = page.locator('.peekview-widget .reference-zone-widget, .reference-zone-widget').first();
  await pressUntil('other ends', () => peek.isVisible(), () => lens.click());
  await picture('lens');
  await page.keyboard.press('Escape');
});

await test('Explain shows what a code means', async () => {
  await code.command('Istio mTLS: Explain a Code');
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'MTLS0001' }).waitFor();
  await page.keyboard.insertText('sends plaintext to servers');
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'TIS0208' }).click();
  const preview = await webview('h1:has-text("TIS0208")');
  check((await preview.locator('h2').allInnerTexts()).includes('What it reports'), 'the page has no headings');
  await picture('explain');
  await page.keyboard.press('Control+W');
});

await test('a setting takes effect at once', async () => {
  await mkdir(join(mesh, '.vscode'));
  await writeFile(folderSettings, JSON.stringify({ 'istioMtls.severity': { TIS0208: 'warning' } }));
  await squiggleUnder(POLICY, 'STRICT', 'warning');
  await rm(folderSettings);
  await squiggleUnder(POLICY, 'STRICT', 'error');
});

await test('the side bar shows the mesh: conflicts first, each once, then namespaces', async () => {
  await page.keyboard.press('Control+J');
  await page.locator('.activitybar .action-item', { has: page.locator('[aria-label*="Istio mTLS"]') }).click();
  const wanted = [/^Conflicts, 2$/, /TIS0503$/, /TIS0208$/, /^istio-system, broken: 1 of 1$/, /^default, /, /^payments, PERMISSIVE, STRICT · broken: 1 of 3$/];
  let rows;
  await until('conflicts, then namespaces', async () => {
    rows = await meshRows();
    return wanted.every((row, index) => row.test(rows[index] ?? ''));
  }).catch((error) => { throw new Error(`${error.message}; there is ${rows.join(' | ')}`); });
  await page.locator('.customview-tree .monaco-list-row[aria-label$="TIS0208"]').click(); // opens it
  await meshRow('payments/rules.yaml:22').click();
  await code.editorOf(RULES).waitFor();
  await until('the cursor at the place', async () => (await cursor()).startsWith('Ln 22, Col 20 (7 selected)'));
});

await test('a service of the tree opens to its workloads and their modes, and stays open', async () => {
  const service = meshRow('ledger, ');
  await pressUntil('services of payments', () => service.isVisible(), () => meshRow('payments, ').click());
  await pressUntil('workloads of ledger', () => meshRow('ledger, STRICT on 7000').isVisible(), () => service.locator('.monaco-tl-twistie').click());
  await picture('side-bar');
  await code.goTo(RULES, 'DISABLE');
  await page.keyboard.type('X'); // no mode any more
  await meshRow('Other problems').or(meshRow('Conflicts, 1')).first().waitFor();
  check(await meshRow('ledger, STRICT on 7000').isVisible(), 'ledger is closed');
  await page.keyboard.press('Control+Z');
  await meshRow('Conflicts, 2').waitFor();
});

await test('only problems are left, and the whole mesh comes back', async () => {
  const button = (title) => page.locator(`.sidebar .action-label[aria-label="${title}"]`).first();
  await meshRow('gateway, STRICT').hover();
  await button('Show Only Problems').click();
  await until('rows without gateway', async () => (await meshRows()).length > 0 && (await meshRow('gateway, STRICT').count()) === 0);
  await picture('side-bar-problems');
  await button('Show the Whole Mesh').click();
  await meshRow('gateway, STRICT').waitFor();
});

await test("the editor's title leads to the file in the policy graph", async () => {
  await code.open(RULES);
  await page.locator('.editor-actions .action-label[aria-label="Show Policy Graph"]').first().click();
  const frame = await graph();
  await frame.locator('[role=treeitem][aria-selected=true]', { hasText: 'ledger' }).waitFor();
  await picture('graph-of-file');
  await page.keyboard.press('Control+W');
});

await test('the table of effective modes says what is sent and met, by port', async () => {
  await toggleSideBar(); // all the window for it
  await code.command('View: Close All Editors');
  await code.command('Istio mTLS: Show Effective Modes');
  const frame = await webview('#modes-view [role=grid]');
  const row = (...words) => words.reduce((found, word) => found.filter({ hasText: word }), frame.locator('[role=row].row')).first();
  await row('ledger.payments', '7000', 'STRICT', 'fails').waitFor();
  await row('ledger.payments', '9090', 'PERMISSIVE', 'works').waitFor();
  await picture('modes');
  await frame.locator('button', { hasText: 'Only failing' }).click();
  await until('failing rows only', () => frame.evaluate(() =>
    [...document.querySelectorAll('.row')].every((one) => one.textContent.includes('fails')) && document.querySelector('.row') !== null));
  await frame.locator('input').fill('ledger');
  await until('one row', async () => (await frame.locator('.row').count()) === 1);
  check((await frame.locator('.summary').innerText()).includes('✗ 1 fail'), 'the count does not follow the filter');
  await frame.locator('.row').focus();
  await page.keyboard.press('ArrowRight'); // to the policy, behind the rule
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await code.editorOf(POLICY).waitFor();
  await until('the cursor at the mode', async () => (await cursor()).startsWith('Ln 9, '));
  await picture('modes-filtered');
});

await test('the policy graph is drawn', async () => {
  await code.command('View: Close All Editors');
  await code.command('Istio mTLS: Show Policy Graph');
  const frame = await graph();
  await frame.locator('[role=treeitem]', { hasText: 'ledger' }).first().waitFor();
  const painted = await frame.evaluate(() => {
    const { cy } = document.querySelector('.canvas')._cyreg;
    return { things: cy.nodes('.thing').length, failing: cy.edges('.failing').length };
  });
  check(painted.things >= 9 && painted.failing >= 2, `drawn: ${JSON.stringify(painted)}`);
  await page.waitForTimeout(500);
  await picture('graph');
});

await test('a click in the graph goes to the line', async () => {
  const frame = await graph();
  const spot = await until('the graph at rest', async () => {
    const before = await spotOf(frame, 'rule/payments/ledger');
    await page.waitForTimeout(200);
    const after = await spotOf(frame, 'rule/payments/ledger');
    return before.x === after.x && before.y === after.y && after;
  });
  await page.mouse.click(spot.x, spot.y);
  await code.editorOf(RULES).waitFor();
  const line = (await code.text(RULES)).split('\n').findIndex((text) => text === '  name: ledger') + 1;
  await until(`the cursor in line ${line}`, async () => (await cursor()).startsWith(`Ln ${line}, Col `));
  await picture('graph-clicked');
});

await test('only what is broken is left in the graph, and the counts say so', async () => {
  const frame = await graph();
  const summary = () => frame.locator('.summary').innerText();
  const services = () => frame.evaluate(() => document.querySelector('.canvas')._cyreg.cy.nodes('.service').length);
  check((await summary()).startsWith('5 namespaces, 10 services, ✗ 2 conflicts'), `it says ${await summary()}`);
  await frame.locator('button', { hasText: 'Only broken' }).click();
  await until('6 of 10 services', async () => (await summary()).includes('6 of 10 services') && (await services()) === 6);
  await frame.locator('button', { hasText: 'Problems first' }).click();
  await page.waitForTimeout(300);
  await picture('graph-broken');
  await frame.locator('button', { hasText: 'Problems first' }).click();
  await frame.locator('button', { hasText: 'Only broken' }).click();
  await until('all services', async () => (await services()) === 10);
});

await test('the graph takes every theme', async () => {
  const frame = await graph();
  const ink = () => frame.evaluate(() => document.querySelector('.canvas')._cyreg.cy.nodes('.rule').first().style('color'));
  const seen = new Set([await ink()]);
  for (const theme of ['Default High Contrast Light', 'Default Light Modern', 'Default High Contrast', 'Default Dark Modern']) {
    const before = await ink();
    await writeFile(folderSettings, JSON.stringify({ 'workbench.colorTheme': theme }));
    await until(`another colour of text in ${theme}`, async () => (await ink()) !== before);
    seen.add(await ink());
    await page.waitForTimeout(300);
    await picture(`graph ${theme}`);
  }
  await rm(folderSettings);
  check(seen.size === 4, `text is ${[...seen].join(' and ')}`);
});

await test('the graph can be used with the keyboard', async () => {
  const frame = await graph();
  const item = (name) => frame.locator('[role=treeitem]', { hasText: name }).first();
  await item('istio-system').focus();
  await page.keyboard.press('ArrowLeft'); // closes it
  await until('a closed namespace', async () => (await item('istio-system').getAttribute('aria-expanded')) === 'false');
  await page.keyboard.press('ArrowRight');
  await until('an open namespace', async () => (await item('istio-system').getAttribute('aria-expanded')) === 'true');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await code.editorOf(MESH_POLICY).waitFor();
});

await test('a fix that weakens security says so, and applies when chosen', async () => {
  await page.keyboard.press('Control+2'); // not over the graph
  await code.open(POLICY);
  await applyQuickFix(POLICY, 'STRICT', 'Set PeerAuthentication payments/default to PERMISSIVE');
  await until('the weaker mode', async () => (await code.text(POLICY)).includes('mode: PERMISSIVE'));
  await picture('weakened');
  await page.keyboard.press('Control+z');
  await code.whereIs(POLICY, 'STRICT');
});

await test('a quick fix heals both files, and the graph follows without moving', async () => {
  const frame = await graph();
  const view = () => frame.evaluate(() => {
    const { cy } = document.querySelector('.canvas')._cyreg;
    return { zoom: cy.zoom(), pan: { ...cy.pan() }, red: cy.getElementById('rule/payments/ledger').hasClass('failing') };
  });
  await frame.locator('button', { hasText: '+' }).click(); // from here on, what is in sight is the user's choice
  await until('a rule that is red', async () => (await view()).red);
  const before = await view();
  await page.keyboard.press('Control+2'); // not over the graph
  await applyQuickFix(POLICY, 'STRICT', 'Set DestinationRule payments/ledger to ISTIO_MUTUAL');
  await gone('TIS0208');
  await until('a policy without squiggles', async () => (await code.squiggles(POLICY, 'error')).length === 0);
  await code.open(RULES);
  await code.whereIs(RULES, 'ISTIO_MUTUAL', 'TODO: put back');
  await until('a rule that is no longer red', async () => !(await view()).red);
  const after = await view();
  check(JSON.stringify([before.zoom, before.pan]) === JSON.stringify([after.zoom, after.pan]), 'the graph moved');
  await picture('healed');
});

await test('a fix inserts the DestinationRule that is missing', async () => {
  await rm(join(mesh, MESH_RULES));
  await until('TIS0503 at the policy alone', async () => (await problemsWith('TIS0503')).length === 1);
  await code.open(MESH_POLICY);
  await applyQuickFix(MESH_POLICY, 'DISABLE', 'Insert DestinationRule istio-system/mesh-disable-mtls');
  await code.whereIs(MESH_POLICY, 'mesh-disable-mtls');
  await gone('TIS0503');
  await picture('inserted');
});

await test('a server that dies comes back and goes on', async () => {
  const first = await code.serverProcess();
  check(first !== undefined, 'no server runs');
  process.kill(first, 'SIGKILL');
  await until('another server', async () => ![undefined, first].includes(await code.serverProcess()));
  await code.goTo(MESH_POLICY, 'DISABLE');
  await page.keyboard.press('Control+Z'); // takes the inserted rule back
  await until('TIS0503 again', async () => (await problemsWith('TIS0503')).length === 1);
});

await test('a server that keeps dying is given up, until somebody restarts it', async () => {
  const given = page.locator('.notification-toast', { hasText: 'ended 5 times within three minutes' });
  let last;
  await until('the end of restarting', async () => {
    const running = await code.serverProcess();
    if (running !== undefined && running !== last) {
      last = running;
      await page.waitForTimeout(500); // until it serves; one that dies in its first words never came up
      process.kill(running, 'SIGKILL');
    }
    return given.isVisible();
  });
  await picture('given-up');
  await given.locator('a', { hasText: 'Restart' }).click();
  await until('TIS0503 again', async () => (await code.serverProcess()) !== undefined && (await problemsWith('TIS0503')).length === 1);
  await until('no message any more', async () => !(await given.isVisible()));
});

await test('a file that is not saved anywhere is checked too', async () => {
  await code.command('File: New Untitled Text File');
  await code.command('Change Language Mode');
  await page.keyboard.insertText('YAML');
  await page.keyboard.press('Enter');
  await page.locator('#status\\.editor\\.mode', { hasText: 'YAML' }).waitFor();
  await page.keyboard.insertText(
    'apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: foo}\nspec: {mtls: {mode: STRIKT}}\n');
  await squiggleUnder('Untitled-1', 'STRIKT', 'error');
});

await test('a server that is not there is told with advice', async () => {
  await writeFile(folderSettings, JSON.stringify({ 'istioMtls.server.path': '/nowhere/istio-mtls-ls' }));
  const toast = page.locator('.notification-toast', { hasText: 'There is no server at /nowhere/istio-mtls-ls' });
  await toast.waitFor();
  check((await toast.innerText()).includes('istioMtls.server.path'), 'no advice');
  await picture('no-server');
  await rm(folderSettings);
  await until('TIS0503 again', async () => (await problemsWith('TIS0503')).length === 1);
  await until('no message any more', async () => !(await toast.isVisible()));
});

// ---- a repository of overlays

const STRICT_PATCH = 'overlays/prod/strict.yaml';
const BASE = 'base/kustomization.yaml';

await test('a base says what is built of it, and one build can be chosen to be shown', async () => {
  const overlays = join(scratch, 'overlays');
  await cp(join(repository, 'fixtures', 'sample-overlays'), overlays, { recursive: true });
  await code.openFolder(overlays);
  await code.open(BASE);
  const lens = (text) => page.locator('.codelens-decoration a', { hasText: text }).first();
  const pick = page.locator('.quick-input-widget .monaco-list-row', { hasText: 'overlays/prod' }).first();
  await pressUntil('builds to choose from', () => pick.isVisible(), () => lens('3 builds · overlays/prod ✗ 1 conflict').click());
  await picture('builds');
  await pick.click();
  await lens('overlays/prod is shown').waitFor();
});

await test('the side bar tells several meshes apart', async () => {
  await page.locator('.activitybar .action-item', { has: page.locator('[aria-label*="Istio mTLS"]') }).click();
  await meshRow('prod, 1 service · broken: 1').waitFor();
  const meshes = (await meshRows()).filter((row) => /^(dev|staging|prod), 1 service/.test(row));
  check(meshes.length === 3, `it shows ${(await meshRows()).join(' | ')}`);
  check((await page.locator('.editor-actions .action-label[aria-label="Show Policy Graph"]').count()) === 1, "the kustomization's title has no graph");
  await picture('side-bar-meshes');
});

await test('a patch that breaks a rule of its base has the squiggle, and a fix for its build alone', async () => {
  await code.open(STRICT_PATCH);
  await squiggleUnder(STRICT_PATCH, 'STRICT', 'error');
  const fix = 'Set DestinationRule payments/ledger to ISTIO_MUTUAL, in overlays/prod only';
  await openQuickFixes(STRICT_PATCH, 'STRICT', fix);
  await picture('overlays');
  await page.keyboard.press('Escape');
  await applyQuickFix(STRICT_PATCH, 'STRICT', fix);
  await gone('TIS0208');
});

// ---- files over a cluster

const EDGE_RULE = 'rule.yaml';

await test('laid over a cluster, a file meets what runs there', async () => {
  const edge = join(scratch, 'edge');
  await mkdir(edge);
  await writeFile(join(edge, EDGE_RULE), `apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: a
  namespace: edge
spec:
  host: a
  trafficPolicy:
    tls:
      mode: DISABLE
`);
  await code.openFolder(edge);
  await code.open(EDGE_RULE);
  await code.command('Istio mTLS: Lay over Cluster');
  const context = page.locator('.quick-input-widget .monaco-list-row', { hasText: 'prod' });
  await context.waitFor();
  await page.waitForTimeout(300);
  await picture('cluster-contexts');
  await context.click();
  await squiggleUnder(EDGE_RULE, 'DISABLE', 'error');
  check((await problemsWith('TIS0208')).length === 1, 'the Problems panel does not show it');
  await until('the cluster and its age in the status bar', async () => {
    const label = await code.statusItem().locator('a').getAttribute('aria-label');
    return /laid over cluster prod: 3 objects, (read now|1 min old)/.test(label ?? '');
  });
  await code.goTo(EDGE_RULE, 'kind'); // lenses follow when the editor has the focus
  await page.locator('.codelens-decoration', { hasText: 'for services that accept STRICT · in cluster prod' }).first().waitFor();
});

await test('what the cluster holds is read, and cannot be edited', async () => {
  const service = page.locator('.editor-instance .monaco-editor[data-uri^="istio-mtls-cluster:"][data-uri$="/edge/Service/a.yaml"]');
  await pressUntil('the Service', () => service.isVisible(), async () => {
    await code.goTo(EDGE_RULE, 'host: a');
    await page.keyboard.press('End');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('F12');
  });
  await until('its text', async () => (await service.innerText()).includes('selector:'));
  await page.keyboard.type('x');
  await page.locator('.monaco-editor-overlaymessage, .message', { hasText: 'read-only' }).first().waitFor();
  await picture('cluster-document');
  await page.keyboard.press('Control+W');
});

await test('a hover says who decides in the cluster', async () => {
  const { x, y, width, height } = await code.whereIs(EDGE_RULE, 'DISABLE');
  const hover = page.locator('.monaco-hover:not(.hidden)', { hasText: 'in cluster prod' });
  await pressUntil('hover with the cluster', () => hover.isVisible(), async () => {
    await page.mouse.move(5, 5);
    await page.mouse.move(x + width / 2, y + height / 2);
  });
  check((await hover.innerText()).includes('Laid over cluster prod, as of 20'), 'the hover does not say how old that is');
  await page.waitForTimeout(500); // it fades in
  await picture('cluster');
  await page.mouse.move(5, 5);
});

await test('the cluster can be read anew, and left', async () => {
  await code.command('Istio mTLS: Refresh Cluster Snapshot');
  await code.command('Istio mTLS: Stop Using the Cluster');
  await gone('TIS0208');
  await until('no cluster in the status bar', async () => {
    const label = await code.statusItem().locator('a').getAttribute('aria-label');
    return label !== null && !label.includes('cluster');
  });
});

// ---- other folders

const PLAIN = 'values.yaml';

await test('a folder without manifests has no server, no status item and no mesh, until there is a manifest', async () => {
  const plain = join(scratch, 'plain');
  await mkdir(plain);
  await writeFile(join(plain, PLAIN), 'services:\n  web:\n    image: nginx\n');
  await writeFile(join(plain, 'new.yaml'), '# a policy, some day\nx: 1\n');
  await code.openFolder(plain);
  await until('the end of the last server', async () => (await code.serverProcess()) === undefined);
  await code.open(PLAIN);
  await page.locator('.activitybar .action-item', { has: page.locator('[aria-label*="Istio mTLS"]') }).click();
  await page.locator('.pane-body .welcome-view-content', { hasText: 'There is no Istio policy and no Service in this folder' }).waitFor();
  await picture('no-mesh');
  check((await code.serverProcess()) === undefined, 'a server runs');
  check(!(await code.statusItem().isVisible()), 'the status item is shown');
  check((await page.locator('.editor-actions .action-label[aria-label="Show Policy Graph"]').count()) === 0, 'the title offers the graph');

  await writeFile(join(plain, 'new.yaml'), 'apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: a, namespace: foo}\nspec: {mtls: {mode: STRIKT}}\n');
  await until('a server', async () => (await code.serverProcess()) !== undefined);
  await code.statusItem().waitFor();
  await until('its problem', async () => (await problemsWith('STRIKT')).length === 1);
});

await test('a folder of Kubernetes manifests without Istio has a server and no status item', async () => {
  const cluster = join(scratch, 'kubernetes');
  await mkdir(cluster);
  await writeFile(join(cluster, 'service.yaml'), 'apiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: foo}\nspec: {ports: [{port: 80}]}\n');
  await code.openFolder(cluster);
  await until('a server', async () => (await code.serverProcess()) !== undefined);
  await page.locator('.activitybar .action-item', { has: page.locator('[aria-label*="Istio mTLS"]') }).click();
  await meshRow('foo').waitFor();
  check(!(await code.statusItem().isVisible()), 'the status item is shown');
});

await test('the walkthrough opens with its pictures, and so does the page of the extension', async () => {
  await code.command('Welcome: Open Walkthrough');
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'Find Istio mTLS policy' }).click();
  const image = page.locator('.getting-started-media img').first();
  await until('a picture', () => image.evaluate((one) => one.naturalWidth > 0).catch(() => false));
  check((await page.locator('.getting-started-step').count()) === 5, 'there are not five steps');
  await picture('walkthrough');
  await code.command('View: Close All Editors');
  await page.keyboard.press('Control+Shift+X');
  await page.locator('.extensions-list .extension-list-item', { hasText: 'Istio mTLS' }).first().click();
  const readme = await webview('h1:has-text("Istio mTLS")');
  await until('pictures', () => readme.evaluate(() => [...document.images].filter((one) => one.naturalWidth > 0).length >= 3));
  await picture('extension-page');
});

// ---- the end

await code.stop();
const log = await readFile(join(scratch, 'code-server.log'), 'utf8');
await writeFile(join(output, 'code-server.log'), log);
await rm(scratch, { recursive: true, force: true });
finish();
