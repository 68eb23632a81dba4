// What the tree of the side bar holds: conflicts, then the mesh by namespace, service and workload. Knows nothing of VS Code but the
// names of its icons and colours.
import { countConflicts, isConflict, type At, type Finding } from './conflicts';
import type { Graph, Mesh, Mode } from './graph-view/graph';
import { Model, type Thing } from './graph-view/model';
import { counted } from './graph-view/words';
import type { Decider, Effective, Port } from './modes-view/effective';
import type { AnyPlace } from './open-place';

export interface Icon {
  readonly name: string;
  readonly color?: string;
}

export interface TreeNode {
  readonly id: string; // the same for the same thing, so that it stays open
  readonly label: string;
  readonly description: string;
  readonly tooltip: string;
  readonly icon: Icon;
  readonly open: boolean; // at first
  readonly place?: AnyPlace;
  readonly children?: readonly TreeNode[]; // none: a leaf
  readonly workloadsOf?: { readonly mesh: string; readonly namespace: string; readonly host: string }; // children to be asked for
}

const BROKEN: Icon = { name: 'error', color: 'list.errorForeground' };
const WARNING: Icon = { name: 'warning', color: 'list.warningForeground' };
// The weakest mode that a service accepts is what counts for its security.
const MODE_ICONS: readonly (readonly [Mode, Icon])[] = [
  ['DISABLE', { name: 'circle-slash', color: 'charts.purple' }],
  ['PERMISSIVE', { name: 'unlock', color: 'charts.yellow' }],
  ['STRICT', { name: 'lock', color: 'charts.green' }],
];

const modeIcon = (modes: readonly Mode[]): Icon =>
  MODE_ICONS.find(([mode]) => modes.includes(mode))?.[1] ?? { name: 'circle-outline' };

const said = (...parts: readonly (string | false)[]): string => parts.filter(Boolean).join(' · ');

export const namespaceLabel = (namespace: string): string => namespace || 'other namespaces';

/** A path as it is best told in a row: relative to the workspace. */
export type Shorten = (uri: string) => string;

export function treeOf(graph: Graph, findings: readonly Finding[], onlyProblems: boolean, shorten: Shorten): TreeNode[] {
  const conflicts = findings.filter(isConflict);
  const others = findings.filter((one) => !isConflict(one));
  const meshes = graph.meshes.map((mesh) => ({ mesh, nodes: namespaceNodes(mesh, onlyProblems) })).filter(({ nodes }) => nodes.length > 0);
  const [only] = meshes;
  return [
    ...groupNode('conflicts', 'Conflicts', conflicts, BROKEN, true, shorten),
    ...groupNode('findings', 'Other problems', others, WARNING, false, shorten),
    ...(only && meshes.length === 1 ? only.nodes : meshes.map(({ mesh, nodes }) => meshNode(mesh, nodes))),
  ];
}

// ---- findings

function groupNode(id: string, label: string, findings: readonly Finding[], icon: Icon, open: boolean, shorten: Shorten): TreeNode[] {
  if (findings.length === 0) return [];
  const places = findings.reduce((sum, one) => sum + one.places.length, 0);
  const [number, word] = id === 'conflicts' ? [countConflicts(findings), 'conflict'] : [findings.length, 'problem'];
  const tooltip = `${counted(number, word)} in ${counted(places, 'place')}`;
  const children = findings.map((finding) => findingNode(finding, shorten));
  return [{ id, label, description: String(number), tooltip, icon, open, children }];
}

const asPlace = ({ uri, start, end }: At): AnyPlace => ({ uri, lspRange: { start, end } });

function findingNode({ code, message, severity, places }: Finding, shorten: Shorten): TreeNode {
  const [first] = places;
  const id = `finding/${code}/${places.map(({ at }) => `${at.uri}:${at.start.line}`).join('|')}`;
  const icon = severity === 0 ? BROKEN : WARNING;
  const node = { id, label: message, description: code, tooltip: `${code}: ${message}`, icon, open: false };
  if (!first || places.length === 1) return first ? { ...node, place: asPlace(first.at) } : node;
  return {
    ...node,
    children: places.map((place) => {
      const label = `${shorten(place.at.uri)}:${place.at.start.line + 1}`;
      return {
        id: `${id}/${label}:${place.at.start.character}`, label, description: place.message, open: false, icon: { name: 'go-to-file' },
        tooltip: place.message === '' ? label : `${label}: ${place.message}`, place: asPlace(place.at),
      };
    }),
  };
}

// ---- the mesh

function meshNode(mesh: Mesh, children: readonly TreeNode[]): TreeNode {
  const failing = mesh.services.filter((service) => service.failing === true).length;
  return {
    id: `mesh/${mesh.name}`, label: mesh.name,
    description: said(counted(mesh.services.filter(({ documented }) => documented !== false).length, 'service'), failing > 0 && `✗ ${failing}`),
    tooltip: `mesh ${mesh.name}`, icon: failing > 0 ? BROKEN : { name: 'globe' }, open: failing > 0, children,
  };
}

