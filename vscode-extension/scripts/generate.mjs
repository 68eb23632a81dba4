// docs/config.schema.json is the one description of the settings. From it come package.json's settings; the codes in both
// come from docs/checks, which the server's registry of checks writes.
//
//   node scripts/generate.mjs            writes docs/config.schema.json and package.json
//   node scripts/generate.mjs --check    fails where one of them is out of date
import { readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const SCHEMA = '../docs/config.schema.json';
const PACKAGE = 'package.json';
const CODES = '../docs/checks/README.md';

const SECTION = 'istioMtls';
// `meshes` names globs of one folder, and `baseline` is of the command line: both are read from the file only.
const FILE_ONLY = ['meshes', 'baseline'];
const SEVERITIES = ['off', 'hint', 'information', 'warning', 'error'];

// What is for editors only.
const EDITOR_SETTINGS = {
  [`${SECTION}.build`]: {
    type: 'string',
    default: '',
    scope: 'window',
    markdownDescription:
      'The build, such as `overlays/prod`, that hovers, hints, lenses and navigation show where several kustomizations build a file. Not set: all of them.',
  },
  [`${SECTION}.inlayHints`]: {
    type: 'boolean',
    default: true,
    scope: 'window',
    description: 'Inlay hints at the end of the line of a mode: what the other end does.',
  },
  [`${SECTION}.codeLens`]: {
    type: 'boolean',
    default: true,
    scope: 'window',
    description: 'Code lenses above policies, rules, services, workloads and kustomizations.',
  },
  [`${SECTION}.diagnosticsDelay`]: {
    type: 'integer',
    default: 400,
    minimum: 0,
    maximum: 10000,
    scope: 'window',
    description:
      'How long typing must have paused before a new finding is shown, in milliseconds. What is healed goes at once, and saving shows everything. 0: nothing waits.',
  },
  [`${SECTION}.clusterRefresh`]: {
    type: 'integer',
    default: 0,
    minimum: 0,
    maximum: 1440,
    scope: 'window',
    description: 'How often the clusters that files are laid over are read anew, in minutes. 0: when asked only.',
  },
  [`${SECTION}.schemaHelp`]: {
    type: ['string', 'boolean'],
    enum: ['auto', true, false],
    enumDescriptions: [
      'Yes, but not in files that name a schema for yaml-language-server',
      'Yes, in all files',
      'No: another server knows the schemas of Istio',
    ],
    default: 'auto',
    scope: 'window',
    description:
      'Complete and explain the keys of Istio\'s resources and of .istio-mtls.yaml, and offer templates in empty documents? What is said of the mesh does not depend on it.',
  },
};

// What the server knows nothing of.
const CLIENT_SETTINGS = {
  [`${SECTION}.server.path`]: {
    type: 'string',
    default: '',
    scope: 'machine-overridable',
    markdownDescription:
      'Full path of the server to run instead of the one that comes with the extension. Not used in folders that are not trusted.',
  },
  [`${SECTION}.trace.server`]: {
    type: 'string',
    enum: ['off', 'messages', 'verbose'],
    enumItemLabels: ['Off', 'Messages', 'Messages with their contents'],
    default: 'off',
    scope: 'window',
    description: 'Writes what the editor and the server say to each other to the output "Istio mTLS".',
  },
};

// The settings editor's chapters. What no chapter names, such as a new key of the file's, comes last in the one of the editor.
const CHAPTERS = [
  ['Mesh', ['rootNamespace', 'enableAutoMtls', 'clusterDomain', 'defaultDestinationRuleExportTo', 'defaultNamespace']],
  ['Problems', ['severity', 'separateTIS0207']],
  ['Files', ['exclude', 'followLinks', 'build', 'helm', 'charts', 'limits']],
  ['Cluster', ['cluster', 'snapshot', 'clusterRefresh']],
  ['Editor and Server', ['server.path', 'trace.server']],
];

// What the settings editor calls a value that can be chosen.
const LABELS = new Map([[null, 'Not set'], [true, 'Yes'], [false, 'No']]);
const labelOf = (value) => LABELS.get(value) ?? value[0].toUpperCase() + value.slice(1);
const labelled = (setting) => (setting.enum ? { enumItemLabels: setting.enum.map(labelOf), ...setting } : setting);

async function codes() {
  const rows = (await readFile(CODES, 'utf8')).matchAll(/^\| \[([A-Z]+\d+)\]\([^)]*\) \| (\w+) \| ([^|]+?) \|/gm);
  return [...rows].map(([, code, severity, title]) => ({ code, severity, title }));
}

