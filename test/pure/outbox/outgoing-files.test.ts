import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findCandidates } from '../../../src/channels/twilio/send.ts';
import { howToSend, WHATSAPP_MEDIA } from '../../../src/channels/whatsapp/files.ts';
import { findNextAlarm } from '../../../src/conversation/alarm.ts';
import { findDueOutgoing, wantsSend } from '../../../src/conversation/lanes.ts';
import { takesCaption } from '../../../src/conversation/outbox/answer-on-file.ts';
import {
  CAPTION_CHARS,
  EXPIRE_AT_ONCE,
  FILE_FOR_MS,
  FILE_TRIES_MAX,
  FILE_WAITS_MS,
} from '../../../src/conversation/policy/files.ts';
import { HEARTBEAT_MS } from '../../../src/conversation/policy/turn.ts';
import type { OutgoingFile } from '../../../src/conversation/state/outgoing-file.ts';
import { hotPartOf, newConversation } from '../../../src/conversation/state/state.ts';
import { readFilesRequest } from '../../../src/input/files-command.ts';
import { mediaUrl, openMediaLink } from '../../../src/links/media-link.ts';
import { openPageLink } from '../../../src/links/page-link.ts';
import { mediaHeadersOf } from '../../../src/objects/media-bucket.ts';
import type { Request } from '../../../src/protocol/index.ts';
import { FILE_OUT_MAX_BYTES } from '../../../src/protocol/limits.ts';
import { sizeOf } from '../../../src/texts/files.ts';
import { texts } from '../../../src/texts/index.ts';
import { PLACES } from '../channels.ts';
import { Talk } from '../conversation.ts';

// Files of the agent: the ones the carrier accepts, the content of a link, the decision about each file.

const ID = 'ab'.repeat(32);
const LINK = 'https://relay.example.com/media/x';

type Wish = Extract<Request, { kind: 'send_file' }>;
const wish = (file: Partial<Wish['file']> = {}, caption = 'A hen'): Wish => ({
  kind: 'send_file',
  file: { id: ID, name: 'hen.png', type: 'image/png', size: 3000, ...file },
  caption,
});

class Sending extends Talk {
  asks(request: string, asked: Wish = wish()): OutgoingFile {
    this.machine({ type: 'request', request_id: request, request: asked });
    return this.file();
  }

  file(nth = -1): OutgoingFile {
    return this.state.outgoing.at(nth) as OutgoingFile;
  }

  stores(goes: 'captioned' | 'alone' | 'link' = 'captioned', file = this.file()): void {
    const expiresAt = this.now + FILE_FOR_MS;
    this.on({ type: 'outgoing-stored', id: file.id, link: LINK, goes, expiresAt });
  }
}

function running(): Sending {
  const talk = new Sending();
  talk.text('send me the file');
  talk.taken();
  return talk;
}

describe('files that WhatsApp accepts', () => {
  test.each(Object.entries(WHATSAPP_MEDIA))('%s up to its limit, and not a byte more', (type, { most, captioned }) => {
    expect(howToSend({ type, size: most })).toBe(captioned ? 'captioned' : 'alone');
    expect(howToSend({ type, size: most + 1 })).toBe('link');
    expect(most).toBe((type.startsWith('image/') ? 5 : 16) * 1024 * 1024);
  });

  test.each(['text/plain', 'text/html', 'image/gif', 'image/svg+xml', 'application/zip', 'audio/wav', 'toString', ''])(
    '%j goes as a link',
    (type) => expect(howToSend({ type, size: 1 })).toBe('link'),
  );

  test('a type’s case and parameters do not matter', () => {
    expect(howToSend({ type: 'Image/PNG; x=1', size: 1 })).toBe('captioned');
  });
});

