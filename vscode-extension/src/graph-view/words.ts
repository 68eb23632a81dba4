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

export const namespaceText = (namespace: string): string => namespace || 'namespaces in no document';

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

function clientsText({ clients: named, allOthers }: Edge): string {
  const clients = named ?? [];
  if (clients.length === 0) return allOthers ? 'all other clients' : 'clients';
  return `clients in ${clients.join(', ')}${allOthers ? ' and all others' : ''}`;
}

function whereText({ ports, otherPorts, subset }: Edge): string {
  const numbers = [...(ports ?? []).map(String), ...(ports?.length && otherPorts ? ['others'] : [])];
  const onPorts = numbers.length > 0 ? `port${numbers.length === 1 ? '' : 's'} ${numbers.join(', ')}` : '';
  const told = [onPorts, subset ? `subset ${subset}` : ''].filter(Boolean).join(', ');
  return told === '' ? '' : ` (${told})`;
}

export function edgeText(edge: Edge, model: Model): string {
  const name = (id: string): string => {
    const thing = model.things.get(id);
    return thing ? fullName(thing) : id;
  };
  const to = `${name(edge.to)}${whereText(edge)}`;
  if (edge.kind === 'decides') return `${name(edge.from)} decides ${edge.mode} for ${to}`;
  return `${name(edge.from)} makes ${clientsText(edge)} send ${edge.mode} to ${to}${edge.failing ? ': refused' : ''}`;
}
