// The names in the drawing, on a canvas over it: as large as can be read at every zoom, cut to what they stand in. Far away, where the
// things in a namespace are too small to be named, its own name stands across it.
import type { Core } from 'cytoscape';

import type { Theme } from './theme';

export interface Label {
  readonly id: string;
  readonly kind: 'thing' | 'open' | 'closed';
  readonly x: number; // the middle, as the drawing's
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly text: string;
  readonly sums: string; // a second line of a closed namespace
  readonly indent: number; // what signs take at the left
}

const SMALLEST = 11; // CSS pixels
const LARGEST = 17;
const THING_FONT = 13;
const BOX_FONT = 15;
const TITLE_Y = 24; // from the upper edge of an open box to the middle of its title
const THING_SEEN = 11; // a thing that is lower than this on the screen is not named
const MARGIN = 5;
const LINE = 1.2;
const MOST_LINES = 3;
const TALL = 3.2; // lines of a name; a lower box has it in its middle

/** As large as it is drawn, but not too small to read and not much larger than the rest of the page. */
export const fontSize = (base: number, zoom: number): number => Math.round(2 * Math.min(LARGEST, Math.max(SMALLEST, base * zoom))) / 2;

/** The text, or as much of its start as fits before an ellipsis; empty: not even one letter does. */
export function cut(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text;
  let [fits, tooLong] = [0, text.length];
  while (tooLong - fits > 1) {
    const middle = (fits + tooLong) >> 1;
    if (measure(`${text.slice(0, middle)}…`) <= width) fits = middle;
    else tooLong = middle;
  }
  return fits === 0 ? '' : `${text.slice(0, fits)}…`;
}

/** Lines of a name, broken behind its dashes and spaces; what does not fit is cut. */
export function wrap(text: string, width: number, most: number, measure: (text: string) => number): string[] {
  const lines: string[] = [];
  for (const part of text.split(/(?<=[- ])/)) {
    const last = lines.at(-1);
    if (last !== undefined && (measure(last + part) <= width || lines.length === most)) lines[lines.length - 1] = last + part;
    else lines.push(part);
  }
  return lines.map((line) => cut(line.trim(), width, measure)).filter(Boolean);
}

export class Labels {
  private readonly canvas = document.createElement('canvas');
  private readonly context = this.canvas.getContext('2d');
  private labels: readonly Label[] = [];
  private faded: ReadonlySet<string> = new Set();
  private readonly cuts = new Map<string, string[]>();

  constructor(private readonly container: HTMLElement, private readonly cy: Core, private theme: Theme) {
    this.canvas.className = 'labels';
    this.canvas.setAttribute('aria-hidden', 'true');
    container.append(this.canvas);
    cy.on('render', () => { this.draw(); });
  }

  show(labels: readonly Label[]): void {
    this.labels = labels;
    this.draw();
  }

  /** These step back. */
  fade(ids: ReadonlySet<string>): void {
    this.faded = ids;
    this.draw();
  }

  retheme(theme: Theme): void {
    this.theme = theme;
    this.cuts.clear(); // another font, perhaps
    this.draw();
  }

