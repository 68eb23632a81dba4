// Where things stand. In a box, what clients do (rules) is left, services are in the middle, what servers demand (policies) is
// right, so that lines run to the middle. Boxes fill shelves in their order. Pure, and the same scene always lies the same;
// a small change of one box moves little else.
import { compare, type Kind, type Model, type Thing } from './model';
import { boxId, type Box, type Scene } from './scene';
import { namespaceText } from './words';

export interface Rect {
  readonly x: number; // the middle
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export type Layout = ReadonlyMap<string, Rect>;

export const NODE = { width: 168, height: 34 };
const CLOSED = { width: 210, height: 80 }; // from far away, two lines of its name fit
const ROW_GAP = 16;
const COLUMN_GAP = 110; // between kinds, where the lines run
const NARROW_GAP = 16; // between columns of services
const PADDING = 24;
const TITLE = 22;
const TITLE_LETTER = 8.6; // about; the box only has to hold it
const BOX_GAP = 70; // lines run here too
const CLOSED_GAP = 18;
const ROWS = 8; // of services, before a second column is begun
const ASPECTS = [0.6, 1, 1.7, 2.6];
const WIDTH_STEP = 1.3; // shelves get wider in steps, so that they seldom do

/** What to lay out for: one of few shapes, so that dragging an edge of the page moves things seldom. */
export interface Shape {
  readonly aspect: number;
  readonly columns: number; // of closed namespaces that fit beside each other while their names can be read
}

/** The smallest zoom at which names of closed namespaces can be read. */
export const READABLE = 0.34;
export const FIT_PADDING = 24;

export const WIDE: Shape = { aspect: 1.7, columns: 1000 }; // what is saved has no Infinity

export function shapeOf(width: number, height: number): Shape {
  if (width <= 0 || height <= 0) return WIDE;
  const distance = (aspect: number): number => Math.abs(Math.log((aspect * height) / width));
  const aspect = ASPECTS.reduce((best, one) => (distance(one) < distance(best) ? one : best));
  const columns = Math.floor(((width - 2 * FIT_PADDING) / READABLE + CLOSED_GAP) / (CLOSED.width + CLOSED_GAP));
  return { aspect, columns: Math.max(1, columns) };
}

export function layOut(scene: Scene, model: Model, { aspect, columns }: Shape = WIDE): Layout {
  const places = new Map<string, Rect>();
  const boxes = scene.boxes.map((box) => (box.open ? openBox(box, model) : { box, ...CLOSED, inside: new Map() }));
  const isClosed = !scene.boxes.some(({ open }) => open);
  const gap = isClosed ? CLOSED_GAP : BOX_GAP;
  const widest = isClosed ? columns * (CLOSED.width + CLOSED_GAP) - CLOSED_GAP : Infinity;
  for (const [{ box, width, height, inside }, { x, y }] of shelves(boxes, gap, aspect, widest)) {
    places.set(boxId(box.namespace), { x: x + width / 2, y: y + height / 2, width, height });
    for (const [id, rect] of inside) places.set(id, { ...rect, x: x + rect.x, y: y + rect.y });
  }
  return places;
}

interface PlacedBox {
  readonly box: Box;
  readonly width: number;
  readonly height: number;
  readonly inside: ReadonlyMap<string, Rect>; // from the box's corner
}

function openBox(box: Box, model: Model): PlacedBox {
  const services = box.things.filter(({ kind }) => kind === 'service');
  const row = new Map(services.map(({ id }, index) => [id, index]));
  const columns = [
    ...columnsOf(inOrderOfServices(ofKind(box, 'rule'), row, model), ROWS),
    ...columnsOf(services, Math.max(ROWS, Math.ceil(Math.sqrt(services.length * 2)))),
    ...columnsOf(inOrderOfServices(ofKind(box, 'policy'), row, model), ROWS),
  ];
  const tallest = Math.max(1, ...columns.map((column) => column.length));
  const tall = tallest * (NODE.height + ROW_GAP) - ROW_GAP;
  const inside = new Map<string, Rect>();
  let x = PADDING;
  for (const [index, column] of columns.entries()) {
    if (index > 0) x += column[0]?.kind === columns[index - 1]?.[0]?.kind ? NARROW_GAP : COLUMN_GAP;
    const top = TITLE + PADDING + (tall - (column.length * (NODE.height + ROW_GAP) - ROW_GAP)) / 2;
    for (const [line, { id }] of column.entries()) {
      inside.set(id, { ...NODE, x: x + NODE.width / 2, y: top + line * (NODE.height + ROW_GAP) + NODE.height / 2 });
    }
    x += NODE.width;
  }
  return { box, inside, width: Math.max(CLOSED.width, titleWidth(box), x + PADDING), height: TITLE + 2 * PADDING + tall };
}

const titleWidth = (box: Box): number => namespaceText(box.namespace).length * TITLE_LETTER + 2 * PADDING;

const ofKind = (box: Box, kind: Kind): Thing[] => box.things.filter((thing) => thing.kind === kind);

// What speaks of the upper services stands higher, so that fewer lines cross.
function inOrderOfServices(things: Thing[], row: ReadonlyMap<string, number>, model: Model): Thing[] {
  const middle = (thing: Thing): number => {
    const rows = model.edges(thing.id).flatMap(({ to }) => row.get(to) ?? []);
    return rows.length === 0 ? -1 : rows.reduce((sum, one) => sum + one, 0) / rows.length;
  };
  const middles = new Map(things.map((thing) => [thing.id, middle(thing)]));
  const of = (thing: Thing): number => middles.get(thing.id) ?? -1;
  return [...things].sort((a, b) => of(a) - of(b) || compare(a.label, b.label) || compare(a.id, b.id));
}

function columnsOf(things: readonly Thing[], rows: number): Thing[][] {
  const columns: Thing[][] = [];
  for (let start = 0; start < things.length; start += rows) columns.push(things.slice(start, start + rows));
  return columns;
}

function shelves(boxes: readonly PlacedBox[], gap: number, aspect: number, widest: number): [PlacedBox, { x: number; y: number }][] {
  const area = boxes.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0);
  const wanted = Math.max(1, ...boxes.map(({ width }) => width), Math.sqrt(area * aspect));
  const room = Math.min(widest, WIDTH_STEP ** Math.ceil(Math.log(wanted) / Math.log(WIDTH_STEP)));
  let [x, y, tallest] = [0, 0, 0];
  return boxes.map((box) => {
    const { width, height } = box;
    if (x > 0 && x + width > room) {
      y += tallest + gap;
      [x, tallest] = [0, 0];
    }
    const corner = { x, y };
    x += width + gap;
    tallest = Math.max(tallest, height);
    return [box, corner];
  });
}
