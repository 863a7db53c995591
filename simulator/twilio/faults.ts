import * as z from 'zod';
import { failureCodes } from './failures.ts';
import { REFUSALS } from './refusals.ts';

// Faults that can be switched on, in process by `carrier.faults.set` and over HTTP by POST /_faults with the same JSON.
// Each acts `times` times (1 unless told) and is then off. In memory; a restart switches all of them off.

const OPERATIONS = ['create', 'list', 'fetch', 'update', 'delete', 'media', 'typing', 'content'] as const;
export type Operation = (typeof OPERATIONS)[number];

const times = z.int().min(1).max(100_000).default(1);
const ms = z.int().min(0).max(600_000);
/** Which REST call an API fault acts on. */
const on = z.enum(OPERATIONS).default('create');
/** Only callbacks of this status; any when left out. */
const status = z.enum(['sent', 'delivered', 'read', 'failed', 'undelivered']).optional();
const serverError = z.union([z.literal(500), z.literal(502), z.literal(503)]).default(500);

export const faultsSchema = z
  .strictObject({
    /** The webhook leaves `ms` later. */
    delayWebhook: z.strictObject({ ms, times }),
    /** The webhook is never sent: lost, as happens. */
    dropWebhook: z.strictObject({ times }),
    /** The webhook is sent once more after it was answered, with the same idempotency token or another one. */
    duplicateWebhook: z.strictObject({ times, newToken: z.boolean().default(false) }),
    /** The callback leaves `ms` later, without holding up the later ones of its message. */
    delayCallback: z.strictObject({ ms, times, status }),
    dropCallback: z.strictObject({ times, status }),
    duplicateCallback: z.strictObject({ times, status }),
    /** The callbacks of the next message are kept until its last one and then sent in reverse. */
    reorderCallbacks: z.strictObject({ times }),
    /** The first callback of the next message is sent and answered before the create request is. */
    callbackBeforeAnswer: z.strictObject({ times }),
    /** The next message (to that address) ends `failed` (never sent) or `undelivered` (after `sent`) with this code. */
    failMessage: z.strictObject({
      times,
      to: z.string().optional(),
      code: z.literal(failureCodes),
      status: z.enum(['failed', 'undelivered']).default('undelivered'),
    }),
    /** The request waits `ms` before anything is done with it. */
    delayAnswer: z.strictObject({ ms, times, on }),
    /** The request is refused with a row of the refusals table; 20429 carries Retry-After. */
    refuse: z.strictObject({
      times,
      on,
      code: z.literal(REFUSALS.map((row) => row.code)).default(20429),
      retryAfterSeconds: z.int().min(0).max(3600).default(1),
    }),
    /** 500, 502 (as HTML) or 503, and nothing was done. */
    errorBeforeAccepting: z.strictObject({ times, on, status: serverError }),
    /** The same answers, but the request was carried out. */
    errorAfterAccepting: z.strictObject({ times, on, status: serverError }),
    /** Carried out at once; the answer is held until the client has given up, `ms` at most. */
    holdAnswer: z.strictObject({ ms: ms.default(60_000), times, on }),
    /** Nothing is done until the client has given up (`ms` at most), and then the request is carried out. */
    acceptLate: z.strictObject({ ms: ms.default(60_000), times, on }),
  })
  .partial();

type FaultsInput = z.input<typeof faultsSchema>;
type Faults = z.output<typeof faultsSchema>;
type FaultName = keyof Faults;
type Fault<N extends FaultName> = NonNullable<Faults[N]>;

export type FaultSwitches = {
  /** Switches on what is named; what is not named stays as it is. Throws a ZodError for anything unknown. */
  set(faults: FaultsInput): void;
  clear(): void;
  /** The faults still switched on, with the times left. */
  state(): Faults;
  /** The fault if it is on and `applies`; counts this as one of its times. */
  take<N extends FaultName>(name: N, applies?: (fault: Fault<N>) => boolean): Fault<N> | null;
};

export function createFaults(): FaultSwitches {
  let active: Faults = {};
  return {
    set(faults) {
      active = { ...active, ...faultsSchema.parse(faults) };
    },
    clear() {
      active = {};
    },
    state: () => structuredClone(active),
    take(name, applies) {
      const fault = active[name];
      if (!fault || (applies && !applies(fault))) return null;
      const { [name]: _used, ...others } = active;
      active = fault.times > 1 ? { ...active, [name]: { ...fault, times: fault.times - 1 } } : (others as Faults);
      return fault;
    },
  };
}
