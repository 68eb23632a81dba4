// The parts of the graph view that need no page: what is shown, where it stands, how it is put.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Edge, Mesh, Service } from '../src/graph-view/graph';
import { cut, fontSize, wrap } from '../src/graph-view/labels';
import { layOut, READABLE, shapeOf, WIDE, type Layout, type Rect } from '../src/graph-view/layout';
import { Model, NO_FILTER, visible } from '../src/graph-view/model';
import { boxId, buildScene, MOST_QUIET_LINES, MOST_SERVICES_OPEN, openAtFirst, type Scene } from '../src/graph-view/scene';
import { edgeText, spoken } from '../src/graph-view/words';

const service = (namespace: string, name: string, mode = 'STRICT', failing = false): Service => ({
  id: `service/${namespace}/${name}`, namespace, name, host: `${name}.${namespace}.svc.cluster.local`, modes: [mode], failing,
});

const sends = (from: string, to: string, mode: string, failing = false): Edge => ({ kind: 'sends', from, to, mode, failing, allOthers: true, ports: [80] });

const small: Mesh = {
  name: 'default',
  rootNamespace: 'istio-system',
  namespaces: [{ name: 'foo' }, { name: 'bar' }, { name: 'istio-system' }],
  services: [service('foo', 'a', 'STRICT', true), service('foo', 'b'), service('bar', 'c', 'PERMISSIVE')],
  policies: [
    { id: 'policy/foo/default', namespace: 'foo', name: 'default', level: 'namespace', mode: 'STRICT', codes: ['TIS0208'] },
    { id: 'policy/istio-system/default', namespace: 'istio-system', name: 'default', level: 'mesh', mode: 'PERMISSIVE', codes: [] },
  ],
  rules: [
    { id: 'rule/foo/a', namespace: 'foo', name: 'a', host: 'a.foo.svc.cluster.local', codes: ['TIS0208'] },
    { id: 'rule/bar/far', namespace: 'bar', name: 'far', host: 'b.foo.svc.cluster.local', codes: [] },
  ],
  edges: [
    { kind: 'decides', from: 'policy/foo/default', to: 'service/foo/a', mode: 'STRICT', ports: [80] },
    { kind: 'decides', from: 'policy/foo/default', to: 'service/foo/b', mode: 'STRICT' },
    { kind: 'decides', from: 'policy/istio-system/default', to: 'service/bar/c', mode: 'PERMISSIVE' },
    sends('rule/foo/a', 'service/foo/a', 'DISABLE', true),
    sends('rule/bar/far', 'service/foo/b', 'ISTIO_MUTUAL'),
  ],
};

function large(services: number): Mesh {
  const all = Array.from({ length: services }, (_, index) => service(`ns-${index % 50}`, `s${index}`));
  return {
    ...small, services: all, rules: [], namespaces: [],
    edges: all.map(({ id }) => ({ kind: 'decides', from: 'policy/istio-system/default', to: id, mode: 'STRICT' })),
  };
}

const everything = (mesh: Mesh): { model: Model; scene: Scene; layout: Layout } => {
  const model = new Model(mesh);
  const scene = buildScene(model, visible(model, NO_FILTER), { open: new Set(model.namespaces) });
  return { model, scene, layout: layOut(scene, model) };
};

test('the root namespace comes first', () => {
  assert.deepEqual(new Model(small).namespaces, ['istio-system', 'bar', 'foo']);
});

test('what touches a broken connection is broken', () => {
  const { things } = new Model(small);
  assert.equal(things.get('rule/foo/a')?.failing, true);
  assert.equal(things.get('rule/bar/far')?.failing, false);
});

test('a rule shows what it makes clients send', () => {
  assert.deepEqual(new Model(small).things.get('rule/bar/far')?.modes, ['ISTIO_MUTUAL']);
});

test('a filter keeps what touches what it finds', () => {
  const model = new Model(small);
  const shown = (change: object): string[] => [...visible(model, { ...NO_FILTER, ...change })].sort();
  assert.deepEqual(shown({ text: 'far' }), ['rule/bar/far', 'service/foo/b']);
  assert.deepEqual(shown({ code: 'TIS0208' }), ['policy/foo/default', 'rule/foo/a', 'service/foo/a']);
  assert.deepEqual(shown({ namespace: 'bar' }), ['policy/istio-system/default', 'rule/bar/far', 'service/bar/c', 'service/foo/b']);
  assert.deepEqual(shown({ text: 'nothing like it' }), []);
  assert.deepEqual(shown({ text: 'STRICT policy' }), ['policy/foo/default', 'service/foo/a', 'service/foo/b']);
});

