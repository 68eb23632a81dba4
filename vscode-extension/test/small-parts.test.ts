import assert from 'node:assert/strict';
import { test } from 'node:test';

import { age, clusterStatus, clusterTooltip, type Cluster } from '../src/cluster-text';
import { readCodeList } from '../src/code-list';
import type { Finding } from '../src/conflicts';
import { graphLink, settingLink } from '../src/links';
import { isManifest, isOfMesh, isUnwritten } from '../src/manifest-text';
import { MOST_RESTARTS, RestartPolicy, WITHIN_MS } from '../src/restart-policy';
import { countFindings, isShown, serverTooltip, statusText, statusTooltip } from '../src/status-text';

test('a server that keeps dying is given up', () => {
  const policy = new RestartPolicy(() => 0);
  for (let death = 0; death < MOST_RESTARTS; death += 1) assert.equal(policy.died(), true);
  assert.equal(policy.died(), false);
  policy.forget();
  assert.equal(policy.died(), true);
});

test('deaths long ago do not count', () => {
  let now = 0;
  const policy = new RestartPolicy(() => now);
  for (let death = 0; death < 3 * MOST_RESTARTS; death += 1) {
    assert.equal(policy.died(), true);
    now += WITHIN_MS / 2;
  }
});

test('the status tells state and counts', () => {
  const finding = (severity: number, places: number): Finding => ({
    code: 'X', message: '', severity, pairs: places - 1, places: Array.from({ length: places }, (_, line) => ({ at: { uri: 'x', start: { line, character: 0 }, end: { line, character: 1 } }, message: '' })),
  });
  const counts = countFindings([finding(0, 2), finding(0, 3), finding(0, 1), finding(1, 2)]);
  assert.deepEqual(counts, { conflicts: 3, places: 5, errors: 1, warnings: 1 });
  assert.equal(statusText({ kind: 'ready' }, counts), '$(shield) Istio mTLS $(error) 4 $(warning) 1');
  assert.equal(statusTooltip({ kind: 'ready' }, counts), 'Istio mTLS: 3 conflicts (5 places), 1 other error, 1 warning');
  assert.equal(statusTooltip({ kind: 'ready' }, countFindings([])), 'Istio mTLS: no conflict');
  assert.equal(statusText({ kind: 'ready' }, countFindings([])), '$(shield) Istio mTLS');
  assert.equal(statusText({ kind: 'indexing', message: '3 of 9 files' }, counts), '$(sync~spin) Istio mTLS: indexing 3 of 9 files');
  assert.match(statusTooltip({ kind: 'failed', message: 'no server' }, counts), /no server$/);
  assert.deepEqual(serverTooltip(undefined), []);
  assert.deepEqual(serverTooltip({ kind: 'native', version: '0.1.0' }), []);
  assert.match(serverTooltip({ kind: 'wasm', version: '0.1.0' })[0] ?? '', /^Server 0\.1\.0 runs as WebAssembly/);
});

test('what explain lists is read', () => {
  assert.deepEqual(readCodeList('TIS0208   A rule sends plaintext\nMTLS0001  A mode\n\nmore with explain CODE\n'), [
    { code: 'TIS0208', title: 'A rule sends plaintext' },
    { code: 'MTLS0001', title: 'A mode' },
  ]);
});

test('the status tells which cluster files are laid over, and how old what is known of it is', () => {
  const now = Date.parse('2026-11-27T12:00:00Z');
  const prod: Cluster = {
    name: 'prod', context: 'prod', reading: false, cancelled: false, taken: '2026-11-27T11:57:30Z', objects: 12,
    notRead: ['Gateway: forbidden'], error: null,
  };
  assert.deepEqual(
    [null, '2026-11-27T12:00:09Z', '2026-11-27T11:00:00Z', '2026-11-20T12:00:00Z', 'x'].map((taken) => age(taken, now)),
    ['', 'now', '1 h', '7 d', ''],
  );
  assert.equal(clusterStatus([], now), '');
  assert.equal(clusterStatus([prod], now), ' $(server) prod 2 min');
  const gone = { ...prod, name: 'stage', taken: null, error: 'no such host' };
  assert.equal(clusterStatus([prod, gone], now), ' $(server) prod 2 min, $(warning) stage');
  assert.deepEqual(clusterTooltip([prod, gone], now), [
    'laid over cluster prod: 12 objects, 2 min old',
    'not read: Gateway: forbidden',
    'laid over cluster stage: not read yet',
    'last attempt: no such host',
    'not read: Gateway: forbidden',
  ]);
});

test('a manifest is told from another YAML or JSON file by its keys', () => {
  const policy = '# ours\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\n';
  const config = 'apiVersion: v1\nkind: ConfigMap\n';
  const list = 'apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Service\n';
  const json = '{"kind": "Service", "apiVersion": "v1"}';
  const template = '{{- if .Values.on }}\napiVersion: {{ .Values.api }}\nkind: Service\n{{- end }}\n';
  assert.deepEqual([policy, config, list, json, template].map(isManifest), [true, true, true, true, true]);
  assert.deepEqual([policy, config, list, json].map(isOfMesh), [true, false, true, true]);
  const others = ['services:\n  web:\n    image: x\n', 'apiVersion: v2\nname: chart\n', 'kind: x\n', 'a: {kindOf: 1, apiVersions: 2}', '{"name": "x"}', ''];
  assert.deepEqual(others.map(isManifest), others.map(() => false));
  assert.deepEqual(others.map(isOfMesh), others.map(() => false));
});

test('a file in which nothing is written yet may become a manifest', () => {
  assert.deepEqual(['', '\n\n', '# a comment\n', '---\n', 'on: push\n', '# x\nservices:\n', '- a\n'].map(isUnwritten), [true, true, true, true, false, false, false]);
});

test('the status item is shown where there is something of Istio, and when the server fails', () => {
  const none = countFindings([]);
  const some = { ...none, errors: 1 };
  assert.equal(isShown({ kind: 'ready' }, none, 0, false), false);
  assert.equal(isShown({ kind: 'ready' }, none, 0, true), true);
  assert.equal(isShown({ kind: 'ready' }, some, 0, false), true);
  assert.equal(isShown({ kind: 'ready' }, none, 1, false), true);
  assert.equal(isShown({ kind: 'failed', message: 'x' }, none, 0, false), true);
  assert.equal(isShown({ kind: 'idle' }, none, 0, false), false);
});

test('an argument of a link cannot end the link', () => {
  const link = graphLink('file:///m/a (1)].yaml');
  assert.doesNotMatch(link, /[()\]\s]/);
  assert.deepEqual(JSON.parse(decodeURIComponent(link.split('?')[1] ?? '')), ['file:///m/a (1)].yaml']);
  assert.equal(settingLink('a.b'), 'command:workbench.action.openSettings?%5B%22a.b%22%5D');
});
