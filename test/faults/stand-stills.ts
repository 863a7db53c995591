import type { Patch } from './patches.ts';

// Points at which a specially built relay stops forever when a schedule is due: each source gets a loop, of which
// KILL_POINT chooses one. A loop stops everything in the process: the clock stands still, and nothing is written or
// sent until SIGKILL. Data only.

/**
 * In the order in which a run reaches them; `runs`: how many runs are on the disk by then; `only`: the kinds that reach
 * it.
 */
export const STAND_STILLS = [
  { point: 'the alarm fired, nothing decided', runs: 0, only: null },
  { point: 'in the transaction, rows written', runs: 0, only: null },
  { point: 'decided, not on disk yet', runs: 0, only: null },
  { point: 'on disk, nothing begun', runs: 1, only: null },
  { point: 'the machine has the attempt, no answer stored', runs: 1, only: 'agent' },
  { point: 'the words are ready, not handed over', runs: 1, only: null },
  { point: 'somebody else has the words, no answer stored', runs: 1, only: 'others' },
  { point: 'the intent is on disk, nothing sent', runs: 1, only: null },
  { point: 'the carrier has it, no answer stored', runs: 1, only: null },
  { point: 'delivered, the callback not applied', runs: 1, only: null },
  { point: 'the owner knows of somebody else’s, no answer stored', runs: 1, only: 'others' },
] as const;
export type StandStill = (typeof STAND_STILLS)[number]['point'];

/** The line that the relay writes when it reaches the point. */
export const standStillLine = (point: StandStill): string => `stands still: ${point}`;

const still = (point: StandStill): string => `globalThis.standStill?.('${point}');`;
const stillOnDisk = (point: StandStill): string => `await globalThis.standStillOnDisk?.('${point}');`;

const CONSTRUCTED = '    this.#store = new ConversationStore(ctx.storage);\n';
const DUE = 'export function onScheduleTimer(state: State, id: number, ctx: Context): Decision {\n';
const SAVED = '    if (this.#hot) this.#hot = hotPartOf(after);\n';
const PERFORM = '  #perform(decision: Decision | null): void {\n';
const STARTED = '  const answer = await startAttempt(access, attemptId(ref), body, expected, MACHINE_ANSWER_MS);\n';
const BEGIN = `  const reply = headOf(deps.apply({ type: 'send-begin', shown }));\n`;
const BEGUN = `  if (reply?.state !== 'sending') return;\n`;
const SENT = '  const outcome = await deps.carrierOf(reply.to).send(composed(deps, reply), SEND_TIMEOUT_MS);\n';
const GIVEN =
  '    const became = await withTimeout(GIVE_TIMEOUT_MS, giveToHome(address, opens, conversation, give));\n';
const REPORTED = '    if (report) await withTimeout(GIVE_TIMEOUT_MS, tell(report));\n';
const CALLED_BACK = '  status(said: DeliveryReport): boolean | Promise<boolean> {\n';

const after = (file: string, find: string, more: string): Patch => ({ file, find, replace: `${find}${more}\n` });

export const STANDING_STILL: readonly Patch[] = [
  after(
    'src/objects/conversation.ts',
    CONSTRUCTED,
    `    globalThis.standsStillAt = (point) => env.KILL_POINT === point;
    globalThis.standStill = (point) => {
      if (!globalThis.standsStillAt(point)) return;
      console.log('stands still: ' + point);
      for (;;) {}
    };
    // In a turn of its own: what was written before is on the disk by then.
    globalThis.standStillOnDisk = async (point) => {
      if (!globalThis.standsStillAt(point)) return;
      await ctx.storage.sync();
      globalThis.standStill(point);
    };`,
  ),
  after('src/conversation/schedules/due.ts', DUE, still('the alarm fired, nothing decided')),
  after(
    'src/objects/stores/conversation-store.ts',
    SAVED,
    `if (after.runs.some(({ id }) => !before.runs.some((run) => run.id === id))) ${still('in the transaction, rows written')}`,
  ),
  after(
    'src/objects/conversation.ts',
    PERFORM,
    `if (decision?.state.runs.some((run) => ['waiting', 'running', 'sending'].includes(run.state))) {
      ${still('decided, not on disk yet')}
      if (globalThis.standsStillAt('on disk, nothing begun')) {
        this.ctx.waitUntil(globalThis.standStillOnDisk('on disk, nothing begun'));
        return;
      }
    }`,
  ),
  after('src/objects/lanes/attach-lane.ts', STARTED, still('the machine has the attempt, no answer stored')),
  {
    file: 'src/objects/lanes/send-lane.ts',
    find: BEGIN,
    replace: `if (headOf(deps.load())?.run) ${stillOnDisk('the words are ready, not handed over')}\n${BEGIN}`,
  },
  after(
    'src/objects/lanes/send-lane.ts',
    BEGUN,
    `if (reply.run) ${stillOnDisk('the intent is on disk, nothing sent')}`,
  ),
  after('src/objects/lanes/send-lane.ts', SENT, `if (reply.run) ${still('the carrier has it, no answer stored')}`),
  after('src/objects/peer-calls.ts', GIVEN, still('somebody else has the words, no answer stored')),
  after('src/objects/peer-calls.ts', REPORTED, still('the owner knows of somebody else’s, no answer stored')),
  after(
    'src/objects/conversation.ts',
    CALLED_BACK,
    `if (said.status === 'delivered' && this.#store.load([{ rows: 'reply', id: said.reply }]).replies.some(({ id, run }) => id === said.reply && run)) ${still('delivered, the callback not applied')}`,
  ),
];

/** In every such relay, cut deliveries of words for others are repeated in seconds instead of half a minute. */
export const QUICK_GIVING: Patch = {
  file: 'src/conversation/policy/schedules.ts',
  find: 'GIVE_RETRY_MS = [30 * SECOND,',
  replace: 'GIVE_RETRY_MS = [6 * SECOND,',
};

/** Wrong on purpose: the run is written at once, and the schedule's advance by a transaction a moment later. */
export const ADVANCED_LATER: readonly Patch[] = [
  {
    file: 'src/conversation/schedules/due.ts',
    find: '  const advanced = withNextTimer(state, next);\n',
    replace: `  if (globalThis.advances) return noEffects(withNextTimer(state, next));
  const advanced = withTimer(state, { kind: 'schedule', ref: String(id), dueAt: nextAt, attempts: 0 });\n`,
  },
  {
    file: 'src/objects/due-timers.ts',
    find: `    if (isKnown && this.#attempt({ type: 'timer', timer })) return;\n`,
    replace: `    if (isKnown && this.#attempt({ type: 'timer', timer })) {
      if (timer.kind !== 'schedule') return;
      void scheduler.wait(100).then(() => {
        globalThis.advances = true;
        this.#attempt({ type: 'timer', timer });
        globalThis.advances = false;
      });
      return;
    }\n`,
  },
];
