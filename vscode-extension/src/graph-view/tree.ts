// The graph as a tree of text: everything the drawing shows, for the keyboard and for screen readers. Follows the WAI-ARIA
// pattern: one item can be tabbed to, arrow keys move, right and left open and close.
import { element } from './dom';
import { counted, kindText, letterOf, namespaceInFull, namespaceText, spoken } from './words';
import type { Thing } from './model';
import { boxId, type Box, type Scene } from './scene';

export interface TreeEvents {
  readonly choose: (id: string) => void; // focus came here
  readonly activate: (id: string) => void; // Enter, Space or a click
  readonly toggle: (namespace: string, open: boolean) => void;
}

interface Row {
  readonly id: string;
  readonly box: Box;
  readonly thing: Thing | undefined; // none: the namespace itself
}

const KIND_SIGNS = { policy: '⬡', rule: '▷', service: '▢' } as const;

export class Tree {
  readonly root = element('div', { role: 'tree', 'aria-label': 'Policy graph as a list' });
  private rows: Row[] = [];
  private current = '';
  private items = new Map<string, { readonly says: string; readonly item: HTMLElement }>(); // by id, for the next time

  constructor(private readonly events: TreeEvents) {
    this.root.addEventListener('keydown', (event) => { this.pressed(event); });
    this.root.addEventListener('focusin', (event) => { this.focused(event.target as HTMLElement); });
    this.root.addEventListener('click', (event) => { this.clicked(event); });
  }

  show(scene: Scene, selected: string | undefined): void {
    const focused = this.root.contains(document.activeElement);
    this.rows = scene.boxes.flatMap((box) => [
      { id: boxId(box.namespace), box, thing: undefined },
      ...(box.open ? box.things.map((thing) => ({ id: thing.id, box, thing })) : []),
    ]);
    // While somebody is in the list, the list leads.
    if (selected !== undefined && !focused) this.current = selected;
    if (!this.rows.some(({ id }) => id === this.current)) this.current = this.rows[0]?.id ?? '';
    this.place(this.rows.map((row) => this.item(row, selected)));
    if (focused && document.activeElement !== this.currentItem()) this.focusCurrent();
  }

  reveal(): void {
    this.currentItem()?.scrollIntoView({ block: 'nearest' });
  }

  // Thousands of items take long to build and to lay out; those that say what they said before stay.
  private place(items: readonly HTMLElement[]): void {
    const shown = new Set(this.rows.map(({ id }) => id));
    this.items = new Map([...this.items].filter(([id]) => shown.has(id)));
    const { children } = this.root;
    if (children.length !== items.length || items.some((item, index) => item !== children[index])) this.root.replaceChildren(...items);
  }

  private item(row: Row, selected: string | undefined): HTMLElement {
    const says = JSON.stringify(row.thing ?? [row.box.open, row.box.failing, row.box.things.filter(({ kind }) => kind === 'service').length]);
    const before = this.items.get(row.id);
    const item = before?.says === says ? before.item : row.thing ? thingItem(row.thing) : boxItem(row.box);
    this.items.set(row.id, { says, item });
    item.dataset.id = row.id;
    item.setAttribute('aria-selected', String(row.id === selected));
    item.tabIndex = row.id === this.current ? 0 : -1;
    return item;
  }

  private currentItem(): HTMLElement | undefined {
    return this.root.children[this.rows.findIndex(({ id }) => id === this.current)] as HTMLElement | undefined;
  }

  private focusCurrent(): void {
    const item = this.currentItem();
    item?.focus({ preventScroll: true });
    item?.scrollIntoView({ block: 'nearest' });
  }

  private moveTo(index: number): void {
    const row = this.rows[Math.max(0, Math.min(index, this.rows.length - 1))];
    if (!row) return;
    this.current = row.id;
    this.events.choose(row.id);
    this.focusCurrent();
  }

  private focused(item: HTMLElement): void {
    this.current = item.dataset.id ?? this.current;
    for (const other of this.root.querySelectorAll<HTMLElement>('[tabindex="0"]')) other.tabIndex = -1;
    item.tabIndex = 0;
  }

  private clicked(event: MouseEvent): void {
    const id = (event.target as HTMLElement).closest<HTMLElement>('[role=treeitem]')?.dataset.id;
    const row = this.rows.find((one) => one.id === id);
    if (!row) return;
    this.current = row.id;
    this.activate(row);
    this.focusCurrent();
  }

  private activate(row: Row): void {
    if (row.thing) this.events.activate(row.id);
    else this.events.toggle(row.box.namespace, !row.box.open);
  }

  private pressed(event: KeyboardEvent): void {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const index = this.rows.findIndex(({ id }) => id === this.current);
    const row = this.rows[index];
    if (!row) return;
    const keys: Readonly<Record<string, () => void>> = {
      ArrowDown: () => { this.moveTo(index + 1); },
      ArrowUp: () => { this.moveTo(index - 1); },
      Home: () => { this.moveTo(0); },
      End: () => { this.moveTo(this.rows.length - 1); },
      ArrowRight: () => {
        if (row.box.open) this.moveTo(row.thing ? index : index + 1);
        else this.events.toggle(row.box.namespace, true);
      },
      ArrowLeft: () => {
        if (row.thing) this.moveTo(this.rows.findIndex(({ id }) => id === boxId(row.box.namespace)));
        else if (row.box.open) this.events.toggle(row.box.namespace, false);
      },
      Enter: () => { this.activate(row); },
      ' ': () => { this.activate(row); },
    };
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

export function modeBadge(mode: string): HTMLElement {
  return element('span', { class: 'mode', 'data-mode': mode, title: mode, 'aria-hidden': 'true' }, element('span', {}, letterOf(mode)));
}

function thingItem(thing: Thing): HTMLElement {
  return element(
    'div',
    { role: 'treeitem', 'aria-level': '2', 'aria-label': spoken(thing), title: thing.host || spoken(thing) },
    element('span', { class: 'kind', 'aria-hidden': 'true' }, KIND_SIGNS[thing.kind]),
    ...thing.modes.map(modeBadge),
    element('span', { class: 'name' }, thing.label),
    ...(thing.failing ? [element('span', { class: 'broken', 'aria-hidden': 'true' }, '✗')] : []),
    element('span', { class: 'meta' }, thing.codes.length > 0 ? thing.codes.join(' ') : kindText(thing)),
  );
}

function boxItem(box: Box): HTMLElement {
  const services = counted(box.things.filter(({ kind }) => kind === 'service').length, 'service');
  const label = `${namespaceInFull(box.namespace)}, ${services}${box.failing ? ', broken' : ''}`;
  return element(
    'div',
    { role: 'treeitem', 'aria-level': '1', 'aria-expanded': String(box.open), 'aria-label': label },
    element('span', { class: 'twisty', 'aria-hidden': 'true' }, box.open ? '▾' : '▸'),
    element('span', { class: 'name' }, namespaceText(box.namespace)),
    ...(box.failing ? [element('span', { class: 'broken', 'aria-hidden': 'true' }, '✗')] : []),
    element('span', { class: 'meta' }, services),
  );
}
