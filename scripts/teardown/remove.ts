import { webhookUrlOf } from '../../src/channels/telegram/watch.ts';
import { emptyBucket, removeBucket } from '../accounts/cloudflare.ts';
import { removeApp } from '../accounts/fly.ts';
import { removeWebhookAndMenu } from '../accounts/telegram.ts';
import { findTemplate, removeTemplate } from '../accounts/twilio.ts';
import { readLine, setWebhook } from '../accounts/twilio-lines.ts';
import type { Vars } from '../local/dev-vars.ts';
import { accessOf, runWrangler } from '../production/wrangler.ts';
import { removeAgentEnv } from '../setup/agent-env.ts';
import { botIdOf } from '../setup/channels.ts';
import type { Created } from '../setup/record.ts';
import { sameWebhook, wantedWebhook } from '../setup/webhooks.ts';
import type { Item } from './plan.ts';
import { teardownWords } from './words.ts';

// Removes one thing and prints the result. Removing a thing that is already gone does no harm.

/** `forget`: answers that name the removed thing; with them the next setup would skip its step. */
export type Removed =
  | { kind: 'gone'; note: string; forget?: readonly string[] }
  /** Kept on purpose, because it holds people's files. */
  | { kind: 'kept' }
  | { kind: 'failed'; reason: string };

const gone = (note: string): Removed & { kind: 'gone' } => ({ kind: 'gone', note });

export async function remove(item: Item, answers: Vars, withData: boolean): Promise<Removed> {
  const { kind, id, entry, thing } = item;
  const removed = gone(teardownWords.removed(thing));
  if (entry !== null && isElsewhere(entry, answers))
    return { kind: 'failed', reason: teardownWords.elsewhere(thing, entry.account) };
  if (kind === 'fly-machine' || kind === 'fly-app') {
    await removeApp(answers, id);
    const isItsImage = /^registry\.fly\.io\/([^:@]+)[:@]/.exec(answers.FLY_IMAGE ?? '')?.[1] === id;
    return isItsImage ? { ...removed, forget: ['FLY_IMAGE'] } : removed;
  }
  if (entry === null) return removed;
  const there = {
    ...answers,
    ...(kind === 'worker' || kind === 'bucket' ? { CLOUDFLARE_ACCOUNT_ID: entry.account } : {}),
  };
  if (kind === 'webhook') return putBack(entry, answers);
  if (kind === 'bot-webhook') return removeBotWebhook(id, answers);
  if (kind === 'worker') return (await removeWorker(id, there)) ?? removed;
  if (kind === 'template') {
    const sid = await findTemplate(answers, id);
    if (sid !== null) await removeTemplate(answers, sid);
    const isTheOne = sid !== null && sid === answers.TWILIO_NUDGE_CONTENT_SID;
    return isTheOne ? { ...removed, forget: ['TWILIO_NUDGE_CONTENT_SID'] } : removed;
  }
  if (kind === 'file') {
    removeAgentEnv();
    return removed;
  }
  if (withData) await emptyBucket(there, id);
  const outcome = await removeBucket(there, id);
  return outcome === 'removed' ? removed : { kind: 'kept' };
}

/** Other accounts would answer that the thing does not exist. Cloudflare is asked in the account that created it. */
function isElsewhere({ kind, account }: Created, answers: Vars): boolean {
  const { TWILIO_ACCOUNT_SID, FLY_ORG } = answers;
  if (kind === 'bot-webhook') return account !== botIdOf(answers);
  if (kind === 'webhook' || kind === 'template') return account !== TWILIO_ACCOUNT_SID;
  return kind === 'fly-app' && account !== FLY_ORG;
}

/** Only if it is still as setup left it: a later change is deliberate. */
async function putBack({ id, before }: Created, answers: Vars): Promise<Removed> {
  const line = await readLine(answers, id);
  const isOurs = line && sameWebhook(line.webhook, wantedWebhook(answers.PUBLIC_URL ?? '', line.address));
  if (!isOurs || !before) return gone(teardownWords.webhookChanged(id));
  await setWebhook(answers, id, before);
  return gone(teardownWords.webhookBack(id));
}

/** Only setup's own webhook. One from before can't be put back: Telegram doesn't reveal its secret. */
async function removeBotWebhook(id: string, answers: Vars): Promise<Removed> {
  const outcome = await removeWebhookAndMenu(answers, webhookUrlOf(answers.PUBLIC_URL ?? ''));
  const thing = teardownWords.botWebhook(id);
  return gone(outcome === 'changed' ? teardownWords.webhookChanged(`the bot ${id}`) : teardownWords.removed(thing));
}

/** Null when it is gone. */
async function removeWorker(name: string, answers: Vars): Promise<Removed | null> {
  const { code, stdout, stderr } = await runWrangler(['delete', '--name', name, '--force'], accessOf(answers));
  if (code === 0 || /does not exist|10007|10090/.test(`${stdout}${stderr}`)) return null;
  const reason = `${stderr}\n${stdout}`.split('\n').find((line) => /error/i.test(line));
  const thing = teardownWords.worker(name);
  return { kind: 'failed', reason: teardownWords.failed(thing, reason?.trim() ?? 'Wrangler gives no reason.') };
}