test('lines to a closed namespace end at its box, and are bundled', () => {
  const model = new Model(small);
  const { lines } = buildScene(model, visible(model, NO_FILTER), { open: new Set(['bar']) });
  const ends = lines.map(({ source, target }) => `${source} > ${target}`);
  assert.deepEqual(ends, [`${boxId('istio-system')} > service/bar/c`, `rule/bar/far > ${boxId('foo')}`]);
});

test('a large mesh starts closed, a small one open', () => {
  assert.equal(openAtFirst(new Model(small)).size, 3);
  assert.equal(openAtFirst(new Model(large(MOST_SERVICES_OPEN + 1))).size, 0);
});

test('too many quiet lines show only for what is selected; broken ones always', () => {
  const mesh = large(MOST_QUIET_LINES + 10);
  const broken = sends('policy/foo/default', 'service/ns-1/s1', 'DISABLE', true);
  const model = new Model({ ...mesh, edges: [...mesh.edges, broken] });
  const lines = (selected?: string): number =>
    buildScene(model, visible(model, NO_FILTER), { open: new Set(model.namespaces), selected }).lines.length;
  assert.equal(lines(), 1);
  assert.equal(lines('service/ns-2/s2'), 2);
});

const overlap = (a: Rect, b: Rect): boolean =>
  Math.abs(a.x - b.x) * 2 < a.width + b.width && Math.abs(a.y - b.y) * 2 < a.height + b.height;

test('nothing lies on anything else, and all lies in its box', () => {
  for (const mesh of [small, large(300)]) {
    const { scene, layout } = everything(mesh);
    const at = (id: string): Rect => layout.get(id) ?? assert.fail(`${id} has no place`);
    const boxes = scene.boxes.map(({ namespace }) => at(boxId(namespace)));
    for (const [index, box] of boxes.entries()) assert.ok(!boxes.slice(index + 1).some((other) => overlap(box, other)));
    for (const { namespace, things } of scene.boxes) {
      const box = at(boxId(namespace));
      const rects = things.map(({ id }) => at(id));
      for (const [index, rect] of rects.entries()) {
        assert.ok(!rects.slice(index + 1).some((other) => overlap(rect, other)), `in ${namespace}`);
        assert.ok(Math.abs(rect.x - box.x) * 2 + rect.width <= box.width && Math.abs(rect.y - box.y) * 2 + rect.height <= box.height);
      }
    }
  }
});

