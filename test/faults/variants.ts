import type { Pace } from '../../simulator/twilio/lifecycle.ts';
import type { Aim, Cast, Kill, Plan, Text } from './plan.ts';

// Twelve ways to get it wrong, each as a change of the relay's source, with a short plan that aims at its weakness. With the
// change the plan must come out red, without it green. `find` must be in the file exactly once. Data only.

export type Patch = { file: string; find: string; replace: string };
export type Variant = {
  name: string;
  patches: Patch[];
  pace?: Partial<Pace>;
  plan: Plan;
};

/** Made in every run, with and without the variant: a reply that was cut on its way is looked for in seconds, not a minute. */
export const QUICK_LOOK_UPS: Patch = {
  file: 'src/turns/carrier-policy.ts',
  find: '[2 * SECOND, 10 * SECOND, 30 * SECOND, 60 * SECOND] as const',
  replace: '[1 * SECOND, 2 * SECOND, 3 * SECOND, 4 * SECOND] as const',
};

/** Made in runs with a carrier that breaks: a second try in vain is followed by a third in seconds, not in five minutes. */
export const QUICK_TRIES: Patch = {
  file: 'src/turns/carrier-policy.ts',
  find: '[0, 5 * MINUTE, 20 * MINUTE, HOUR] as const',
  replace: '[0, 5 * SECOND, 10 * SECOND, 20 * SECOND] as const',
};

/** Made in runs that wait for lost texts: lists leave out what is younger than this, and not than two minutes. */
export const QUICK_YOUNGEST_MS = 20_000;
export const QUICK_LISTS: Patch = {
  file: 'src/worker/comparison.ts',
  find: 'YOUNGEST_MS = 2 * MINUTE',
  replace: `YOUNGEST_MS = ${QUICK_YOUNGEST_MS}`,
};

const plain: Text = {
  id: '',
  work: 'answer',
  crashes: 0,
  complete: true,
  webhook: 'as usual',
  send: 'as usual',
};

