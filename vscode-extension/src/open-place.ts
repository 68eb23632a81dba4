// Opens what a view points at.
import * as vscode from 'vscode';

import type { LspRange, Point } from './graph-view/graph';

/** A place of any of the server's answers. */
export interface AnyPlace {
  readonly file?: string;
  readonly uri?: string;
  readonly lspRange?: LspRange;
  readonly range?: { readonly start: Point; readonly end: Point } | null;
}

const START: LspRange = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };

function lspRange({ lspRange: exact, range }: AnyPlace): LspRange {
  if (exact) return exact;
  if (!range) return START;
  return {
    start: { line: range.start.line - 1, character: range.start.column - 1 },
    end: { line: range.end.line - 1, character: range.end.column - 1 },
  };
}

/** Shows a place in an editor; says so if it is in nothing that can be opened. */
export async function openPlace(place: AnyPlace, options: vscode.TextDocumentShowOptions = {}): Promise<void> {
  const uri = place.uri === undefined ? place.file && vscode.Uri.file(place.file) : vscode.Uri.parse(place.uri);
  if (!uri) {
    void vscode.window.showInformationMessage('This is in a cluster, whose documents cannot be opened.');
    return;
  }
  const { start, end } = lspRange(place);
  await vscode.window.showTextDocument(uri, {
    ...options,
    selection: new vscode.Range(start.line, start.character, end.line, end.character),
  });
}
