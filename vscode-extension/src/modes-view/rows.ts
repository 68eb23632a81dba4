// The rows of the table: one for each kind of call, that is, clients of one clause to servers of one policy at a port. Pure.
import type { Decider, Effective, EffectiveMesh, EffectiveService, Clients, Port } from './effective';

export type Outcome = 'fails' | 'works' | 'no call';

export interface Row {
  readonly service: string;
  readonly host: string;
  readonly port: string;
  readonly portOrder: number;
  readonly clients: string;
  readonly sends: string;
  readonly meets: string;
  readonly outcome: Outcome;
  readonly rule: string; // what decides for the clients
  readonly ruleAt: Decider | undefined;
  readonly policy: string; // what decides for the servers
  readonly policyAt: Decider | undefined;
  readonly detail: string; // what a tooltip adds
  readonly words: string; // what a filter looks at
}

export type Column = 'outcome' | 'service' | 'port' | 'clients' | 'sends' | 'meets' | 'rule' | 'policy';

export const COLUMNS: readonly (readonly [Column, string])[] = [
  ['outcome', 'Outcome'], ['service', 'Service'], ['port', 'Port'], ['clients', 'Clients'], ['sends', 'Sent'], ['meets', 'Accepted'],
  ['rule', 'Client rule'], ['policy', 'Server policy'],
];

export interface Order {
  readonly column: Column;
  readonly down: boolean;
}

export const FAILING_FIRST: Order = { column: 'outcome', down: false };

const OTHER_PORTS = 65_536; // after every number
const OUTCOMES: readonly Outcome[] = ['fails', 'works', 'no call'];

// What nearly always decides goes without its kind: the column says it.
const USUAL = new Set(['DestinationRule', 'PeerAuthentication']);

function nameOf(decider: Decider | null | undefined, otherwise: string): string {
  if (!decider) return otherwise;
  const name = `${decider.namespace === '' ? '' : `${decider.namespace}/`}${decider.name}`;
  return USUAL.has(decider.kind) ? name : `${decider.kind} ${name}`;
}

export function rowsOf(effective: Effective, meshName: string): Row[] {
  const mesh = effective.meshes.find(({ name }) => name === meshName) ?? effective.meshes[0];
  return mesh ? mesh.services.flatMap((service) => serviceRows(service, mesh)) : [];
}

const HOST_DOMAIN = /\.svc\..*$/;

function serviceName({ namespace, host }: EffectiveService): string {
  if (host === null) return `other services${namespace === null ? ' of other namespaces' : ` in ${namespace}`}`;
  return host.replace(HOST_DOMAIN, ''); // ledger.payments
}

function serviceRows(service: EffectiveService, mesh: EffectiveMesh): Row[] {
  const base = { service: serviceName(service), host: service.host ?? '' };
  const rows = service.ports.flatMap((port) => portRows(base, port, service.ports.length > 1));
  const callers = (service.callers ?? []).map((caller) => {
    const outcome: Outcome = caller.verdict === 'refused' ? 'fails' : 'works';
    return {
      ...base, port: '', portOrder: -1, clients: `${caller.kind} ${caller.name}`, sends: 'plaintext', meets: '', outcome, rule: 'outside of the mesh',
      ruleAt: undefined, policy: '', policyAt: undefined, detail: 'a caller that has no certificate of the mesh',
    };
  });
  return [...rows, ...callers].map((row) => ({ ...row, words: wordsOf(row, mesh.name) }));
}

type Bare = Omit<Row, 'words'>;

const wordsOf = (row: Bare, mesh: string): string =>
  [row.service, row.host, row.port, row.clients, row.sends, row.meets, row.outcome, row.rule, row.policy, mesh].join(' ').toLowerCase();

function clientsText(clients: Clients, among: readonly Clients[]): string {
  const alone = among.filter(({ subset }) => subset === clients.subset).length === 1;
  const where = clients.namespaces === '*' ? (alone ? 'all namespaces' : 'all other namespaces') : clients.namespaces.join(', ');
  const labels = Object.entries(clients.labels).map(([key, value]) => `${key}=${value}`);
  return [where, labels.length > 0 ? `with ${labels.join(', ')}` : '', clients.subset === null ? '' : `to subset ${clients.subset}`].filter(Boolean).join(' ');
}

