// The extension runs on the same files as those for YAML, Kubernetes and Helm, and leaves to them what is theirs.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface Manifest {
  contributes: {
    commands: { command: string }[];
    configuration: { title: string; order: number; properties: Record<string, { order: number; enum?: unknown[]; enumItemLabels?: string[] }> }[];
    yamlValidation: { fileMatch: string }[];
    menus?: Record<string, { command: string; when: string }[]>;
    viewsContainers: { activitybar: { id: string }[] };
    views: Record<string, { id: string }[]>;
    viewsWelcome: { view: string; contents: string }[];
    walkthroughs: { id: string; steps: { description: string; media: { image: string; altText: string } }[] }[];
  };
  activationEvents: string[];
  extensionDependencies?: string[];
  extensionPack?: string[];
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;

test('it contributes commands, settings, a view of its own and a schema for its own file, and nothing else', () => {
  const { commands, configuration, yamlValidation, menus = {}, viewsContainers, views, viewsWelcome, walkthroughs, ...others } = manifest.contributes;
  // Above all no languages (file associations), grammars, snippets, keybindings, or configurationDefaults (a formatter, say).
  assert.deepEqual(Object.keys(others), []);
  for (const { command } of commands) assert.match(command, /^istioMtls\./);
  for (const key of configuration.flatMap(({ properties }) => Object.keys(properties))) assert.match(key, /^istioMtls\./);
  for (const { fileMatch } of yamlValidation) assert.match(fileMatch, /\.istio-mtls\.ya?ml$/);
  for (const { id } of [...viewsContainers.activitybar, ...Object.values(views).flat()]) assert.match(id, /^istioMtls\b/);
  for (const { id } of walkthroughs) assert.match(id, /^istioMtls\./);
  for (const { view } of viewsWelcome) assert.match(view, /^istioMtls\./);
  for (const { command } of Object.values(menus).flat()) assert.match(command, /^istioMtls\./);
});

test('each setting has its chapter and its place there, and a choice has labels', () => {
  const { configuration } = manifest.contributes;
  assert.deepEqual(configuration.map(({ order }) => order), configuration.map((_, index) => index + 1));
  for (const { title, properties } of configuration) {
    assert.match(title, /^Istio mTLS: /);
    const all = Object.values(properties);
    assert.deepEqual(all.map(({ order }) => order), all.map((_, index) => index + 1));
    for (const { enum: values, enumItemLabels } of all) assert.equal(enumItemLabels?.length, values?.length);
    for (const { enum: values, enumItemLabels } of all) if (values?.includes(null)) assert.equal(enumItemLabels?.[values.indexOf(null)], 'Not set');
  }
});

test('what the walkthrough and the empty view lead to is there', () => {
  const { walkthroughs, viewsWelcome, commands } = manifest.contributes;
  const steps = walkthroughs.flatMap((one) => one.steps);
  for (const { media } of steps) {
    assert.notEqual(media.altText, '');
    assert.ok(existsSync(media.image.replace('dist/', '../docs/')), media.image);
  }
  const texts = [...steps.map(({ description }) => description), ...viewsWelcome.map(({ contents }) => contents)];
  const called = texts.flatMap((text) => [...text.matchAll(/\(command:(istioMtls\.[\w.]+)/g)].map(([, command]) => command));
  assert.ok(called.length > 4);
  for (const command of called) assert.ok(command === 'istioMtls.mesh.focus' || commands.some((one) => one.command === command), command);
});

test('it is not started in every folder', () => {
  for (const event of manifest.activationEvents) {
    assert.match(event, /^(onLanguage:(yaml|helm)|onWalkthrough:istioMtls\.\w+|workspaceContains:.+)$/);
    assert.doesNotMatch(event, /workspaceContains:\*\*\/\*\./, 'a folder with any YAML file');
  }
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
