// Draws a scene on a canvas. Cytoscape paints, pans, zooms and finds what is under the pointer; where things stand is ours
// (layout.ts), so an edit leaves everything where it was.
import cytoscape, { type Core, type ElementDefinition, type EventObject } from 'cytoscape';

import type { Edge } from './graph';
import { Labels, type Label } from './labels';
import type { SavedState } from './host';
import { FIT_PADDING, READABLE, type Layout, type Rect } from './layout';
import type { Thing } from './model';
import { boxId, type Box, type Line, type Scene } from './scene';
import { badgesWidth, stylesheet } from './stylesheet';
import type { Theme } from './theme';
import { Tip } from './tip';
import { counted, namespaceText } from './words';

export interface DrawingEvents {
  readonly thing: (id: string) => void;
  readonly line: (edges: readonly Edge[]) => void;
  readonly toggle: (namespace: string) => void;
  readonly nothing: () => void;
  readonly moved: () => void;
  /** What is told of a thing (its id), a namespace or a line under the pointer. */
  readonly tell: (what: { readonly thing?: string; readonly namespace?: string; readonly edges?: readonly Edge[] }) => string;
}

type Viewport = NonNullable<SavedState['viewport']>;

const CLOSEST_FIT = 1.15;
const BESIDE = 6; // how far from the middle each of two lines is
const MANY = 400; // elements; beyond it, panning moves a picture instead of drawing anew

export class Drawing {
  private readonly cy: Core;
  private readonly shown = new Map<string, string>(); // id -> its definition as text
  private readonly labels: Labels;
  private readonly tip: Tip;
  private theme: Theme;
  private isClosed = false; // all namespaces are
  private fits = false; // nobody has zoomed or panned since everything was shown

  constructor(container: HTMLElement, theme: Theme, events: DrawingEvents) {
    this.theme = theme;
    this.cy = cytoscape({
      container,
      style: stylesheet(theme),
      minZoom: 0.03,
      maxZoom: 3,
      boxSelectionEnabled: false,
      autoungrabify: true,
      autounselectify: true,
      hideEdgesOnViewport: false,
      textureOnViewport: false,
    });
    this.labels = new Labels(container, this.cy, theme);
    this.tip = new Tip(container);
    this.listen(events);
    this.tellUnderPointer(events);
  }

  show(scene: Scene, layout: Layout): void {
    const wanted = new Map(elementsOf(scene, layout, this.theme).map((one) => [one.data.id ?? '', one]));
    this.cy.batch(() => {
      for (const id of [...this.shown.keys()].filter((one) => !wanted.has(one))) {
        this.cy.getElementById(id).remove();
        this.shown.delete(id);
      }
      for (const [id, definition] of wanted) this.put(id, definition);
    });
    this.drawFast(wanted.size > MANY);
    this.isClosed = scene.boxes.every(({ open }) => !open);
    this.labels.show(labelsOf(scene, layout));
    this.tip.hide();
  }

  /** Marks one thing and what it touches; everything else steps back, unless there is too much of it to restyle at every key. */
  select(id: string | undefined): void {
    this.cy.batch(() => {
      this.cy.elements('.chosen, .near, .far').removeClass('chosen near far');
      const chosen = id === undefined ? this.cy.collection() : this.cy.getElementById(id);
      if (chosen.empty()) return;
      const near = chosen.closedNeighborhood();
      if (this.shown.size <= MANY) this.cy.elements().not(near).filter('.thing, edge').addClass('far');
      near.addClass('near');
      chosen.addClass('chosen');
    });
    this.labels.fade(new Set(this.cy.nodes('.far').map((node) => node.id())));
  }

  /** Brings a thing into sight without changing the zoom, if it is not there already. */
  reveal(id: string): void {
    const node = this.cy.getElementById(id);
    if (node.empty() || !node.isNode()) return;
    const { x1, y1, x2, y2 } = this.cy.extent();
    const { x, y } = node.position();
    if (x >= x1 && x <= x2 && y >= y1 && y <= y2) return;
    this.fits = false;
    this.cy.center(node);
  }

  fit(): void {
    this.fits = true;
    this.cy.resize();
    this.cy.fit(undefined, FIT_PADDING);
    if (this.cy.zoom() > CLOSEST_FIT) {
      this.cy.zoom(CLOSEST_FIT);
      this.cy.center();
    } else if (this.cy.zoom() < READABLE && this.isClosed) { // the rest is below
      const { x1, y1 } = this.cy.elements().boundingBox();
      this.cy.viewport({ zoom: READABLE, pan: { x: FIT_PADDING - x1 * READABLE, y: FIT_PADDING - y1 * READABLE } });
    }
  }

