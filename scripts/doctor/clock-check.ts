import { askAccount } from '../accounts/twilio.ts';
import { type Check, type Finding, LeftOut, ok, warn, worstOf } from './check.ts';
import type { DoctorContext } from './context.ts';

// Compares three clocks that must agree: this computer's, the relay's and Twilio's. Tokens last minutes, and the
// 24-hour windows follow Twilio's clock.

const APART_MS = 60_000;

type Reading = { whose: string; aheadMs: number };

/** How far the other clock is ahead of ours, measured at the middle of the exchange. */
const ahead = (theirs: number, askedAt: number, answeredAt: number): number => theirs - (askedAt + answeredAt) / 2;

async function readings(context: DoctorContext): Promise<Reading[]> {
  const relay = async (): Promise<Reading> => {
    const { now, askedAt, answeredAt } = await context.relay().health();
    return { whose: 'the relay’s clock', aheadMs: ahead(Date.parse(now), askedAt, answeredAt) };
  };
  const twilio = async (): Promise<Reading> => {
    const askedAt = Date.now();
    context.value('TWILIO_ACCOUNT_SID');
    const { date } = await askAccount(context.vars);
    if (date === null || Number.isNaN(Date.parse(date))) throw new LeftOut('Twilio doesn’t say what time it is');
    return { whose: 'Twilio’s clock', aheadMs: ahead(Date.parse(date), askedAt, Date.now()) };
  };
  const read = await Promise.allSettled([relay(), twilio()]);
  return read.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

/** Pure. The clock that differs from both others is wrong. */
export function judgeClocks(known: readonly Reading[]): Finding {
  if (known.length === 0) throw new LeftOut('neither the relay nor Twilio says what time it is');
  const off = known.filter(({ aheadMs }) => Math.abs(aheadMs) > APART_MS);
  if (off.length === 0) return ok(`this computer, ${known.map(({ whose }) => whose).join(' and ')} agree`);
  const said = (ms: number): string => `${Math.round(Math.abs(ms) / 1000)} s ${ms > 0 ? 'ahead' : 'behind'}`;
  const [first] = off;
  const agree = known.every(({ aheadMs }) => Math.abs(aheadMs - (first?.aheadMs ?? 0)) <= APART_MS);
  if (first && known.length > 1 && agree) {
    return warn(
      `this computer’s clock is ${said(-first.aheadMs)}`,
      'Set this computer’s clock automatically (network time).',
    );
  }
  return worstOf(
    off.map(({ whose, aheadMs }) =>
      warn(
        `${whose} is ${said(aheadMs)} of this computer’s`,
        'Set this computer’s clock automatically (network time), then run this again.',
      ),
    ),
    ok(''),
  );
}

export const clockCheck: Check = {
  name: 'clock',
  title: 'Clocks',
  run: async (context) => judgeClocks(await readings(context)),
};
