// The table's page: a head that sorts, and as many rows as are in sight. Follows the WAI-ARIA pattern of a grid by rows: one row can be
// tabbed to, arrow keys move, right and left go through its links, Enter goes to what decides.
import { element } from '../graph-view/dom';
import { modeBadge } from '../graph-view/tree';
import type { Decider } from './effective';
import { COLUMNS, spoken, windowOf, type Column, type Order, type Row } from './rows';

const ROW_HEIGHT = 26; // as in style.css
const SPARE_ROWS = 12;
const SIGNS: Readonly<Record<Row['outcome'], string>> = { fails: '✗', works: '✓', 'no call': '–' };

export interface TableEvents {
  readonly open: (decider: Decider) => void;
  readonly sort: (column: Column) => void;
  readonly scrolled: () => void;
}

export class Table {
  readonly root = element('div', { role: 'grid', 'aria-label': 'Effective modes', 'aria-readonly': 'true', 'aria-colcount': String(COLUMNS.length) });
  private readonly head = element('div', { role: 'row', class: 'head', 'aria-rowindex': '1' });
  private readonly body = element('div', { role: 'rowgroup', class: 'body' });
  private rows: readonly Row[] = [];
  private current = 0;
  private made = new Map<number, HTMLElement>();

  constructor(private readonly events: TableEvents) {
    this.root.append(element('div', { role: 'rowgroup', class: 'heads' }, this.head), this.body);
    this.root.addEventListener('scroll', () => {
      this.render();
      events.scrolled();
    });
    this.body.addEventListener('keydown', (event) => { this.pressed(event); });
    this.body.addEventListener('focusin', (event) => { this.focused(event.target as HTMLElement); });
    this.body.addEventListener('dblclick', (event) => { this.activate(this.indexOf(event.target as HTMLElement)); });
    new ResizeObserver(() => { this.render(); }).observe(this.root);
  }

  show(rows: readonly Row[], order: Order): void {
    const focused = this.body.contains(document.activeElement);
    this.rows = rows;
    this.current = Math.max(0, Math.min(this.current, rows.length - 1));
    this.root.setAttribute('aria-rowcount', String(rows.length + 1));
    this.head.replaceChildren(...COLUMNS.map(([column, title], index) => this.headCell(column, title, index, order)));
    this.made = new Map();
    this.body.replaceChildren();
    this.body.style.height = `${rows.length * ROW_HEIGHT}px`;
    this.render();
    if (focused) this.focusCurrent();
  }

  get top(): number {
    return this.root.scrollTop;
  }

  set top(top: number) {
    this.root.scrollTop = top;
  }

  private headCell(column: Column, title: string, index: number, order: Order): HTMLElement {
    const sortedBy = order.column === column ? (order.down ? 'descending' : 'ascending') : 'none';
    const press = element('button', { type: 'button', title: `Sort by ${title.toLowerCase()}` }, title, sortedBy === 'none' ? '' : order.down ? ' ▾' : ' ▴');
    press.addEventListener('click', () => {
      this.events.sort(column);
      (this.head.children[index]?.firstElementChild as HTMLElement | null)?.focus(); // a press makes the head anew
    });
    return element('div', { role: 'columnheader', class: column, 'aria-sort': sortedBy, 'aria-colindex': String(index + 1) }, press);
  }

  // Rows that come into sight are made, those that leave it go; the one with the focus stays.
  private render(): void {
    const { first, end } = windowOf(this.rows.length, this.root.scrollTop, this.root.clientHeight, ROW_HEIGHT, SPARE_ROWS);
    for (const [index, row] of this.made) {
      if ((index >= first && index < end) || index === this.current) continue;
      row.remove();
      this.made.delete(index);
    }
    for (let index = first; index < end; index += 1) this.rowElement(index);
    this.rowElement(this.current);
  }

