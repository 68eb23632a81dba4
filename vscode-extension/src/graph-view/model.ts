// A mesh made ready to be shown: things by id, who touches whom, and what a filter leaves. Pure.
import type { Edge, Mesh, Mode, Place } from './graph';

export type Kind = 'policy' | 'rule' | 'service';

export interface Thing {
  readonly kind: Kind;
  readonly id: string;
  readonly namespace: string;
  readonly label: string;
  readonly host: string; // of a rule or service
  readonly level: string; // of a policy
  readonly modes: readonly Mode[];
  readonly codes: readonly string[];
  readonly outside: readonly string[]; // of a service: why some of its workloads take no part
  readonly failing: boolean;
  readonly documented: boolean; // false: some services that no document shows
  readonly at: Place | undefined;
}

export interface Filter {
  readonly namespace: string; // each empty: everything
  readonly code: string;
  readonly text: string;
  readonly broken: boolean; // only what is broken, and what decides there
}

export const NO_FILTER: Filter = { namespace: '', code: '', text: '', broken: false };

/** What is in sight. */
export interface Counts {
  readonly namespaces: number;
  readonly services: number;
  readonly conflicts: number; // pairs of a rule's mode and a policy's that findings tell of
  readonly failing: number; // connections
}

export class Model {
  readonly things = new Map<string, Thing>();
  readonly namespaces: readonly string[]; // the root namespace first, those in no document last
  readonly codes: readonly string[];
  private readonly edgesOf = new Map<string, Edge[]>();

  constructor(readonly mesh: Mesh) {
    for (const edge of mesh.edges) {
      this.touch(edge.from, edge);
      this.touch(edge.to, edge);
    }
    for (const thing of thingsOf(mesh)) this.things.set(thing.id, this.withEdges(thing));
    this.namespaces = this.sortedNamespaces();
    this.codes = [...new Set([...this.things.values()].flatMap((thing) => thing.codes))].sort();
  }

  edges(id: string): readonly Edge[] {
    return this.edgesOf.get(id) ?? [];
  }

  count(shown: ReadonlySet<string>): Counts {
    const things = [...shown].flatMap((id) => this.things.get(id) ?? []);
    const failing = this.mesh.edges.filter((edge) => edge.failing === true && shown.has(edge.from) && shown.has(edge.to));
    return {
      namespaces: new Set(things.map(({ namespace }) => namespace)).size,
      services: things.filter(({ kind }) => kind === 'service').length,
      conflicts: new Set(failing.flatMap((edge) => this.conflictsOf(edge))).size,
      failing: failing.length,
    };
  }

  // One for each policy's mode that the calls of a rule's clause fail at, whatever services they are made to. What comments
  // silence is none.
  private conflictsOf(failing: Edge): string[] {
    const isTold = ({ from }: Edge): boolean => this.things.get(from)?.codes.length !== 0;
    return this.edges(failing.to)
      .filter((edge) => edge.kind === 'decides' && clash(failing.mode, edge.mode) && meet(failing, edge) && (isTold(failing) || isTold(edge)))
      .map((edge) => `${siteOf(failing)} ${siteOf(edge)}`);
  }

  /** The root namespace first, unless those with problems are to come before it; those in no document last of their kind. */
  ordered(problemsFirst: boolean): readonly string[] {
    if (!problemsFirst) return this.namespaces;
    const failing = new Set([...this.things.values()].filter((thing) => thing.failing).map(({ namespace }) => namespace));
    return [...this.namespaces.filter((name) => failing.has(name)), ...this.namespaces.filter((name) => !failing.has(name))];
  }

  private touch(id: string, edge: Edge): void {
    const edges = this.edgesOf.get(id);
    if (edges) edges.push(edge);
    else this.edgesOf.set(id, [edge]);
  }

  private withEdges(thing: Thing): Thing {
    const edges = this.edges(thing.id);
    return {
      ...thing,
      failing: thing.failing || edges.some((edge) => edge.failing === true),
      // A rule says no mode of its own; what it makes clients send is in its edges.
      modes: thing.kind === 'rule' ? [...new Set(edges.map((edge) => edge.mode))].sort() : thing.modes,
    };
  }

