// Whether a text looks like a manifest, told from its keys alone: cheap enough for every file that is opened, and before any server
// runs. Templates of charts count as they are written. Knows nothing of VS Code.

/** How much of a text is looked at, in UTF-16 units. */
export const MOST_LOOKED_AT = 64 * 1024;

// At the start of a line, perhaps in a list, or anywhere in JSON.
const API_VERSION = /(?:^|[{,])[ \t]*(?:- )?["']?apiVersion["']?[ \t]*:[ \t]*["']?([^\s"',}]+)/gm;
const KIND = /(?:^|[{,])[ \t]*(?:- )?["']?kind["']?[ \t]*:[ \t]*["']?(\w+)/gm;

// What takes part in a mesh beside Istio's own kinds.
const KINDS = new Set([
  'Service', 'Namespace', 'Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod', 'Rollout', 'Kustomization',
]);

const head = (text: string): string => text.slice(0, MOST_LOOKED_AT);

const found = (pattern: RegExp, text: string): string[] => [...text.matchAll(pattern)].map(([, value = '']) => value);

/** Is it of Kubernetes at all? */
export function isManifest(text: string): boolean {
  const start = head(text);
  return start.search(API_VERSION) >= 0 && start.search(KIND) >= 0;
}

/** Does the policy graph show something of it? */
export function isOfMesh(text: string): boolean {
  const start = head(text);
  if (!isManifest(start)) return false;
  return found(API_VERSION, start).some((version) => /(^|\.)istio\.io\//.test(version)) || found(KIND, start).some((kind) => KINDS.has(kind));
}

/** May it become a manifest, since nothing is written there yet? */
export const isUnwritten = (text: string): boolean => !/^[ \t]*(?!#|---)\S/m.test(head(text));
