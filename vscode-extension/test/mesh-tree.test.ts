// What the tree of the side bar holds.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findingsOf, isConflict, type At, type Reported } from '../src/conflicts';
import type { Graph, Mesh } from '../src/graph-view/graph';
import { treeOf, workloadNodes, type TreeNode } from '../src/mesh-nodes';
import type { Effective } from '../src/modes-view/effective';

const at = (uri: string, line: number): At => ({ uri, start: { line, character: 4 }, end: { line, character: 9 } });

const report = (code: string, where: At, related: readonly At[], severity = 0): Reported => ({
  at: where, code, severity, message: `${code} at ${where.uri}:${where.start.line}`,
  related: related.map((to) => ({ at: to, message: `see ${to.uri}` })),
});

const POLICY = at('file:///m/policy.yaml', 8);
const RULE = at('file:///m/rules.yaml', 20);
const SECOND_RULE = at('file:///m/rules.yaml', 40);

test('a conflict that is reported at each of its ends is one finding', () => {
  const [one, ...more] = findingsOf([
    report('TIS0208', RULE, [POLICY]), report('TIS0208', POLICY, [RULE, SECOND_RULE]), report('TIS0208', SECOND_RULE, [POLICY]),
  ]);
  assert.deepEqual(more, []);
  assert.equal(one?.message, 'TIS0208 at file:///m/policy.yaml:8');
  assert.deepEqual(one.places.map((place) => [place.at, place.message]), [
    [POLICY, 'see file:///m/policy.yaml'], [RULE, 'see file:///m/rules.yaml'], [SECOND_RULE, 'see file:///m/rules.yaml'],
  ]);
  assert.equal(isConflict(one), true);
});

test('a rule against many policies is one finding, however they point at each other', () => {
  const policies = Array.from({ length: 500 }, (_, line) => at('file:///m/policies.yaml', line));
  const reported = policies.map((policy) => report('TIS0208', policy, [RULE]));
  const findings = findingsOf([...reported, report('TIS0208', RULE, policies.slice(0, 10))]);
  assert.deepEqual(findings.map(({ places }) => places.length), [501]);
});

test('other codes at the same places are other findings, and a place that only explains joins nothing', () => {
  const base = at('file:///m/base.yaml', 1);
  const findings = findingsOf([
    report('TIS0208', POLICY, [RULE]), report('TIS0503', POLICY, [RULE]),
    report('MTLS0006', RULE, [base], 1), report('MTLS0006', SECOND_RULE, [base], 1), report('MTLS0013', RULE, [], 2),
  ]);
  assert.deepEqual(findings.map(({ code, severity }) => [code, severity]), [['TIS0208', 0], ['TIS0503', 0], ['MTLS0006', 1], ['MTLS0006', 1]]);
  assert.deepEqual(findings.map(isConflict), [true, true, false, false]);
});

const mesh = (name: string): Mesh => ({
  name, rootNamespace: 'istio-system', namespaces: [{ name: 'istio-system' }, { name: 'foo' }, { name: 'bar' }], policies: [], rules: [],
  services: [
    { id: 's/foo/*', namespace: 'foo', name: '', host: '', modes: ['STRICT'], documented: false },
    { id: 's/foo/b', namespace: 'foo', name: 'b', host: 'b.foo', modes: ['PERMISSIVE', 'STRICT'], failing: true },
    { id: 's/foo/a', namespace: 'foo', name: 'a', host: 'a.foo', modes: ['STRICT'] },
    { id: 's/bar/c', namespace: 'bar', name: 'c', host: 'c.bar', modes: [], outside: ['no sidecar: namespace bar'] },
  ],
  edges: [],
});
const graph = (...meshes: Mesh[]): Graph => ({ version: 1, meshes });
const shorten = (uri: string): string => uri.replace('file:///m/', '');
const outline = (nodes: readonly TreeNode[] = []): string[] => nodes.map(({ label, description }) => `${label} | ${description}`);

