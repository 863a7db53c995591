import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js';
import * as z from 'zod';
import { SECRET_HEADER, webhookSecretOf } from '../../src/channels/telegram/verify.ts';
import { ask, bearer, Unreachable } from '../accounts/ask.ts';
import type { Vars } from '../local/dev-vars.ts';
import { relayWords } from './words.ts';

// Checks that the relay at its public address is the deployed one and would accept the webhooks of its
// channels: Twilio's, or those of a bot alone. The check wakes
// nobody: its callback names a reply that doesn't exist and a status without effect.

export type Verdict = { ok: true } | { ok: false; reason: string };

const CALLBACK = '/webhooks/twilio/status';
const UPDATES = '/webhooks/telegram';
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
  const check = vars.TWILIO_AUTH_TOKEN ? checkCallback : checkUpdate;
  const refuses = await check(vars, url, false);
  if (!refuses.ok || !expected.own) return refuses;
  const takes = await check(vars, url, true);
  return takes.ok ? checkStorage(vars, url) : takes;
}

/** A signed status callback must be accepted, and an unsigned one refused. */
async function checkCallback(vars: Vars, url: string, isSigned: boolean): Promise<Verdict> {
  const address = `${url}${CALLBACK}?r=${'0'.repeat(26)}.1`;
  const form = callbackForm(vars);
  const token = vars.TWILIO_AUTH_TOKEN ?? '';
  const headers = isSigned ? { 'x-twilio-signature': getExpectedTwilioSignature(token, address, form) } : {};
  const { status } = await ask(address, { method: 'POST', form, headers, withinMs: CALL_MS });
  return judgeStatus(status, isSigned, CALLBACK, relayWords.signedRefused);
}

/** The same of Telegram's secret, in a deployment without an account at Twilio. An empty object is no update. */
async function checkUpdate(vars: Vars, url: string, isSigned: boolean): Promise<Verdict> {
  const { TELEGRAM_BOT_TOKEN: token = '', TELEGRAM_WEBHOOK_SECRET: set, MACHINE_SIGNING_KEY: key = '' } = vars;
  const [bot = ''] = token.split(':');
  const secret = webhookSecretOf(set || undefined, JSON.parse(key) as { d: string }, bot);
  const headers: Record<string, string> = isSigned ? { [SECRET_HEADER]: secret } : {};
  const { status } = await ask(`${url}${UPDATES}`, { method: 'POST', json: {}, headers, withinMs: CALL_MS });
  return judgeStatus(status, isSigned, UPDATES, relayWords.secretRefused);
}

function judgeStatus(status: number, isSigned: boolean, path: string, refused: string): Verdict {
  if (status === (isSigned ? 200 : 403)) return { ok: true };
  if (status === 503) return no(relayWords.notConfigured);
  if (status === 403) return no(refused);
  return no(status === 200 ? relayWords.unsignedTaken(status) : relayWords.status(path, status));
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
