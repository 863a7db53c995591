// The timers of a conversation: each is a wish to wake, kept as a row until it is settled.

/**
 * gather: the burst is complete · waiting: say that texts wait · attempt: begin the next attempt · reach: call the machine
 * again · stop: ask the machine again to stop · steer: give `ref` to the running turn again · send: hand over again after a
 * refusal · reconcile: ask the carrier's list about `ref` · held: what waited too long for the person · alert: tell the
 * operator of the cause `ref` · question: nobody answered `ref` in time · answer: give the machine the answer to `ref` again ·
 * deep: the person has not written for long · archive: copy sessions and folders away · file: fetch `ref` again · media: have
 * the carrier delete what message `ref` brought · outgoing: fetch or remove the file `ref` that the agent sends again · expire:
 * files that were sent are kept no longer · schedule: `ref` is due, or its pause ends · wake: the machine is to be awake for
 * `ref` · snooze: the reminder `ref` again · quiet: quiet hours are over · deliver: give a run to somebody's conversation again
 * (`ref`: run and address) · report: tell the owner of a run again what became of it (`ref`: run and owner's address) ·
 * machine: the next try at making, changing or asking after the machine · sleep: it should be asleep by now · given-up: say
 * that a turn was given up (`ref`: turn and why), unless it has been answered since · outage: tell the directory of an outage of
 * the carrier, or ask it again · again: try what is held for the carrier.
 */
export const TIMER_KINDS = [
  'gather',
  'waiting',
  'attempt',
  'reach',
  'stop',
  'steer',
  'send',
  'reconcile',
  'held',
  'alert',
  'question',
  'answer',
  'deep',
  'archive',
  'file',
  'media',
  'outgoing',
  'expire',
  'schedule',
  'wake',
  'snooze',
  'quiet',
  'deliver',
  'report',
  'machine',
  'sleep',
  'given-up',
  'outage',
  'again',
] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];
export type Timer = { kind: TimerKind; ref: string; dueAt: number; attempts: number };

/** Timers between two conversations are about a run and the other one's address. */
export const refOfRun = (run: string, address: string): string => `${run} ${address}`;
export const runOfTimer = ({ ref }: Timer): string => ref.slice(0, ref.indexOf(' '));
export const addressOfTimer = ({ ref }: Timer): string => ref.slice(ref.indexOf(' ') + 1);

/** One that tells of a turn that was given up names it and why. */
export const refOfGivenUp = (turn: string, why: string): string => `${turn} ${why}`;
export const turnOfGivenUp = ({ ref }: Timer): string => ref.slice(0, ref.indexOf(' '));
