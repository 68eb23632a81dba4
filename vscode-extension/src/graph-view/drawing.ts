// Draws a scene on a canvas. Cytoscape paints, pans, zooms and finds what is under the pointer; where things stand is ours
// (layout.ts), so an edit leaves everything where it was.
import cytoscape, { type Core, type ElementDefinition, type EventObject } from 'cytoscape';

import type { Edge } from './graph';
import type { SavedState } from './host';
import type { Layout, Rect } from './layout';
import type { Thing } from './model';
import { boxId, type Box, type Line, type Scene } from './scene';
import { stylesheet } from './stylesheet';
import type { Theme } from './theme';
import { counted, namespaceText } from './words';

export interface DrawingEvents {
  readonly thing: (id: string) => void;
  readonly line: (edges: readonly Edge[]) => void;
  readonly toggle: (namespace: string) => void;
  readonly nothing: () => void;
  readonly moved: () => void;
}

type Viewport = NonNullable<SavedState['viewport']>;

const FIT_PADDING = 24;
const CLOSEST_FIT = 1.15;
const MANY = 400; // elements; beyond it, panning moves a picture instead of drawing anew

export class Drawing {
  private readonly cy: Core;
  private readonly shown = new Map<string, string>(); // id -> its definition as text
  private theme: Theme;
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
    this.listen(events);
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
    }
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
}

function elementsOf(scene: Scene, layout: Layout, theme: Theme): ElementDefinition[] {
  const place = (id: string): Rect => layout.get(id) ?? { x: 0, y: 0, width: 0, height: 0 };
  return [
    ...scene.boxes.map((box) => boxElement(box, place(boxId(box.namespace)), theme)),
    ...scene.boxes.filter(({ open }) => open).flatMap(({ things }) => things.map((thing) => thingElement(thing, place(thing.id), theme))),
    ...scene.lines.map((line) => lineElement(line, place(line.source), place(line.target), theme)),
  ];
}

function boxElement(box: Box, rect: Rect, theme: Theme): ElementDefinition {
  const services = box.things.filter(({ kind }) => kind === 'service');
  const broken = services.filter(({ failing }) => failing).length;
  const sums = `${counted(services.length, 'service')}${broken > 0 ? ` · ✗ ${broken}` : ''}`;
  const modes = [...new Set(services.flatMap((service) => service.modes))].sort();
  return {
    data: {
      id: boxId(box.namespace), namespace: box.namespace, width: rect.width, height: rect.height,
      label: box.open ? namespaceText(box.namespace) : `${namespaceText(box.namespace)}\n${sums}`, badges: modes.map(theme.badge),
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
      id: thing.id, namespace: thing.namespace, label: thing.label, width: rect.width, height: rect.height, color,
      tint: theme.tint(color), badges: thing.modes.map(theme.badge), indent: thing.modes.length * 11,
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
      label: line.failing ? '✗' : '', ...curve(from, to),
    },
    classes: `${line.kind}${line.failing ? ' failing' : ''}`,
  };
}

// A line leaves and arrives at a right angle: an S with its two control points half-way. It runs from side to side, or, where one end
// stands above the other, from bottom to top.
function curve(from: Rect, to: Rect): Record<string, string> {
  const apart = Math.abs(to.x - from.x) > (to.width + from.width) / 2;
  const towards = apart ? Math.sign(to.x - from.x) : Math.sign(to.y - from.y);
  const angles = apart ? ['90deg', '270deg'] : ['180deg', '0deg'];
  const [starts = '', ends = ''] = towards > 0 ? angles : angles.toReversed();
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
