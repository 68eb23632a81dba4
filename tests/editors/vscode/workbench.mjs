// A VS Code window as a person uses it: keys, clicks, and what can be seen. code-server serves it, Chromium shows it.
import { chromium } from 'playwright-core';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const PATIENCE_MS = 1000 * Number(process.env.ISTIO_MTLS_PATIENCE ?? 30);
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const WINDOW = { width: 1280, height: 800 };

const USER_SETTINGS = {
  'workbench.startupEditor': 'none',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.tips.enabled': false,
  'window.commandCenter': false,
  'workbench.layoutControl.enabled': false,
  'editor.minimap.enabled': false,
  'editor.accessibilitySupport': 'off',
  'files.autoSave': 'off',
  'git.enabled': false,
  'extensions.ignoreRecommendations': true,
  'chat.commandCenter.enabled': false,
};

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

/** Asks `look` until it gives something true. */
export async function until(what, look, patience = PATIENCE_MS) {
  const deadline = Date.now() + patience;
  let last;
  do {
    last = await look();
    if (last) return last;
    await new Promise((resolve) => setTimeout(resolve, 100));
  } while (Date.now() < deadline);
  throw new Error(`in ${patience / 1000} s there was no ${what}`);
}

const PRESS_AGAIN_MS = 4000;

/**
 * Does `press` and waits for what it shows; does it again every few seconds, since a key or click goes to whatever has the focus
 * just then, and what it opens may close when something else takes that.
 */
export async function pressUntil(what, look, press) {
  await press();
  let last = Date.now();
  return until(what, async () => {
    const seen = await look();
    if (!seen && Date.now() - last > PRESS_AGAIN_MS) {
      await press();
      last = Date.now();
    }
    return seen;
  });
}

