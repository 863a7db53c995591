import type { Log } from '../log.ts';
import { report } from '../log.ts';

// Counts log lines that strangers cause, so that nobody can fill a disk or a log from outside: the first of a kind is
// logged at once, then once a minute the number of further ones. Keeps one count per event in memory, per isolate.

export const COUNTED_FOR_MS = 60_000;

type Count = { line: Log; since: number; more: number };

export class Refusals {
  readonly #counts = new Map<string, Count>();

  /** The line to log now, or null when it is only counted. */
  add(line: Log, now: number): Log | null {
    const known = this.#counts.get(line.event);
    if (known) {
      known.more += 1;
      return null;
    }
    this.#counts.set(line.event, { line, since: now, more: 0 });
    return line;
  }

  /** The counts whose minute is over. A count ends after a minute without new lines. */
  due(now: number): Log[] {
    const lines: Log[] = [];
    for (const [event, { line, since, more }] of this.#counts) {
      if (now - since < COUNTED_FOR_MS) continue;
      if (more === 0) this.#counts.delete(event);
      else {
        lines.push({ ...line, more, seconds: Math.round((now - since) / 1000) });
        this.#counts.set(event, { line, since: now, more: 0 });
      }
    }
    return lines;
  }
}

const refusals = new Refusals();

/** Replaces `report` for events that anybody can cause without access. */
export function reportRefusal(line: Log): void {
  reportDue();
  const first = refusals.add(line, Date.now());
  if (first) report(first);
}

/** Called with every request, so that counts are logged even after the strangers have gone. */
export function reportDue(): void {
  for (const line of refusals.due(Date.now())) report(line);
}
