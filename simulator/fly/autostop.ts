// The proxy's rule for stopping machines nobody uses, as documented: at most one per region and pass; with one machine
// in a region, when its load is 0; with more, when the others could carry what there is. Pure.

export type Candidate = {
  id: string;
  region: string;
  autostop: 'off' | 'stop' | 'suspend';
  minRunning: number;
  softLimit: number;
  /** Requests in flight, open streams included. */
  load: number;
  /** Since when the load is 0. */
  idleMs: number;
};

/** `running` are the started machines of one app; the result is to be stopped or suspended now. */
export function toStop(running: readonly Candidate[], firstIdleMs: number): Candidate[] {
  const byRegion = Map.groupBy(running, ({ region }) => region);
  return [...byRegion.values()].flatMap((machines) => {
    const most = Math.max(...machines.map(({ minRunning }) => minRunning));
    if (machines.length <= most) return [];
    const over = machines.filter(({ load, softLimit }) => load > softLimit).length;
    const isSpare = machines.length === 1 ? machines[0]?.load === 0 : machines.length - (over + 1) >= 1;
    if (!isSpare) return [];
    const least = machines
      .filter(({ autostop, load, idleMs }) => autostop !== 'off' && (load > 0 || idleMs >= firstIdleMs))
      .sort((a, b) => a.load - b.load)[0];
    return least ? [least] : [];
  });
}
