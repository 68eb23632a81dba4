// What this server has found, each finding once, from the diagnostics that VS Code holds.
import * as vscode from 'vscode';

import { findingsOf, type At, type Finding, type Reported } from './conflicts';

export const SOURCE = 'istio-mtls';

function at(uri: vscode.Uri, { start, end }: vscode.Range): At {
  const position = ({ line, character }: vscode.Position): At['start'] => ({ line, character });
  return { uri: uri.toString(), start: position(start), end: position(end) };
}

export function ownFindings(): Finding[] {
  const reported = vscode.languages.getDiagnostics().flatMap(([uri, all]) =>
    all.filter(({ source }) => source === SOURCE).map((one): Reported => ({
      at: at(uri, one.range),
      code: String(typeof one.code === 'object' ? one.code.value : one.code),
      message: one.message,
      severity: one.severity,
      related: (one.relatedInformation ?? []).map(({ location, message }) => ({ at: at(location.uri, location.range), message })),
    })));
  return findingsOf(reported);
}
