import { acting, burst, each, inTurn, numberedAnew, onePlan, type Variant } from './variant.ts';

// Wrong on purpose, in ways that WhatsApp can't show. Data only.

export const TELEGRAM_VARIANTS: readonly Variant[] = [
  {
    name: 'repeat-unmarked',
    channel: 'telegram',
    repeats: true,
    patches: [
      {
        file: 'src/conversation/outbox/carrier-outage.ts',
        find: `[mayRepeat ? texts.mayRepeat : '', `,
        replace: '[',
      },
    ],
    wrong: 'a reply whose arrival is unknown comes again without a word that it may be a repeat',
    noticedBy:
      'test/pure/outbox/doubtful-sends.test.ts: when it answers the reply leaves once more, marked as a possible repeat',
    plan: onePlan('none', each(3, 'none', { send: 'cut after it was taken' })),
  },
  {
    name: 'question-repeat-unmarked',
    channel: 'telegram',
    repeats: true,
    buttons: true,
    patches: [
      {
        file: 'src/objects/lanes/send-lane.ts',
        find: 'shown: shown === null ? null : compose(shown) };',
        replace: 'shown };',
      },
    ],
    wrong: 'a question with buttons whose arrival is unknown comes again without a word that it may be a repeat',
    noticedBy: 'test/edge/telegram.test.ts: %s: it leaves once more, marked as a possible repeat, with its buttons',
    plan: onePlan(
      'none',
      acting('ask', 2, [{ work: 'ask', send: '500 after it was taken' }], 'asked', { answers: 'much later' }),
    ),
  },
  {
    name: 'update-numbers-trusted',
    channel: 'telegram',
    patches: [
      {
        file: 'src/channels/telegram/inbound.ts',
        find: '  if (message !== undefined) return readMessage(message, bot, null);',
        replace: `  if (message !== undefined) {
    const read = readMessage(message, bot, null);
    if (read?.kind === 'message') read.message.providerId = 'tg:' + bot + ':' + data.update_id;
    return read;
  }`,
      },
    ],
    wrong: 'a text whose update has a number that was used before is taken for a repeat',
    noticedBy: 'test/edge/telegram.test.ts: with an update_id that begins anew is another text',
    plan: numberedAnew(inTurn(onePlan('none', burst(2, 100)), onePlan('none', burst(2, 200)))),
  },
  {
    name: 'topics-answered-outside',
    channel: 'telegram',
    patches: [
      {
        file: 'src/conversation/outbox/replies.ts',
        find: '!isNews ? threadOf(state, turn, to)',
        replace: '!isNews && turn === null ? threadOf(state, turn, to)',
      },
    ],
    wrong: 'answers to texts in topics leave outside topics',
    noticedBy: 'test/pure/commands/topics.test.ts: goes to the project of its topic, and its answer to that topic',
    plan: onePlan('none', each(3, 'none', { inTopic: true })),
  },
  {
    name: 'change-not-read',
    channel: 'telegram',
    patches: [
      {
        file: 'src/conversation/inbound/inbound-message.ts',
        find: '  if (event.isTopic || !isNews ||',
        replace: '  if (event.isTopic || !isNews || event.edits !== undefined ||',
      },
    ],
    wrong: 'the new words of a changed text are not read',
    noticedBy: 'test/pure/inbound/edited-message.test.ts: a text that the agent may have is quoted by its new words',
    plan: onePlan('none', acting('edit', 2, [{ work: 'tool' }, {}], 'tool')),
  },
  {
    name: 'changes-as-they-come',
    channel: 'telegram',
    patches: [
      {
        file: 'src/conversation/inbound/edited-message.ts',
        find: '!isNewer(changed, known))',
        replace: 'changed.number === known.number)',
      },
    ],
    wrong: 'older words of a changed text that come late are taken for newer ones',
    noticedBy:
      'test/pure/inbound/edited-message.test.ts: of a text that the agent has quote it once, by the newest words',
    plan: onePlan('none', acting('edit', 3, [{ complete: false }, { webhook: 'late' }, {}])),
  },
  {
    name: 'text-after-its-change',
    channel: 'telegram',
    patches: [
      {
        file: 'src/conversation/inbound/edited-message.ts',
        find: 'message: { ...message, providerId: edits, changed: changeOf(event) } };',
        replace: 'message };',
      },
    ],
    wrong: 'a text that comes after its change is taken as well',
    noticedBy: 'test/pure/inbound/edited-message.test.ts: is that text, which is known when it comes',
    plan: onePlan('none', acting('edit', 3, [{ complete: false, webhook: 'late' }, {}])),
  },
  {
    name: 'third-send',
    channel: 'telegram',
    repeats: true,
    patches: [
      {
        file: 'src/conversation/outbox/doubtful-sends.ts',
        find: '  if (reply.unknownAt === null) {\n',
        replace: '  if (reply.id) {\n',
      },
    ],
    wrong: 'a reply whose arrival is unknown twice is sent a third time',
    noticedBy:
      'test/pure/outbox/doubtful-sends.test.ts: it is kept back, the operator hears of it, and what is behind it leaves',
    plan: onePlan('none', each(3, 'none', { send: 'cut twice after it was taken' })),
  },
];