/** Tests that are one session, in order. Each failure leaves a screenshot in the folder `output`, named for it. */
export function tests(code, output) {
  const failures = [];
  let passed = 0;
  return {
    async test(name, body) {
      const start = Date.now();
      try {
        await body();
        passed += 1;
        console.log(`ok    ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
      } catch (error) {
        failures.push(name);
        const picture = join(output, `FAILED ${name}.png`);
        await code.screenshot(picture).catch(() => undefined);
        console.log(`FAIL  ${name}\n      ${error.message.replaceAll('\n', '\n      ')}\n      screenshot: ${picture}`);
        await code.page.keyboard.press('Escape').catch(() => undefined);
      }
    },
    finish() {
      if (failures.length > 0) console.log(`failed: ${failures.join('; ')}`);
      console.log(`${passed} passed, ${failures.length} failed`);
      process.exitCode = failures.length > 0 ? 1 : 0;
    },
  };
}

export function check(holds, message) {
  if (!holds) throw new Error(message);
}

export class Workbench {
  /** `settings`: more of the user's; `extensions`: paths to .vsix files. */
  static async start({ codeServer, extensions, scratch, folder, settings = {} }) {
    const made = new Workbench();
    made.folder = folder;
    made.data = join(scratch, 'data');
    made.extensions = join(scratch, 'extensions');
    await mkdir(join(made.data, 'User'), { recursive: true });
    await writeFile(join(made.data, 'User', 'settings.json'), JSON.stringify({ ...USER_SETTINGS, ...settings }));
    made.entry = join(codeServer, 'out', 'node', 'entry.js');
    made.env = { ...process.env, HOME: scratch, XDG_CONFIG_HOME: scratch, XDG_DATA_HOME: scratch, XDG_CACHE_HOME: scratch };
    extensions.forEach((vsix) => made.install(vsix));
    await made.serve(join(scratch, 'code-server.log'));
    await made.browse();
    return made;
  }

  common() {
    return ['--user-data-dir', this.data, '--extensions-dir', this.extensions];
  }

  install(vsix) {
    const { status, stdout, stderr } = spawnSync(
      process.execPath, [this.entry, ...this.common(), '--install-extension', vsix], { env: this.env, encoding: 'utf8' });
    if (status !== 0) throw new Error(`the extension was not installed:\n${stdout}${stderr}`);
  }

  async serve(log) {
    const port = await freePort();
    this.origin = `http://127.0.0.1:${port}/`;
    this.server = spawn(
      process.execPath,
      [this.entry, ...this.common(), '--auth', 'none', '--bind-addr', `127.0.0.1:${port}`, '--disable-telemetry',
        '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override'],
      { env: this.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const file = createWriteStream(log);
    this.server.stdout.pipe(file);
    this.server.stderr.pipe(file);
    const healthy = () => fetch(`http://127.0.0.1:${port}/healthz`).then(({ ok }) => ok, () => false);
    await until('answer from code-server', healthy);
  }

  async browse() {
    this.browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
        '--disable-component-update', '--disable-sync'],
    });
    this.page = await this.browser.newPage({ viewport: WINDOW, deviceScaleFactor: 1.5 });
    this.page.setDefaultTimeout(PATIENCE_MS);
    this.page.on('dialog', (dialog) => dialog.accept().catch(() => undefined)); // leaves what is not saved
    await this.openFolder(this.folder);
  }

  async openFolder(folder) {
    this.folder = folder;
    await this.page.goto(`${this.origin}?folder=${encodeURIComponent(folder)}`);
    await this.page.waitForSelector('.monaco-workbench .statusbar');
  }

  async stop() {
    await this.browser?.close();
    if (this.server?.exitCode === null) {
      this.server.kill();
      await once(this.server, 'exit');
    }
  }

  screenshot(path) {
    return this.page.screenshot({ path });
  }

  // ---- what a person does

  /** The box that a key opens to type into. */
  async openBox(key) {
    const box = this.page.locator('.quick-input-widget input').first();
    await pressUntil(`box to type into after ${key}`, () => box.isVisible(), () => this.page.keyboard.press(key));
    return box;
  }

  async command(title) {
    const row = this.page.locator('.quick-input-widget .monaco-list-row', { hasText: title }).first();
    // What a window offers while it is still being loaded does not grow in the open box.
    await until(`the command ${title}`, async () => {
      await this.openBox('F1');
      await this.page.keyboard.insertText(title);
      if (await row.waitFor({ timeout: 5000 }).then(() => true, () => false)) return true;
      await this.page.keyboard.press('Escape');
      return false;
    });
    await row.click();
  }

  async open(file) {
    const box = await this.openBox('Control+P');
    await this.page.keyboard.insertText(file);
    // An exact path comes first; until the file index is there, nothing does.
    await this.page.locator('.quick-input-widget .monaco-list-row .label-name', { hasText: file.split('/').at(-1) }).first().waitFor();
    await this.page.waitForTimeout(300);
    await pressUntil(`editor of ${file}`, () => this.editorOf(file).isVisible(), async () => {
      if (await box.isVisible()) await this.page.keyboard.press('Enter'); // else it would go into a file
    });
  }

  /** The open editor of a file. */
  editorOf(file) {
    return this.page.locator(`.editor-instance .monaco-editor[data-uri$="${file}"]`);
  }

  /** Puts the cursor on the first place where the open file says `text`. */
  async goTo(file, text) {
    const { x, y, width, height } = await this.whereIs(file, text);
    await this.page.mouse.click(x + width / 2, y + height / 2);
  }

  /** Opens the list of quick fixes at a place: anew until it has that fix, since it shows what was known when it opened. */
  async openQuickFixes(file, at, title) {
    const { page } = this;
    const fix = page.locator('.action-widget .monaco-list-row', { hasText: title }).first();
    await pressUntil(`quick fix "${title}"`, () => fix.isVisible(), async () => {
      if (await page.locator('.action-widget').isVisible()) await page.keyboard.press('Escape');
      await this.goTo(file, at);
      await page.mouse.move(5, 5); // no hover may open that takes the key
      await page.keyboard.press('Control+.');
    });
  }

  async applyQuickFix(file, at, title) {
    const { page } = this;
    await this.openQuickFixes(file, at, title);
    const list = page.locator('.action-widget');
    const focused = list.locator('.monaco-list-row.focused', { hasText: title }).first();
    await until(`focus on "${title}"`, async () => {
      if (await focused.isVisible()) return true;
      if (await list.isVisible()) await page.keyboard.press('ArrowDown');
      else await this.openQuickFixes(file, at, title); // it closes when something else takes the focus
      return false;
    });
    await page.keyboard.press('Enter');
  }

  /** The hover at a text, which says this. */
  async hover(file, at, says) {
    const { x, y, width, height } = await this.whereIs(file, at);
    const hover = this.page.locator('.monaco-hover:not(.hidden)', { hasText: says });
    await pressUntil(`hover with ${says}`, () => hover.isVisible(), async () => {
      await this.page.mouse.move(5, 5);
      await this.page.mouse.move(x + width / 2, y + height / 2);
    });
    return hover;
  }

  // ---- what a person sees

  /** Waits until the file has a squiggle of this severity under exactly `text`, in a line that says `line`. */
  async squiggleUnder(file, text, severity, line = '') {
    let seen;
    await until(`${severity} squiggle under "${text}" in ${file}`, async () => {
      const wanted = await this.whereIs(file, text, line);
      seen = await this.squiggles(file, severity);
      return seen.some(({ left, width, top }) =>
        Math.abs(left - wanted.x) < 1.5 && Math.abs(width - wanted.width) < 1.5 && Math.abs(top - wanted.y) < 12);
    }).catch((error) => { throw new Error(`${error.message}; squiggles are at ${JSON.stringify(seen)}`); });
  }

  async problemsWith(text) {
    return (await this.problems()).filter((row) => row.includes(text));
  }

  /** The frame in which the extension's page runs: VS Code puts it two frames deep. */
  async webview(selector) {
    return until(`web view with ${selector}`, async () => {
      for (const frame of this.page.frames()) {
        if (await frame.locator(selector).count().catch(() => 0)) return frame;
      }
      return undefined;
    });
  }

  /** The rectangle of a text on the screen, in a line that also says `line`. */
  whereIs(file, text, line = '') {
    return until(`"${text}" in the editor of ${file}`, () => this.editorOf(file).evaluate(rectangleOf, { text, line }));
  }

  /** The rectangles of squiggles: `error`, `warning` or `info`. */
  squiggles(file, severity) {
    return this.editorOf(file).locator(`.squiggly-${severity}`).evaluateAll((all) =>
      all.map((one) => one.getBoundingClientRect()).filter(({ width }) => width > 0)
        .map(({ left, top, width, height }) => ({ left, top, width, height })));
  }

  /** The rows of the Problems panel as text. */
  async problems() {
    const rows = this.page.locator('.markers-panel .monaco-list-row');
    if ((await this.page.locator('.markers-panel').count()) === 0) await this.page.keyboard.press('Control+Shift+M');
    return (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, ' ').trim());
  }

  statusItem() {
    return this.page.locator('#istio-mtls-ls\\.istio-mtls\\.istioMtls\\.status');
  }

  async text(file) {
    return readFile(join(this.folder, file), 'utf8');
  }

  /** The process of the language server that the extension started. */
  async serverProcess() {
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
      const path = await readlink(`/proc/${pid}/exe`).catch(() => '');
      // As WebAssembly it is a script of Node's.
      const script = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')[1] ?? '';
      if (path.startsWith(this.extensions) || (script.startsWith(this.extensions) && script.endsWith('istio-mtls-ls.mjs'))) return Number(pid);
    }
    return undefined;
  }
}

// Runs in the page.
function rectangleOf(editor, { text, line }) {
  for (const view of editor.querySelectorAll('.view-line')) {
    const whole = view.textContent.replaceAll('\u00a0', ' ');
    const start = whole.indexOf(text);
    if (start < 0 || !whole.includes(line)) continue;
    const range = document.createRange();
    let seen = 0;
    const walker = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const end = seen + node.length;
      if (start >= seen && start < end) range.setStart(node, start - seen);
      if (start + text.length > seen && start + text.length <= end) range.setEnd(node, start + text.length - seen);
      seen = end;
    }
    const { x, y, width, height } = range.getBoundingClientRect();
    return { x, y, width, height };
  }
  return null;
}