  /** Is everything in sight, since nobody has moved it? */
  get isFitted(): boolean {
    return this.fits;
  }

  zoomBy(factor: number): void {
    this.fits = false;
    const middle = { x: this.cy.width() / 2, y: this.cy.height() / 2 };
    this.cy.zoom({ level: this.cy.zoom() * factor, renderedPosition: middle });
  }

  /** After its place on the page has changed: what was all in sight stays so. */
  resize(): void {
    if (this.fits) this.fit();
    else this.cy.resize();
  }

  retheme(theme: Theme, scene: Scene, layout: Layout): void {
    this.theme = theme;
    this.cy.style(stylesheet(theme));
    this.labels.retheme(theme);
    this.show(scene, layout);
  }

  get viewport(): Viewport {
    return { zoom: this.cy.zoom(), pan: { ...this.cy.pan() } };
  }

  set viewport({ zoom, pan }: Viewport) {
    this.cy.viewport({ zoom, pan: { ...pan } });
  }

  private put(id: string, definition: ElementDefinition): void {
    const text = JSON.stringify(definition);
    const before = this.shown.get(id);
    if (before === text) return;
    this.shown.set(id, text);
    if (before === undefined) {
      this.cy.add(definition);
      return;
    }
    const existing = this.cy.getElementById(id);
    existing.data(definition.data);
    existing.classes((definition.classes ?? '') as string);
    if (definition.position) existing.position(definition.position);
  }

  // Cytoscape reads these on every frame, but offers no setter.
  private drawFast(fast: boolean): void {
    const renderer = (this.cy as unknown as { renderer(): { textureOnViewport: boolean; hideEdgesOnViewport: boolean } }).renderer();
    renderer.textureOnViewport = fast;
    renderer.hideEdgesOnViewport = fast;
  }

  private listen(events: DrawingEvents): void {
    const namespace = (event: EventObject): string => String((event.target as cytoscape.NodeSingular).data('namespace'));
    this.cy.on('tap', 'node.thing', (event) => { events.thing((event.target as cytoscape.NodeSingular).id()); });
    this.cy.on('tap', 'node.closed', (event) => { events.toggle(namespace(event)); });
    this.cy.on('dbltap', 'node.open', (event) => { events.toggle(namespace(event)); });
    this.cy.on('tap', 'edge', (event) => { events.line((event.target as cytoscape.EdgeSingular).data('edges') as Edge[]); });
    this.cy.on('tap', (event) => { if (event.target === this.cy) events.nothing(); });
    this.cy.on('tap', 'node.open', () => { events.nothing(); });
    this.cy.on('viewport', () => { events.moved(); });
    this.cy.on('dragpan scrollzoom pinchzoom', () => { this.fits = false; });
    const container = this.cy.container();
    this.cy.on('mouseover', 'node.thing, node.closed, edge', () => { container?.style.setProperty('cursor', 'pointer'); });
    this.cy.on('mouseout', 'node.thing, node.closed, edge', () => { container?.style.removeProperty('cursor'); });
  }

  private tellUnderPointer(events: DrawingEvents): void {
    this.cy.on('mouseover', 'node, edge', (event) => {
      const target = event.target as cytoscape.NodeSingular | cytoscape.EdgeSingular;
      const edges = target.data('edges') as Edge[] | undefined;
      const namespace = String(target.data('namespace'));
      const told = edges ? { edges } : target.hasClass('box') ? { namespace } : { thing: target.id() };
      const { x, y } = event.renderedPosition;
      this.tip.show(events.tell(told), x, y);
    });
    this.cy.on('mouseout', 'node, edge', () => { this.tip.hide(); });
    this.cy.on('viewport', () => { this.tip.hide(); });
  }
}

function elementsOf(scene: Scene, layout: Layout, theme: Theme): ElementDefinition[] {
  const place = (id: string): Rect => layout.get(id) ?? { x: 0, y: 0, width: 0, height: 0 };
  return [
    ...scene.boxes.map((box) => boxElement(box, place(boxId(box.namespace)), theme)),
    ...scene.boxes.filter(({ open }) => open).flatMap(({ things }) => things.map((thing) => thingElement(thing, place(thing.id), theme))),
    ...scene.lines.map((line) => lineElement(line, place(line.source), place(line.target), theme)),
  ];
}