test('the same mesh lies the same, in whatever order it comes', () => {
  const turned: Mesh = { ...small, services: small.services.toReversed(), rules: small.rules.toReversed(), edges: small.edges.toReversed() };
  const sorted = (layout: Layout): unknown[] => [...layout].sort(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(sorted(everything(turned).layout), sorted(everything(small).layout));
});

test('an edit that changes no names moves nothing', () => {
  const healed: Mesh = { ...small, edges: small.edges.map((edge) => ({ ...edge, mode: 'ISTIO_MUTUAL', failing: false })) };
  assert.deepEqual([...everything(healed).layout], [...everything(small).layout]);
});

test('2,000 services are laid out in no time', () => {
  const mesh = large(2000);
  const start = performance.now();
  everything(mesh);
  assert.ok(performance.now() - start < 1000, `${performance.now() - start} ms`);
});

test('connections are told in words', () => {
  const model = new Model(small);
  const [decides, , , refused] = small.edges as [Edge, Edge, Edge, Edge];
  assert.equal(edgeText(decides, model), 'PeerAuthentication foo/default: servers of foo/a on port 80 accept STRICT');
  assert.equal(edgeText(refused, model), 'DestinationRule foo/a: clients of every namespace send plaintext to foo/a on port 80: refused');
  assert.equal(spoken(model.things.get('policy/foo/default') ?? assert.fail()), 'default, namespace policy, STRICT, TIS0208');
});

test('what works and what fails between two things are two lines, side by side', () => {
  const mesh: Mesh = { ...small, edges: [...small.edges, { ...sends('rule/foo/a', 'service/foo/a', 'DISABLE'), ports: [9090] }] };
  const model = new Model(mesh);
  const { lines } = buildScene(model, visible(model, NO_FILTER), { open: new Set(model.namespaces) });
  const between = lines.filter(({ source, target }) => source === 'rule/foo/a' && target === 'service/foo/a');
  assert.deepEqual(between.map(({ failing, beside, edges }) => [failing, beside, edges[0]?.ports]), [[true, true, [80]], [false, true, [9090]]]);
  assert.equal(new Set(lines.map(({ id }) => id)).size, lines.length);
  assert.ok(lines.filter(({ source }) => source !== 'rule/foo/a').every(({ beside }) => !beside));
});

test('only broken: what fails, what decides there, and the counts of that', () => {
  const model = new Model(small);
  const shown = visible(model, { ...NO_FILTER, broken: true });
  assert.deepEqual([...shown].sort(), ['policy/foo/default', 'rule/foo/a', 'service/foo/a']);
  const { lines } = buildScene(model, shown, { open: new Set(model.namespaces), broken: true });
  assert.deepEqual(lines.map(({ id }) => id), ['decides policy/foo/default service/foo/a', 'sends rule/foo/a service/foo/a fails']);
  assert.deepEqual(model.count(shown), { namespaces: 1, services: 1, conflicts: 1, failing: 1 });
  assert.deepEqual(model.count(visible(model, NO_FILTER)), { namespaces: 3, services: 3, conflicts: 1, failing: 1 });
  assert.deepEqual([...visible(model, { ...NO_FILTER, broken: true, namespace: 'bar' })], []);
});

test('a conflict is one clause and one policy, whatever services and ports they meet at', () => {
  const decides = (from: string, to: string, mode: string, ports: number[], otherPorts = false): Edge => ({ kind: 'decides', from, to, mode, ports, otherPorts });
  const mesh: Mesh = {
    ...small,
    edges: [
      decides('policy/foo/default', 'service/foo/a', 'STRICT', [80]),
      decides('policy/istio-system/default', 'service/foo/a', 'PERMISSIVE', [80], true), // of another workload
      decides('policy/foo/other', 'service/foo/a', 'STRICT', [90]), // of another port
      decides('policy/foo/default', 'service/foo/b', 'STRICT', [], true),
      sends('rule/foo/a', 'service/foo/a', 'DISABLE', true),
      { ...sends('rule/foo/a', 'service/foo/b', 'DISABLE', true), ports: [], otherPorts: true },
      sends('rule/bar/far', 'service/foo/b', 'ISTIO_MUTUAL'),
    ],
  };
  const model = new Model(mesh);
  assert.deepEqual(model.count(visible(model, NO_FILTER)), { namespaces: 3, services: 3, conflicts: 1, failing: 2 });
});

test('problems first: namespaces, and what is in them', () => {
  const mesh: Mesh = { ...small, services: [service('foo', 'z', 'STRICT', true), ...small.services] };
  const model = new Model(mesh);
  const order = (problemsFirst: boolean): string[] =>
    buildScene(model, visible(model, NO_FILTER), { open: new Set(model.namespaces), problemsFirst }).boxes.flatMap(({ namespace, things }) =>
      [namespace, ...things.filter(({ kind }) => kind === 'service').map(({ label }) => label)]);
  assert.deepEqual(order(false), ['istio-system', 'bar', 'c', 'foo', 'a', 'b', 'z']);
  assert.deepEqual(order(true), ['foo', 'a', 'z', 'b', 'istio-system', 'bar', 'c']);
});

test('names are readable at every zoom, and cut to what they stand in', () => {
  const measure = (text: string): number => text.length * 6;
  for (const zoom of [0.03, 0.1, 0.5, 1, 3]) assert.ok(fontSize(13, zoom) >= 11 && fontSize(13, zoom) <= 17);
  assert.equal(cut('recommendations', 60, measure), 'recommend…');
  assert.equal(cut('ledger', 60, measure), 'ledger');
  assert.equal(cut('ledger', 5, measure), '');
  assert.deepEqual(wrap('recommendations-staging', 96, 2, measure), ['recommendations-', 'staging']);
  assert.deepEqual(wrap('a-b-c-d', 24, 2, measure), ['a-b-', 'c-d']);
  assert.deepEqual(wrap('one-two-three', 36, 1, measure), ['one-t…']);
});

test('the layout follows the shape of the page, in few steps', () => {
  const aspects = [[1000, 600], [990, 610], [400, 700], [500, 500], [2000, 600], [0, 0]].map(([width = 0, height = 0]) => shapeOf(width, height).aspect);
  assert.deepEqual(aspects, [1.7, 1.7, 0.6, 1, 2.6, 1.7]);
  const { model, scene } = everything(large(300));
  const height = (aspect: number): number => Math.max(...[...layOut(scene, model, { ...WIDE, aspect }).values()].map(({ y }) => y));
  assert.ok(height(0.6) > height(1.7) && height(1.7) > height(2.6));
});

test('closed namespaces stand beside each other as far as their names can be read', () => {
  const model = new Model(large(300));
  const scene = buildScene(model, visible(model, NO_FILTER), { open: new Set() });
  for (const width of [480, 300, 60]) {
    const right = Math.max(...[...layOut(scene, model, shapeOf(width, 400)).values()].map((rect) => rect.x + rect.width / 2));
    assert.ok(right * READABLE <= Math.max(width, 80), `${right}`);
  }
});
