import { acting, each, inMode, onePlan, type Variant } from './variant.ts';

// Relays that are wrong about turns and their wake-ups. Data only.

export const TURNS: readonly Variant[] = [
  {
    name: 'event-cursor-not-stored',
    wrong: 'the last applied event of an attempt is not stored',
    noticedBy: 'test/edge/turn.test.ts: running: the stream is followed on from the last applied event',
    patches: [
      {
        file: 'src/objects/stores/conversation-store.ts',
        find: `after.attempts);
    tables.messages.save`,
        replace: `after.attempts.map((a) => (before.attempts.includes(a) ? a : { ...a, lastSeq: 0 })));
    tables.messages.save`,
      },
    ],
    plan: onePlan('relay', each(8, 'ended')),
  },
  {
    name: 'no-heartbeat',
    wrong: 'nothing wakes the object while an attempt runs',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/alarm.ts',
        find: '  if (hasWorkInFlight(state, now)) later.push(now + (isCalm(state, now) ? CALM_HEARTBEAT_MS : HEARTBEAT_MS));\n',
        replace: '',
      },
    ],
    // The agent has finished: its requests to the model would wake the object, too.
    plan: onePlan('relay', each(4, 'answer')),
  },
  {
    name: 'consumed-when-pushed',
    wrong: 'texts count as answered when the machine has them',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/turn/attempts.ts',
        find: 'const taken = withAttempt(noteReachable(state, turn), now);',
        replace: `const pushed = setMessages(state, (m) => m.state === 'active', { state: 'consumed' });
  const taken = withAttempt(noteReachable(pushed, turn), now);`,
      },
    ],
    plan: onePlan('machine', each(8, 'tool', { work: 'tool' })),
  },
  {
    name: 'alarm-only-re-arms',
    wrong: 'the alarm sets itself again and does nothing',
    noticedBy:
      'test/edge/timers.test.ts: a timer whose work throws: all other due work is done, and when it works again nothing was lost',
    patches: [
      {
        file: 'src/objects/conversation.ts',
        find: `      this.#timers.run();
`,
        replace: '',
      },
    ],
    plan: onePlan('relay', each(4, 'tool', { work: 'tool' }), each(4, 'gathering', { complete: false })),
  },
  {
    name: 'consumed-when-told',
    wrong: 'a text that is steered into running work counts as answered',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/turn/attempts.ts',
        find: `      return steerNext(withoutTimer(state, 'steer', event.uuid), ctx);`,
        replace: `      return steerNext(
        setMessages(withoutTimer(state, 'steer', event.uuid), (m) => m.uuid === event.uuid, { state: 'consumed' }),
        ctx,
      );`,
      },
    ],
    plan: inMode('steer', onePlan('machine', acting('told', 2, [{ work: 'tool' }, {}], 'tool'))),
  },
  {
    name: 'event-before-its-reply',
    wrong: 'an answer’s event and its reply are stored in two transactions',
    noticedBy: 'test/edge/turn.test.ts: is used up in the transaction that keeps its answer',
    patches: [
      {
        file: 'src/objects/lanes/attach-lane.ts',
        find: '        const after = deps.apply(...events);\n',
        replace: `        let after = deps.load();
        for (const each of events) {
          const isAnswer = each.type === 'machine' && each.event.type === 'result';
          if (isAnswer) {
            deps.apply({ ...each, event: { ...each.event, part: 'all but the reply' } });
            await scheduler.wait(20_000);
          }
          after = deps.apply(isAnswer ? { ...each, event: { ...each.event, part: 'the reply' } } : each);
        }\n`,
      },
      {
        file: 'src/conversation/turn/attempts.ts',
        find: '  if (event.seq <= attempt.lastSeq) return { decision: noEffects(state) };\n',
        replace: `  if (event.event.part === 'the reply') return { applied: state, turn, attempt };
  if (event.seq <= attempt.lastSeq) return { decision: noEffects(state) };\n`,
      },
      {
        file: 'src/conversation/agent-events.ts',
        find: '      const shown = forgiveTries(settled,',
        replace: `      if (event.part === 'all but the reply') return noEffects(settled);
      const shown = forgiveTries(settled,`,
      },
    ],
    plan: onePlan('relay', each(2, 'ended')),
  },
  {
    name: 'alarm-for-the-latest',
    wrong: 'the alarm is set for the latest timer',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/alarm.ts',
        find: 'later.length === 0 ? null : Math.min(...later)',
        replace: 'later.length === 0 ? null : Math.max(...later)',
      },
    ],
    plan: onePlan('none', acting('later', 2, [{}])),
  },
  {
    name: 'one-timer-of-a-kind',
    wrong: 'a second timer of a kind takes the place of the first',
    noticedBy: 'test/pure/properties.test.ts: random conversations',
    patches: [
      {
        file: 'src/conversation/state/state.ts',
        find: 'timers: [...withoutTimer(state, timer.kind, timer.ref).timers, timer]',
        replace: 'timers: [...withoutTimer(state, timer.kind).timers, timer]',
      },
    ],
    plan: onePlan('none', acting('due', 2, [{}, {}])),
  },
];