const servicesOf = (box: Box): Thing[] => box.things.filter(({ kind }) => kind === 'service');

const modesOf = (box: Box): string[] => [...new Set(servicesOf(box).flatMap((service) => service.modes))].sort();

export function sumsOf(box: Box): string {
  const broken = servicesOf(box).filter(({ failing }) => failing).length;
  return `${counted(servicesOf(box).length, 'service')}${broken > 0 ? ` · ✗ ${broken}` : ''}`;
}

function labelsOf(scene: Scene, layout: Layout): Label[] {
  return scene.boxes.flatMap((box): Label[] => {
    const rect = layout.get(boxId(box.namespace));
    if (!rect) return [];
    const text = namespaceText(box.namespace);
    const label: Label = {
      ...rect, id: boxId(box.namespace), kind: box.open ? 'open' : 'closed', text, sums: sumsOf(box), indent: badgesWidth(modesOf(box).length),
    };
    if (!box.open) return [label];
    const things = box.things.flatMap((thing): Label[] => {
      const at = layout.get(thing.id);
      return at ? [{ ...at, id: thing.id, kind: 'thing', text: thing.label, sums: '', indent: badgesWidth(thing.modes.length) }] : [];
    });
    return [...things, label]; // over what is in it
  });
}

function boxElement(box: Box, rect: Rect, theme: Theme): ElementDefinition {
  return {
    data: {
      id: boxId(box.namespace), namespace: box.namespace, width: rect.width, height: rect.height, badges: modesOf(box).map(theme.badge),
    },
    classes: `box ${box.open ? 'open' : 'closed'}${box.failing ? ' failing' : ''}`,
    position: { x: rect.x, y: rect.y },
    pannable: true,
  };
}

function thingElement(thing: Thing, rect: Rect, theme: Theme): ElementDefinition {
  const color = thing.modes[0] === undefined ? theme.muted : theme.mode(thing.modes[0]);
  return {
    data: {
      id: thing.id, namespace: thing.namespace, width: rect.width, height: rect.height, color, tint: theme.tint(color),
      badges: thing.modes.map(theme.badge),
    },
    classes: `thing ${thing.kind}${thing.documented ? '' : ' undocumented'}${thing.failing ? ' failing' : ''}`,
    position: { x: rect.x, y: rect.y },
    pannable: true,
  };
}

function lineElement(line: Line, from: Rect, to: Rect, theme: Theme): ElementDefinition {
  return {
    data: {
      id: line.id, source: line.source, target: line.target, edges: line.edges, color: theme.mode(line.mode),
      label: line.failing ? '✗' : '', ...curve(from, to, line.beside ? (line.failing ? BESIDE : -BESIDE) : 0),
    },
    classes: `${line.kind}${line.failing ? ' failing' : ''}`,
  };
}

// A line leaves and arrives at a right angle: an S with its two control points half-way. It runs from side to side, or, where one end
// stands above the other, from bottom to top.
// Beside another one it leaves at the same point and arrives a little to its side.
function curve(from: Rect, to: Rect, shift: number): Record<string, string> {
  const apart = Math.abs(to.x - from.x) > (to.width + from.width) / 2;
  const towards = apart ? Math.sign(to.x - from.x) : Math.sign(to.y - from.y);
  const angles = apart ? ['90deg', '270deg'] : ['180deg', '0deg'];
  const [starts = '', straight = ''] = towards > 0 ? angles : angles.toReversed();
  const beside = apart ? `${(-towards * to.width) / 2}px ${shift}px` : `${shift}px ${(-towards * to.height) / 2}px`;
  const ends = shift === 0 ? straight : beside;
  const dx = to.x - from.x - (apart ? (towards * (from.width + to.width)) / 2 : 0);
  const dy = to.y - from.y - (apart ? 0 : (towards * (from.height + to.height)) / 2);
  return { starts, ends, ...controlPoints(dx, dy, apart ? { x: dx / 2, y: 0 } : { x: 0, y: dy / 2 }) };
}

// Cytoscape wants control points as weights along the straight line between the ends, and as distances from it.
function controlPoints(dx: number, dy: number, point: { x: number; y: number }): { weights: string; distances: string } {
  const length = Math.hypot(dx, dy) || 1;
  const along = (point.x * dx + point.y * dy) / length ** 2;
  const away = (dx * point.y - dy * point.x) / length;
  return { weights: `${along} ${1 - along}`, distances: `${away} ${-away}` };
}
