import { burst, each, onePlan, type Variant } from './variant.ts';

// Relays that are wrong about what comes in: known by its id, oldest first, nothing left out. Data only.

export const MESSAGES: readonly Variant[] = [
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
];
