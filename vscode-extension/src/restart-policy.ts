// How often a server that dies is started again before somebody has to look. Knows nothing of VS Code.

export const MOST_RESTARTS = 4;
export const WITHIN_MS = 3 * 60_000;

export class RestartPolicy {
  private deaths: number[] = [];

  constructor(private readonly now: () => number = Date.now) {}

  /** Notes a death. May the server be started again? */
  died(): boolean {
    const now = this.now();
    this.deaths = [...this.deaths.filter((time) => now - time < WITHIN_MS), now];
    return this.deaths.length <= MOST_RESTARTS;
  }

  forget(): void {
    this.deaths = [];
  }
}
