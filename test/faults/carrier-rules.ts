import { setTimeout as pause } from 'node:timers/promises';
import { refusal, serverError } from '../../simulator/twilio/answers.ts';
import type { RunningCarrier } from './carrier.ts';
import type { Call, FrontRules, Verdict } from './front.ts';
import type { Holds } from './holds.ts';
import type { Text, Weather } from './plan.ts';
import { idsIn } from './said.ts';
import type { Timeline } from './timeline.ts';

// Strikes at the relay's calls to the carrier: single calls fail as the plan says for their texts, all calls fail
// in bad weather, and calls stand still at a text the plan aims at. In memory.

/** How long a list takes while lists are slow. */
const SLOW_MS = 3000;
/** Seconds in a refusal's Retry-After; a call this little too early is not reported. */
const LONG_S = 6;
const EARLY_MS = 500;
const RATE = { code: 63018, status: 'undelivered' } as const;
const CLOSED = { code: 63016, status: 'failed' } as const;

export type CarrierRulesSetup = {
  texts: ReadonlyMap<string, Text>;
  carrier: () => RunningCarrier;
  weather: () => Weather;
  holds: Holds;
  timeline: Timeline;
  /** Records that somebody was sent something before the time the carrier had named. */
  askedEarly: (to: string) => void;
};

export function carrierRules({ texts, carrier, weather, holds, timeline, askedEarly }: CarrierRulesSetup): FrontRules {
  const used = new Set<string>();
  /** Recipient of a refused message → when the carrier may be asked again. */
  const notBefore = new Map<string, number>();
  const refuses = (seconds: number): Promise<Verdict> =>
    verdictOf(refusal({ refused: 20429 }, { 'Retry-After': String(seconds) }));
  const isCreate = ({ method, path }: Call): boolean => method === 'POST' && path.endsWith('/Messages.json');
  const idsOf = (call: Call): string[] => idsIn(new URLSearchParams(call.body).get('Body') ?? '');
  /** All calls except sending a message. */
  const underWeather = async ({ method, gone }: Call): Promise<Verdict> => {
    if (weather() === 'lists are slow' && method === 'GET') await Promise.race([pause(SLOW_MS), aborted(gone)]);
    return 'pass';
  };
  /** True for the first reply to such a text. */
  const goesWrong = (ids: readonly string[], how: Text['send']): boolean => {
    const id = ids.find((one) => texts.get(one)?.send === how && !used.has(one));
    if (id === undefined) return false;
    used.add(id);
    timeline.note(id, `the carrier: ${how}`);
    return true;
  };
  return {
    onCall: async (call: Call): Promise<Verdict> => {
      if (!isCreate(call)) return await underWeather(call);
      const ids = idsOf(call);
      for (const id of ids) timeline.note(id, 'its answer is handed to the carrier');
      // The first callback would reveal what the held answer contains.
      if (ids.some((id) => holds.isArmed('send-unanswered', id))) call.body = withoutCallback(call.body);
      await holds.reach('send-untaken', ids, call.gone);
      if (call.gone.aborted) return 'cut';
      const to = new URLSearchParams(call.body).get('To') ?? '';
      if (Date.now() < (notBefore.get(to) ?? 0) - EARLY_MS) askedEarly(to);
      if (goesWrong(ids, 'refused 429')) return refuses(1);
      if (ids.some((id) => texts.get(id)?.send === 'refused for its words'))
        return verdictOf(refusal({ refused: 21617 }));
      const now = weather();
      if (now === 'refuses (429)') return refuses(1);
      if (now === 'refuses for long (429)') {
        notBefore.set(to, Date.now() + LONG_S * 1000);
        return refuses(LONG_S);
      }
      if (now === 'breaks (5xx)') return verdictOf(serverError(503));
      if (goesWrong(ids, 'taken after the time-out')) await aborted(call.gone);
      if (goesWrong(ids, 'undelivered')) carrier().carrier.faults.set({ failMessage: { ...RATE, to } });
      if (goesWrong(ids, 'window closed late'))
        carrier().carrier.faults.set({ failMessage: { ...CLOSED, status: 'undelivered', to } });
      if (goesWrong(ids, 'window closed')) carrier().carrier.faults.set({ failMessage: { ...CLOSED, to } });
      return 'pass';
    },
    onAnswer: async (call: Call, status: number): Promise<Verdict> => {
      if (!isCreate(call) || status !== 201) return 'pass';
      const ids = idsOf(call);
      if (goesWrong(ids, '500 after it was taken')) return verdictOf(serverError(500));
      if (goesWrong(ids, 'cut after it was taken')) return 'cut';
      await holds.reach('send-unanswered', ids, call.gone);
      return 'pass';
    },
  };
}

function withoutCallback(body: string): string {
  const form = new URLSearchParams(body);
  form.delete('StatusCallback');
  return form.toString();
}

async function verdictOf(response: Response): Promise<Verdict> {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
