// Requests that are this server's own.
import { RequestType } from 'vscode-languageclient';

import type { Graph } from './graph-view/graph';
import type { Effective } from './modes-view/effective';

/** What `istio-mtls-ls graph --format json` prints, with places that an editor can open. */
export const graphRequest = new RequestType<Record<string, never>, Graph, unknown>('istioMtls/graph');

/** What `istio-mtls-ls effective --format json` prints, with places that an editor can open. */
export const effectiveRequest = new RequestType<Record<string, never>, Effective, unknown>('istioMtls/effective');
