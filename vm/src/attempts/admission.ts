// Who may work and who waits, when the machine does only so much at once: first come, first served over conversations,
// of which each has one attempt at a time. Pure; attempts.ts acts on it.

export type Slots = { running: readonly string[]; waiting: readonly string[] };

export const NO_SLOTS: Slots = { running: [], waiting: [] };

/** Runs at once when there is room, else is the last of those that wait. */
export function arrive({ running, waiting }: Slots, name: string, most: number): Slots {
  if (running.length < most && waiting.length === 0) return { running: [...running, name], waiting };
  return { running, waiting: [...waiting, name] };
}

/** Gives up its place, wherever that was; whoever waited longest takes the room there is. */
export function leave(places: Slots, name: string, most: number): Slots {
  const running = places.running.filter((other) => other !== name);
  const waiting = places.waiting.filter((other) => other !== name);
  const room = Math.max(0, most - running.length);
  return { running: [...running, ...waiting.slice(0, room)], waiting: waiting.slice(room) };
}

/** Those whose place among the waiting is another than before, with their place from 1. */
export function findMoved(before: Slots, after: Slots): { name: string; place: number }[] {
  return after.waiting.flatMap((name, index) =>
    before.waiting.indexOf(name) === index ? [] : [{ name, place: index + 1 }],
  );
}

export const findAdmitted = (before: Slots, after: Slots): string[] =>
  after.running.filter((name) => !before.running.includes(name));