describe('the answer to a text with a file', () => {
  const leaves = (talk: Sending): boolean => wantsSend(talk.state, talk.now);
  const shown = (talk: Sending) => talk.state.replies.map(({ body, media }) => (media === null ? body : `[${body}]`));

  /** The file is stored, and the agent works on. */
  function stored(asked = wish(), goes: 'captioned' | 'alone' = 'captioned') {
    const talk = new Sending();
    const text = talk.text('send me the file');
    talk.taken();
    talk.asks('r1', asked);
    talk.stores(goes);
    return { talk, text };
  }

  test('is its caption, and they leave at once', () => {
    const { talk, text } = stored();
    expect(leaves(talk)).toBe(false);
    talk.answer('There it is.', text);
    expect(shown(talk)).toEqual(['[A hen\n\nThere it is.]']);
    expect(leaves(talk)).toBe(true);
  });

  test('may be empty: the file says it', () => {
    const { talk, text } = stored();
    talk.answer('', text);
    expect(shown(talk)).toEqual(['[A hen]']);
  });

  test('doesn’t keep a file for longer than ten seconds', () => {
    const { talk, text } = stored(wish({}, ''));
    expect(findNextAlarm(talk.state, talk.now)).toBe(talk.now + HEARTBEAT_MS);
    talk.now += FILE_WAITS_MS - 1;
    expect(leaves(talk)).toBe(false);
    expect(findNextAlarm(talk.state, talk.now)).toBe(talk.now + 1);
    talk.now += 1;
    expect(leaves(talk)).toBe(true);
    talk.on({ type: 'send-begin', shown: null });
    talk.answer('There it is.', text);
    expect(shown(talk)).toEqual(['[]', 'There it is.']);
  });

  test('comes by itself if it is too long for a caption, or if it has parts', () => {
    const long = 'x'.repeat(CAPTION_CHARS - 'A hen\n\n'.length);
    const { talk, text } = stored();
    talk.answer(long, text);
    expect(shown(talk)).toEqual([`[A hen\n\n${long}]`]);
    const other = stored();
    other.talk.answer(`${long}x`, other.text);
    expect(shown(other.talk)).toEqual(['[A hen]', `${long}x`]);
    expect(leaves(other.talk)).toBe(true);
    const parts = stored();
    parts.talk.answer('one\n\ntwo', parts.text);
    expect(shown(parts.talk)).toEqual(['[A hen]', 'one', 'two']);
  });

  test('follows the file where a caption has less room than its own words', () => {
    const talk = new Sending();
    const { address, senders } = PLACES.telegram;
    talk.state = { ...talk.state, conversation: newConversation(address, senders[0]) };
    talk.text('send me the file');
    talk.taken();
    talk.asks('r1', wish({}, 'y'.repeat(1000)));
    talk.stores();
    expect(shown(talk)).toEqual(['[]', 'y'.repeat(1000)]);
  });

  test('comes by itself if something was said since, which lets the file go', () => {
    const { talk, text } = stored();
    talk.machine({ type: 'request', request_id: 'r2', request: { kind: 'send_message', text: 'One more.' } });
    expect(shown(talk)).toEqual(['[A hen]', 'One more.']);
    expect(leaves(talk)).toBe(true);
    talk.answer('There it is.', text);
    expect(shown(talk)).toEqual(['[A hen]', 'One more.', 'There it is.']);
  });

  test('comes by itself after a document, which has no caption and doesn’t wait', () => {
    const { talk, text } = stored(wish({ name: 'a.pdf', type: 'application/pdf' }, ''), 'alone');
    expect(leaves(talk)).toBe(true);
    talk.answer('There it is.', text);
    expect(shown(talk)).toEqual(['[]', 'There it is.']);
  });

  test('is not awaited when the turn ends without one', () => {
    const { talk } = stored();
    talk.machine({ type: 'ending' });
    expect(leaves(talk)).toBe(true);
  });

  test.each(Object.entries(WHATSAPP_MEDIA))('%s takes a caption as the carrier says', (type, { captioned }) => {
    expect(takesCaption(type)).toBe(captioned);
  });
});