export const VARIANTS: Variant[] = [
  {
    name: 'dedupe-off',
    patches: [
      {
        file: 'migrations/conversation/0001_first_text.sql',
        find: 'provider_id TEXT NOT NULL UNIQUE',
        replace: 'provider_id TEXT NOT NULL',
      },
      {
        file: 'src/objects/conversation-store.ts',
        find: ' ON CONFLICT (provider_id) DO NOTHING',
        replace: '',
      },
    ],
    plan: onePlan('none', each(6, 'none', { webhook: 'again later' }), each(4, 'none', { webhook: 'twice' })),
  },
  {
    name: 'intent-after-the-send',
    patches: [
      {
        file: 'src/objects/send-lane.ts',
        find: `  const reply = head(deps.apply({ type: 'send-begin', shown }));
  if (reply?.state !== 'sending') return;
  // Its list is asked for the words alone: they end whatever it was given.
  const body = wordsToSend(deps.load(), reply, deps.now(), deps.policy);
  const outcome = await send(deps.account, { ...outgoing(deps, reply), body }, SEND_TIMEOUT_MS);`,
        replace: `  const waiting = head(deps.load());
  if (waiting === null) return;
  const sent = { ...outgoing(deps, waiting), attempt: waiting.attempt + 1 };
  const outcome = await send(deps.account, sent, SEND_TIMEOUT_MS);
  const reply = head(deps.apply({ type: 'send-begin' }));
  if (reply?.state !== 'sending') return;`,
      },
    ],
    plan: onePlan('relay', each(8, 'send-unanswered')),
  },
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
    name: 'newest-five',
    patches: [
      {
        file: 'src/objects/conversation-store.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
        find: "WHERE state IN ('waiting', 'active') ORDER BY seq LIMIT ${MESSAGES_MAX}",
        replace: "WHERE state IN ('waiting', 'active') ORDER BY seq DESC LIMIT 5",
      },
    ],
    plan: {
      people: 2,
      modes: ['collect', 'collect'],
      episodes: [
        ...onePlan('none', each(2, 'none', { work: 'tool' })).episodes,
        ...onePlan('relay', burst(0, 12, 100), burst(1, 12, 200)).episodes,
      ],
    },
  },
  {
    name: 'reconciled-by-date-sent',
    patches: [
      {
        file: 'src/channels/twilio/send.ts',
        find: `PageSize: '50' });`,
        replace: `PageSize: '50', 'DateSent>': new Date(reply.createdAt).toISOString().slice(0, 10) });`,
      },
    ],
    // Queued for longer than the look-ups go on: until then a message has no date.
    pace: { sent: 10_000 },
    plan: onePlan('none', each(6, 'none', { send: '500 after it was taken' })),
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
  {
    name: 'sent-to-another',
    patches: [
      {
        file: 'src/channels/twilio/send.ts',
        find: '    To: reply.to,\n',
        replace: `    To: reply.to.endsWith('0') ? reply.to.replace(/0$/, '1') : reply.to,\n`,
      },
    ],
    plan: onePlan('none', each(4, 'none')),
  },
  {
    name: 'numbered-backwards',
    patches: [
      {
        file: 'src/objects/conversation-store.ts',
        find: `INSERT INTO messages (provider_id, uuid, "from", "to", text, attachments, received_at, tried, state)
         VALUES (?,`,
        replace: `INSERT INTO messages (seq, provider_id, uuid, "from", "to", text, attachments, received_at, tried, state)
         VALUES ((SELECT coalesce(min(seq), 1000000) - 1 FROM messages), ?,`,
      },
    ],
    plan: { ...onePlan('none', burst(0, 3, 100)), modes: ['queue'] },
  },
  {
    name: 'stopped-goes-on',
    patches: [
      {
        file: 'src/turns/commands.ts',
        find: `  setMessages(state, (m) => m.state === 'active', { state: 'failed', stoppedAt: now, tried: true, steered: false });`,
        replace: `  setMessages(state, (m) => m.state === 'active', { state: 'waiting', turn: null, steered: false });`,
      },
    ],
    plan: onePlan('none', stopped(3)),
  },
  {
    name: 'retry-brings-nothing',
    patches: [
      {
        file: 'src/turns/commands.ts',
        find: 'wantedAgain({ ...told, messages }, back)',
        replace: 'wantedAgain(told, back)',
      },
    ],
    plan: onePlan('none', stopped(3)),
  },
];

type Group = Omit<Cast, 'person'>[];

/** One episode; people and ids are numbered through. */
function onePlan(kill: Kill, ...groups: Group[]): Plan {
  let made = 0;
  const casts = groups.flat().map((cast, person) => ({
    ...cast,
    person,
    texts: cast.texts.map((text) => ({ ...text, id: text.id || `m${String(++made).padStart(4, '0')}` })),
  }));
  return {
    people: casts.length,
    modes: casts.map(() => 'collect'),
    episodes: [{ kill, casts, callbacks: 'as usual', weather: 'fine', releaseFirst: false }],
  };
}

/** So many people with one text each. */
function each(count: number, aim: Aim, text: Partial<Text> = {}): Group {
  return Array.from({ length: count }, () => ({ act: 'texts', aim, texts: [{ ...plain, ...text }] }));
}

/** So many people who stop what they asked for, and want it after all. */
function stopped(count: number): Group {
  return each(count, 'tool', { work: 'tool' }).map((cast) => ({ ...cast, act: 'stop' }));
}

/** One person with many texts; their ids begin at `from`. */
function burst(_person: number, count: number, from: number): Group {
  const texts = Array.from({ length: count }, (_, n) => ({ ...plain, id: `m${String(from + n).padStart(4, '0')}` }));
  return [{ act: 'texts', aim: 'gathering', texts }];
}
