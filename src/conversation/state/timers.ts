// The timers of a conversation. Each is a row that wakes the object until it is settled.

/**
 * gather: the burst is complete · waiting: say that texts wait · attempt: begin the next attempt · reach: call the
 * machine again · stop: ask the machine again to stop · steer: give `ref` to the running turn again · send: hand over
 * again after a refusal · reconcile: ask the carrier's list about `ref` · held: the person hasn't written for too long
 * · alert: tell the operator of the cause `ref` · question: nobody answered `ref` in time · answer: give the machine
 * the answer to `ref` again · deep: the person hasn't written for long · archive: copy sessions and folders · file:
 * fetch `ref` again · media: have the carrier delete the files of message `ref` · outgoing: fetch or remove the agent's
 * file `ref` again · expire: remove sent files · schedule: `ref` is due, or its pause ends · wake: the machine should
 * be awake for `ref` · snooze: send the reminder `ref` again · quiet: quiet hours are over · deliver: give a run to a
 * recipient's conversation again (`ref`: run and address) · report: report a run to its owner again (`ref`: run and
 * owner's address) · machine: try again to create, change or inspect the machine · sleep: the machine should be asleep
 * by now · given-up: say that a turn was given up (`ref`: turn and why), unless it has been answered since · outage:
 * report an outage of the carrier to the directory, or ask it again · again: try the replies held for the carrier ·
 * key: say that a key was removed (`ref`: its vendors) · budget: there may be money again for turns that a budget ended ·
 * lead: ask the object of the address `ref` again to lead here · let-go: take an address from the person (`ref`: an id
 * and the address) · kept: take or drop texts from a locked address ·
 * wish: ask the directory again for what an admin wants (`ref`: access/wishes.ts) · recipients: ask
 * the homes of a schedule's recipients again (`ref`: schedules/ask-recipients.ts) · forget: go on with the deletion of
 * everything · export: go on with a copy of everything, or delete it · connect: ask for the device
 * flow's token, or forget the account that wasn't connected in time · look-up: ask a git host again about a repository
 * (`ref`: repositories/look-up.ts) · token-ends: say that the token for the git host `ref` ends soon · empty: empty old
 * texts · git-news: tell what happened to a pull request (`ref`: project and number) · host: ask the git host again
 * (`ref`: state/host-asks.ts) · repositories: tell the directory again which repositories the projects have · blocked:
 * try a reply from our blocked sender `ref` · doubt: our sender isn't blocked after all (outbox/blocked-sender.ts) ·
 * merge: go on with making one home of two, or end it (access/merge.ts).
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
  'key',
  'budget',
  'lead',
  'let-go',
  'kept',
  'wish',
  'recipients',
  'forget',
  'empty',
  'export',
  'connect',
  'look-up',
  'token-ends',
  'git-news',
  'host',
  'repositories',
  'blocked',
  'doubt',
  'merge',
] as const;
export type TimerKind = (typeof TIMER_KINDS)[number];
export type Timer = { kind: TimerKind; ref: string; dueAt: number; attempts: number };

/** The ref of timers between two conversations: a run and the other one's address. */
export const refOfRun = (run: string, address: string): string => `${run} ${address}`;
export const runOfTimer = ({ ref }: Timer): string => ref.slice(0, ref.indexOf(' '));
export const addressOfTimer = ({ ref }: Timer): string => ref.slice(ref.indexOf(' ') + 1);

/** The ref of a timer about a turn that was given up: the turn and why. */
export const refOfGivenUp = (turn: string, why: string): string => `${turn} ${why}`;
export const turnOfGivenUp = ({ ref }: Timer): string => ref.slice(0, ref.indexOf(' '));
