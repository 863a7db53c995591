import { givenUpAndNext, inMode, onePlan, stopped, type Variant } from './variant.ts';

// Relays that are wrong about /stop and /retry. Data only.

export const COMMANDS: readonly Variant[] = [
  {
    name: 'stopped-goes-on',
    wrong: 'texts that /stop dropped are asked again with the next text',
    noticedBy:
      'test/pure/commands/commands.test.ts: drops what waits, then stops the machine until it has said so; /retry brings all of it back',
    patches: [
      {
        file: 'src/conversation/turn/stop.ts',
        find: `  setMessages(state, (m) => m.state === 'active', { state: 'failed', stoppedAt: now, tried: true, steered: false });`,
        replace: `  setMessages(state, (m) => m.state === 'active', { state: 'waiting', turn: null, steered: false });`,
      },
    ],
    plan: onePlan('none', stopped(3)),
  },
  {
    name: 'retry-brings-nothing',
    wrong: '/retry says that it tries again, but does not',
    noticedBy:
      'test/pure/commands/commands.test.ts: drops what waits, then stops the machine until it has said so; /retry brings all of it back',
    patches: [
      {
        file: 'src/conversation/turn/retry.ts',
        find: 'wantFilesAgain({ ...state, messages }, back)',
        replace: 'wantFilesAgain(state, back)',
      },
    ],
    plan: onePlan('none', stopped(3)),
  },
  {
    name: 'stop-leaves-the-queue',
    wrong: 'texts that waited behind the stopped work are reported as stopped, and then answered',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/turn/stop.ts',
        find: `setMessages(kept.state, (m) => queued.includes(m), { state: 'failed', stoppedAt })`,
        replace: 'kept.state',
      },
    ],
    // In the usual mode a text soon after the first joins its work.
    plan: inMode('queue', onePlan('none', stopped(2, 1))),
  },
  {
    name: 'stop-not-passed-on',
    wrong: 'the machine does not hear of /stop, so its answer still comes',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/turn/stop.ts',
        find: `  const again = withTimer(state, { kind: 'stop', ref: turn, dueAt: ctx.now + STOP_AGAIN_MS, attempts: 0 });`,
        replace: `  if (turn) return noEffects(state);
  const again = withTimer(state, { kind: 'stop', ref: turn, dueAt: ctx.now + STOP_AGAIN_MS, attempts: 0 });`,
      },
      {
        file: 'src/conversation/agent-events.ts',
        find: '      if (turn.stopping !== null) return noEffects(state);\n',
        replace: '',
      },
    ],
    plan: onePlan('none', stopped(2)),
  },
  {
    name: 'retry-takes-anothers-answer',
    wrong: 'a given-up text that /retry brings back gets the answer to a later text',
    noticedBy:
      'test/agent-server/transcript.test.ts: whatever turns follow each other in a session, no text has the answer of a turn it did not come with',
    patches: [
      {
        file: 'vm/src/claude/transcript.ts',
        find: 'if (beginsAnother(entry, aliases)) {',
        replace: 'if (false) {',
      },
    ],
    quicker: [
      { file: 'src/conversation/policy/turn.ts', find: 'CRASHES_MAX = 5', replace: 'CRASHES_MAX = 4' },
      {
        file: 'src/conversation/policy/turn.ts',
        find: 'ATTEMPT_RETRY_MS = 5 * SECOND',
        replace: 'ATTEMPT_RETRY_MS = 500',
      },
    ],
    plan: inMode('queue', onePlan('none', givenUpAndNext())),
  },
];
