// What the status bar item says. Knows nothing of VS Code but the names of its icons.
import type { ServerState } from './context';

export const SOURCE = 'istio-mtls';

const ERROR = 0; // vscode.DiagnosticSeverity
const WARNING = 1;

export interface Counts {
  readonly errors: number;
  readonly warnings: number;
}

export function countFindings(diagnostics: readonly { readonly severity: number }[]): Counts {
  const count = (severity: number): number => diagnostics.filter((one) => one.severity === severity).length;
  return { errors: count(ERROR), warnings: count(WARNING) };
}

export function statusText(state: ServerState, { errors, warnings }: Counts): string {
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
      return errors + warnings === 0
        ? '$(shield) Istio mTLS'
        : `$(shield) Istio mTLS $(error) ${errors} $(warning) ${warnings}`;
  }
}

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

export function statusTooltip(state: ServerState, { errors, warnings }: Counts): string {
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
      return `Istio mTLS: ${counted(errors, 'error')}, ${counted(warnings, 'warning')}`;
  }
}

/** Is there a reason to show the item? Many folders with manifests hold nothing of Istio's, and a server that fails is always told. */
export function isShown({ kind }: ServerState, { errors, warnings }: Counts, clusters: number, hasIstio: boolean): boolean {
  if (kind === 'idle') return false;
  return kind === 'failed' || hasIstio || errors + warnings + clusters > 0;
}