function withCodes(schema, all) {
  const properties = Object.fromEntries(
    all.map(({ code, severity, title }) => [
      code,
      { $ref: '#/definitions/severityLevel', description: `${title} (${severity} unless set)` },
    ]),
  );
  schema.definitions.severity.properties = properties;
  return schema;
}

// A severity, or a limit; within an object whatever is not there is not set.
function asMember({ $ref, type, examples, ...member }) {
  if ($ref) return labelled({ type: 'string', enum: SEVERITIES, description: member.description });
  return { type: type.filter((name) => name !== 'null'), ...member };
}

// A value that nobody touched must mean "not set" to the server: an empty string, an empty list, null.
const asSetting = {
  string: ({ description, pattern }) => ({
    type: 'string', default: '', pattern: `^$|${pattern}`, patternErrorMessage: `Must match ${pattern}`, description,
  }),
  boolean: ({ description }) => ({
    type: ['boolean', 'null'], enum: [null, true, false], default: null, description,
  }),
  array: ({ description, items }, definitions) => ({
    type: 'array', items: definitions[items.$ref.split('/').pop()], default: [], uniqueItems: true, description,
  }),
  object: ({ description, properties }) => ({
    type: 'object', default: {}, additionalProperties: false, description,
    properties: Object.fromEntries(Object.entries(properties).map(([name, member]) => [name, asMember(member)])),
  }),
};

function settings({ properties, definitions }) {
  const keys = Object.keys(properties).filter((key) => !FILE_ONLY.includes(key));
  const server = keys.map((key) => {
    const definition = definitions[key];
    const setting = asSetting[definition.type[0]](definition, definitions);
    return [`${SECTION}.${key}`, { scope: 'resource', ...setting }];
  });
  return { ...Object.fromEntries(server), ...EDITOR_SETTINGS, ...CLIENT_SETTINGS };
}

function chapters(all) {
  const keys = Object.keys(all);
  const named = CHAPTERS.map(([title, names]) => [title, names.map((name) => `${SECTION}.${name}`)]);
  const missing = named.flatMap(([, names]) => names).filter((name) => !keys.includes(name));
  if (missing.length > 0) throw new Error(`CHAPTERS names settings that are not there: ${missing.join(', ')}`);
  named.at(-1)[1].unshift(...keys.filter((key) => !named.some(([, names]) => names.includes(key))));
  return named.map(([title, names], at) => ({
    title: `Istio mTLS: ${title}`,
    order: at + 1,
    properties: Object.fromEntries(names.map((name, index) => [name, { order: index + 1, ...labelled(all[name]) }])),
  }));
}

const schema = withCodes(JSON.parse(await readFile(SCHEMA, 'utf8')), await codes());
const manifest = JSON.parse(await readFile(PACKAGE, 'utf8'));
manifest.contributes.configuration = chapters(settings(schema));

const stale = [];
for (const [path, value] of [[SCHEMA, schema], [PACKAGE, manifest]]) {
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if ((await readFile(path, 'utf8')) === text) continue;
  if (process.argv.includes('--check')) stale.push(path);
  else await writeFile(path, text);
}
if (stale.length > 0) {
  console.error(`${stale.join(' and ')}: out of date; run npm run generate in vscode-extension`);
  process.exitCode = 1;
}
