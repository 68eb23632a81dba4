// The status bar item: what the server is doing, and how many conflicts and other problems it shows.
import * as vscode from 'vscode';

import { clusterStatus, clusterTooltip } from './cluster-text';
import type { Context } from './context';
import type { Feed } from './feed';
import { ownFindings } from './own-findings';
import { countFindings, isShown, serverTooltip, statusText, statusTooltip, type Counts } from './status-text';
import type { Timer } from './timer';

const MINUTE_MS = 60_000;
const SETTLE_MS = 100; // diagnostics come in bursts
const LOOK_AGAIN_MS = 3000;

function show(item: vscode.StatusBarItem, context: Context, counts: Counts, hasIstio: boolean): void {
  const { state, clusters } = context;
  const now = Date.now();
  const tooltip = [statusTooltip(state, counts), ...serverTooltip(context.server), ...clusterTooltip(clusters, now)].join('\n');
  item.text = statusText(state, counts) + clusterStatus(clusters, now);
  item.tooltip = tooltip;
  item.command = state.kind === 'failed' ? 'istioMtls.showOutput' : 'workbench.actions.view.problems';
  item.backgroundColor =
    state.kind === 'failed' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
  item.accessibilityInformation = { label: tooltip, role: 'button' };
  if (isShown(state, counts, clusters.length, hasIstio)) item.show();
  else item.hide();
}

/** Is there a policy or a rule of Istio's? */
async function seesIstio(feed: Feed): Promise<boolean> {
  const answer = await feed.graph();
  return 'value' in answer && answer.value.meshes.some(({ policies, rules }) => policies.length + rules.length > 0);
}

export function registerStatus(context: Context, feed: Feed): void {
  const item = vscode.window.createStatusBarItem('istioMtls.status', vscode.StatusBarAlignment.Left);
  item.name = 'Istio mTLS';
  let timer: Timer | undefined;
  let counts = countFindings([]);
  let hasIstio = false; // once it is known it stays: nobody asks at every edit
  const refresh = (): void => { show(item, context, counts, hasIstio); };
  const recount = (): void => {
    timer = undefined;
    counts = countFindings(ownFindings());
    refresh();
  };
  // Where there is nothing of Istio, a large folder's graph is not made after each edit.
  let lookTimer: Timer | undefined;
  let lookedAt = -Infinity;
  const look = async (): Promise<void> => {
    lookTimer = undefined;
    lookedAt = Date.now();
    hasIstio = await seesIstio(feed);
    if (hasIstio) refresh();
  };
  const lookSoon = (): void => {
    if (hasIstio || lookTimer !== undefined || context.state.kind !== 'ready') return;
    lookTimer = setTimeout(() => { void look(); }, Math.max(0, lookedAt + LOOK_AGAIN_MS - Date.now()));
  };
  // The age of what is known of clusters.
  const clock = setInterval(() => {
    if (context.clusters.length > 0) refresh();
  }, MINUTE_MS);
  context.own(
    item,
    context.onState(refresh),
    context.onClusters(refresh),
    feed.onChange(lookSoon),
    vscode.languages.onDidChangeDiagnostics(() => (timer ??= setTimeout(recount, SETTLE_MS))),
    new vscode.Disposable(() => { clearTimeout(timer); clearTimeout(lookTimer); clearInterval(clock); }),
  );
  refresh();
}
