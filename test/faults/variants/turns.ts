import { each, onePlan, type Variant } from './variant.ts';

// Relays that are wrong about turns and what wakes them. Data only.

export const TURNS: readonly Variant[] = [
  {
    name: 'event-cursor-not-stored',
    patches: [
      {
        file: 'src/objects/conversation-store.ts',
        find: `after.attempts);
    saveRows(sql, 'messages'`,
        replace: `after.attempts.map((a) => (before.attempts.includes(a) ? a : { ...a, lastSeq: 0 })));
    saveRows(sql, 'messages'`,
      },
    ],
    plan: onePlan('relay', each(8, 'ended')),
  },
  {
    name: 'no-heartbeat',
    patches: [
      {
        file: 'src/turns/lanes.ts',
        find: '  if (inFlight(state, now)) later.push(now + HEARTBEAT_MS);\n',
        replace: '',
      },
    ],
    plan: onePlan('relay', each(4, 'tool', { work: 'tool' }), each(4, 'streaming', { work: 'story' })),
  },
  {
    name: 'consumed-when-pushed',
    patches: [
      {
        file: 'src/turns/attempts.ts',
        find: 'const taken = withAttempt(reachable(state, turn), now);',
        replace: `const pushed = setMessages(state, (m) => m.state === 'active', { state: 'consumed' });
  const taken = withAttempt(reachable(pushed, turn), now);`,
      },
    ],
    plan: onePlan('machine', each(8, 'tool', { work: 'tool' })),
  },
  {
    name: 'alarm-only-re-arms',
    patches: [
      {
        file: 'src/objects/conversation.ts',
        find: `      for (const timer of this.#store.dueTimers(this.#now())) this.#onDue(timer);
      this.#attempt({ type: 'heartbeat' });
`,
        replace: '',
      },
    ],
    plan: onePlan('relay', each(4, 'tool', { work: 'tool' }), each(4, 'gathering', { complete: false })),
  },
];
