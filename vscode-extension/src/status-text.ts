// What the status bar item says. Knows nothing of VS Code but the names of its icons.
import { countConflicts, ERROR, isConflict, WARNING, type Finding } from './conflicts';
import type { ServerState } from './context';
import { counted } from './graph-view/words';
import type { Server } from './host';

export interface Counts {
  readonly conflicts: number; // each once, however many places it has
  readonly places: number; // of conflicts
  readonly errors: number; // other ones
  readonly warnings: number;
}

export function countFindings(findings: readonly Finding[]): Counts {
  const conflicts = findings.filter(isConflict);
  const others = findings.filter((one) => !isConflict(one));
  return {
    conflicts: countConflicts(findings),
    places: conflicts.reduce((sum, { places }) => sum + places.length, 0),
    errors: others.filter(({ severity }) => severity === ERROR).length,
    warnings: others.filter(({ severity }) => severity === WARNING).length,
  };
}

export function statusText(state: ServerState, { conflicts, errors, warnings }: Counts): string {
  switch (state.kind) {
    case 'idle':
      return '$(shield) Istio mTLS';
    case 'starting':
      return '$(sync~spin) Istio mTLS';
    case 'indexing':
      return `$(sync~spin) Istio mTLS: indexing ${state.message}`.trimEnd();
    case 'failed':
      return '$(error) Istio mTLS';
    case 'stopped':
      return '$(circle-slash) Istio mTLS';
    case 'ready':
      return conflicts + errors + warnings === 0
        ? '$(shield) Istio mTLS'
        : `$(shield) Istio mTLS $(error) ${conflicts + errors} $(warning) ${warnings}`;
  }
}

function countsText({ conflicts, places, errors, warnings }: Counts): string {
  if (conflicts + errors + warnings === 0) return 'no conflict';
  const told = [conflicts > 0 && `${counted(conflicts, 'conflict')} (${counted(places, 'place')})`, errors > 0 && counted(errors, 'other error'), warnings > 0 && counted(warnings, 'warning')];
  return told.filter(Boolean).join(', ');
}

export function statusTooltip(state: ServerState, counts: Counts): string {
  switch (state.kind) {
    case 'idle':
      return 'Istio mTLS: there is no manifest here yet';
    case 'starting':
      return 'Istio mTLS: the server is starting';
    case 'indexing':
      return 'Istio mTLS: reading the manifests';
    case 'failed':
      return `Istio mTLS: ${state.message}`;
    case 'stopped':
      return 'Istio mTLS: the server is stopped';
    case 'ready':
      return `Istio mTLS: ${countsText(counts)}`;
  }
}

/** Which server runs, where it is not the usual one. */
export function serverTooltip(server: Pick<Server, 'kind' | 'version'> | undefined): string[] {
  switch (server?.kind) {
    case 'wasm':
      return [`Server ${server.version} runs as WebAssembly, slower than a program for this machine`];
    case 'browser':
      return [`Server ${server.version} runs as WebAssembly in this browser`];
    default:
      return [];
  }
}

/** Is there a reason to show the item? Many folders with manifests hold nothing of Istio's, and a server that fails is always told. */
export function isShown({ kind }: ServerState, { conflicts, errors, warnings }: Counts, clusters: number, hasIstio: boolean): boolean {
  if (kind === 'idle') return false;
  return kind === 'failed' || hasIstio || conflicts + errors + warnings + clusters > 0;
}
