// What the extension and the worker of the server say to each other beside LSP. It goes the way of LSP's messages, among which its order
// matters: a file must be there before the server is told of it.
import type { Message } from 'vscode-languageclient';

import type { ReadFile } from './walk';

/** The first message to a worker. */
export interface Begin {
  readonly module: WebAssembly.Module;
  readonly args: readonly string[];
  readonly schemes: readonly string[]; // of URIs of files
}

/** The answer to it, of a command that serves nobody. */
export interface Done {
  readonly status: number;
  readonly output: string;
  readonly errors: string;
}

export const FILES = 'istioMtls/files';

export interface Files {
  readonly files: readonly ReadFile[];
  readonly folders: readonly string[];
  readonly gone: readonly string[];
}

export const ENDED = 'istioMtls/ended';

export interface Ended {
  readonly status: number;
  readonly reason: string; // of a crash, else empty
}

const isCall = (message: unknown, method: string): boolean => (message as { method?: unknown }).method === method;

export const filesOf = (message: unknown): Files | undefined => (isCall(message, FILES) ? (message as { params: Files }).params : undefined);
export const endOf = (message: unknown): Ended | undefined => (isCall(message, ENDED) ? (message as { params: Ended }).params : undefined);

export const call = (method: string, params: object): Message & { method: string; params: object } => ({ jsonrpc: '2.0', method, params });
