// The language client: which documents are the server's, what it is told about this client, what a crash leads to.
import * as vscode from 'vscode';
import {
  CloseAction,
  ErrorAction,
  RevealOutputChannelOn,
  State,
  type BaseLanguageClient,
  type ClientCapabilities,
  type DocumentSelector,
  type ErrorHandler,
  type FeatureState,
  type LanguageClientOptions,
  type StaticFeature,
  type WorkDoneProgressBegin,
  type WorkDoneProgressEnd,
  type WorkDoneProgressReport,
} from 'vscode-languageclient';

import type { Cluster } from './cluster-text';
import type { Server } from './host';
import { graphLink } from './links';
import { MOST_RESTARTS, type RestartPolicy } from './restart-policy';

export const SECTION = 'istioMtls';

/** The Kubernetes extension calls charts' templates "helm"; the server keeps silent about what is not Istio's. */
export const documentsOf = (schemes: readonly string[]): DocumentSelector =>
  ['yaml', 'helm', 'json'].flatMap((language) => [...schemes, 'untitled'].map((scheme) => ({ scheme, language })));

export type Progress = WorkDoneProgressBegin | WorkDoneProgressReport | WorkDoneProgressEnd;

export interface ClientEvents {
  readonly progress: (value: Progress) => void;
  readonly clusters: (clusters: readonly Cluster[]) => void;
  readonly crashed: (restarting: boolean) => void;
}

/** Tells the server that its code lenses may use this extension's commands, and that documents of clusters can be opened. */
class CommandsFeature implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    const experimental = (capabilities.experimental ?? {}) as Record<string, unknown>;
    capabilities.experimental = { ...experimental, istioMtls: { commands: true, clusterDocuments: true } };
  }
  initialize(): void {
    // Nothing depends on what the server answers.
  }
  getState(): FeatureState {
    return { kind: 'static' };
  }
  clear(): void {
    // Nothing is kept.
  }
}

// An answer that takes long reports its progress, too (`istio-mtls/answer-3/1`), and what the views ask for is such an answer.
const isOfWorkspace = (token: number | string): boolean => /^istio-mtls\/(indexing|settings)\//.test(String(token));

/** A folder's own `.istio-mtls.yaml` can have neither helm nor kubectl run, nor what is elsewhere read, before the folder is trusted. */
function asTrusted(settings: object | null): object | null {
  return vscode.workspace.isTrusted ? settings : { ...settings, followLinks: false, helm: false, cluster: 'none' };
}

// Without the functions and proxies of VS Code's, which no worker can be sent.
const settings = (): object => JSON.parse(JSON.stringify(vscode.workspace.getConfiguration(SECTION))) as object;

// What links in hovers may call: they show something and change nothing, whatever a manifest gives as argument.
const HOVER_COMMANDS = ['istioMtls.showGraph', 'istioMtls.explain'];

/** Behind what the server says of a place: the way to the picture of the whole. */
function withGraphLink(hover: vscode.Hover | null | undefined, of: vscode.Uri): vscode.Hover | null | undefined {
  if (!hover) return hover;
  const link = new vscode.MarkdownString(`[$(type-hierarchy) Policy graph](${graphLink(of.toString())} "Show this file in the policy graph")`, true);
  link.isTrusted = { enabledCommands: HOVER_COMMANDS };
  return new vscode.Hover([...hover.contents, link], hover.range);
}

function errorHandler(policy: RestartPolicy, events: ClientEvents): ErrorHandler {
  return {
    error: () => ({ action: ErrorAction.Continue }),
    closed: () => {
      const again = policy.died();
      events.crashed(again);
      // The message shown is ours, with buttons; the client's own would say less.
      return { action: again ? CloseAction.Restart : CloseAction.DoNotRestart, handled: true };
    },
  };
}

export function createClient(
  server: Server,
  documents: DocumentSelector,
  output: vscode.OutputChannel,
  policy: RestartPolicy,
  events: ClientEvents,
): BaseLanguageClient {
  const options: LanguageClientOptions = {
    documentSelector: documents,
    outputChannel: output,
    revealOutputChannelOn: RevealOutputChannelOn.Never,
    initializationOptions: asTrusted(settings()),
    errorHandler: errorHandler(policy, events),
    markdown: { isTrusted: { enabledCommands: HOVER_COMMANDS } },
    middleware: {
      provideHover: async (document, position, token, next) => withGraphLink(await next(document, position, token), document.uri),
      handleWorkDoneProgress: (token, value, next) => {
        if (isOfWorkspace(token)) events.progress(value);
        next(token, value);
      },
      workspace: {
        configuration: async (params, token, next) => {
          const answers = await next(params, token);
          if (!Array.isArray(answers)) return answers;
          return answers.map((answer: unknown, i) =>
            params.items[i]?.section === SECTION ? asTrusted(answer as object | null) : answer);
        },
      },
    },
  };
  const client = server.connect(SECTION, 'Istio mTLS', options);
  client.registerFeature(new CommandsFeature());
  client.onNotification('istioMtls/clusters', ({ clusters }: { clusters: Cluster[] }) => { events.clusters(clusters); });
  const granted = vscode.workspace.onDidGrantWorkspaceTrust(() => {
    void client.sendNotification('workspace/didChangeConfiguration', { settings: null });
  });
  client.onDidChangeState(({ newState }) => {
    if (newState === State.Stopped) granted.dispose();
  });
  return client;
}

export const crashMessage = (restarting: boolean): string =>
  restarting
    ? 'The Istio mTLS server ended unexpectedly and was started again.'
    : `The Istio mTLS server ended ${MOST_RESTARTS + 1} times within three minutes and is not started again. ` +
      'Its output may say why; please report it with the manifest that does it.';
