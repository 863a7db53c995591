import { capabilitiesOf } from '../../src/channels/registry.ts';
import { carrierCost, inboundCarrierCost } from '../../src/money/carrier-prices.ts';
import { BILLED } from './billed.ts';
import { CLOUDFLARE, FLY } from './prices.ts';

// The monthly cost of one person, computed from counted resources and prices, compared with a machine that is always
// on. Pure; `npm run setup` shows it before it creates anything, and `npm run bench` prints it as a table.

export const DAYS = 30;
const SECONDS_OF_A_DAY = 86_400;

/**
 * One text and its one-part answer. Rows are counted as in test/edge/machines.test.ts, there with `sent`, `delivered`,
 * `read`.
 */
const TURN = {
  rowsRead: 36,
  rowsWritten: 36,
  /** The webhook, and the callbacks sent, delivered, read. */
  webhooks: 4,
  /** Tellings of a turn: its beginning, each minute, its end; and the rows they write (test/edge/cost.test.ts). */
  tellings: 3,
  overviewRows: 2,
  /** Assumed: calls of the agent to its model, through the relay's gateway; a turn with a few tools. */
  modelRequests: 6,
  /** Pieces of the session, and the folder. */
  r2Writes: 3,
} as const;

/** Assumptions, each with its reason. */
const ASSUMED = {
  /** How long the agent works. */
  workSeconds: 60,
  /** A machine without load stays awake until the proxy's next check, every few minutes. */
  awakeAfterSeconds: 300,
  /** Evenly spread turns cost the most, because the machine stays awake in every gap. */
  wakingHours: 10,
  /** The object stays in memory while an attempt runs, and for the minute until the folder is copied. */
  objectSecondsBeside: 70,
  /** An alarm every 5 s at first, then every 15 s. */
  newSeconds: 30,
  newHeartbeatSeconds: 5,
  heartbeatSeconds: 15,
  volumeGb: 3,
  /** Estimated, because the image was never built: base 0.25, tools 0.6, packages 0.44 (measured). */
  imageGb: 1.3,
  archiveGb: 0.2,
  objectGb: 0.005,
} as const;

export type Month = { fly: number; cloudflare: number; awakeHours: number };

/** One person with `turns` a day, beyond what the plans include. */
export function monthOf(turns: number): Month {
  const { workSeconds, awakeAfterSeconds, wakingHours, objectSecondsBeside } = ASSUMED;
  const { newSeconds, newHeartbeatSeconds, heartbeatSeconds } = ASSUMED;
  const gap = turns === 0 ? 0 : (wakingHours * 3600) / turns;
  const awake = turns * Math.min(workSeconds + awakeAfterSeconds, Math.max(gap, workSeconds));
  const atRest = (SECONDS_OF_A_DAY - awake) / SECONDS_OF_A_DAY;
  const fly = DAYS * awake * FLY.second + ASSUMED.volumeGb * FLY.volumeGb + ASSUMED.imageGb * FLY.stoppedGb * atRest;
  const inMemory = workSeconds + objectSecondsBeside;
  const alarms = newSeconds / newHeartbeatSeconds + (inMemory - newSeconds) / heartbeatSeconds + 2;
  const turn =
    (TURN.webhooks + TURN.modelRequests) * CLOUDFLARE.workerRequest +
    (TURN.webhooks + TURN.tellings + alarms) * CLOUDFLARE.objectRequest +
    inMemory * 0.125 * CLOUDFLARE.gbSecond +
    TURN.rowsRead * CLOUDFLARE.rowRead +
    (TURN.rowsWritten + TURN.overviewRows + alarms) * CLOUDFLARE.rowWritten +
    TURN.r2Writes * CLOUDFLARE.r2Write;
  const kept = ASSUMED.archiveGb * CLOUDFLARE.r2StoredGb + ASSUMED.objectGb * CLOUDFLARE.storedGb;
  return { fly, cloudflare: DAYS * turns * turn + kept, awakeHours: (DAYS * awake) / 3600 };
}

/** What Twilio and WhatsApp charge for a turn with the person at this address, in dollars. */
export function carrierOf(address: string): number {
  const { turns, texts, messages, segments } = BILLED;
  const { price } = capabilitiesOf(address);
  const one = { segments: 1, price };
  const out = price === 'segments' ? carrierCost(address, { segments, price }) : messages * carrierCost(address, one);
  return (texts * inboundCarrierCost(address, one) + out) / turns / 1e6;
}

/** A month of one person with `turns` a day, in dollars: carrier, machine and Cloudflare, without its plan. */
export function totalOf(address: string, turns: number): number {
  const { fly, cloudflare } = monthOf(turns);
  return DAYS * turns * carrierOf(address) + fly + cloudflare;
}

/** The same person with a machine that never sleeps. */
export const alwaysOn = (turns: number): number =>
  DAYS * SECONDS_OF_A_DAY * FLY.second + ASSUMED.volumeGb * FLY.volumeGb + monthOf(turns).cloudflare;