test.each([
  ['hen.png', 'image/png', 'image/png', `inline; filename="hen.png"; filename*=UTF-8''hen.png`],
  ['a.svg', 'image/svg+xml', 'image/svg+xml', `attachment; filename="a.svg"; filename*=UTF-8''a.svg`],
  ['a.pdf', 'application/pdf', 'application/pdf', `attachment; filename="a.pdf"; filename*=UTF-8''a.pdf`],
  ['n.txt', 'text/plain', 'text/plain; charset=utf-8', `attachment; filename="n.txt"; filename*=UTF-8''n.txt`],
  [
    'a"\r\nSet-Cookie: x.png',
    'image/png\r\nX: y',
    'application/octet-stream',
    `attachment; filename="a___Set-Cookie_ x.png"; filename*=UTF-8''a%22%0D%0ASet-Cookie%3A%20x.png`,
  ],
  ["it's (1).png", 'image/png', 'image/png', `inline; filename="it_s (1).png"; filename*=UTF-8''it%27s%20%281%29.png`],
  ['\ud800.mp4', 'video/mp4', 'video/mp4', `inline; filename="_.mp4"; filename*=UTF-8''%EF%BF%BD.mp4`],
])('%j of type %j is served as it is, by a safe name', (name, type, contentType, contentDisposition) => {
  expect(mediaHeadersOf({ name, type })).toEqual({ contentType, contentDisposition });
});

test.each([
  [0, '0 bytes'],
  [999, '999 bytes'],
  [3000, '3 KB'],
  [1234, '1.2 KB'],
  [16_777_216, '17 MB'],
  [1_500_000, '1.5 MB'],
])('%d bytes are said as %s', (bytes, said) => expect(sizeOf(bytes)).toBe(said));

describe('a link', () => {
  const key = { d: 'A'.repeat(43) };
  const ref = { conversation: 'ab'.repeat(32), file: '01ARZ3NDEKTSV4RRFFQ69G5FAV', expiresAt: 1_700_000_000_000 };
  const token = mediaUrl('https://relay.example.com', key, ref).slice('https://relay.example.com/media/'.length);

  test('opens its file until its time is over, and nothing else', () => {
    expect(openMediaLink(token, key, ref.expiresAt - 1)).toEqual(ref);
    expect(openMediaLink(token, key, ref.expiresAt)).toBe('expired');
    expect(openMediaLink(token, { d: `B${'A'.repeat(42)}` }, 0)).toBeNull();
    // A page has a separate key.
    expect(openPageLink(token, key, 0)).toBeNull();
  });

  test('changed in any bit opens nothing', () => {
    const characters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const forged = [...token].flatMap((character, at) =>
      [1, 2, 4, 8, 16, 32].map(
        (bit) => token.slice(0, at) + characters[characters.indexOf(character) ^ bit] + token.slice(at + 1),
      ),
    );
    expect(forged).toHaveLength(546);
    expect(forged.filter((each) => openMediaLink(each, key, 0) !== null)).toEqual([]);
  });
});

describe('/files', () => {
  test.each([
    ['', 'files', '.'],
    ['docs', 'files', 'docs'],
    ['sender', 'files', 'sender'],
    ['send a b.txt', 'send_file', 'a b.txt'],
    ['SEND ../../etc/passwd', 'send_file', '../../etc/passwd'],
    ['send Größe 🐔.pdf', 'send_file', 'Größe 🐔.pdf'],
  ])('%j asks the machine', (rest, action, text) => {
    expect(readFilesRequest(rest)).toEqual({ kind: 'ask', action, text });
  });

  test.each([
    ['send', 'use'],
    ['send \n', 'use'],
    ['a\u0000', 'oddName'],
    ['send a\nb', 'oddName'],
    ['send \u202egnp.exe', 'oddName'],
    ['send a\ud800', 'oddName'],
    [`send ${'ä'.repeat(128)}`, 'longName'],
    ['a/'.repeat(501), 'longName'],
  ])('%j is refused', (rest, kind) => expect(readFilesRequest(rest)).toEqual({ kind }));
});

