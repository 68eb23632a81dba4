// The server knows files of one disk. In a browser they have URIs of any scheme and authority, each pair of which is a folder at the root
// of the server's disk: vscode-vfs://github/a/b is file:///vscode-vfs-github/a/b there. Knows nothing of VS Code.

type Json = string | number | boolean | null | undefined | readonly Json[] | { readonly [key: string]: Json };

// What documents hold is nobody's URI.
const TEXTS = new Set(['text', 'newText']);
const LONGEST_NAME = 48;

const URI = /^([a-z][a-z0-9+.-]*):(?:\/\/([^/?#]*))?(\/[^?#]*)/i;
const INSIDE = /file:\/\/\/([\w.-]+)(\/|$)/g;

export class Mounts {
  private readonly names = new Map<string, string>(); // by scheme and authority as URIs begin
  private readonly beginnings = new Map<string, string>(); // by name

  constructor(private readonly schemes: ReadonlySet<string>) {}

  /** What the client says, with the server's URIs. */
  inward<T>(message: T): T {
    return translated(message as Json, (text) => this.inside(text) ?? text) as T;
  }

  /** What the server says, with the client's URIs, also in links of hovers. */
  outward<T>(message: T): T {
    return translated(message as Json, (text) => text.replace(INSIDE, (whole, name: string) => this.beginnings.get(name) ?? whole)) as T;
  }

  /** The path on the server's disk. */
  path(uri: string): string | undefined {
    const inside = this.inside(uri);
    return inside === undefined ? undefined : decodeURIComponent(inside.slice('file://'.length));
  }

  private inside(text: string): string | undefined {
    const match = URI.exec(text);
    if (!match) return undefined;
    const [whole, scheme = '', authority = '', path = ''] = match;
    if (!this.schemes.has(scheme)) return undefined;
    return `file:///${this.nameOf(scheme, authority)}${path}${text.slice(whole.length)}`;
  }

  private nameOf(scheme: string, authority: string): string {
    // VS Code writes memfs:/a, but file:///a.
    const beginning = authority !== '' || scheme === 'file' ? `${scheme}://${authority}/` : `${scheme}:/`;
    const known = this.names.get(beginning);
    if (known !== undefined) return known;
    const base = [scheme, authority].filter(Boolean).join('-').replace(/%[0-9a-f]{2}|[^\w.-]/gi, '_').slice(0, LONGEST_NAME);
    let name = base;
    for (let i = 2; this.beginnings.has(name); ++i) name = `${base}-${i}`;
    this.names.set(beginning, name);
    this.beginnings.set(name, beginning);
    return name;
  }
}

function translated(value: Json, translate: (text: string) => string): Json {
  if (typeof value === 'string') return translate(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one: Json) => translated(one, translate));
  // The keys of a workspace edit are URIs.
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [translate(key), TEXTS.has(key) ? one : translated(one, translate)]));
}
