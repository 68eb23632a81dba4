// Requests that are this server's own.
import { RequestType } from 'vscode-languageclient/node';

import type { Graph } from './graph-view/graph';

/** What `istio-mtls-ls graph --format json` prints, with places that an editor can open. */
export const graphRequest = new RequestType<Record<string, never>, Graph, unknown>('istioMtls/graph');
