import * as z from 'zod';
import { createFaultSwitches, type FaultSwitches } from '../fault-switches.ts';
import { failureCodes } from './failures.ts';
import { REFUSALS } from './refusals.ts';

// Faults that can be switched on, in process by `carrier.faults.set` and over HTTP by POST /_faults with the same JSON.
// Each applies `times` times (default 1) and is then off. In memory; a restart switches all of them off.

const OPERATIONS = ['create', 'list', 'fetch', 'update', 'delete', 'media', 'typing', 'content'] as const;
export type Operation = (typeof OPERATIONS)[number];

const times = z.int().min(1).max(100_000).default(1);
const ms = z.int().min(0).max(600_000);
/** The REST call that an API fault affects. */
const on = z.enum(OPERATIONS).default('create');
/** Only callbacks of this status; default: any. */
const status = z.enum(['sent', 'delivered', 'read', 'failed', 'undelivered']).optional();
const serverError = z.union([z.literal(500), z.literal(502), z.literal(503)]).default(500);

export const faultsSchema = z
  .strictObject({
    /** Delays the webhook by `ms`. */
    delayWebhook: z.strictObject({ ms, times }),
    /** Loses the webhook: it is never sent. */
    dropWebhook: z.strictObject({ times }),
    /** Sends the webhook again after its answer, with the same idempotency token or another one. */
    duplicateWebhook: z.strictObject({ times, newToken: z.boolean().default(false) }),
    /** Delays the callback by `ms`, without holding up later callbacks of its message. */
    delayCallback: z.strictObject({ ms, times, status }),
    dropCallback: z.strictObject({ times, status }),
    duplicateCallback: z.strictObject({ times, status }),
    /** Holds the callbacks of the next message until its last one, then sends them in reverse. */
    reorderCallbacks: z.strictObject({ times }),
    /** Sends the next message's first callback, and waits for its answer, before answering the create request. */
    callbackBeforeAnswer: z.strictObject({ times }),
    /**
     * Makes the next message (to that address) end `failed` (never sent) or `undelivered` (after `sent`) with this
     * code.
     */
    failMessage: z.strictObject({
      times,
      to: z.string().optional(),
      code: z.literal(failureCodes),
      status: z.enum(['failed', 'undelivered']).default('undelivered'),
    }),
    /** Delays the request by `ms` before any work. */
    delayAnswer: z.strictObject({ ms, times, on }),
    /** Refuses the request with a row of the refusals table; 20429 has Retry-After. */
    refuse: z.strictObject({
      times,
      on,
      code: z.literal(REFUSALS.map((row) => row.code)).default(20429),
      retryAfterSeconds: z.int().min(0).max(3600).default(1),
    }),
    /** Answers 500, 502 (as HTML) or 503 without doing the work. */
    errorBeforeAccepting: z.strictObject({ times, on, status: serverError }),
    /** Sends the same answers after doing the work. */
    errorAfterAccepting: z.strictObject({ times, on, status: serverError }),
    /** Does the work at once and holds the answer until the client has given up, `ms` at most. */
    holdAnswer: z.strictObject({ ms: ms.default(60_000), times, on }),
    /** Waits until the client has given up (`ms` at most), then does the work. */
    acceptLate: z.strictObject({ ms: ms.default(60_000), times, on }),
  })
  .partial();

export type CarrierFaults = FaultSwitches<z.input<typeof faultsSchema>, z.output<typeof faultsSchema>>;

export const createCarrierFaults = (): CarrierFaults => createFaultSwitches(faultsSchema);
