// The policy graph as the server sends it (`istioMtls/graph`) and its command line prints it (`graph --format json`).

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
  readonly uri?: string; // from the language server only
  readonly lspRange?: LspRange;
}

export interface Service {
  readonly id: string;
  readonly namespace: string;
  readonly host: string; // empty: stands for the namespace's services that are in no document
  readonly name: string;
  readonly documented?: boolean;
  readonly at?: Place;
  readonly modes: readonly Mode[];
  readonly workloads?: number;
  readonly failing?: boolean;
}

export interface Policy {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly level: 'mesh' | 'namespace' | 'workload' | (string & {});
  readonly mode: Mode;
  readonly at?: Place;
  readonly codes?: readonly string[];
}

export interface Rule {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly host: string;
  readonly at?: Place;
  readonly codes?: readonly string[];
}

export interface Edge {
  readonly kind: 'decides' | 'sends' | (string & {});
  readonly from: string;
  readonly to: string;
  readonly mode: Mode;
  readonly ports?: readonly number[];
  readonly clients?: readonly string[];
  readonly allOthers?: boolean;
  readonly subset?: string;
  readonly failing?: boolean;
  readonly at?: Place;
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
