import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import * as z from 'zod';
import { ask, bearer, Unreachable } from '../accounts/ask.ts';
import type { Vars } from '../local/dev-vars.ts';
import { relayWords } from './words.ts';

// Checks that the relay at its public address is the deployed one and would accept Twilio's webhooks. The check wakes
// nobody: its callback names a reply that doesn't exist and a status without effect.

export type Verdict = { ok: true } | { ok: false; reason: string };

const CALLBACK = '/webhooks/twilio/status';
const CALL_MS = 10_000;
const EVERY_MS = 1_000;
const Health = z.looseObject({ ok: z.literal(true), version: z.string(), deployment: z.string().optional() });

/**
 * `own`: the relay was deployed from these answers. Another relay may have other ones, so only its presence and
 * configuration can be checked. `deployment`: the mark that must answer; for seconds the previous one may still answer.
 */
export type Expected = { own: true; version: string; deployment?: string } | { own: false };

/** Repeats the check until it passes or `withinMs` are over; a deployment takes seconds to reach every place. */
export async function reportRelayHealth(vars: Vars, expected: Expected, withinMs: number): Promise<Verdict> {
  const until = Date.now() + withinMs;
  for (;;) {
    const verdict = await checkOnce(vars, expected).catch((error: unknown) => {
      if (error instanceof Unreachable) return no(error.message);
      throw error;
    });
    if (verdict.ok || Date.now() + EVERY_MS > until) return verdict;
    await new Promise((done) => setTimeout(done, EVERY_MS));
  }
}

async function checkOnce(vars: Vars, expected: Expected): Promise<Verdict> {
  const url = (vars.PUBLIC_URL ?? '').replace(/\/+$/, '');
  const health = await ask(`${url}/healthz`);
  const told = Health.safeParse(health.json);
  if (health.status !== 200 || !told.success) return no(relayWords.status('/healthz', health.status));
  if (expected.own && told.data.version !== expected.version) {
    return no(relayWords.otherVersion(told.data.version, expected.version));
  }
  if (expected.own && expected.deployment !== undefined && told.data.deployment !== expected.deployment) {
    return no(relayWords.otherDeployment);
  }
  const refuses = await checkCallback(vars, url, null);
  if (!refuses.ok || !expected.own) return refuses;
  const takes = await checkCallback(vars, url, vars.TWILIO_AUTH_TOKEN ?? '');
  return takes.ok ? checkStorage(vars, url) : takes;
}

/** A signed status callback must be accepted, and an unsigned one refused. */
async function checkCallback(vars: Vars, url: string, token: string | null): Promise<Verdict> {
  const address = `${url}${CALLBACK}?r=${'0'.repeat(26)}.1`;
  const form = callbackForm(vars);
  const headers = token === null ? {} : { 'x-twilio-signature': getExpectedTwilioSignature(token, address, form) };
  const answer = await ask(address, { method: 'POST', form, headers, withinMs: CALL_MS });
  if (answer.status === (token === null ? 403 : 200)) return { ok: true };
  if (answer.status === 503) return no(relayWords.notConfigured);
  if (answer.status === 403) return no(relayWords.signedRefused);
  return no(
    answer.status === 200 ? relayWords.unsignedTaken(answer.status) : relayWords.status(CALLBACK, answer.status),
  );
}

async function checkStorage(vars: Vars, url: string): Promise<Verdict> {
  if (!vars.OPERATOR_TOKEN) return { ok: true };
  const answer = await ask(`${url}/operator/alerts`, { headers: bearer(vars.OPERATOR_TOKEN) });
  return answer.status === 200 ? { ok: true } : no(relayWords.storage(answer.status));
}

const callbackForm = (vars: Vars): Record<string, string> => ({
  AccountSid: vars.TWILIO_ACCOUNT_SID ?? '',
  MessageSid: `SM${'0'.repeat(32)}`,
  MessageStatus: 'queued',
  To: (vars.TWILIO_SENDERS ?? '').split(',')[0]?.trim() ?? '',
});

const no = (reason: string): Verdict => ({ ok: false, reason });
