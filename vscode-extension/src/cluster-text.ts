// What is said of the clusters that files are laid over. Knows nothing of VS Code.

/** As the server tells it (`istioMtls/clusters`). */
export interface Cluster {
  readonly name: string;
  readonly context?: string;
  readonly snapshot?: string;
  readonly reading: boolean;
  readonly cancelled: boolean;
  readonly taken: string | null;
  readonly objects: number;
  readonly notRead: readonly string[];
  readonly error: string | null;
}

const MINUTE_MS = 60_000;
const HOUR_MINUTES = 60;
const DAY_MINUTES = 24 * HOUR_MINUTES;

/** "now", "3 min", "2 h", "5 d"; empty: never. */
export function age(taken: string | null, now: number): string {
  const then = taken === null ? NaN : Date.parse(taken);
  if (Number.isNaN(then)) return '';
  const minutes = Math.max(0, Math.floor((now - then) / MINUTE_MS));
  if (minutes === 0) return 'now';
  if (minutes < HOUR_MINUTES) return `${minutes} min`;
  if (minutes < DAY_MINUTES) return `${Math.floor(minutes / HOUR_MINUTES)} h`;
  return `${Math.floor(minutes / DAY_MINUTES)} d`;
}

function shortly(cluster: Cluster, now: number): string {
  const mark = cluster.reading ? '$(sync~spin) ' : cluster.error === null ? '' : '$(warning) ';
  const old = age(cluster.taken, now);
  return `${mark}${cluster.name}${old === '' ? '' : ` ${old}`}`;
}

/** What the status bar item says behind the counts; empty: files are laid over nothing. */
export function clusterStatus(clusters: readonly Cluster[], now: number): string {
  return clusters.length === 0 ? '' : ` $(server) ${clusters.map((cluster) => shortly(cluster, now)).join(', ')}`;
}

/** The same at length, a line each. */
export function clusterTooltip(clusters: readonly Cluster[], now: number): string[] {
  return clusters.flatMap((cluster) => {
    const old = age(cluster.taken, now);
    const seen = old === '' ? 'not read yet' : `${cluster.objects} objects, ${old === 'now' ? 'read now' : `${old} old`}`;
    return [
      `laid over cluster ${cluster.name}: ${cluster.reading ? `being read (${seen})` : seen}`,
      ...(cluster.error === null ? [] : [`last attempt: ${cluster.error}`]),
      ...cluster.notRead.map((what) => `not read: ${what}`),
    ];
  });
}
