// Puts the diagnostics of one finding together: a conflict is reported at each of its ends, and each end points at the other ones.
// Knows nothing of VS Code.

export interface At {
  readonly uri: string;
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

export interface Reported {
  readonly at: At;
  readonly code: string;
  readonly message: string;
  readonly severity: number; // vscode.DiagnosticSeverity
  readonly related: readonly { readonly at: At; readonly message: string }[];
}

export interface FindingPlace {
  readonly at: At;
  readonly message: string; // what an end that points here says of this place; empty: none does
}

export interface Finding {
  readonly code: string;
  readonly message: string;
  readonly severity: number;
  readonly places: readonly FindingPlace[];
  readonly pairs: number; // of places that break each other: what the command line counts as conflicts
}

export const ERROR = 0; // vscode.DiagnosticSeverity
export const WARNING = 1;

const key = (code: string, { uri, start }: At): string => `${code} ${uri} ${start.line}:${start.character}`;

/** Each finding once, the most severe first, else in the order of files and lines; notes and hints are left out. */
export function findingsOf(reported: readonly Reported[]): Finding[] {
  const shown = reported.filter(({ severity }) => severity <= WARNING);
  const heads = new Map<string, string>(); // a union-find forest over places
  const headOf = (of: string): string => {
    let head = of;
    for (let up = heads.get(head); up !== undefined && up !== head; up = heads.get(head)) {
      heads.set(head, heads.get(up) ?? up); // the next way is shorter
      head = up;
    }
    return head;
  };
  for (const { code, at } of shown) heads.set(key(code, at), key(code, at));
  for (const { code, at, related } of shown) {
    for (const other of related) {
      const to = key(code, other.at);
      // A place that only explains holds nothing together: two findings may name one policy.
      if (heads.has(to)) heads.set(headOf(to), headOf(key(code, at)));
    }
  }
  const groups = new Map<string, Reported[]>();
  for (const one of shown) {
    const head = headOf(key(one.code, one.at));
    const group = groups.get(head);
    if (group) group.push(one);
    else groups.set(head, [one]);
  }
  return [...groups.values()].map(findingOf).sort((a, b) => a.severity - b.severity || compareAt(a.places[0]?.at, b.places[0]?.at));
}

function findingOf(ends: readonly Reported[]): Finding {
  const sorted = [...ends].sort((a, b) => a.severity - b.severity || compareAt(a.at, b.at));
  // The end that points at most others says most of the whole.
  const lead = sorted.reduce((best, one) => (one.related.length > best.related.length ? one : best));
  const places = new Map<string, FindingPlace>();
  const add = (at: At, message: string): void => {
    const known = places.get(key('', at));
    if (known === undefined || known.message === '') places.set(key('', at), { at, message });
  };
  for (const { at } of [lead, ...sorted]) add(at, '');
  for (const { related } of sorted) for (const { at, message } of related) add(at, message);
  const pairs = new Set<string>();
  for (const { at, related } of sorted) {
    for (const other of related) pairs.add([key('', at), key('', other.at)].sort().join('\n'));
  }
  return { code: lead.code, message: lead.message, severity: sorted[0]?.severity ?? ERROR, places: [...places.values()], pairs: pairs.size };
}

function compareAt(a: At | undefined, b: At | undefined): number {
  if (!a || !b) return 0;
  if (a.uri !== b.uri) return a.uri < b.uri ? -1 : 1;
  return a.start.line - b.start.line || a.start.character - b.start.character;
}

/** How many conflicts findings are: one policy against two rules is two. */
export const countConflicts = (findings: readonly Finding[]): number =>
  findings.filter(isConflict).reduce((sum, { pairs }) => sum + pairs, 0);

/** Does it stand between several places, so that it can be healed at any of them? */
export const isConflict = ({ severity, places }: Finding): boolean => severity === ERROR && places.length > 1;