function namespaceNodes(mesh: Mesh, onlyProblems: boolean): TreeNode[] {
  const model = new Model(mesh);
  const services = new Map<string, Thing[]>(model.namespaces.map((name) => [name, []]));
  for (const thing of model.things.values()) {
    if (thing.kind === 'service' && (thing.failing || !onlyProblems)) services.get(thing.namespace)?.push(thing);
  }
  return [...services].filter(([, inside]) => inside.length > 0).map(([namespace, inside]) => namespaceNode(mesh, namespace, inside));
}

const byName = (a: Thing, b: Thing): number =>
  Number(a.host === '') - Number(b.host === '') || (a.label < b.label ? -1 : a.label > b.label ? 1 : 0);

function namespaceNode(mesh: Mesh, namespace: string, services: readonly Thing[]): TreeNode {
  const failing = services.filter((service) => service.failing).length;
  const modes = [...new Set(services.flatMap((service) => service.modes))].sort();
  const label = namespaceLabel(namespace);
  const sums = said(modes.join(', '), failing > 0 && `✗ ${failing} of ${services.length}`);
  return {
    id: `namespace/${mesh.name}/${namespace}`, label, description: sums,
    tooltip: said(`namespace ${label}`, counted(services.length, 'service'), modes.join(', '), failing > 0 && `calls to ${failing} fail`),
    icon: failing > 0 ? BROKEN : { name: 'symbol-namespace' }, open: false,
    children: [...services].sort(byName).map((service) => serviceNode(mesh, service)),
  };
}

function serviceNode(mesh: Mesh, service: Thing): TreeNode {
  const { id, namespace, host, modes, failing, outside, at } = service;
  const description = said(modes.join(', '), failing && '✗ calls fail', modes.length === 0 && (outside[0]?.split(':')[0] ?? 'no workload known'));
  const node = {
    id: `service/${mesh.name}/${id}`, description, icon: failing ? BROKEN : modeIcon(modes), open: false,
    label: host === '' ? 'other services' : service.label,
    tooltip: [host || `services of ${namespaceLabel(namespace)} that are not in these files`, modes.length > 0 ? `servers accept ${modes.join(', ')}` : '', ...outside, failing ? '✗ some calls fail' : '']
      .filter(Boolean).join('\n'),
    ...(at && { place: at }),
  };
  return host === '' ? node : { ...node, workloadsOf: { mesh: mesh.name, namespace, host } };
}

// ---- workloads

/** The workloads behind a service, with the modes of their ports; empty: none is known. */
export function workloadNodes(effective: Effective, { mesh, namespace, host }: NonNullable<TreeNode['workloadsOf']>): TreeNode[] {
  const service = effective.meshes.find(({ name }) => name === mesh)?.services.find((one) => one.host === host && (one.namespace ?? '') === namespace);
  const rows = new Map<string, WorkloadRow>();
  for (const port of service?.ports ?? []) addPort(rows, port);
  return [...rows.values()].map((row) => workloadNode(row, `workload/${mesh}/${namespace}/${host}`));
}

interface WorkloadRow {
  readonly label: string;
  readonly kind: string;
  readonly ports: Map<string, string[]>; // the mode, or why it takes no part -> ports
  readonly deciders: Decider[];
  failing: boolean;
  readonly outside: boolean;
}

function addPort(rows: Map<string, WorkloadRow>, port: Port): void {
  const number = port.port === null ? 'other ports' : String(port.port);
  const add = (label: string, kind: string, what: string, decider: Decider | null, failing: boolean, outside: boolean): void => {
    const row = rows.get(`${kind}/${label}`) ?? { label, kind, ports: new Map<string, string[]>(), deciders: [], failing: false, outside };
    rows.set(`${kind}/${label}`, row);
    row.ports.set(what, [...(row.ports.get(what) ?? []), number]);
    if (decider) row.deciders.push(decider);
    row.failing ||= failing;
  };
  for (const [index, { mode, decidedBy, workloads }] of port.servers.entries()) {
    const failing = port.clients.some(({ calls }) => calls.some(({ server, verdict }) => server === index && verdict === 'fails'));
    for (const { kind, name } of workloads) add(name, kind, mode, decidedBy, failing, false);
  }
  for (const { workload, proxy, decidedBy } of port.outside) {
    if (workload) add(workload.name, workload.kind, proxy === 'none' ? 'no sidecar' : proxy, decidedBy, false, true);
  }
}

function workloadNode({ label, kind, ports, deciders, failing, outside }: WorkloadRow, within: string): TreeNode {
  const several = ports.size > 1;
  const description = [...ports].map(([what, numbers]) => (several ? `${what} on ${numbers.join(', ')}` : what)).join(' · ');
  const [decider] = deciders;
  const decided = [...new Set(deciders.map((one) => `${one.kind} ${one.namespace}/${one.name}`))].map((name) => `decided by ${name}`);
  return {
    id: `${within}/${kind}/${label}`, label, description: said(description, failing && '✗ calls fail'), open: false,
    tooltip: [`${kind} ${label}`, description, ...decided].join('\n'),
    icon: failing ? BROKEN : outside ? { name: 'circle-outline' } : modeIcon([...ports.keys()]),
    ...(decider && { place: decider }),
  };
}
