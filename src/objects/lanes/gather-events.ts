import { EVENTS_WAIT_MS } from '../../conversation/policy/turn.ts';
import type { FollowedItem } from '../../machines/client.ts';
import type { EventBody } from '../../protocol/index.ts';

// Gathers events of an attempt's stream that nobody waits for with those after them, so that one commit takes them all.
// Nothing is lost with the relay: the machine's journal has every event that isn't committed.

/** Events that change what /status says, or only the place in the journal. */
const CAN_WAIT: ReadonlySet<string> = new Set<EventBody['type']>([
  'started',
  'session',
  'tool_started',
  'tool_ended',
  'usage',
  'steps',
  'ending',
]);

/** A machine that floods its stream must not fill the relay's memory. */
const TOGETHER_MAX = 100;

type Batches = AsyncGenerator<FollowedItem[], void, undefined>;

/** The batches of a stream. A batch that can wait comes together with the next ones, or after EVENTS_WAIT_MS. */
export async function* gatherEvents(batches: Batches): Batches {
  let next = batches.next();
  for (;;) {
    const { done, value } = await next;
    if (done) return;
    const gathered = [...value];
    next = batches.next();
    // A failure comes after what was gathered before it.
    next.catch(() => {});
    const { over, cancel } = waitAtMost(EVENTS_WAIT_MS);
    for (let last = value; canWait(last) && gathered.length < TOGETHER_MAX; ) {
      const more = await Promise.race([next, over]).catch(() => null);
      if (more === null || more.done) break;
      last = more.value;
      gathered.push(...last);
      next = batches.next();
      next.catch(() => {});
    }
    cancel();
    yield gathered;
  }
}

const canWait = (batch: readonly FollowedItem[]): boolean =>
  batch.some((item) => item.kind === 'event') &&
  batch.every((item) => item.kind === 'alive' || CAN_WAIT.has(item.event.event.type));

/** `over` resolves to null after `ms`. */
function waitAtMost(ms: number): { over: Promise<null>; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), ms);
  return { over: promise, cancel: () => clearTimeout(timer) };
}
