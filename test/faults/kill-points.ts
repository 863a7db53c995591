import type { Patch } from './patches.ts';

// Points inside the relay and the agent server at which a specially built process stops forever on command: each source
// gets a loop there. A loop stops everything in the process, so nothing is written or sent until SIGKILL. The point is
// chosen at run time, as `point#number`. Data only.

export const INSIDE = {
  relay: [
    'a text came, nothing is written',
    'rows are written, not committed',
    'decided, not on disk yet',
    'on disk, nothing begun',
    'the machine has the attempt, no answer is stored',
    'events are read, not applied',
    'the words are ready, not handed over',
    'the intent is on disk, nothing is sent',
    'the carrier has it, no answer is stored',
    'a callback came, not applied',
    'the alarm fired, nothing is done',
  ],
  machine: [
    'an attempt came, nothing is journalled',
    'an attempt is journalled, not answered',
    'an event is written, not committed',
    'an event is journalled, nobody is told',
    'a tool has had its effect, its result is not written',
    'the answer is written down, not reported',
  ],
} as const;
type Inside = (typeof INSIDE)['relay' | 'machine'][number];

/** The line that a process writes when it reaches the point. */
export const killPointLine = (armed: string): string => `stands still: ${armed}`;

const still = (point: Inside): string => `globalThis.standStill?.('${point}');`;
const onDisk = (point: Inside): string => `await globalThis.standStillOnDisk?.('${point}');`;
const after = (file: string, find: string, more: string): Patch => ({ file, find, replace: `${find}${more}\n` });
const before = (file: string, find: string, more: string): Patch => ({ file, find, replace: `${more}\n${find}` });

/** The path on which the relay is told its point. */
export const ARMS_PATH = '/local/stands-still-at';

export const RELAY_POINTS: readonly Patch[] = [
  {
    file: 'src/worker/local.ts',
    find: '  fetch: (request, env, ctx) =>\n',
    replace: `  fetch: async (request, env, ctx) => {
    if (new URL(request.url).pathname === '${ARMS_PATH}') {
      globalThis.standsStillAt = await request.text();
      return new Response(null, { status: 204 });
    }
    return fetchLocal(request, env, ctx);
  },
  scheduled: relay.scheduled,
} satisfies ExportedHandler<Env>;

const other = {
  fetch: (request, env, ctx) =>
`,
  },
  {
    file: 'src/worker/local.ts',
    find: 'function conversationOf(env: Env, config: Config, name: string)',
    replace: `const fetchLocal = (request, env, ctx) => other.fetch(request, env, ctx);
function conversationOf(env: Env, config: Config, name: string)`,
  },
  after(
    'src/objects/conversation.ts',
    '    this.#store = new ConversationStore(ctx.storage);\n',
    `    globalThis.isArmed = (point) => globalThis.standsStillAt?.startsWith(point + '#') ?? false;
    globalThis.standStill = (point) => {
      if (!globalThis.isArmed(point)) return;
      console.log('stands still: ' + globalThis.standsStillAt);
      for (;;) {}
    };
    // In a turn of its own: what was written before is on the disk by then. Whose turn it is, this serves all objects.
    globalThis.standStillOnDisk = async (point) => {
      if (!globalThis.isArmed(point)) return;
      await scheduler.wait(20);
      globalThis.standStill(point);
    };`,
  ),
  after(
    'src/objects/conversation.ts',
    '  async accept(address: string, arrival: Arrival, { opens = true, keeps = true }: Opening = {}): Promise<Took> {\n',
    still('a text came, nothing is written'),
  ),
  after(
    'src/objects/stores/conversation-store.ts',
    '    if (this.#hot) this.#hot = hotPartOf(after);\n',
    still('rows are written, not committed'),
  ),
  after(
    'src/objects/conversation.ts',
    '  #perform(decision: Decision | null): void {\n',
    `    ${still('decided, not on disk yet')}
    if (globalThis.isArmed('on disk, nothing begun')) {
      this.ctx.waitUntil(globalThis.standStillOnDisk('on disk, nothing begun'));
      return;
    }`,
  ),
  after(
    'src/objects/lanes/attach-lane.ts',
    '  const answer = await startAttempt(access, attemptId(ref), body, expected, MACHINE_ANSWER_MS);\n',
    still('the machine has the attempt, no answer is stored'),
  ),
  before(
    'src/objects/lanes/attach-lane.ts',
    '        const after = deps.apply(...events);\n',
    still('events are read, not applied'),
  ),
  before(
    'src/objects/lanes/send-lane.ts',
    `  const reply = headOf(deps.apply({ type: 'send-begin', shown }));\n`,
    onDisk('the words are ready, not handed over'),
  ),
  after(
    'src/objects/lanes/send-lane.ts',
    `  if (reply?.state !== 'sending') return;\n`,
    onDisk('the intent is on disk, nothing is sent'),
  ),
  after(
    'src/objects/lanes/send-lane.ts',
    '  const outcome = await deps.carrierOf(reply.to).send(composed(deps, reply), SEND_TIMEOUT_MS);\n',
    still('the carrier has it, no answer is stored'),
  ),
  after(
    'src/objects/conversation.ts',
    '  status(said: DeliveryReport): boolean | Promise<boolean> {\n',
    still('a callback came, not applied'),
  ),
  after(
    'src/objects/conversation.ts',
    '  override async alarm(): Promise<void> {\n',
    still('the alarm fired, nothing is done'),
  ),
];

export const MACHINE_POINTS: readonly Patch[] = [
  after(
    'vm/src/journal/journal.ts',
    '  begin(conversation: string, attempt: string, request: AttemptRequest, now: number): void {\n',
    still('an attempt came, nothing is journalled'),
  ),
  after(
    'vm/src/journal/journal.ts',
    '      for (const message of request.messages) this.#addMessage(conversation, attempt, message.uuid);\n    });\n',
    still('an attempt is journalled, not answered'),
  ),
  after(
    'vm/src/journal/journal.ts',
    '      insert.run(conversation, attempt, seq, now, JSON.stringify(body));\n',
    still('an event is written, not committed'),
  ),
  after(
    'vm/src/journal/journal.ts',
    '    runInTransaction(this.db, () => this.#append(conversation, attempt, bodies, now));\n',
    still('an event is journalled, nobody is told'),
  ),
  before(
    'test/faults/scripted-agent.ts',
    '    transcript.result(tool, result);\n',
    still('a tool has had its effect, its result is not written'),
  ),
  after(
    'test/faults/scripted-agent.ts',
    '        transcript.answer(reply.text);\n',
    still('the answer is written down, not reported'),
  ),
];
