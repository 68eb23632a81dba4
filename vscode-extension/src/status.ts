// The status bar item: what the server is doing, and how many errors and warnings it shows.
import * as vscode from 'vscode';

import type { Context, ServerState } from './context';
import { countFindings, statusText, statusTooltip, SOURCE, type Counts } from './status-text';

const SETTLE_MS = 100; // diagnostics come in bursts

function ownDiagnostics(): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics().flatMap(([, all]) => all.filter((one) => one.source === SOURCE));
}

function show(item: vscode.StatusBarItem, state: ServerState, counts: Counts): void {
  item.text = statusText(state, counts);
  item.tooltip = statusTooltip(state, counts);
  item.command = state.kind === 'failed' ? 'istioMtls.showOutput' : 'workbench.actions.view.problems';
  item.backgroundColor =
    state.kind === 'failed' ? new vscode.ThemeColor('statusBarItem.errorBackground') : undefined;
  item.accessibilityInformation = { label: statusTooltip(state, counts), role: 'button' };
}

export function registerStatus(context: Context): void {
  const item = vscode.window.createStatusBarItem('istioMtls.status', vscode.StatusBarAlignment.Left);
  item.name = 'Istio mTLS';
  let timer: NodeJS.Timeout | undefined;
  let counts = countFindings([]);
  const recount = (): void => {
    timer = undefined;
    counts = countFindings(ownDiagnostics());
    show(item, context.state, counts);
  };
  context.own(
    item,
    context.onState((state) => { show(item, state, counts); }),
    vscode.languages.onDidChangeDiagnostics(() => (timer ??= setTimeout(recount, SETTLE_MS))),
    new vscode.Disposable(() => { clearTimeout(timer); }),
  );
  show(item, context.state, counts);
  item.show();
}
