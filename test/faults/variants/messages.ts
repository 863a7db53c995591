import { acting, burst, each, inMode, onePlan, type Variant } from './variant.ts';

// Relays that are wrong about incoming messages: known by id, oldest first, complete. Data only.

export const MESSAGES: readonly Variant[] = [
  {
    name: 'dedupe-off',
    wrong: 'a webhook that comes again is a new text',
    noticedBy: 'test/edge/identity.test.ts: messages whose ids look alike are each taken once, in the order they came',
    patches: [
      {
        file: 'migrations/newest.ts',
        find: 'provider_id TEXT NOT NULL UNIQUE',
        replace: 'provider_id TEXT NOT NULL',
      },
      {
        file: 'src/objects/stores/message-store.ts',
        find: ' WHERE provider_id = ?',
        replace: ' WHERE provider_id = ? AND false',
      },
    ],
    plan: onePlan('none', each(6, 'none', { webhook: 'again later' }), each(4, 'none', { webhook: 'twice' })),
  },
  {
    name: 'newest-five',
    wrong: 'only the newest five waiting texts are read',
    noticedBy:
      'test/edge/turn.test.ts: that comes while the agent works is next, with all others that waited, oldest first',
    patches: [
      {
        file: 'src/objects/stores/conversation-store.ts',
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
        ...onePlan('relay', burst(12, 100), burst(12, 200)).episodes,
      ],
    },
  },
  {
    name: 'numbered-backwards',
    wrong: 'texts are numbered from the newest',
    noticedBy: 'test/edge/identity.test.ts: messages whose ids look alike are each taken once, in the order they came',
    patches: [
      {
        file: 'src/objects/stores/message-store.ts',
        find: `'SELECT max(seq) AS newest FROM messages')[0]?.newest ?? 0) + 1`,
        replace: `'SELECT min(seq) AS newest FROM messages')[0]?.newest ?? 1_000_000) - 1`,
      },
    ],
    // The restart reads the rows again.
    plan: inMode('queue', onePlan('relay', burst(3))),
  },
  {
    name: 'id-by-its-end',
    wrong: 'texts are told apart only by the ends of their ids',
    noticedBy: 'test/edge/identity.test.ts: messages whose ids look alike are each taken once, in the order they came',
    patches: [
      {
        file: 'src/objects/stores/message-store.ts',
        find: ' WHERE provider_id = ?',
        replace: ' WHERE substr(provider_id, -12) = substr(?, -12)',
      },
    ],
    lookalikes: true,
    plan: onePlan('none', burst(4)),
  },
  {
    name: 'id-without-case',
    wrong: 'texts whose ids differ only in case count as one',
    noticedBy: 'test/edge/identity.test.ts: messages whose ids look alike are each taken once, in the order they came',
    patches: [
      {
        file: 'src/objects/stores/message-store.ts',
        find: ' WHERE provider_id = ?',
        replace: ' WHERE provider_id = ? COLLATE NOCASE',
      },
    ],
    lookalikes: true,
    plan: onePlan('none', burst(4)),
  },
  {
    name: 'taken-before-it-is-kept',
    wrong: 'the carrier gets its 200 before the text is stored',
    noticedBy: 'test/edge/identity.test.ts: messages whose ids look alike are each taken once, in the order they came',
    patches: [
      {
        file: 'src/worker/webhooks.ts',
        find: '  await handOver(c.env, config, { ...message, receivedAt: Date.now(), late: false });',
        replace: `  const arrival = { ...message, receivedAt: Date.now(), late: false };
  c.executionCtx.waitUntil(scheduler.wait(1000).then(() => handOver(c.env, config, arrival)));`,
      },
      {
        file: 'src/worker/channel-webhooks.ts',
        find: 'message: (message) => handOver(c.env, config, message),',
        replace: `message: (message) => {
      c.executionCtx.waitUntil(scheduler.wait(1000).then(() => handOver(c.env, config, message)));
      return Promise.resolve('kept');
    },`,
      },
    ],
    plan: onePlan('relay', each(4, 'gathering')),
  },
  {
    name: 'newest-of-the-list-too',
    wrong: 'texts that may still come by webhook are taken from the carrier’s list',
    noticedBy:
      'test/pure/worker/reconcile-range.test.ts: however runs, bounds and messages fall, each message is handed over, and in a quiet run none',
    patches: [
      {
        file: 'src/worker/reconcile-range.ts',
        find: 'const upTo = gapBelow ?? now - YOUNGEST_MS;',
        replace: 'const upTo = gapBelow ?? now;',
      },
    ],
    reconciles: true,
    plan: onePlan('none', each(2, 'none', { webhook: 'lost' })),
  },
  {
    name: 'late-without-a-word',
    wrong: 'a text that is found late is answered, but its person is not told',
    noticedBy: 'test/pure/inbound/late-texts.test.ts: each is told, however many there are',
    patches: [
      {
        file: 'src/conversation/inbound/late-texts.ts',
        find: "  if (!waiting || !isRoomFor(body, waiting, ctx)) return enqueue(state, 'notice', [line], ctx);",
        replace:
          "  if (!waiting) return state;\n  if (!isRoomFor(body, waiting, ctx)) return enqueue(state, 'notice', [line], ctx);",
      },
    ],
    reconciles: true,
    plan: onePlan('none', acting('texts', 2, [{ webhook: 'lost' }, {}])),
  },
];