describe('a file', () => {
  test('is fetched before anything is said, and then leaves with its words; the rest of them follows', () => {
    const talk = running();
    const file = talk.asks('toolu_1', wish({}, 'A hen\n\nand more'));
    expect(findDueOutgoing(talk.state, talk.now)?.id).toBe(file.id);
    expect(talk.bodies).toEqual([]);
    talk.stores();
    expect(talk.state.replies.map(({ body, media }) => [body, media])).toEqual([
      ['A hen', file.id],
      ['and more', null],
    ]);
    expect(talk.file()).toMatchObject({ state: 'stored', reply: talk.reply().id });
    expect(findDueOutgoing(talk.state, talk.now)).toBeNull();
  });

  test('the agent is told until the machine has heard it, and never twice for one answer', () => {
    const talk = running();
    const { id } = talk.asks('toolu_1');
    talk.stores();
    const told = { do: 'answer', attempt: talk.ref, question: id, request: 'toolu_1' };
    expect(talk.effects).toMatchObject([told]);
    talk.fire('answer');
    expect(talk.effects).toMatchObject([told]);
    talk.on({ type: 'answer-taken', question: id, request: 'toolu_1' });
    expect(talk.file().answer).toBeNull();
    expect(talk.state.timers.map(({ kind }) => kind)).not.toContain('answer');
  });

  test('nobody is told any more once the agent does not wait, or its attempt is over', () => {
    const gone = running();
    gone.asks('toolu_1');
    gone.stores();
    gone.machine({ type: 'request_over', request_id: 'toolu_1' });
    expect([gone.file().answer, gone.state.timers.some(({ kind }) => kind === 'answer')]).toEqual([null, false]);
    const over = running();
    over.asks('toolu_1');
    over.stores();
    over.machine({ type: 'ended', outcome: 'interrupted', reason: 'cut' });
    over.fire('answer');
    expect([over.file().answer, over.effects]).toEqual([null, []]);
  });

  test.each(['lost', 'changed', 'refused', 'no-place'] as const)(
    'that fails after its attempt is over (%s) is told to the person, with what they can do, not the agent',
    (why) => {
      const talk = running();
      const { id } = talk.asks('toolu_1');
      talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'cut' });
      talk.on({ type: 'outgoing-failed', id, why, reason: 'ENOENT' });
      expect(talk.bodies).toEqual([texts.files.notSent('hen.png', why)]);
      expect(talk.bodies[0]).toMatch(why === 'no-place' ? /Ask me what’s in it\.$/ : /Text \/files send and its path/);
      expect(talk.bodies[0]).not.toMatch(/the person|Send it again|ENOENT/);
    },
  );

  test('that cannot be fetched for long after its attempt is over, too', () => {
    const talk = running();
    const { id } = talk.asks('toolu_1');
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'cut' });
    for (let n = 0; n < FILE_TRIES_MAX; n++) talk.on({ type: 'outgoing-delayed', id, reason: 'away' });
    expect(talk.bodies).toEqual([texts.files.notSent('hen.png', 'unreachable')]);
  });

  test('of a person who opted out is not fetched', () => {
    const talk = running();
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, optedOutAt: talk.now } };
    talk.asks('toolu_1');
    expect(talk.file()).toMatchObject({ state: 'failed', note: texts.files.optedOut });
    expect(findDueOutgoing(talk.state, talk.now)).toBeNull();
  });

  test('of exactly 100 MB is sent', () => {
    const talk = running();
    expect(talk.asks('toolu_1', wish({ size: FILE_OUT_MAX_BYTES })).state).toBe('wanted');
    expect(talk.asks('toolu_2', wish({ size: FILE_OUT_MAX_BYTES + 1 })).state).toBe('failed');
  });

  test('that cannot be fetched is tried ten times within the time the agent waits', () => {
    const talk = running();
    const { id } = talk.asks('toolu_1');
    const begun = talk.now;
    for (let n = 1; n < FILE_TRIES_MAX; n++) {
      talk.on({ type: 'outgoing-delayed', id, reason: 'away' });
      expect(talk.file().state).toBe('wanted');
      const { dueAt } = talk.state.timers.find(({ kind }) => kind === 'outgoing') as { dueAt: number };
      expect(findDueOutgoing(talk.state, dueAt - 1)).toBeNull();
      expect(findDueOutgoing(talk.state, dueAt)?.id).toBe(id);
      talk.now = dueAt;
    }
    talk.on({ type: 'outgoing-delayed', id, reason: 'away' });
    expect(talk.file()).toMatchObject({ state: 'failed', note: texts.files.unreachable('hen.png') });
    expect(talk.now - begun).toBeLessThan(10 * 60_000);
    expect(talk.state.timers.map(({ kind }) => kind)).toEqual(['answer']);
  });

  test('that was dropped by /stop is not sent, whichever event comes later', () => {
    const talk = running();
    const { id } = talk.asks('toolu_1');
    talk.text('/stop');
    talk.machine({ type: 'ended', outcome: 'stopped', reason: '' });
    talk.stores();
    expect(talk.file()).toMatchObject({ id, state: 'over' });
    expect(talk.state.replies.filter(({ media }) => media !== null)).toEqual([]);
    talk.on({ type: 'outgoing-removed', id });
    expect(talk.file().state).toBe('expired');
  });

  test('asked for again is the same only after a cut, and only when nothing differs', () => {
    const talk = running();
    talk.asks('toolu_1');
    talk.stores();
    talk.asks('toolu_2');
    expect(talk.state.outgoing).toHaveLength(2);
    talk.stores();
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'cut' });
    talk.taken();
    talk.asks('toolu_3');
    expect(talk.state.outgoing).toHaveLength(2);
    expect(talk.state.outgoing[0]).toMatchObject({ request: 'toolu_3', n: 2 });
    expect(talk.effects).toMatchObject([{ do: 'answer', request: 'toolu_3', answer: { ok: true } }]);
    talk.asks('toolu_4', wish({}, 'Another hen'));
    talk.asks('toolu_5', wish({ size: 3001 }));
    expect(talk.state.outgoing).toHaveLength(4);
  });

  test('whenever the agent is cut and asks again: each file leaves once, and each request is answered', () => {
    const names = ['hen.png', 'egg.png', 'nest.png'];
    const step = fc.oneof(
      fc.record({ do: fc.constant('ask' as const), which: fc.nat(2) }),
      fc.constantFrom({ do: 'store' } as const, { do: 'cut' } as const),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20, size: 'max' }), (steps) => {
        const talk = running();
        let asked = new Map<string, string>();
        let made = 0;
        for (const each of steps) {
          const wanted = talk.state.outgoing.find(({ state }) => state === 'wanted');
          if (each.do === 'store' && wanted) talk.stores('captioned', wanted);
          if (each.do === 'cut' && made > 0) {
            talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'cut', cause: 'restarted' });
            if (talk.state.timers.some(({ kind }) => kind === 'attempt')) talk.fire('attempt');
            talk.taken();
            asked = new Map();
          }
          const name = each.do === 'ask' ? (names[each.which] ?? '') : '';
          if (each.do !== 'ask' || asked.has(name)) continue;
          asked.set(name, `toolu_${++made}`);
          talk.asks(`toolu_${made}`, wish({ name }));
        }
        for (const file of talk.state.outgoing.filter(({ state }) => state === 'wanted'))
          talk.stores('captioned', file);
        const ofName = (name: string) => talk.state.outgoing.filter((file) => file.name === name);
        for (const name of names) expect(ofName(name).length).toBeLessThanOrEqual(1);
        for (const [name, request] of asked) expect(ofName(name)).toMatchObject([{ request, n: talk.ref.n }]);
        const left = talk.state.replies.flatMap(({ media }) => media ?? []);
        expect(left).toEqual([...new Set(left)]);
        expect(left).toHaveLength(talk.state.outgoing.length);
      }),
    );
  });

  test('still fetched when it is asked for again answers the newer request alone', () => {
    const talk = running();
    talk.asks('toolu_1');
    talk.machine({ type: 'ended', outcome: 'interrupted', reason: 'cut' });
    talk.taken();
    talk.asks('toolu_2', wish({ id: 'cd'.repeat(32) }));
    expect(talk.state.outgoing).toHaveLength(1);
    expect(talk.file().file).toBe('cd'.repeat(32));
    talk.stores();
    expect(talk.effects).toMatchObject([{ do: 'answer', request: 'toolu_2', attempt: { n: 2 } }]);
  });
});