test('conflicts come first, then namespaces and their services with their modes', () => {
  const findings = findingsOf([report('TIS0208', POLICY, [RULE]), report('TIS0208', RULE, [POLICY]), report('MTLS0004', SECOND_RULE, [], 1)]);
  const [conflicts, others, ...namespaces] = treeOf(graph(mesh('default')), findings, false, shorten);
  assert.deepEqual(outline(conflicts && [conflicts]), ['Conflicts | 1']);
  assert.equal(conflicts?.tooltip, '1 conflict in 2 places');
  assert.deepEqual(outline(conflicts.children?.[0]?.children), ['policy.yaml:9 | see file:///m/policy.yaml', 'rules.yaml:21 | see file:///m/rules.yaml']);
  assert.deepEqual(outline(others && [others]), ['Other problems | 1']);
  assert.deepEqual(others?.children?.[0]?.place, { uri: SECOND_RULE.uri, lspRange: { start: SECOND_RULE.start, end: SECOND_RULE.end } });
  assert.deepEqual(outline(namespaces), ['bar | ', 'foo | PERMISSIVE, STRICT · ✗ 1 of 3']);
  assert.deepEqual(outline(namespaces[0]?.children), ['c | no sidecar']);
  assert.deepEqual(outline(namespaces[1]?.children), ['a | STRICT', 'b | PERMISSIVE, STRICT · ✗ calls fail', 'other services | STRICT']);
  assert.deepEqual(namespaces[1]?.children?.map(({ icon }) => icon.name), ['lock', 'error', 'lock']);
});

test('only problems, when asked for', () => {
  const nodes = treeOf(graph(mesh('default')), [], true, shorten);
  assert.deepEqual(outline(nodes), ['foo | PERMISSIVE, STRICT · ✗ 1 of 1']);
  assert.deepEqual(outline(nodes[0]?.children), ['b | PERMISSIVE, STRICT · ✗ calls fail']);
});

test('several meshes are told apart, and no two rows have one id', () => {
  const nodes = treeOf(graph(mesh('overlays/prod'), mesh('overlays/stage')), [], false, shorten);
  assert.deepEqual(outline(nodes), ['overlays/prod | 3 services · ✗ 1', 'overlays/stage | 3 services · ✗ 1']);
  const ids: string[] = [];
  const walk = (node: TreeNode): void => {
    ids.push(node.id);
    node.children?.forEach(walk);
  };
  nodes.forEach(walk);
  assert.equal(new Set(ids).size, ids.length);
});

test('the workloads of a service have the modes of their ports', () => {
  const decider = { kind: 'PeerAuthentication', namespace: 'foo', name: 'default', path: 'spec.mtls.mode', uri: 'file:///m/policy.yaml' };
  const workloads = [{ kind: 'Deployment', namespace: 'foo', name: 'b' }];
  const clients = (verdict: string): Effective['meshes'][0]['services'][0]['ports'][0]['clients'] => [{
    mode: 'DISABLE', decidedBy: null, labels: {}, namespaces: '*', subset: null, verdict, servers: 1, failing: 1, outside: 0,
    calls: [{ server: 0, sends: 'plaintext', verdict, workloads: 1 }],
  }];
  const effective: Effective = {
    version: 1,
    meshes: [{ name: 'default', services: [{
      namespace: 'foo', host: 'b.foo',
      ports: [
        { port: 80, servers: [{ mode: 'STRICT', decidedBy: decider, workloads }], clients: clients('fails'), outside: [] },
        {
          port: 9090, servers: [{ mode: 'PERMISSIVE', decidedBy: null, workloads }], clients: clients('works'),
          outside: [{ workload: { kind: 'Job', namespace: 'foo', name: 'old' }, proxy: 'none', reason: 'namespace foo', decidedBy: null }],
        },
      ],
    }] }],
  };
  const nodes = workloadNodes(effective, { mesh: 'default', namespace: 'foo', host: 'b.foo' });
  assert.deepEqual(outline(nodes), ['b | STRICT on 80 · PERMISSIVE on 9090 · ✗ calls fail', 'old | no sidecar']);
  assert.deepEqual(nodes[0]?.place, decider);
  assert.deepEqual(workloadNodes(effective, { mesh: 'other', namespace: 'foo', host: 'b.foo' }), []);
});
