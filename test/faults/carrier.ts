import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { createTwilioApi } from '../../simulator/twilio/api.ts';
import { type Carrier, createCarrier } from '../../simulator/twilio/carrier.ts';
import { inboundForm } from '../../simulator/twilio/forms.ts';
import type { LifecyclePace } from '../../simulator/twilio/lifecycle.ts';
import { signatureFor } from '../../simulator/twilio/signature.ts';
import { addressOn } from '../../src/addresses.ts';
import type { Callbacks } from './plan.ts';

// The fake Twilio in the runner's process, never killed: the texts it took from phones and the messages it took for
// phones are the two ends that the judge compares. A phone's webhooks leave one after another, as they do in practice.

/** Our address on a channel of Twilio's, by its scheme. */
export const senderOn = (scheme: string): string => addressOn(scheme, '+15555550100');
const CALLBACK_LATE_MS = 1500;

/** `apiUrl`: the beginning of files' addresses. */
export type CarrierSetup = {
  accountSid: string;
  authToken: string;
  publicUrl: string;
  apiUrl: string;
  pace: Partial<LifecyclePace>;
};

export class RunningCarrier {
  readonly url: string;
  readonly carrier: Carrier;
  readonly #setup: CarrierSetup;
  readonly #close: () => void;

  constructor(url: string, carrier: Carrier, setup: CarrierSetup, close: () => void) {
    this.url = url;
    this.carrier = carrier;
    this.#setup = setup;
    this.#close = close;
  }

  callbacks(how: Callbacks): void {
    const { faults } = this.carrier;
    if (how === 'lost') faults.set({ dropCallback: { times: 3 } });
    if (how === 'late') faults.set({ delayCallback: { ms: CALLBACK_LATE_MS, times: 3 } });
    if (how === 'twice') faults.set({ duplicateCallback: { times: 3 } });
    if (how === 'backwards') faults.set({ reorderCallbacks: { times: 2 } });
    if (how === 'before the answer') faults.set({ callbackBeforeAnswer: { times: 3 } });
  }

  /** Repeats the webhook of a text, as an operator can in Twilio's console. True when the relay answers 200. */
  async deliverAgain(sid: string): Promise<boolean> {
    const stored = this.carrier.desk.store.get(sid);
    if (!stored) return false;
    const { accountSid, authToken, publicUrl } = this.#setup;
    const url = `${publicUrl}/webhooks/twilio`;
    const form = inboundForm(accountSid, this.#setup.apiUrl, stored, stored);
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'X-Twilio-Signature': signatureFor(authToken, url, form) },
        body: new URLSearchParams(form),
        signal: AbortSignal.timeout(15_000),
      });
      await response.text();
      return response.status === 200;
    } catch {
      return false;
    }
  }

  async close(): Promise<void> {
    this.#close();
    await this.carrier.close();
  }
}

export async function startCarrier(setup: CarrierSetup): Promise<RunningCarrier> {
  // The port is known only once the server listens.
  let answer = (_request: Request): Response | Promise<Response> => new Response(null, { status: 503 });
  const { promise, resolve } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: (request) => answer(request), port: 0, hostname: '127.0.0.1' }, resolve);
  const url = `http://127.0.0.1:${(await promise).port}`;
  const carrier = createCarrier({
    accountSid: setup.accountSid,
    authToken: setup.authToken,
    senders: ['whatsapp', 'sms'].map(senderOn),
    webhookUrl: `${setup.publicUrl}/webhooks/twilio#rc=2&rp=5xx,ct,rt`,
    apiUrl: setup.apiUrl,
    pace: setup.pace,
    oneByOne: true,
    newId: lookalikes(),
  });
  answer = createTwilioApi(carrier).fetch;
  return new RunningCarrier(url, carrier, setup, () => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  });
}

/** Ids that are easily confused: all begin and end alike, and consecutive ones differ only in case. */
function lookalikes(): (prefix: string) => string {
  let made = 0;
  return (prefix) => {
    const id = `c0ffeec0ffee${(made >> 1).toString(16).padStart(8, '0')}facadefacade`;
    return prefix + (made++ % 2 === 0 ? id : id.toUpperCase());
  };
}
