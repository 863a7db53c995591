import { refusal, serverError } from '../../simulator/twilio/answers.ts';
import type { RunningCarrier } from './carrier.ts';
import type { Wire } from './carrier-rules.ts';
import type { Verdict } from './front.ts';

// Twilio's calls and answers, for the rules that strike at them.

/** Too many messages to one person; the networks of SMS have a code of their own. */
const RATE = { whatsapp: 63018, sms: 30022 } as const;
const CLOSED = { code: 63016, status: 'failed' } as const;

export function twilioWire(carrier: () => RunningCarrier): Wire {
  return {
    isSend: ({ method, path }) => method === 'POST' && path.endsWith('/Messages.json'),
    wordsOf: ({ body }) => new URLSearchParams(body).get('Body') ?? '',
    toOf: ({ body }) => new URLSearchParams(body).get('To') ?? '',
    addressOf: (to) => to,
    refuses: (seconds) => verdictOf(refusal({ refused: 20429 }, { 'Retry-After': String(seconds) })),
    refusesWords: () => verdictOf(refusal({ refused: 21617 })),
    breaks: (status) => verdictOf(serverError(status)),
    isOne: false,
    unheard(body) {
      const form = new URLSearchParams(body);
      form.delete('StatusCallback');
      return form.toString();
    },
    failsLater(how, to) {
      const rate = { code: RATE[to.startsWith('whatsapp:') ? 'whatsapp' : 'sms'], status: 'undelivered' } as const;
      const failure = how === 'undelivered' ? rate : CLOSED;
      const isLate = how !== 'window closed';
      carrier().carrier.faults.set({ failMessage: { ...failure, ...(isLate && { status: 'undelivered' }), to } });
    },
  };
}

async function verdictOf(response: Response): Promise<Verdict> {
  return { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() };
}
