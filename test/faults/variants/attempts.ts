import { CRASHES_BORNE } from '../plan.ts';
import { acting, burst, each, inMode, onePlan, type Variant } from './variant.ts';

// Relays that are wrong about an attempt's input, and about the number of tries. Data only.

export const ATTEMPTS: readonly Variant[] = [
  {
    name: 'restarts-use-up-tries',
    wrong: 'a restart of the machine counts as a crash, and the turn is given up',
    noticedBy:
      'test/pure/turn/given-up.test.ts: whatever ends the attempts, five crashes end the turn, or twenty restarts without a step, and nothing else',
    patches: [
      {
        file: 'src/conversation/turn/retry.ts',
        find: "outcome === 'lost' || cause === 'restarted'",
        replace: "outcome === 'lost'",
      },
    ],
    quicker: [{ file: 'src/conversation/policy/turn.ts', find: 'CRASHES_MAX = 5', replace: 'CRASHES_MAX = 2' }],
    plan: onePlan('machine', each(2, 'tool', { work: 'tool', crashes: 1 })),
  },
  {
    name: 'limit-over-all-attempts',
    wrong: 'the time limit of an attempt includes the time of earlier attempts',
    noticedBy:
      'test/pure/turn/watchdog.test.ts: each attempt has its whole time, however long those before it ran until their machine ended',
    patches: [
      {
        file: 'src/conversation/turn/watchdog.ts',
        find: 'ctx.now >= attempt.openedAt + bound &&',
        replace: 'ctx.now >= turn.openedAt + bound &&',
      },
    ],
    quicker: [
      { file: 'src/conversation/policy/turn.ts', find: 'TURN_MS = 30 * MINUTE', replace: 'TURN_MS = 20 * SECOND' },
      {
        file: 'src/conversation/policy/turn.ts',
        find: 'TURN_MARGIN_MS = 5 * MINUTE',
        replace: 'TURN_MARGIN_MS = 5 * SECOND',
      },
    ],
    // The last attempt begins after 16 seconds, and the machine stands still for 15 of them.
    plan: onePlan('stopped', each(2, 'tool', { work: 'tool', crashes: CRASHES_BORNE })),
  },
  {
    name: 'burst-by-its-last',
    wrong: 'the agent gets only the last text of a burst, and the whole burst counts as answered',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/objects/attempt-request.ts',
        find: 'messages: inWrittenOrder(active, capabilitiesOf)',
        replace: 'messages: inWrittenOrder(active.slice(-1), capabilitiesOf)',
      },
      {
        file: 'src/conversation/turn/agent-status.ts',
        find: 'uuids.includes(m.uuid) && m.state',
        replace: '(uuids.includes(m.uuid) || m.turn === turn.id) && m.state',
      },
    ],
    plan: onePlan('none', burst(3)),
  },
  {
    name: 'steered-left-behind',
    wrong: 'texts that were steered into a turn are not given to its next attempt when the machine ends',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/objects/attempt-request.ts',
        find: `const active = state.messages.filter((m) => m.state === 'active');`,
        replace: `const active = state.messages.filter((m) => m.state === 'active' && !m.steered);`,
      },
      {
        file: 'src/conversation/turn/queue.ts',
        find: `setMessages(cleared, (m) => m.state === 'active', { steered: false })`,
        replace: 'cleared',
      },
      {
        file: 'src/conversation/turn/ending.ts',
        find: `const isMissed = outcome === 'done' ? (m: Message) => m.state === 'active' && m.steered : () => false;`,
        replace: 'const isMissed = () => false;',
      },
    ],
    plan: inMode('steer', onePlan('machine', acting('steer', 2, [{ work: 'tool' }, {}], 'tool'))),
  },
];
