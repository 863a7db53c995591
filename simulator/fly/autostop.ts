// The proxy's documented rule for stopping unused machines: at most one per region and pass. A region's only machine
// stops when its load is 0; one of several stops when the others can carry its load. Pure.

export type Candidate = {
  id: string;
  region: string;
  autostop: 'off' | 'stop' | 'suspend';
  minRunning: number;
  softLimit: number;
  /** Requests in progress, including open streams. */
  load: number;
  /** Since when the load is 0. */
  idleMs: number;
};

/** `running`: the started machines of one app. Returns the machines to stop or suspend now. */
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
