// The policy graph as the server sends it (`istioMtls/graph`) and its command line prints it (`graph --format json`).
// docs/graph.md says what each field means.

export const GRAPH_VERSION = 1;

export type Mode = 'STRICT' | 'PERMISSIVE' | 'DISABLE' | 'UNSET' | (string & {});

export interface Point {
  readonly line: number; // from 1
  readonly column: number; // from 1, in code points
}

export interface LspRange {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

export interface Place {
  readonly file: string;
  readonly range: { readonly start: Point; readonly end: Point };
  readonly path?: string;
  readonly cluster?: string; // that holds it, in place of file and range
  readonly uri?: string; // from the language server only
  readonly lspRange?: LspRange;
}

export interface Service {
  readonly id: string;
  readonly namespace: string; // empty: stands for namespaces that are in no document
  readonly host: string; // empty: stands for the namespace's services that are in no document
  readonly name: string;
  readonly documented?: boolean;
  readonly at?: Place | null;
  readonly modes: readonly Mode[];
  readonly workloads?: number; // with a sidecar
  readonly outside?: readonly string[]; // why others take no part: "no sidecar: namespace kube-system"
  readonly failing?: boolean | null;
}

export interface Policy {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly level: 'mesh' | 'namespace' | 'workload' | (string & {});
  readonly mode: Mode;
  readonly at?: Place | null;
  readonly codes?: readonly string[];
}

export interface Rule {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
  readonly at?: Place | null;
  readonly codes?: readonly string[];
}

export interface Edge {
  readonly kind: 'decides' | 'sends' | (string & {});
  readonly from: string;
  readonly to: string;
  readonly mode: Mode;
  readonly ports?: readonly number[] | null;
  readonly otherPorts?: boolean | null;
  readonly clients?: readonly string[] | null;
  readonly allOthers?: boolean | null;
  readonly subset?: string | null;
  readonly failing?: boolean | null;
  readonly at?: Place | null;
}

export interface Mesh {
  readonly name: string;
  readonly rootNamespace?: string;
  readonly enableAutoMtls?: boolean;
  readonly namespaces: readonly { readonly name: string }[];
  readonly services: readonly Service[];
  readonly policies: readonly Policy[];
  readonly rules: readonly Rule[];
  readonly edges: readonly Edge[];
}

export interface Graph {
  readonly version: number;
  readonly meshes: readonly Mesh[];
}
