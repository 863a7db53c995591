import { each, onePlan, type Variant } from './variant.ts';

// Wrong on purpose: what only a channel without a list of sent messages can show. Data only.

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
