// The parts of the graph view that need no page: what is shown, where it stands, how it is put.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { Edge, Mesh, Service } from '../src/graph-view/graph';
import { layOut, type Layout, type Rect } from '../src/graph-view/layout';
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
    { kind: 'decides', from: 'policy/foo/default', to: 'service/foo/a', mode: 'STRICT' },
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
  const scene = buildScene(model, visible(model, NO_FILTER), new Set(model.namespaces), undefined);
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
  const { lines } = buildScene(model, visible(model, NO_FILTER), new Set(['bar']), undefined);
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
    buildScene(model, visible(model, NO_FILTER), new Set(model.namespaces), selected).lines.length;
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
  assert.equal(edgeText(decides, model), 'foo/default decides STRICT for foo/a');
  assert.equal(edgeText(refused, model), 'foo/a makes all other clients send DISABLE to foo/a (port 80): refused');
  assert.equal(spoken(model.things.get('policy/foo/default') ?? assert.fail()), 'default, namespace policy, STRICT, TIS0208');
});