function portRows(base: { service: string; host: string }, port: Port, isOneOfSeveral: boolean): Bare[] {
  const number = { port: port.port === null ? (isOneOfSeveral ? 'others' : 'all') : String(port.port), portOrder: port.port ?? OTHER_PORTS };
  const [outside] = port.outside;
  return port.clients.flatMap((clients) => {
    const { mode, decidedBy, calls, verdict } = clients;
    const left = {
      ...base, ...number, clients: clientsText(clients, port.clients), ruleAt: decidedBy ?? undefined,
      rule: nameOf(decidedBy, mode ?? "no call: the clients' Sidecar"),
    };
    if (calls.length === 0) {
      const reason = outside ? `${outside.proxy === 'none' ? 'no sidecar' : outside.proxy}: ${outside.reason}` : 'no server known';
      return [{
        ...left, sends: sentBy(mode), meets: outside ? (outside.proxy === 'none' ? 'no sidecar' : outside.proxy) : '', outcome: outcomeOf(verdict),
        policy: outside ? nameOf(outside.decidedBy, outside.reason) : '', policyAt: outside?.decidedBy ?? undefined, detail: reason,
      }];
    }
    return calls.map((call) => {
      const server = port.servers[call.server];
      const names = (server?.workloads ?? []).map(({ kind, name }) => `${kind} ${name}`);
      return {
        ...left, sends: call.sends, meets: server?.mode ?? '', outcome: outcomeOf(call.verdict), policy: nameOf(server?.decidedBy, 'the default'),
        policyAt: server?.decidedBy ?? undefined, detail: names.length > 0 ? names.join(', ') : 'workloads that are not in these files',
      };
    });
  });
}

const outcomeOf = (verdict: string): Outcome => (verdict === 'fails' ? 'fails' : verdict === 'works' ? 'works' : 'no call');

// DISABLE of a clause is what others call plaintext.
const sentBy = (mode: string | null): string => (mode === null ? '' : mode === 'DISABLE' ? 'plaintext' : mode);

// ---- what is shown

export function filtered(rows: readonly Row[], text: string, onlyFailing: boolean): Row[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => (!onlyFailing || row.outcome === 'fails') && words.every((word) => row.words.includes(word)));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const COMPARE: Readonly<Record<Column, (a: Row, b: Row) => number>> = {
  outcome: (a, b) => OUTCOMES.indexOf(a.outcome) - OUTCOMES.indexOf(b.outcome),
  service: (a, b) => Number(a.host === '') - Number(b.host === '') || compare(a.service, b.service),
  port: (a, b) => a.portOrder - b.portOrder,
  clients: (a, b) => compare(a.clients, b.clients),
  sends: (a, b) => compare(a.sends, b.sends),
  meets: (a, b) => compare(a.meets, b.meets),
  rule: (a, b) => compare(a.rule, b.rule),
  policy: (a, b) => compare(a.policy, b.policy),
};

/** Rows that are alike in the column stay in the order of services and ports. */
export function sorted(rows: readonly Row[], { column, down }: Order): Row[] {
  const by = COMPARE[column];
  const sign = down ? -1 : 1;
  return [...rows].sort((a, b) => sign * by(a, b) || COMPARE.service(a, b) || COMPARE.port(a, b) || compare(a.clients, b.clients));
}

/** Which rows are in sight, with some before and after them. */
export function windowOf(count: number, top: number, height: number, rowHeight: number, spare: number): { first: number; end: number } {
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - spare, count));
  return { first, end: Math.max(first, Math.min(count, Math.ceil((top + height) / rowHeight) + spare)) };
}

export function spoken(row: Row): string {
  const port = row.port === '' ? '' : ` on ${row.port === 'others' ? 'other ports' : row.port === 'all' ? 'all ports' : `port ${row.port}`}`;
  const by = [row.ruleAt ? `rule ${row.rule}` : row.rule, row.policyAt ? `policy ${row.policy}` : row.policy].filter(Boolean).join(' and ');
  return [
    `${row.outcome}: ${row.clients} to ${row.service}${port}`,
    `${row.sends || 'nothing'} sent`, row.meets === '' ? '' : `${row.meets} accepted`, by === '' ? '' : `decided by ${by}`,
  ].filter(Boolean).join(', ');
}
