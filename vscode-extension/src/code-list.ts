// Reads what `istio-mtls-ls explain` prints: a code and its title on each line.

export interface ListedCode {
  readonly code: string;
  readonly title: string;
}

export function readCodeList(text: string): ListedCode[] {
  return text.split('\n').flatMap((line) => {
    const match = /^([A-Z]+\d+)\s+(.+)$/.exec(line);
    return match?.[1] !== undefined && match[2] !== undefined ? [{ code: match[1], title: match[2] }] : [];
  });
}
