import { acting, burst, each, inMode, onePlan, type Variant } from './variant.ts';

// Relays that are wrong about what an attempt is given, and how often a turn is tried. Data only.

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
    name: 'burst-by-its-last',
    wrong: 'of a burst the agent is given the last text alone, and all of it counts as answered',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/objects/attempt-request.ts',
        find: 'messages: active.map((message)',
        replace: 'messages: active.slice(-1).map((message)',
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
    wrong: 'what was written into a turn is not given to its next attempt when the machine ends',
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
