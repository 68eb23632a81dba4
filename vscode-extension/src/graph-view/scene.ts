// What is drawn: a box for each namespace, open or closed, and lines between what is in them. Pure; the same model, filter and
// open namespaces always give the same scene.
import type { Edge, Mode } from './graph';
import { compare, tellsOfBroken, type Model, type Thing } from './model';

export interface Box {
  readonly namespace: string;
  readonly open: boolean;
  readonly things: readonly Thing[];
  readonly failing: boolean;
}

export interface Line {
  readonly id: string;
  readonly source: string; // a thing's id, or boxId() of a closed namespace
  readonly target: string;
  readonly kind: string;
  readonly mode: Mode;
  readonly failing: boolean;
  readonly beside: boolean; // another line between the same ends has the other outcome
  readonly edges: readonly Edge[];
}

export interface Scene {
  readonly boxes: readonly Box[];
  readonly lines: readonly Line[];
}

// Beyond this, namespaces start closed: people read boxes, not thousands of names.
export const MOST_SERVICES_OPEN = 120;
// Beyond this, lines that tell no trouble show only for what is selected.
export const MOST_QUIET_LINES = 40;

export const boxId = (namespace: string): string => `namespace/${namespace}`;

export function openAtFirst(model: Model): Set<string> {
  return new Set(model.mesh.services.length > MOST_SERVICES_OPEN ? [] : model.namespaces);
}

export interface Look {
  readonly open: ReadonlySet<string>;
  readonly selected?: string | undefined;
  readonly problemsFirst?: boolean;
  readonly broken?: boolean; // lines that tell no trouble are left out
}

export function buildScene(model: Model, shown: ReadonlySet<string>, { open, selected, problemsFirst = false, broken = false }: Look): Scene {
  const byNamespace = new Map<string, Thing[]>(model.ordered(problemsFirst).map((name) => [name, []]));
  for (const id of shown) {
    const thing = model.things.get(id);
    if (thing) byNamespace.get(thing.namespace)?.push(thing);
  }
  const boxes = [...byNamespace]
    .filter(([, things]) => things.length > 0)
    .map(([namespace, things]) => ({
      namespace,
      open: open.has(namespace),
      things: things.sort(problemsFirst ? byTrouble : byKindAndLabel),
      failing: things.some((thing) => thing.failing),
    }));
  const edges = broken ? model.mesh.edges.filter((edge) => tellsOfBroken(model, edge)) : model.mesh.edges;
  return { boxes, lines: fewEnough(linesOf(edges, model, shown, open), selected) };
}

const byTrouble = (a: Thing, b: Thing): number =>
  compare(a.kind, b.kind) || Number(b.failing) - Number(a.failing) || byKindAndLabel(a, b);

function byKindAndLabel(a: Thing, b: Thing): number {
  return compare(a.kind, b.kind) || Number(a.host === '') - Number(b.host === '') || compare(a.label, b.label) || compare(a.id, b.id);
}

// What works and what fails between two things are two lines: one that is red says that all in it fails.
function linesOf(of: readonly Edge[], model: Model, shown: ReadonlySet<string>, open: ReadonlySet<string>): Line[] {
  const end = (id: string): string | undefined => {
    const thing = shown.has(id) ? model.things.get(id) : undefined;
    return thing && (open.has(thing.namespace) ? thing.id : boxId(thing.namespace));
  };
  const bundles = new Map<string, { source: string; target: string; edges: Edge[] }>();
  for (const edge of of) {
    const source = end(edge.from);
    const target = end(edge.to);
    if (source === undefined || target === undefined || source === target) continue;
    const id = lineId(edge.kind, source, target, edge.failing === true);
    const bundle = bundles.get(id);
    if (bundle) bundle.edges.push(edge);
    else bundles.set(id, { source, target, edges: [edge] });
  }
  return [...bundles].map(([id, { source, target, edges }]) => {
    const [first] = edges;
    const failing = first?.failing === true;
    const beside = first?.kind === 'sends' && bundles.has(lineId(first.kind, source, target, !failing));
    return { id, source, target, edges, kind: first?.kind ?? '', mode: first?.mode ?? '', failing, beside };
  });
}

const lineId = (kind: string, source: string, target: string, failing: boolean): string =>
  [kind, source, target, ...(failing ? ['fails'] : [])].join(' ');

function fewEnough(lines: readonly Line[], selected: string | undefined): readonly Line[] {
  const quiet = (kind: string): Line[] => lines.filter((line) => line.kind === kind && !line.failing);
  const tooMany = new Set(['decides', 'sends'].filter((kind) => quiet(kind).length > MOST_QUIET_LINES));
  return lines.filter(
    (line) => line.failing || !tooMany.has(line.kind) || line.source === selected || line.target === selected,
  );
}
