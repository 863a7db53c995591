import type { OptOut } from '../channels/channel.ts';
import { channelOf } from '../channels/registry.ts';
import { accountOf } from '../channels/twilio/account.ts';
import { optOutOf } from '../channels/twilio/inbound.ts';
import { type ListedMessage, listInbound } from '../channels/twilio/list.ts';
import type { Config } from '../config/config.ts';
import { reasonOf, report } from '../log.ts';
import { directoryOf, retryOnce } from '../objects/namespaces.ts';
import { alerts } from '../objects/operator-alerts.ts';
import type { Watermark } from '../objects/stores/directory-store.ts';
import { withTimeout } from '../timeout.ts';
import { handOver } from './intake.ts';
import {
  advanceWatermark,
  findMissedRange,
  findMissing,
  type Missing,
  type Range,
  rangeOf,
} from './reconcile-range.ts';

// Finds messages in the carrier's list whose webhook never arrived, and hands them over as if it had. The cron runs
// this. The directory stores how far each address was compared, and moves on only when everything was handed over.

/** With pages of 200 rows: 2000 messages per address and run. */
const PAGES_MAX = 10;
const LIST_TIMEOUT_MS = 10_000;
const HAND_OVER_MS = 15_000;
const PEOPLE_AT_ONCE = 6;
/** Runs are five minutes apart, and one does not go on into the next. */
const RUN_MS = 4 * 60_000;

export async function reconcile(env: Env, config: Config, now: number): Promise<void> {
  // To a channel that is off nobody may write.
  const senders = config.TWILIO_SENDERS.filter((sender) => channelOf(sender).isOn(config));
  const runs = await Promise.allSettled(senders.map((sender) => compare(env, config, sender, now)));
  for (const run of runs) {
    if (run.status === 'rejected') report({ level: 'error', event: 'reconcile-broke', reason: reasonOf(run.reason) });
  }
}

/** Compares one of our addresses. */
async function compare(env: Env, config: Config, sender: string, now: number): Promise<void> {
  const directory = () => directoryOf(env, config);
  const watermark = await retryOnce(() => directory().watermark(sender));
  const range = rangeOf(watermark, now);
  const read = await readRange(config, sender, range);
  const problem =
    'problem' in read
      ? read.problem
      : ((await handOverAll(env, config, findMissing(read.listed, watermark, range), now)) ??
        (await tellMissed(env, config, watermark, range, now)));
  if ('problem' in read || problem !== null) {
    report({ level: 'warn', event: 'inbound-not-compared', reason: problem });
    await directory().notCompared(sender);
    return;
  }
  await directory().advance(watermark, advanceWatermark(watermark, range, read.listed, read.readDownTo));
}

/** Tells the writers of messages too old to answer unasked. Returns null, or what went wrong. */
async function tellMissed(
  env: Env,
  config: Config,
  watermark: Watermark,
  range: Range,
  now: number,
): Promise<string | null> {
  const old = findMissedRange(range, now);
  if (old === null || range.unseenFrom === null) return null;
  const read = await readRange(config, watermark.sender, old);
  if ('problem' in read) return read.problem;
  const messages = findMissing(read.listed, watermark, old);
  const problem = await handOverAll(env, config, messages, now, { missed: true });
  if (problem !== null) return problem;
  const readFrom = Math.max(range.unseenFrom, read.readDownTo ?? old.after);
  await directoryOf(env, config).raise(alerts.inboundUnseen(range.unseenFrom, range.after, readFrom));
  return null;
}

type Read = { listed: ListedMessage[]; readDownTo: number | null } | { problem: string };

/** Reads from the newest message until the range or the page limit ends. */
async function readRange(config: Config, sender: string, range: Range): Promise<Read> {
  const listed: ListedMessage[] = [];
  const account = accountOf(config);
  if (account === null) return { problem: 'no account at Twilio' };
  let next: string | null = null;
  let oldest = range.upTo;
  for (let pages = 0; pages < PAGES_MAX; pages++) {
    const page = await listInbound(account, { to: sender, ...range }, next, LIST_TIMEOUT_MS);
    if (page.kind === 'failed') return { problem: page.reason };
    if (page.unreadable > 0) report({ level: 'warn', event: 'list-rows-unreadable', rows: page.unreadable });
    listed.push(...page.messages);
    oldest = page.oldest ?? oldest;
    next = page.next;
    // The carrier may take the dates for whole days: then the rest of the list is older than the range.
    if (next === null || oldest < range.after) return { listed, readDownTo: null };
  }
  const moves = oldest < range.upTo - 1000;
  return moves ? { listed, readDownTo: oldest } : { problem: 'more messages in one second than one run reads' };
}

/** The fields that the list does not have. */
const bare = { files: [], quoted: null, unread: null };

/** Null when every message was kept or refused; otherwise what went wrong. */
async function handOverAll(
  env: Env,
  config: Config,
  messages: Missing[],
  now: number,
  how: { missed?: true } = {},
): Promise<string | null> {
  const people = [...Map.groupBy(messages, ({ from }) => from).values()];
  let found = 0;
  let failed = 0;
  const one = async (message: Missing): Promise<void> => {
    const { at, ...rest } = message;
    try {
      if (Date.now() - now > RUN_MS) throw new Error('the run took too long');
      // An old STOP is no task for the agent; if it still holds, the carrier refuses the next message.
      const optOut: OptOut | null = optOutOf(undefined, message.from, message.text) === null ? null : 'help';
      const arrival = { ...rest, receivedAt: at, late: true, optOut, ...how, ...bare };
      const outcome = await withTimeout(HAND_OVER_MS, handOver(env, config, arrival));
      if (outcome === 'kept') found++;
    } catch (error) {
      failed++;
      report({ level: 'error', event: 'hand-over-failed', reason: reasonOf(error) });
    }
  };
  // One person's messages go one after another, oldest first; several people's go in parallel.
  const lane = async (): Promise<void> => {
    for (let texts = people.shift(); texts; texts = people.shift()) for (const message of texts) await one(message);
  };
  await Promise.all(Array.from({ length: PEOPLE_AT_ONCE }, lane));
  if (messages.length > 0) report({ level: 'info', event: 'compared', handedOver: found, failed });
  return failed > 0 ? `${failed} messages were not handed over` : null;
}