  private sortedNamespaces(): string[] {
    const names = new Set(this.mesh.namespaces.map(({ name }) => name));
    for (const thing of this.things.values()) names.add(thing.namespace);
    const root = this.mesh.rootNamespace;
    const rank = (name: string): number => (name === root ? 0 : name === '' ? 2 : 1);
    return [...names].sort((a, b) => rank(a) - rank(b) || compare(a, b));
  }
}

// Which modes fail with each other: docs/design/mtls-semantics.md, section 6.
const clash = (client: Mode, server: Mode): boolean =>
  (server === 'STRICT' && (client === 'DISABLE' || client === 'SIMPLE')) ||
  (server === 'DISABLE' && (client === 'ISTIO_MUTUAL' || client === 'MUTUAL'));

// Do they speak of a common port? Those of one edge that nobody names are those of the other.
const meet = (a: Edge, b: Edge): boolean =>
  (a.otherPorts === true && b.otherPorts === true) || (a.ports ?? []).some((port) => b.ports?.includes(port));

const siteOf = ({ from, at }: Edge): string => `${from} ${at?.path ?? ''}`;

export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function thingsOf(mesh: Mesh): Thing[] {
  const none = { host: '', level: '', modes: [], codes: [], outside: [], failing: false, documented: true };
  return [
    ...mesh.policies.map(
      (policy): Thing => ({
        ...none, kind: 'policy', id: policy.id, namespace: policy.namespace, label: policy.name, level: policy.level,
        modes: [policy.mode], codes: policy.codes ?? [], at: policy.at ?? undefined,
      }),
    ),
    ...mesh.rules.map(
      (rule): Thing => ({
        ...none, kind: 'rule', id: rule.id, namespace: rule.namespace, label: rule.name, host: rule.host,
        codes: rule.codes ?? [], at: rule.at ?? undefined,
      }),
    ),
    ...mesh.services.map(
      (service): Thing => ({
        ...none, kind: 'service', id: service.id, namespace: service.namespace, host: service.host,
        label: service.name === '' ? 'other services' : service.name, modes: service.modes, documented: service.documented ?? true,
        outside: service.outside ?? [], failing: service.failing ?? false, at: service.at ?? undefined,
      }),
    ),
  ];
}

/** What the filter asks for, and what touches it directly: a rule without its services says little. */
export function visible(model: Model, filter: Filter): Set<string> {
  const all = [...model.things.values()];
  const isAll = filter.namespace === '' && filter.code === '' && filter.text === '';
  const matching = (isAll ? all : all.filter((thing) => matches(thing, filter))).map(({ id }) => id);
  const shown = new Set(matching);
  for (const id of isAll ? [] : matching) {
    for (const edge of model.edges(id)) {
      // By code, only what fails belongs to the finding.
      if (filter.code !== '' && !edge.failing) continue;
      shown.add(edge.from).add(edge.to);
    }
  }
  return filter.broken ? brokenOf(model, shown) : shown;
}

/** Of a service that is broken, the policies that decide there belong to the story; rules whose calls work do not. */
export const tellsOfBroken = (model: Model, edge: Edge): boolean =>
  edge.failing === true || (edge.kind === 'decides' && model.things.get(edge.to)?.failing === true);

function brokenOf(model: Model, shown: ReadonlySet<string>): Set<string> {
  const broken = new Set([...shown].filter((id) => model.things.get(id)?.failing === true));
  for (const id of [...broken]) {
    for (const edge of model.edges(id)) {
      if (edge.to === id && tellsOfBroken(model, edge) && shown.has(edge.from)) broken.add(edge.from);
    }
  }
  return broken;
}

function matches(thing: Thing, { namespace, code, text }: Filter): boolean {
  if (namespace !== '' && thing.namespace !== namespace) return false;
  if (code !== '' && !thing.codes.includes(code)) return false;
  if (text === '') return true;
  const words = [thing.label, thing.namespace, thing.host, thing.kind, thing.level, ...thing.modes, ...thing.codes];
  const haystack = words.join(' ').toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => haystack.includes(word));
}
