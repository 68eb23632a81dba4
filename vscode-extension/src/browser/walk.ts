// Which files of a folder the server gets, after the rules by which it finds manifests on a disk (workspace/files/discovery.h), and how
// many at most. It leaves out itself what is excluded. Knows nothing of VS Code.

export interface Bounds {
  readonly files: number;
  readonly folders: number;
  readonly fileBytes: number;
  readonly otherBytes: number; // of a file that is no manifest, but may be what a kustomization names
  readonly bytes: number; // of all
}

// A page shares its memory with the editor, and each file may be a request to some server.
export const BOUNDS: Bounds = { files: 5000, folders: 20_000, fileBytes: 8 << 20, otherBytes: 256 << 10, bytes: 64 << 20 };
const AT_ONCE = 16;

// vscode.FileType
export const FILE = 1;
export const FOLDER = 2;

/** A file system. `Place`: an address in it. */
export interface Tree<Place> {
  list(folder: Place): Promise<readonly (readonly [name: string, type: number])[]>;
  size(file: Place): Promise<number>;
  read(file: Place): Promise<Uint8Array>;
  join(folder: Place, name: string): Place;
  text(place: Place): string; // with / before each name
}

export interface ReadFile {
  readonly uri: string;
  readonly bytes: Uint8Array;
}

export interface Found {
  readonly files: ReadFile[];
  readonly folders: string[]; // that are to be there without what is in them
}

/** What is not read, and why. */
export class NotRead {
  readonly large: string[] = [];
  readonly failed: string[] = [];
  beyond = 0; // files more than there may be

  /** A line each. */
  lines({ fileBytes, files, bytes }: Bounds): string[] {
    const mebibytes = (count: number): string => `${count >> 20} MiB`;
    return [
      ...this.large.map((uri) => `Not read, larger than ${mebibytes(fileBytes)}: ${uri}`),
      ...this.failed.map((uri) => `Not read, no answer: ${uri}`),
      ...(this.beyond > 0 ? [`Not read, more than ${files} files or ${mebibytes(bytes)}: ${this.beyond} files or folders`] : []),
    ];
  }
}

const MANIFEST = /\.(ya?ml|json)$/;
const KUSTOMIZATION = /^(kustomization\.ya?ml|Kustomization)$/;
const CHART = 'Chart.yaml';
const NEVER_ENTERED = new Set(['.git', 'node_modules']);

const nameOf = (uri: string): string => uri.slice(uri.lastIndexOf('/') + 1);
const folderOf = (uri: string): string => uri.slice(0, uri.lastIndexOf('/'));

/** Reads folders, and afterwards what changes in them, within the bounds. */
export class Walk<Place> {
  readonly notRead = new NotRead();
  private readonly sizes = new Map<string, number>(); // of what was read
  private readonly builds = new Set<string>(); // folders with a kustomization
  private readonly charts = new Set<string>();
  private bytes = 0;
  private folders = 0;

  constructor(
    private readonly tree: Tree<Place>,
    private readonly bounds: Bounds = BOUNDS,
  ) {}

  get count(): number {
    return this.sizes.size;
  }

  /** A folder and all below it that concerns the server. */
  async folder(root: Place): Promise<Found> {
    const found: Found = { files: [], folders: [] };
    for (let level = [root]; level.length > 0;) {
      const next: Place[] = [];
      for (const some of parts(level)) {
        const listed = await Promise.all(some.map((folder) => this.list(folder)));
        const files = some.flatMap((folder, i) => this.look(folder, listed[i] ?? [], next, found));
        for (const few of parts(files)) found.files.push(...(await this.read(few)));
      }
      level = next;
    }
    return found;
  }

  /** A file that is new or has changed; none: it is not the server's affair, or may not be read. */
  async file(place: Place): Promise<ReadFile[]> {
    const uri = this.tree.text(place);
    this.note(folderOf(uri), nameOf(uri));
    return this.isPassedBy(uri) || !this.isRead(folderOf(uri), nameOf(uri)) ? [] : this.read([place]);
  }