  private draw(): void {
    const { context, container } = this;
    if (!context) return;
    const [width, height, ratio] = [container.clientWidth, container.clientHeight, window.devicePixelRatio || 1];
    if (this.canvas.width !== Math.round(width * ratio) || this.canvas.height !== Math.round(height * ratio)) {
      this.canvas.width = Math.round(width * ratio);
      this.canvas.height = Math.round(height * ratio);
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    const zoom = this.cy.zoom();
    const { x: panX, y: panY } = this.cy.pan();
    for (const label of this.labels) {
      const at = { x: label.x * zoom + panX, y: label.y * zoom + panY, width: label.width * zoom, height: label.height * zoom };
      if (at.x + at.width / 2 < 0 || at.x - at.width / 2 > width || at.y + at.height / 2 < 0 || at.y - at.height / 2 > height) continue;
      this.one(context, label, at, zoom);
    }
    context.globalAlpha = 1;
  }

  private one(context: CanvasRenderingContext2D, label: Label, at: Spot, zoom: number): void {
    context.globalAlpha = this.faded.has(label.id) ? this.theme.faded : 1;
    if (label.kind === 'thing') this.thing(context, label, at, zoom);
    else if (label.kind === 'closed') this.closed(context, label, at, zoom);
    else this.open(context, label, at, zoom);
  }

  private thing(context: CanvasRenderingContext2D, { text, indent }: Label, at: Spot, zoom: number): void {
    if (at.height < THING_SEEN) return;
    const left = indent * zoom;
    this.text(context, [text], { ...at, x: at.x + left / 2, width: at.width - left - MARGIN * 2 * zoom }, fontSize(THING_FONT, zoom), '', this.theme.ink);
  }

  private closed(context: CanvasRenderingContext2D, { text, sums, indent }: Label, at: Spot, zoom: number): void {
    const size = fontSize(BOX_FONT, zoom);
    const left = indent * zoom;
    const spot = { ...at, x: at.x + left / 2, width: at.width - left - MARGIN * 2 };
    const most = Math.max(1, Math.floor(at.height / (size * LINE)));
    const weight = size > SMALLEST ? 'bold' : ''; // of small letters more fit
    const name = this.lines(context, text, spot.width, size, weight, Math.min(2, most));
    const second = most > name.length && this.lines(context, sums, spot.width, size, weight, 1)[0] === sums ? [sums] : [];
    this.text(context, [...name, ...second], spot, size, weight, this.theme.ink);
  }

  private open(context: CanvasRenderingContext2D, { text }: Label, at: Spot, zoom: number): void {
    const seen = 34 * zoom >= THING_SEEN; // a thing's height
    const size = fontSize(BOX_FONT, seen ? zoom : 1);
    if (seen) {
      this.text(context, [text], { ...at, y: at.y - at.height / 2 + TITLE_Y * zoom, width: at.width - MARGIN * 2 }, size, 'bold', this.theme.muted);
      return;
    }
    if (at.height > size * TALL) { // there is room over what is in it
      const across = fontSize(BOX_FONT, zoom);
      this.behind(context, this.lines(context, text, at.width - MARGIN, across, 'bold', 1), { ...at, y: at.y - at.height / 2 + across * 0.7 }, across);
      this.text(context, [text], { ...at, y: at.y - at.height / 2 + across * 0.7, width: at.width - MARGIN }, across, 'bold', this.theme.ink);
      return;
    }
    const smaller = Math.max(SMALLEST, Math.min(size, at.height / (LINE * 2)));
    const most = Math.max(1, Math.min(MOST_LINES, Math.floor(at.height / (smaller * LINE))));
    const lines = this.lines(context, text, at.width - MARGIN, smaller, 'bold', most);
    this.behind(context, lines, at, smaller);
    this.text(context, lines, { ...at, width: at.width }, smaller, 'bold', this.theme.ink);
  }

  // The name across a namespace stands before what is in it.
  private behind(context: CanvasRenderingContext2D, lines: readonly string[], at: Spot, size: number): void {
    const widest = Math.max(0, ...lines.map((line) => context.measureText(line).width));
    const alpha = context.globalAlpha;
    context.globalAlpha = alpha * 0.82;
    context.fillStyle = this.theme.paper;
    const [width, height] = [widest + 6, lines.length * size * LINE + 2];
    context.fillRect(at.x - width / 2, at.y - height / 2, width, height);
    context.globalAlpha = alpha;
  }

  private text(context: CanvasRenderingContext2D, lines: readonly string[], at: Spot, size: number, weight: string, ink: string): void {
    context.fillStyle = ink;
    for (const [index, line] of lines.entries()) {
      const [fitting] = this.lines(context, line, at.width, size, weight, 1);
      if (fitting === undefined) continue;
      context.font = this.font(size, weight);
      context.fillText(fitting, at.x, at.y + (index - (lines.length - 1) / 2) * size * LINE);
    }
  }

  private font(size: number, weight: string): string {
    return `${weight} ${size}px ${this.theme.font}`.trim();
  }

  // Measuring text is what costs here, and while somebody pans nothing changes.
  private lines(context: CanvasRenderingContext2D, text: string, width: number, size: number, weight: string, most: number): string[] {
    const room = Math.floor(width / 4) * 4;
    context.font = this.font(size, weight);
    const key = `${weight}${size} ${room} ${most} ${text}`;
    const known = this.cuts.get(key);
    if (known) return known;
    const measure = (part: string): number => context.measureText(part).width;
    const made = most === 1 ? [cut(text, room, measure)].filter(Boolean) : wrap(text, room, most, measure);
    if (this.cuts.size > MOST_CUTS) this.cuts.clear();
    this.cuts.set(key, made);
    return made;
  }
}

const MOST_CUTS = 20_000;

interface Spot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}
