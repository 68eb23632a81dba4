// The status bar item: what the server is doing, and how many errors and warnings it shows.
import * as vscode from 'vscode';

import { clusterStatus, clusterTooltip } from './cluster-text';
import type { Context } from './context';
import { countFindings, statusText, statusTooltip, SOURCE, type Counts } from './status-text';

const MINUTE_MS = 60_000;
const SETTLE_MS = 100; // diagnostics come in bursts

function ownDiagnostics(): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics().flatMap(([, all]) => all.filter((one) => one.source === SOURCE));
}

function show(item: vscode.StatusBarItem, context: Context, counts: Counts): void {
  const { state, clusters } = context;
  const now = Date.now();
  const tooltip = [statusTooltip(state, counts), ...clusterTooltip(clusters, now)].join('\n');
  item.text = statusText(state, counts) + clusterStatus(clusters, now);
  item.tooltip = tooltip;
  item.command = state.kind === 'failed' ? 'istioMtls.showOutput' : 'workbench.actions.view.problems';
  item.backgroundColor =
    state.kind === 'failed' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
  item.accessibilityInformation = { label: tooltip, role: 'button' };
}

export function registerStatus(context: Context): void {
  const item = vscode.window.createStatusBarItem('istioMtls.status', vscode.StatusBarAlignment.Left);
  item.name = 'Istio mTLS';
  let timer: NodeJS.Timeout | undefined;
  let counts = countFindings([]);
  const recount = (): void => {
    timer = undefined;
    counts = countFindings(ownDiagnostics());
    show(item, context, counts);
  };
  // The age of what is known of clusters.
  const clock = setInterval(() => {
    if (context.clusters.length > 0) show(item, context, counts);
  }, MINUTE_MS);
  context.own(
    item,
    context.onState(() => { show(item, context, counts); }),
    context.onClusters(() => { show(item, context, counts); }),
    vscode.languages.onDidChangeDiagnostics(() => (timer ??= setTimeout(recount, SETTLE_MS))),
    new vscode.Disposable(() => { clearTimeout(timer); clearInterval(clock); }),
  );
  show(item, context, counts);
  item.show();
}