  /** What is gone, with all that was in it. */
  forget(gone: string): void {
    for (const [uri, size] of this.sizes) {
      if (uri !== gone && !uri.startsWith(`${gone}/`)) continue;
      this.sizes.delete(uri);
      this.bytes -= size;
    }
    if (KUSTOMIZATION.test(nameOf(gone))) this.builds.delete(folderOf(gone));
    if (nameOf(gone) === CHART) this.charts.delete(folderOf(gone));
  }

  /** Is it below a folder that is not looked at? */
  isPassedBy(uri: string): boolean {
    const names = uri.split('/').slice(0, -1);
    return names.some((name, i) => NEVER_ENTERED.has(name) || (name === 'templates' && this.charts.has(names.slice(0, i).join('/'))));
  }

  private async list(folder: Place): Promise<readonly (readonly [string, number])[]> {
    if (++this.folders > this.bounds.folders) {
      this.notRead.beyond += 1;
      return [];
    }
    try {
      return [...(await this.tree.list(folder))].sort(([a], [b]) => (a < b ? -1 : 1));
    } catch {
      this.notRead.failed.push(this.tree.text(folder));
      return [];
    }
  }

  private note(folder: string, name: string): void {
    if (KUSTOMIZATION.test(name)) this.builds.add(folder);
    if (name === CHART) this.charts.add(folder);
  }

  // The files of a folder to be read. Symlinks are left out: those in the folder are other names of what is read by its own.
  private look(folder: Place, entries: readonly (readonly [string, number])[], next: Place[], found: Found): Place[] {
    const uri = this.tree.text(folder);
    for (const [name, type] of entries) if (type === FILE) this.note(uri, name);
    const place = (name: string): Place => this.tree.join(folder, name);
    for (const [name, type] of entries) {
      if (type !== FOLDER || NEVER_ENTERED.has(name)) continue;
      // Nobody renders a chart here; that there is one is told by the folder.
      if (name === 'templates' && this.charts.has(uri)) found.folders.push(this.tree.text(place(name)));
      else next.push(place(name));
    }
    return entries.filter(([name, type]) => type === FILE && this.isRead(uri, name)).map(([name]) => place(name));
  }

  private isRead(folder: string, name: string): boolean {
    return MANIFEST.test(name) || this.isBuilt(folder);
  }

  // Kustomizations name files of any kind, beside them and below.
  private isBuilt(folder: string): boolean {
    for (let above = folder; above.includes('/'); above = folderOf(above)) if (this.builds.has(above)) return true;
    return false;
  }

  private async read(places: readonly Place[]): Promise<ReadFile[]> {
    const sizes = await Promise.all(places.map((place) => this.tree.size(place).catch(() => undefined)));
    const admitted = places.filter((place, i) => this.admit(this.tree.text(place), sizes[i]));
    const files = await Promise.all(admitted.map(async (place) => {
      const bytes = await this.tree.read(place).catch(() => undefined);
      if (bytes) return [{ uri: this.tree.text(place), bytes }];
      this.notRead.failed.push(this.tree.text(place));
      return [];
    }));
    return files.flat();
  }

  private admit(uri: string, size: number | undefined): boolean {
    const { fileBytes, otherBytes, files, bytes } = this.bounds;
    const isManifest = MANIFEST.test(uri) || KUSTOMIZATION.test(nameOf(uri));
    const before = this.sizes.get(uri) ?? 0;
    if (size === undefined) this.notRead.failed.push(uri);
    else if (isManifest && size > fileBytes) this.notRead.large.push(uri);
    else if (!isManifest && size > otherBytes) return false;
    else if ((this.sizes.has(uri) ? 0 : this.sizes.size) >= files || this.bytes - before + size > bytes) this.notRead.beyond += 1;
    else {
      this.sizes.set(uri, size);
      this.bytes += size - before;
      return true;
    }
    return false;
  }
}

function parts<T>(all: readonly T[]): T[][] {
  const made: T[][] = [];
  for (let start = 0; start < all.length; start += AT_ONCE) made.push(all.slice(start, start + AT_ONCE));
  return made;
}
