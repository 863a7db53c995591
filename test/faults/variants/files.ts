import { acting, each, inside, inTurn, onePlan, type Variant } from './variant.ts';

// Products that are wrong about files: the agent's files go once, to their own person; a person's files are there when
// the agent looks, and are as old as it says when they come back.

export const FILES: readonly Variant[] = [
  {
    name: 'file-sent-again',
    wrong: 'a file that was sent before the machine lost its disk is sent once more',
    noticedBy:
      'test/pure/outbox/outgoing-files.test.ts: whenever the agent is cut and asks again: each file leaves once, and each request is answered',
    patches: [
      {
        file: 'src/conversation/outbox/outgoing-files.ts',
        find: '(f.n < n && f.name === file.name && f.type === file.type && f.size === file.size && f.caption === caption)',
        replace: 'false',
      },
    ],
    plan: inside(
      'the answer is written down, not reported',
      onePlan('disk lost', acting('file', 1, [{ work: 'file' }], 'start-undelivered')),
    ),
  },
  {
    name: 'file-of-another',
    wrong: 'two files of one hour share a key, and one person gets the other’s',
    noticedBy: 'test/edge/never-mix.test.ts: a link is of its conversation: its parts in another one lead nowhere',
    patches: [
      {
        file: 'src/objects/media-bucket.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
        find: '`outgoing/${conversation}/${file}`',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: source text
        replace: '`outgoing/${file.slice(0, 5)}`',
      },
    ],
    plan: onePlan('none', acting('file', 6, [{ work: 'file' }])),
  },
  {
    name: 'photo-not-waited-for',
    wrong: 'the agent is asked before the photo is on its machine, and is told that it is missing',
    noticedBy:
      'test/pure/inbound/attachment-events.test.ts: however many come with however many messages, and whatever becomes of them: not before the last is settled',
    patches: [
      {
        file: 'src/conversation/lanes.ts',
        find: `const lacks = attempt?.state === 'requested' && findOpenTurn(state)?.stopping == null && hasPendingFiles(state);`,
        replace: 'const lacks = false;',
      },
    ],
    plan: onePlan('none', acting('photo', 3, [{}])),
  },
  {
    name: 'copy-older-than-told',
    wrong: 'what comes back to a machine that lost its disk is older than the person is told',
    noticedBy:
      'test/edge/backup.test.ts: is given back the newer of two copies, and the person hears how old that one is',
    patches: [
      {
        file: 'src/objects/lanes/restore-lost.ts',
        find: 'const object = await archive?.get(key);',
        replace: 'const object = await archive?.get(copies.at(-1)?.key ?? key);',
      },
    ],
    backsUp: true,
    plan: inTurn(
      onePlan('disk lost', acting('backup', 1, [{ work: 'file' }, { work: 'file' }])),
      onePlan('none', each(1, 'none', { id: 'm0009', work: 'look' })),
    ),
  },
];
