// The parts of the table of effective modes that need no page: its rows, their order, and which of them are in sight.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Clients, Decider, Effective, EffectiveService } from '../src/modes-view/effective';
import { FAILING_FIRST, filtered, rowsOf, sorted, spoken, windowOf, type Row } from '../src/modes-view/rows';

const decider = (kind: string, name: string): Decider => ({ kind, namespace: 'foo', name, path: 'spec', file: `${name}.yaml`, line: 3, uri: `file:///${name}.yaml` });

const clients = (change: Partial<Clients>): Clients => ({
  mode: 'DISABLE', decidedBy: decider('DestinationRule', 'rule'), labels: {}, calls: [], namespaces: '*', subset: null, verdict: 'works', servers: 1,
  failing: 0, outside: 0, ...change,
});

const policy = decider('PeerAuthentication', 'default');
const servers = [{ mode: 'STRICT', decidedBy: policy, workloads: [{ kind: 'Deployment', namespace: 'foo', name: 'a' }] }, { mode: 'PERMISSIVE', decidedBy: null, workloads: [] }];
const plaintext = [
  { server: 0, sends: 'plaintext', verdict: 'fails', workloads: 1 }, { server: 1, sends: 'plaintext', verdict: 'works', workloads: 1 },
];

const service: EffectiveService = {
  namespace: 'foo', host: 'a.foo.svc.cluster.local',
  ports: [
    { port: 80, servers, outside: [], clients: [
      clients({ calls: plaintext, verdict: 'fails', namespaces: ['bar', 'baz'], labels: { app: 'x' } }),
      clients({ calls: [{ server: 0, sends: 'ISTIO_MUTUAL', verdict: 'works', workloads: 1 }], mode: 'auto mTLS', decidedBy: null }),
    ] },
    { port: null, servers: [], outside: [{ workload: null, proxy: 'none', reason: 'namespace foo', decidedBy: decider('Namespace', 'foo') }],
      clients: [clients({ verdict: 'fails', outside: 1, mode: 'ISTIO_MUTUAL', subset: 'v1' })] },
  ],
  callers: [{ kind: 'ValidatingWebhookConfiguration', namespace: '', name: 'hook', verdict: 'refused' }],
};
const effective: Effective = {
  version: 1,
  meshes: [
    { name: 'prod', services: [service, { namespace: null, host: null, ports: [{ port: null, servers, outside: [], clients: [clients({ mode: null, verdict: 'no call' })] }] }] },
    { name: 'stage', services: [] },
  ],
};

const told = (row: Row): string => [row.outcome, row.service, row.port, row.clients, row.sends, row.meets, row.rule, row.policy].join(' | ');

test('there is a row for what the clients of a clause send to the servers of a policy', () => {
  assert.deepEqual(rowsOf(effective, 'prod').map(told), [
    'fails | a.foo | 80 | bar, baz with app=x | plaintext | STRICT | foo/rule | foo/default',
    'works | a.foo | 80 | bar, baz with app=x | plaintext | PERMISSIVE | foo/rule | the default',
    'works | a.foo | 80 | all other namespaces | ISTIO_MUTUAL | STRICT | auto mTLS | foo/default',
    'fails | a.foo | others | all namespaces to subset v1 | ISTIO_MUTUAL | no sidecar | foo/rule | Namespace foo/foo',
    'fails | a.foo |  | ValidatingWebhookConfiguration hook | plaintext |  | outside of the mesh | ',
    "no call | other services of other namespaces | all | all namespaces |  |  | foo/rule | ",
  ]);
  assert.deepEqual(rowsOf(effective, 'stage'), []);
});

test('a port that works is not in a row that fails', () => {
  const failing = rowsOf(effective, 'prod').filter(({ outcome }) => outcome === 'fails');
  assert.ok(failing.every(({ meets }) => meets !== 'PERMISSIVE'));
});

test('a filter takes all its words, and only what fails where that is asked for', () => {
  const rows = rowsOf(effective, 'prod');
  assert.deepEqual(filtered(rows, 'BAR strict', false).map(told).length, 1);
  assert.equal(filtered(rows, '', true).length, 3);
  assert.equal(filtered(rows, 'hook', true).length, 1);
  assert.equal(filtered(rows, 'nothing like it', false).length, 0);
});

test('rows sort by any column, up and down, services in no document last', () => {
  const rows = rowsOf(effective, 'prod');
  const outcomes = (down: boolean): string[] => sorted(rows, { ...FAILING_FIRST, down }).map(({ outcome }) => outcome);
  assert.deepEqual(outcomes(false), ['fails', 'fails', 'fails', 'works', 'works', 'no call']);
  assert.deepEqual(outcomes(true), ['no call', 'works', 'works', 'fails', 'fails', 'fails']);
  assert.equal(sorted(rows, { column: 'service', down: false }).at(-1)?.host, '');
  assert.deepEqual(sorted(rows, { column: 'port', down: false }).map(({ port }) => port), ['', '80', '80', '80', 'others', 'all']);
});

test('as many rows are made as are in sight, and some more', () => {
  assert.deepEqual(windowOf(5000, 0, 520, 26, 10), { first: 0, end: 30 });
  assert.deepEqual(windowOf(5000, 2600, 520, 26, 10), { first: 90, end: 130 });
  assert.deepEqual(windowOf(15, 2600, 520, 26, 10), { first: 15, end: 15 });
  assert.deepEqual(windowOf(0, 0, 520, 26, 10), { first: 0, end: 0 });
});

test('a row is one sentence for a screen reader', () => {
  const [first] = rowsOf(effective, 'prod');
  assert.equal(spoken(first ?? assert.fail()),
    'fails: bar, baz with app=x to a.foo on port 80, plaintext sent, STRICT accepted, decided by rule foo/rule and policy foo/default');
});