describe('files that are kept', () => {
  test('need one timer, and nothing of them is loaded meanwhile', () => {
    const talk = running();
    talk.asks('toolu_1');
    talk.stores('link');
    const first = talk.file().expiresAt as number;
    talk.now += 1000;
    talk.asks('toolu_2');
    talk.stores('link');
    expect(talk.state.timers.filter(({ kind }) => kind === 'expire')).toEqual([
      { kind: 'expire', ref: '', dueAt: first, attempts: 0 },
    ]);
    for (const { id, request } of talk.state.outgoing) talk.on({ type: 'answer-taken', question: id, request });
    expect(hotPartOf(talk.state).outgoing).toEqual([]);
  });

  test('are removed in the order of their time, some at a time, and the timer waits for the next', () => {
    const talk = running();
    for (let n = 0; n < EXPIRE_AT_ONCE; n++) {
      talk.asks(`toolu_${n}`);
      talk.stores('link');
      talk.on({ type: 'answer-taken', question: talk.file().id, request: `toolu_${n}` });
    }
    const rest = talk.state.outgoing.map((f, n) => ({ ...f, id: `${f.id}B`, expiresAt: (f.expiresAt ?? 0) + n + 1 }));
    talk.state = { ...talk.state, outgoing: [...rest.slice(0, 1), ...talk.state.outgoing] };
    talk.fire('expire');
    expect(talk.state.outgoing.map(({ state }) => state)).toEqual(['offered', ...Array(EXPIRE_AT_ONCE).fill('over')]);
    expect(talk.state.timers.find(({ kind }) => kind === 'expire')?.dueAt).toBe(rest[0]?.expiresAt);
    expect(findNextAlarm(talk.state, talk.now)).toBeLessThanOrEqual(talk.now + 5000);
  });

  test('that cannot be removed are tried for a month, and the operator hears of it after a day', () => {
    const talk = running();
    const { id } = talk.asks('toolu_1');
    talk.stores('link');
    talk.fire('expire');
    const begun = talk.now;
    let toldAt: number | null = null;
    for (let n = 0; talk.file().state === 'over' && n < 100; n++) {
      talk.on({ type: 'outgoing-delayed', id, reason: 'no bucket' });
      if (talk.state.timers.some((t) => t.kind === 'alert' && t.ref === 'files-not-removed')) toldAt ??= talk.now;
      talk.now = talk.state.timers.find(({ kind }) => kind === 'outgoing')?.dueAt ?? talk.now;
    }
    expect(talk.file().state).toBe('expired');
    const hours = (at: number): number => (at - begun) / 3_600_000;
    expect(hours(toldAt ?? 0)).toBeGreaterThan(20);
    expect(hours(toldAt ?? 0)).toBeLessThan(30);
    expect(hours(talk.now)).toBeGreaterThan(29 * 24);
    expect(talk.file().state).toBe('expired');
  });
});

test('a file without words is found in the list by being one', () => {
  const at = 1_700_000_000_000;
  const row = { sid: 'MM1', direction: 'outbound-api', status: 'sent', error_code: null };
  const rows = [
    { ...row, sid: 'SM1', body: 'words', num_media: '0', date_created: new Date(at).toUTCString() },
    {
      ...row,
      sid: 'MM2',
      body: 'Sent from a trial account - ',
      num_media: '1',
      date_created: new Date(at).toUTCString(),
    },
    { ...row, sid: 'MM3', body: null, num_media: '1', date_created: new Date(at).toUTCString() },
    { ...row, sid: 'MM4', body: '', num_media: '1', date_created: new Date(at - 60_000).toUTCString() },
  ];
  const found = (reply: Parameters<typeof findCandidates>[1]): string[] =>
    findCandidates(rows, reply).map(({ sid }) => sid);
  expect(found({ body: '', template: null, createdAt: at })).toEqual(['MM2', 'MM3']);
  expect(found({ body: 'words', template: null, createdAt: at })).toEqual(['SM1']);
});
