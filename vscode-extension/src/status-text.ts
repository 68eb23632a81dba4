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
