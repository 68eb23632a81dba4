// How the view puts things, for the eye and for a screen reader. Pure.
import type { Edge, Mode, Place } from './graph';
import type { Model, Thing } from './model';

const LETTERS: Readonly<Record<string, string>> = {
  STRICT: 'S', PERMISSIVE: 'P', DISABLE: 'D', UNSET: 'U',
  // What clients send.
  ISTIO_MUTUAL: 'M', MUTUAL: 'M', SIMPLE: 'T',
};

// Each mode has its letter, colour and shape.
export const letterOf = (mode: Mode): string => LETTERS[mode] ?? '?';

export const namespaceText = (namespace: string): string => namespace || 'other namespaces';

export const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export const placeText = ({ file, range, cluster }: Place): string =>
  cluster === undefined ? `${file}:${range.start.line}:${range.start.column}` : `cluster ${cluster}`;

export const fullName = (thing: Thing): string =>
  thing.namespace === '' ? thing.label : `${thing.namespace}/${thing.label}`;

export function kindText(thing: Thing): string {
  if (thing.kind === 'policy') return `${thing.level} policy`;
  return thing.kind;
}

export function spoken(thing: Thing): string {
  return [thing.label, kindText(thing), thing.modes.join(' and '), ...thing.outside, ...thing.codes, thing.failing ? 'broken' : '']
    .filter(Boolean)
    .join(', ');
}

/** What a namespace is called where there is room. */
export const namespaceInFull = (namespace: string): string =>
  namespace === '' ? 'other namespaces (not in these files)' : `namespace ${namespace}`;

export function thingInFull(thing: Thing): string {
  const modes = thing.modes.length === 0 ? '' : thing.kind === 'service' ? `servers accept ${thing.modes.join(', ')}` : thing.modes.join(', ');
  const about = [`${kindText(thing)} ${fullName(thing)}`, modes, ...thing.outside, ...thing.codes, thing.failing ? '✗ calls fail' : ''];
  return about.filter(Boolean).join('\n');
}

function clientsText(edge: Edge, model: Model): string {
  const named = edge.clients ?? [];
  const others = model.edges(edge.to).some((other) => other !== edge && other.kind === 'sends' && other.subset === edge.subset);
  const everywhere = others ? 'all other namespaces' : 'every namespace';
  if (named.length === 0) return edge.allOthers ? `clients of ${everywhere}` : 'clients';
  return `clients of ${named.join(', ')}${edge.allOthers ? ' and all others' : ''}`;
}

function whereText({ ports, otherPorts, subset }: Edge): string {
  const numbers = [...(ports ?? []).map(String), ...(ports?.length && otherPorts ? ['others'] : [])];
  const onPorts = numbers.length > 0 ? ` on port${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}` : '';
  return `${subset ? ` (subset ${subset})` : ''}${onPorts}`;
}

const sentText = (mode: Mode): string => (mode === 'DISABLE' ? 'plaintext' : mode);

export function edgeText(edge: Edge, model: Model): string {
  const name = (id: string): string => {
    const thing = model.things.get(id);
    return thing ? fullName(thing) : id;
  };
  const to = `${name(edge.to)}${whereText(edge)}`;
  if (edge.kind === 'decides') return `PeerAuthentication ${name(edge.from)}: servers of ${to} accept ${edge.mode}`;
  return `DestinationRule ${name(edge.from)}: ${clientsText(edge, model)} send ${sentText(edge.mode)} to ${to}: ${edge.failing ? 'refused' : 'works'}`;
}
