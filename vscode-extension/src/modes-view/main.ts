// The table of effective modes. Builds its page in <div id="modes-view"> and shows what the extension sends.
import './style.css';

import { element, offer, select, toggle } from '../graph-view/dom';
import { counted } from '../graph-view/words';
import { EFFECTIVE_VERSION, type Decider, type Effective } from './effective';
import { FAILING_FIRST, filtered, rowsOf, sorted, type Column, type Order, type Row } from './rows';
import { Table } from './table';

interface Saved {
  readonly mesh: string;
  readonly text: string;
  readonly onlyFailing: boolean;
  readonly order: Order;
  readonly top: number;
}

type ToView = { readonly type: 'data'; readonly data: Effective } | { readonly type: 'problem'; readonly message: string } | { readonly type: 'focus' };

declare function acquireVsCodeApi(): {
  postMessage(message: { readonly type: 'ready' } | { readonly type: 'open'; readonly place: Decider }): void;
  getState(): Saved | undefined;
  setState(state: Saved): void;
};

const TYPING_MS = 120;
const SAVE_MS = 300;

class View {
  private readonly api = acquireVsCodeApi();
  private readonly saved = this.api.getState();
  private effective: Effective = { version: EFFECTIVE_VERSION, meshes: [] };
  private rows: Row[] = [];
  private text = this.saved?.text ?? '';
  private onlyFailing = this.saved?.onlyFailing ?? false;
  private order = this.saved?.order ?? FAILING_FIRST;
  private isFirst = true;
  private typing = 0;
  private saving = 0;

  private readonly meshes = select('Mesh', () => { this.readRows(); });
  private readonly search = element('input', { type: 'search', placeholder: 'Filter by text', 'aria-label': 'Filter by text', value: this.text });
  private readonly failing = toggle('✗ Only failing', 'Show only calls that fail', (pressed) => {
    this.onlyFailing = pressed;
    this.show();
  });
  private readonly summary = element('span', { class: 'summary', role: 'status' });
  private readonly message = element('div', { class: 'message', role: 'alert' }, 'Waiting for the server …');
  private readonly table = new Table({
    open: (place) => { this.api.postMessage({ type: 'open', place }); },
    sort: (column) => { this.sortBy(column); },
    scrolled: () => { this.saveSoon(); },
  });

  constructor() {
    this.meshes.hidden = true;
    this.failing.setAttribute('aria-pressed', String(this.onlyFailing));
    this.search.addEventListener('input', () => {
      window.clearTimeout(this.typing);
      this.typing = window.setTimeout(() => {
        this.text = this.search.value.trim();
        this.show();
      }, TYPING_MS);
    });
    document.getElementById('modes-view')?.append(
      element('header', { role: 'toolbar', 'aria-label': 'Effective modes' }, this.meshes, this.search, this.failing, this.summary),
      element('main', {}, this.table.root, this.message),
    );
    window.addEventListener('message', ({ data }: MessageEvent<ToView>) => {
      if (data.type === 'data') this.receive(data.data);
      else if (data.type === 'problem') this.tell(data.message);
    });
    this.api.postMessage({ type: 'ready' });
  }

  private receive(effective: Effective): void {
    if (effective.version !== EFFECTIVE_VERSION) {
      this.tell(`The server speaks version ${effective.version} of this table and this view ${EFFECTIVE_VERSION}: update the older of both.`);
      return;
    }
    this.effective = effective;
    const names = effective.meshes.map(({ name }) => name);
    offer(this.meshes, names.map((name) => [name, `mesh ${name}`]));
    if (this.isFirst && this.saved && names.includes(this.saved.mesh)) this.meshes.value = this.saved.mesh;
    this.meshes.hidden = names.length < 2;
    this.readRows();
    if (this.isFirst && this.saved) this.table.top = this.saved.top;
    this.isFirst = false;
  }

  private readRows(): void {
    this.rows = rowsOf(this.effective, this.meshes.value);
    this.show();
  }

  private sortBy(column: Column): void {
    this.order = { column, down: this.order.column === column && !this.order.down };
    this.show();
  }

  private show(): void {
    const shown = sorted(filtered(this.rows, this.text, this.onlyFailing), this.order);
    this.table.show(shown, this.order);
    const failing = shown.filter(({ outcome }) => outcome === 'fails').length;
    const all = shown.length === this.rows.length ? counted(shown.length, 'row') : `${shown.length} of ${counted(this.rows.length, 'row')}`;
    this.summary.textContent = failing > 0 ? `${all}, ✗ ${failing} fail` : `${all}, none fails`;
    this.summary.classList.toggle('bad', failing > 0);
    if (this.rows.length === 0) this.tell('There is no Istio policy and no service here yet.');
    else if (shown.length === 0) this.tell(this.onlyFailing && this.text === '' ? 'No call fails.' : 'Nothing here matches the filter.');
    else this.message.hidden = true;
    this.saveSoon();
  }

  private tell(message: string): void {
    this.message.textContent = message;
    this.message.hidden = false;
  }

  private saveSoon(): void {
    window.clearTimeout(this.saving);
    this.saving = window.setTimeout(() => {
      const { text, onlyFailing, order } = this;
      this.api.setState({ mesh: this.meshes.value, text, onlyFailing, order, top: this.table.top });
    }, SAVE_MS);
  }
}

new View();
