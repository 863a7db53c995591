import * as z from 'zod';
import { createFaultSwitches, type FaultSwitches } from '../fault-switches.ts';
import { REFUSALS, type RefusalName } from './refusals.ts';

// Faults that can be switched on, in process by `faults.set` and over HTTP by POST /_telegram/faults with the same JSON.
// Each applies `times` times (default 1) and is then off. In memory; a restart switches all of them off.

const times = z.int().min(1).max(100_000).default(1);
const ms = z.int().min(0).max(600_000);
/** The method that it affects, as Telegram writes it; default: everything that sends or edits a message. */
const on = z
  .string()
  .regex(/^[a-z][a-zA-Z]+$/)
  .optional();
const names = Object.keys(REFUSALS) as [RefusalName, ...RefusalName[]];

export const faultsSchema = z
  .strictObject({
    /** 429 with retry_after: for one chat, or for the bot as a whole (default). */
    tooMany: z.strictObject({ times, on, seconds: z.int().min(1).max(3600).default(1), chat: z.int().optional() }),
    /** Any row of the refusals table. */
    refuse: z.strictObject({ times, on, with: z.enum(names) }),
    /** Answers this error, before the work or after it. */
    serverError: z.strictObject({
      times,
      on,
      status: z.union([z.literal(500), z.literal(502), z.literal(504)]).default(500),
      after: z.boolean().default(false),
    }),
    /** Does the work and holds the answer until the client has given up, `ms` at most. */
    holdAnswer: z.strictObject({ times, on, ms: ms.default(60_000) }),
    /** Cuts the connection without an answer, before the work or after it. */
    cut: z.strictObject({ times, on, after: z.boolean().default(true) }),
    /** Waits before the work. */
    delayAnswer: z.strictObject({ times, on, ms }),
    /** Loses the update: it never arrives. */
    dropUpdate: z.strictObject({ times }),
    /** Delivers the update again after its answer. */
    duplicateUpdate: z.strictObject({ times }),
    delayUpdate: z.strictObject({ times, ms }),
    /** Delivers with another secret, as somebody else would. */
    forgeUpdate: z.strictObject({ times }),
  })
  .partial();

export type TelegramFaults = FaultSwitches<z.input<typeof faultsSchema>, z.output<typeof faultsSchema>>;

export const createTelegramFaults = (): TelegramFaults => createFaultSwitches(faultsSchema);

const isWriting = (method: string): boolean =>
  /^(send|edit)/.test(method) && !['sendChatAction', 'sendMessageDraft'].includes(method);

export const affects = (fault: { on?: string | undefined }, method: string): boolean =>
  fault.on === undefined ? isWriting(method) : fault.on === method;
