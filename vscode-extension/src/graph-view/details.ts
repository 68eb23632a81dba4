// What the chosen thing, namespace or line is, and where each part of it is written.
import { element } from './dom';
import type { Edge, Place } from './graph';
import { modeBadge } from './tree';
import type { Model, Thing } from './model';
import { edgeText, fullName, kindText, placeText } from './words';

const MOST_EDGES = 60;

export class Details {
  readonly root = element('section', { class: 'details', 'aria-label': 'Details', 'aria-live': 'polite' });

  constructor(private readonly open: ((place: Place) => void) | undefined) {}

  clear(): void {
    this.root.replaceChildren();
  }

  showThing(thing: Thing, model: Model): void {
    const title = element('h2', {}, `${fullName(thing)} `, ...thing.modes.map(modeBadge));
    const about = [kindText(thing), thing.host, ...thing.modes, ...thing.outside, ...thing.codes].filter(Boolean).join(' · ');
    this.root.replaceChildren(title, element('p', {}, about), ...this.place(thing.at), this.edges(model.edges(thing.id), model));
  }

  showEdges(edges: readonly Edge[], model: Model): void {
    this.root.replaceChildren(element('h2', {}, 'Connection'), this.edges(edges, model));
  }

  private edges(edges: readonly Edge[], model: Model): HTMLElement {
    const sorted = [...edges].sort((a, b) => Number(b.failing ?? false) - Number(a.failing ?? false));
    const items = sorted.slice(0, MOST_EDGES).map((edge) =>
      element('li', { class: edge.failing ? 'failing' : undefined }, edge.failing ? '✗ ' : '', `${edgeText(edge, model)} `, ...this.place(edge.at)),
    );
    const more = sorted.length - items.length;
    return element('ul', {}, ...items, ...(more > 0 ? [element('li', {}, `and ${more} more`)] : []));
  }

  private place(place: Place | null | undefined): HTMLElement[] {
    if (!place) return [];
    const text = placeText(place);
    const { open } = this;
    if (!open) return [element('code', {}, text)];
    const short = text.split('/').slice(-2).join('/');
    const link = element('button', { type: 'button', class: 'place', title: text }, short);
    link.addEventListener('click', () => { open(place); });
    return [link];
  }
}