  private rowElement(index: number): HTMLElement | undefined {
    const row = this.rows[index];
    if (!row) return undefined;
    const before = this.made.get(index);
    if (before) return before;
    const attributes = {
      role: 'row', class: row.outcome === 'fails' ? 'row failing' : 'row', 'aria-rowindex': String(index + 2), 'aria-label': spoken(row),
      tabindex: index === this.current ? '0' : '-1', 'data-index': String(index),
    };
    const made = element('div', attributes, ...COLUMNS.map(([column], at) => this.cell(row, column, at)));
    made.style.top = `${index * ROW_HEIGHT}px`;
    this.made.set(index, made);
    // In the order of the rows, for a screen reader that walks through them.
    const after = [...this.made.keys()].filter((other) => other > index).sort((a, b) => a - b)[0];
    this.body.insertBefore(made, (after === undefined ? undefined : this.made.get(after)) ?? null);
    return made;
  }

  private cell(row: Row, column: Column, index: number): HTMLElement {
    const text = row[column];
    const title = column === 'service' && row.host !== '' ? row.host : column === 'meets' ? `${text}\n${row.detail}` : text;
    const cell = element('div', { role: 'gridcell', class: column, title, 'aria-colindex': String(index + 1) });
    const decider = column === 'rule' ? row.ruleAt : column === 'policy' ? row.policyAt : undefined;
    if (decider) cell.append(this.link(text, decider));
    else if (column === 'outcome') cell.append(element('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[row.outcome]), ` ${text}`);
    else if ((column === 'sends' || column === 'meets') && /^[A-Z_]+$/.test(text)) cell.append(modeBadge(text), ` ${text}`);
    else cell.append(text);
    return cell;
  }

  private link(text: string, decider: Decider): HTMLElement {
    const where = decider.file === undefined ? decider.path : `${decider.file}:${decider.line ?? 1}`;
    const link = element('button', { type: 'button', class: 'place', tabindex: '-1', title: `${decider.kind} ${decider.namespace}/${decider.name}\n${where}` }, text);
    link.addEventListener('click', () => { this.events.open(decider); });
    return link;
  }

  // ---- the keyboard

  private indexOf(target: HTMLElement): number {
    return Number(target.closest<HTMLElement>('.row')?.dataset.index ?? this.current);
  }

  private focused(target: HTMLElement): void {
    const index = this.indexOf(target);
    if (index === this.current) return;
    this.made.get(this.current)?.setAttribute('tabindex', '-1');
    this.current = index;
    this.made.get(index)?.setAttribute('tabindex', '0');
  }

  private focusCurrent(): void {
    const row = this.rowElement(this.current);
    if (!row) return;
    for (const [index, other] of this.made) other.tabIndex = index === this.current ? 0 : -1;
    row.focus({ preventScroll: true });
    const top = this.current * ROW_HEIGHT;
    const room = this.root.clientHeight - this.head.offsetHeight;
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + ROW_HEIGHT > this.root.scrollTop + room) this.root.scrollTop = top + ROW_HEIGHT - room;
  }

  private moveTo(index: number): void {
    this.current = Math.max(0, Math.min(index, this.rows.length - 1));
    this.focusCurrent();
  }

  private activate(index: number): void {
    const row = this.rows[index];
    const decider = row?.ruleAt ?? row?.policyAt;
    if (decider) this.events.open(decider);
  }

  private pressed(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const page = Math.max(1, Math.floor(this.root.clientHeight / ROW_HEIGHT) - 2);
    const onLink = (event.target as HTMLElement).matches('button');
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => { this.moveTo(this.current + 1); },
      ArrowUp: () => { this.moveTo(this.current - 1); },
      PageDown: () => { this.moveTo(this.current + page); },
      PageUp: () => { this.moveTo(this.current - page); },
      Home: () => { this.moveTo(0); },
      End: () => { this.moveTo(this.rows.length - 1); },
      ArrowRight: () => { this.toLink(1); },
      ArrowLeft: () => { this.toLink(-1); },
      ...(onLink ? {} : { Enter: () => { this.activate(this.current); } }),
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  private toLink(step: 1 | -1): void {
    const row = this.made.get(this.current);
    if (!row) return;
    const stops = [row, ...row.querySelectorAll<HTMLElement>('button')];
    const next = stops[stops.indexOf(document.activeElement as HTMLElement) + step];
    next?.focus({ preventScroll: true });
  }
}
