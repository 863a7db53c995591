import { existsSync, readFileSync } from 'node:fs';
import type { Evidence, Written } from './verdict.ts';
import type { FaultWorld } from './world.ts';

// The evidence for the judge: what phones wrote and show, what the model and the tools saw, what is left in the rows.
// Beforehand, texts with lost webhooks are brought in another way.

/** The carrier gives up a webhook after this long; texts not taken by then are lost on the way. */
export const WEBHOOK_MS = 16_000;
const RECONCILED_WITHIN_MS = 60_000;

export function evidenceOf(world: FaultWorld, noted: Pick<Evidence, 'away' | 'diskLost' | 'outages'>): Evidence {
  const { rows, phones, model, counter, youngestMs, ownMachines, holds, askedEarly, sends, clockMoves, carrierOfRun } =
    world;
  const written = phones.written();
  const stopped = new Set(written.filter(({ staysStopped }) => staysStopped).map(({ sid }) => sid));
  return {
    written,
    shown: phones.shown(),
    ...noted,
    guarantees: carrierOfRun.guarantees,
    ownMachines,
    wentOn: holds.wentOn,
    youngestMs,
    askedEarly,
    sends,
    clockMoves,
    sights: model.sights(),
    counter: existsSync(counter) ? readFileSync(counter, 'utf8').split('\n') : [],
    unfinished: rows.unfinished(stopped).filter(butFor(written)),
  };
}

/** The alerts that an undeliverable answer leaves for the operator. */
function butFor(written: readonly Written[]): (what: string) => boolean {
  const left = written.flatMap(({ undeliverable, phone }) => (undeliverable ? [`${phone}: reply parked`] : []));
  return (what) => {
    const at = left.indexOf(what);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  };
}

/**
 * `reconciles`: the relay is asked to read the carrier's list; otherwise the carrier is asked to repeat the webhook.
 */
export async function recover(
  { relay, carrierOfRun, phones, rows, timeline }: FaultWorld,
  reconciles: boolean,
): Promise<void> {
  if (carrierOfRun.guarantees.webhooks === 'come until they are taken') return;
  if (reconciles) {
    const asked = fetch(`${relay.url}/cdn-cgi/local/scheduled`, { signal: AbortSignal.timeout(RECONCILED_WITHIN_MS) });
    const status = await asked.then(async (response) => {
      await response.text();
      return response.status;
    }, String);
    if (status !== 200) timeline.noteAll(`the relay could not reconcile: ${status}`);
    for (const { providerId } of rows.messages()) phones.found(providerId);
    return;
  }
  for (const { id, sid, taken, handed } of phones.sent()) {
    if (taken !== null || handed === null || Date.now() - handed < WEBHOOK_MS) continue;
    timeline.note(id, 'the carrier repeats it');
    if (await carrierOfRun.deliverAgain(sid)) phones.found(sid);
  }
}
