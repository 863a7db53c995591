import { setTimeout as pause } from 'node:timers/promises';
import type { Call, FrontRules, Verdict } from './front.ts';
import type { Holds } from './holds.ts';
import type { Text, Weather } from './plan.ts';
import { idsIn } from './said.ts';
import type { Timeline } from './timeline.ts';

// Strikes at the relay's calls to the carrier: single calls fail as the plan says for their texts, all calls fail
// in bad weather, and calls stand still at a text the plan aims at. In memory.

/** The time of a list while lists are slow. */
const SLOW_MS = 3000;
/** Seconds in a refusal's Retry-After; a call this little too early is not reported. */
const LONG_S = 6;
const EARLY_MS = 500;

/** The form of the relay's calls and of the carrier's answers on one channel. */
export type Wire = {
  /** It sends a message. */
  isSend: (call: Call) => boolean;
  wordsOf: (call: Call) => string;
  /** Addressee in that call, as the channel writes it. */
  toOf: (call: Call) => string;
  addressOf: (to: string) => string;
  refuses: (seconds: number) => Promise<Verdict>;
  refusesWords: () => Promise<Verdict>;
  breaks: (status: 500 | 503) => Promise<Verdict>;
  /** The whole API fares like its sends. */
  isOne: boolean;
  /** The call that lets nobody hear of the message later. */
  unheard: (body: string) => string;
  /** A message that is taken fails later. */
  failsLater: (how: Text['send'], to: string) => void;
};

/** `until`: when the carrier may be asked again. */
export type Refusal = { at: number; until: number };

export type CarrierRulesSetup = {
  texts: ReadonlyMap<string, Text>;
  wire: Wire;
  /** See the guarantees. */
  senderWaitS: number | null;
  weather: () => Weather;
  holds: Holds;
  timeline: Timeline;
  /** Addressee of a refused message → the refusal. A relay that was killed before it stored the refusal can't know of it. */
  refusals: Map<string, Refusal>;
  /** Text → when its answer was handed to the carrier and not refused. */
  sends: Map<string, number[]>;
  /** Records that somebody was sent something before the time the carrier had named. */
  askedEarly: (to: string) => void;
};

export function carrierRules(setup: CarrierRulesSetup): FrontRules {
  const { texts, wire, senderWaitS, weather, holds, timeline, refusals, sends, askedEarly } = setup;
  /** Text → how often it went wrong. */
  const used = new Map<string, number>();
  const { isSend, refuses } = wire;
  const idsOf = (call: Call): string[] => idsIn(wire.wordsOf(call));
  /** All calls except sending a message. */
  const underWeather = async ({ method, gone }: Call): Promise<Verdict> => {
    const now = weather();
    if (now === 'lists are slow' && method === 'GET') await Promise.race([pause(SLOW_MS), aborted(gone)]);
    if (wire.isOne && now === 'breaks (5xx)') return await wire.breaks(503);
    return 'pass';
  };
  /** True for the first sends of a reply to such a text. */
  const goesWrong = (ids: readonly string[], how: Text['send']): boolean => {
    const id = ids.find((one) => texts.get(one)?.send === how && (used.get(one) ?? 0) < timesOf(how));
    if (id === undefined) return false;
    used.set(id, (used.get(id) ?? 0) + 1);
    timeline.note(id, `the carrier: ${how}`);
    return true;
  };
  const countSend = (ids: readonly string[]): void => {
    for (const id of ids) sends.set(id, [...(sends.get(id) ?? []), Date.now()]);
  };
  return {
    onCall: async (call: Call): Promise<Verdict> => {
      if (!isSend(call)) return await underWeather(call);
      const ids = idsOf(call);
      for (const id of ids) timeline.note(id, 'its answer is handed to the carrier');
      // The first callback would reveal what the held answer contains.
      if (ids.some((id) => holds.isArmed('send-unanswered', id))) call.body = wire.unheard(call.body);
      await holds.reach('send-untaken', ids, call.gone);
      if (call.gone.aborted) {
        countSend(ids);
        return 'cut';
      }
      const to = wire.toOf(call);
      const earlyMs = (refusals.get(to)?.until ?? 0) - Date.now();
      if (earlyMs > EARLY_MS) {
        askedEarly(wire.addressOf(to));
        timeline.note(wire.addressOf(to), `is sent “${wire.wordsOf(call)}” ${earlyMs} ms too early`);
      }
      if (goesWrong(ids, 'refused 429')) return refuses(1);
      if (ids.some((id) => texts.get(id)?.send === 'refused for its words')) return await wire.refusesWords();
      const now = weather();
      if (now === 'refuses (429)') return refuses(1);
      const waitS = now === 'refuses for long (429)' ? LONG_S : now === 'refuses everybody (429)' ? senderWaitS : null;
      if (waitS !== null) {
        const at = Date.now();
        refusals.set(to, { at, until: at + waitS * 1000 });
        timeline.note(wire.addressOf(to), `its carrier refuses for ${waitS} s`);
        return refuses(waitS);
      }
      countSend(ids);
      if (now === 'breaks (5xx)') return wire.breaks(503);
      if (goesWrong(ids, 'taken after the time-out')) await aborted(call.gone);
      for (const how of FAILS_LATER) if (goesWrong(ids, how)) wire.failsLater(how, to);
      return 'pass';
    },
    onAnswer: async (call: Call, status: number): Promise<Verdict> => {
      if (!isSend(call) || status >= 300) return 'pass';
      const ids = idsOf(call);
      if (goesWrong(ids, '500 after it was taken')) return wire.breaks(500);
      if (goesWrong(ids, 'cut after it was taken') || goesWrong(ids, 'cut twice after it was taken')) return 'cut';
      await holds.reach('send-unanswered', ids, call.gone);
      return 'pass';
    },
  };
}

const FAILS_LATER: readonly Text['send'][] = ['undelivered', 'window closed late', 'window closed'];
const timesOf = (how: Text['send']): number => (how === 'cut twice after it was taken' ? 2 : 1);

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
