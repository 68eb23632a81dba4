// The extension runs on the same files as those for YAML, Kubernetes and Helm, and leaves to them what is theirs.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface Manifest {
  contributes: {
    commands: { command: string }[];
    configuration: { properties: Record<string, unknown> };
    yamlValidation: { fileMatch: string }[];
    menus?: Record<string, { command: string; when: string }[]>;
    viewsContainers: { activitybar: { id: string }[] };
    views: Record<string, { id: string }[]>;
    viewsWelcome: { view: string }[];
  };
  extensionDependencies?: string[];
  extensionPack?: string[];
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

test('it contributes commands, settings, a view of its own and a schema for its own file, and nothing else', () => {
  const { commands, configuration, yamlValidation, menus = {}, viewsContainers, views, viewsWelcome, ...others } = manifest.contributes;
  // Above all no languages (file associations), grammars, snippets, keybindings, or configurationDefaults (a formatter, say).
  assert.deepEqual(Object.keys(others), []);
  for (const { command } of commands) assert.match(command, /^istioMtls\./);
  for (const key of Object.keys(configuration.properties)) assert.match(key, /^istioMtls\./);
  for (const { fileMatch } of yamlValidation) assert.match(fileMatch, /\.istio-mtls\.ya?ml$/);
  for (const { id } of [...viewsContainers.activitybar, ...Object.values(views).flat()]) assert.match(id, /^istioMtls\b/);
  for (const { view } of viewsWelcome) assert.match(view, /^istioMtls\./);
  for (const { command } of Object.values(menus).flat()) assert.match(command, /^istioMtls\./);
});

test('it neither needs nor brings another extension', () => {
  assert.deepEqual(manifest.extensionDependencies ?? [], []);
  assert.deepEqual(manifest.extensionPack ?? [], []);
});

test('it registers no formatter and changes no language', () => {
  const sources = readdirSync('src', { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  assert.ok(sources.length > 5);
  for (const name of sources) {
    const text = readFileSync(join('src', name), 'utf8');
    assert.doesNotMatch(text, /register\w*Formatting\w*|setTextDocumentLanguage|setLanguageConfiguration/, name);
  }
});
