// What is in force, as the server sends it (`istioMtls/effective`) and its command line prints it (`effective --format json`).
// docs/effective.md says what each field means.
import type { LspRange, Mode } from '../graph-view/graph';

export const EFFECTIVE_VERSION = 1;

/** The field that decides. */
export interface Decider {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file?: string;
  readonly line?: number | null; // from 1
  readonly column?: number | null; // from 1
  readonly path: string;
  readonly cluster?: string; // that holds it, in place of file, line and column
  readonly uri?: string;
  readonly lspRange?: LspRange;
}

export interface Workload {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Server {
  readonly mode: Mode;
  readonly decidedBy: Decider | null; // null: the default
  readonly workloads: readonly Workload[]; // empty: a stand-in for those that no document shows
}

export interface Outside {
  readonly workload: Workload | null; // null: whatever is there
  readonly proxy: string;
  readonly reason: string;
  readonly decidedBy: Decider | null;
}

export interface Call {
  readonly server: number; // index into the port's servers
  readonly sends: string;
  readonly verdict: string;
  readonly workloads: number;
}

export interface Clients {
  readonly mode: string | null; // null: their Sidecar keeps them from the host
  readonly decidedBy: Decider | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly calls: readonly Call[];
  readonly namespaces: '*' | readonly string[];
  readonly subset: string | null;
  readonly verdict: string;
  readonly servers: number;
  readonly failing: number;
  readonly outside: number;
}

export interface Port {
  readonly port: number | null; // null: any port not named
  readonly servers: readonly Server[];
  readonly clients: readonly Clients[];
  readonly outside: readonly Outside[];
}

/** Somebody who has no certificate of the mesh. */
export interface Caller {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly verdict: string; // refused, works
}

export interface EffectiveService {
  readonly namespace: string | null; // null: one that no document shows
  readonly host: string | null;
  readonly ports: readonly Port[];
  readonly callers?: readonly Caller[];
}

export interface EffectiveMesh {
  readonly name: string;
  readonly services: readonly EffectiveService[];
}

export interface Effective {
  readonly version: number;
  readonly meshes: readonly EffectiveMesh[];
}
