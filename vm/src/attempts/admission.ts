// Slots for attempts: how many run at once and which wait, first come, first served over all conversations. Each
// conversation has one attempt at a time. Pure; attempts.ts acts on the result.

export type Slots = { running: readonly string[]; waiting: readonly string[] };

export const NO_SLOTS: Slots = { running: [], waiting: [] };

/** The attempt runs at once if a slot is free, else it waits as the last. */
export function arrive({ running, waiting }: Slots, name: string, most: number): Slots {
  if (running.length < most && waiting.length === 0) return { running: [...running, name], waiting };
  return { running, waiting: [...waiting, name] };
}

/** The attempt leaves its slot or the queue; the attempts that waited longest take the free slots. */
export function leave(slots: Slots, name: string, most: number): Slots {
  const running = slots.running.filter((other) => other !== name);
  const waiting = slots.waiting.filter((other) => other !== name);
  const room = Math.max(0, most - running.length);
  return { running: [...running, ...waiting.slice(0, room)], waiting: waiting.slice(room) };
}

/** The waiting attempts whose place in the queue has changed, with the new place from 1. */
export function findMoved(before: Slots, after: Slots): { name: string; place: number }[] {
  return after.waiting.flatMap((name, index) =>
    before.waiting.indexOf(name) === index ? [] : [{ name, place: index + 1 }],
  );
}

export const findAdmitted = (before: Slots, after: Slots): string[] =>
  after.running.filter((name) => !before.running.includes(name));
