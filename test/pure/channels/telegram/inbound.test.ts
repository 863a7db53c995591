import type { ForumTopicEdited } from '@grammyjs/types';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readUpdate, type TelegramMessage } from '../../../../src/channels/telegram/inbound.ts';
import { traceOf } from '../../../../src/conversation/state/trace.ts';
import { readJoin } from '../../../../src/input/access-code.ts';
import { inboundTexts } from '../../../../src/texts/inbound.ts';
import { BOT_ID, type Happening, UPDATES } from '../../../fixtures/contracts/telegram/updates.ts';

// Reading Telegram's updates: every kind that means something, those that mean nothing, and hostile ones.

const BOT = '700100200';
const PERSON = { id: 4815162342, is_bot: false, first_name: 'Ada', last_name: 'L.', language_code: 'en' };
const CHAT = { id: PERSON.id, type: 'private', first_name: 'Ada' };
const NOW_S = 1_795_000_000;
const message = (content: object, change: object = {}) => ({
  update_id: 10_000,
  message: { message_id: 7, from: PERSON, chat: CHAT, date: NOW_S, ...content, ...change },
});
function read(update: object): TelegramMessage {
  const got = readUpdate(update, BOT);
  if (got?.kind !== 'message') throw new Error(`not a message: ${JSON.stringify(got)}`);
  return got.message;
}
const file = (id: string, more: object = {}) => ({ file_id: id, file_unique_id: 'u', ...more });
const { agent } = inboundTexts;

/** Of the published updates: what the person says by it, or what it is otherwise. Null: nothing. */
const PUBLISHED: Readonly<Record<Happening, object | null>> = {
  text: { text: 'paint the gate', quoted: null, thread: { id: null } },
  start: { text: '/help' },
  formatted: { text: 'Bold and italics' },
  forwarded: { text: `${agent.forwarded}\n> the gate squeaks` },
  forwardedHidden: { text: `${agent.forwarded}\n> the gate squeaks` },
  forwardedPost: { text: `${agent.forwarded}\n> roses are out` },
  reply: { text: 'green', quoted: 'tg:700100200:1111111:1334', quotedPart: null },
  quote: { text: 'what is that?', quoted: 'tg:700100200:1111111:1334', quotedPart: 'the gate' },
  edited: { text: 'paint the fence', edits: 'tg:700100200:1111111:1365', change: { number: 10_007 } },
  photo: { text: 'like this', files: [{ url: 'telegram:file/photo-large', type: 'image/jpeg', name: null }] },
  audio: { text: '', files: [{ url: 'telegram:file/audio-1', type: 'audio/mpeg', name: 'birds.mp3' }] },
  voice: { text: '', files: [{ url: 'telegram:file/voice-1', type: 'audio/ogg', name: null }] },
  document: { text: '', files: [{ url: 'telegram:file/document-1', type: 'application/pdf', name: 'plan.pdf' }] },
  location: { text: agent.location('52.5, 13.4') },
  sticker: { unread: 'sticker' },
  reaction: { text: '👍', unread: 'reaction', quoted: 'tg:700100200:1111111:1334' },
  topicMade: { text: '', thread: { id: '1400', name: 'garden', isNew: true } },
  inTopic: { text: 'water the roses', thread: { id: '1400', isNew: false } },
  topicRenamed: { text: '', thread: { id: '1400', name: 'orchard', isRenamed: true } },
  stopped: { text: '/stop', stops: '3' },
  tap: { kind: 'tap', title: 'Green', message: { choice: '#1', quoted: 'tg:700100200:1111111:1334' } },
  tapOfOldMessage: { kind: 'tap', title: '', tapped: null, message: { choice: '#1' } },
  blocked: { kind: 'blocked', from: 'telegram:1111111', isBlocked: true },
  unblocked: { kind: 'blocked', from: 'telegram:1111111', isBlocked: false },
  addedToGroup: { kind: 'group', chat: '-1001234567890' },
  inGroup: null,
  post: null,
  pinned: null,
  tapElsewhere: null,
  inlineQuery: null,
  chosenInlineResult: null,
  pollAnswer: null,
};

test.each(Object.entries(PUBLISHED))('the published update “%s”', (happening, said) => {
  const got = readUpdate(UPDATES[happening as Happening], String(BOT_ID));
  const ends = { from: 'telegram:1111111', to: 'telegram:700100200' };
  if (said === null) expect(got).toBeNull();
  else expect(got).toMatchObject('kind' in said ? said : { kind: 'message', message: { ...said, ...ends } });
});

test('a text, with its formatting ignored', () => {
  const entities = [{ type: 'bold', offset: 0, length: 3 }];
  expect(read(message({ text: 'fix the tests', entities }))).toEqual({
    providerId: `tg:${BOT}:${PERSON.id}:7`,
    edits: null,
    change: null,
    quotedPart: null,
    from: `telegram:${PERSON.id}`,
    to: `telegram:${BOT}`,
    name: 'Ada L',
    text: 'fix the tests',
    attachments: 0,
    files: [],
    quoted: null,
    unread: null,
    thread: { id: null, name: null, isNew: false },
    choice: null,
    stops: null,
    writtenAt: NOW_S * 1000,
  });
});

describe('files', () => {
  const MB = 1024 * 1024;
  const sizes = [
    file('small', { width: 90, height: 90, file_size: 1000 }),
    file('large', { width: 1280, height: 960, file_size: 300_000 }),
    file('huge', { width: 9000, height: 9000, file_size: 21 * MB }),
  ];
  test.each([
    ['a photo: the largest size of at most 20 MB', { photo: sizes, caption: 'look' }, 'large', 'image/jpeg', null],
    ['a voice note', { voice: file('v', { mime_type: 'audio/ogg', duration: 3 }) }, 'v', 'audio/ogg', null],
    ['a song', { audio: file('a', { file_name: 'song.mp3' }) }, 'a', 'audio/mpeg', 'song.mp3'],
    ['a video', { video: file('m', { mime_type: 'video/mp4; x=y' }) }, 'm', 'video/mp4', null],
    ['a round video', { video_note: file('n') }, 'n', 'video/mp4', null],
    [
      'a document',
      { document: file('d', { file_name: 'a\nb.pdf', mime_type: 'application/pdf' }) },
      'd',
      'application/pdf',
      'a b.pdf',
    ],
    [
      'a document without a type',
      { document: file('d', { mime_type: 'nonsense' }) },
      'd',
      'application/octet-stream',
      null,
    ],
    [
      'an animation, which is a document too',
      { animation: file('g'), document: file('g', { mime_type: 'video/mp4' }) },
      'g',
      'video/mp4',
      null,
    ],
  ])('%s', (_, content, id, type, name) => {
    const got = read(message(content));
    expect(got).toMatchObject({ files: [{ url: `telegram:file/${id}`, type, name }], attachments: 1, unread: null });
    expect(got.text).toBe('caption' in content ? 'look' : '');
  });
  test('one that is too large in every size is named, so that the person hears of it', () => {
    expect(read(message({ photo: [sizes[2]] })).files).toMatchObject([{ url: 'telegram:file/huge' }]);
  });
  test('one without a usable id is lost, and the person hears of it', () => {
    expect(read(message({ document: file('../../secret') })).unread).toBe('lost');
    expect(read(message({ document: file('../../secret'), caption: 'words' }))).toMatchObject({
      text: 'words',
      files: [],
    });
  });
});

test.each([
  ['a location', { location: { latitude: 52.5200081, longitude: 13.4049539 } }, agent.location('52.520008, 13.404954')],
  [
    'a place',
    {
      location: { latitude: 1, longitude: 2 },
      venue: { location: { latitude: 1, longitude: 2 }, title: 'Café ]', address: 'Road 1' },
    },
    agent.location('Café; Road 1; 1, 2'),
  ],
  [
    'a contact',
    { contact: { phone_number: '+15555550142', first_name: 'Bo', last_name: '[x]' } },
    agent.contact('Bo x, +15555550142'),
  ],
])('%s in words', (_, content, text) => {
  expect(read(message(content))).toMatchObject({ text, unread: null });
});

test.each([
  ['sticker', { sticker: file('s') }],
  ['poll', { poll: { id: '1' } }],
  ['other', { dice: { emoji: '🎲', value: 3 } }],
  ['other', { rich_message: { blocks: [] } }],
])('what can’t be used is named: %s', (unread, content) => {
  expect(read(message(content))).toMatchObject({ text: '', unread });
});

test('forwarded words can’t pose as the person’s', () => {
  const forward_origin = { type: 'hidden_user', sender_user_name: 'X', date: 1 };
  expect(read(message({ text: 'do it\n/stop', forward_origin })).text).toBe(`${agent.forwarded}\n> do it\n> /stop`);
  const photo = [file('p', { width: 1 })];
  expect(read(message({ photo, forward_origin })).text).toBe(agent.forwarded);
});

test.each(['/approve', '/link K7QA-2MDB', 'yes'])(
  '%s of a bot that the person called in the chat is its own',
  (text) => {
    const via_bot = { id: 99, is_bot: true, first_name: 'Weather', username: 'weather_bot' };
    expect(read(message({ text, via_bot })).text).toBe(`${agent.forwarded}\n> ${text}`);
  },
);

test('new words of a forwarded text are no more the person’s than the old ones', () => {
  const forward_origin = { type: 'hidden_user', sender_user_name: 'X', date: 1 };
  const { message: edited_message } = message({ text: '/stop', forward_origin, edit_date: NOW_S + 1 });
  expect(read({ update_id: 10_001, edited_message }).text).toBe(`${agent.forwarded}\n> /stop`);
});

test.each([-1, -9e15, 9e15])('a text of the time %s comes without one, and a change is none', (time) => {
  expect(read(message({ text: 'hi', date: time })).writtenAt).toBe(null);
  const { message: edited_message } = message({ text: 'hi', edit_date: time });
  expect(readUpdate({ update_id: 10_001, edited_message }, BOT)).toBe(null);
});

describe('replies', () => {
  const reply_to_message = {
    message_id: 5,
    chat: CHAT,
    date: 1,
    from: { id: 700100200, is_bot: true },
    text: 'Which?',
  };
  test('name the message that they reply to', () => {
    expect(read(message({ text: 'the first', reply_to_message })).quoted).toBe(`tg:${BOT}:${PERSON.id}:5`);
  });
  test('to a message of another chat quote its words as foreign', () => {
    const elsewhere = { external_reply: { origin: {} }, quote: { text: 'rm -rf', position: 0 } };
    expect(read(message({ text: 'what is this?', ...elsewhere }))).toMatchObject({
      text: `${agent.forwarded}\n> rm -rf\n\nwhat is this?`,
      quoted: null,
    });
  });
});

describe('a topic', () => {
  const inTopic = { message_thread_id: 17, is_topic_message: true };
  const beginning = { message_id: 17, chat: CHAT, date: NOW_S, forum_topic_created: { name: 'Web', icon_color: 1 } };

  test('that was made says its name and no words', () => {
    const made = message({ ...inTopic, forum_topic_created: { name: 'Web', icon_color: 1 } });
    expect(read(made)).toMatchObject({ text: '', unread: null, thread: { id: '17', name: 'Web', isNew: true } });
  });

  test('is where a text was written; its beginning is no quote', () => {
    const said = read(message({ ...inTopic, text: 'go', reply_to_message: beginning }));
    expect(said).toMatchObject({ text: 'go', quoted: null, thread: { id: '17', name: 'Web', isNew: false } });
    const short = { message_id: 17, chat: CHAT, date: NOW_S };
    expect(read(message({ ...inTopic, text: 'go', reply_to_message: short })).quoted).toBeNull();
    const other = { message_id: 18, chat: CHAT, date: NOW_S };
    expect(read(message({ ...inTopic, text: 'go', reply_to_message: other })).quoted).toBe(`tg:${BOT}:${CHAT.id}:18`);
  });

  test('that was renamed says its new name; a new icon says nothing', () => {
    const renamed = (forum_topic_edited: ForumTopicEdited) => message({ ...inTopic, forum_topic_edited });
    const thread = { id: '17', name: 'Shop', isNew: false, isRenamed: true };
    expect(read(renamed({ name: 'Shop' }))).toMatchObject({ text: '', unread: null, thread });
    expect(readUpdate(renamed({ icon_custom_emoji_id: '5' }), BOT)).toBeNull();
  });

  test.each([
    ['without the mark', { message_thread_id: 17 }],
    ['with an id that is none', { message_thread_id: 'x', is_topic_message: true }],
    ['with no id', { is_topic_message: true }],
  ])('%s is none', (_, hint) => {
    expect(read(message({ ...hint, text: 'go' })).thread).toEqual({ id: null, name: null, isNew: false });
  });

  test('with a name of any length has 128 characters of it', () => {
    const made = message({ ...inTopic, forum_topic_created: { name: 'x'.repeat(10_000) } });
    expect(read(made).thread?.name).toHaveLength(128);
  });
});

test.each([
  ['/start', '/help'],
  ['/start ABCDEFGH', 'JOIN ABCD-EFGH'],
  ['/start abcd-efgh', 'JOIN ABCD-EFGH'],
  ['/start link_ABCDEFGH', '/link ABCDEFGH'],
  ['/start no_code_of_ours', '/help'],
  ['/status@roost_bot', '/status'],
  ['/project@roost_bot new shop', '/project new shop'],
  ['/starting over', '/starting over'],
  ['mail me@roost_bot', 'mail me@roost_bot'],
])('%s is read as %s', (text, means) => {
  expect(read(message({ text })).text).toBe(means);
});

test('the code of an invitation by link lets a person in', () => {
  expect(readJoin(read(message({ text: '/start ABCDEFGH' })).text)).toBe('ABCDEFGH');
});

describe('an edited message', () => {
  const edited = (content: object, update_id = 10_001) => ({
    update_id,
    edited_message: { message_id: 7, from: PERSON, chat: CHAT, date: NOW_S, edit_date: NOW_S + 60, ...content },
  });
  test('says which one it replaces, and when', () => {
    expect(read(edited({ text: 'fix all tests' }))).toMatchObject({
      providerId: `tg:${BOT}:${PERSON.id}:7:e10001`,
      edits: `tg:${BOT}:${PERSON.id}:7`,
      change: { at: (NOW_S + 60) * 1000, number: 10_001 },
      text: 'fix all tests',
      writtenAt: (NOW_S + 60) * 1000,
    });
  });
  test('brings its file and what it replies to, because it may come before its text', () => {
    const reply_to_message = { message_id: 5, chat: CHAT, date: 1 };
    expect(read(edited({ caption: 'look', photo: [file('p', { width: 1 })], reply_to_message }))).toMatchObject({
      text: 'look',
      files: [{ url: 'telegram:file/p' }],
      attachments: 1,
      quoted: `tg:${BOT}:${PERSON.id}:5`,
    });
  });
  test('twice in a second is two', () => {
    const [one, two] = [10_001, 10_002].map((id) => read(edited({ text: 'a' }, id)).providerId);
    expect(one).not.toBe(two);
  });
  test('without a date was edited by nobody: a reaction to it has changed', () => {
    expect(readUpdate(edited({ text: '/link 4821', edit_date: undefined }), BOT)).toBeNull();
  });
  test('that is a command now runs as one', () => {
    expect(read(edited({ text: '/status' }))).toMatchObject({
      text: '/status',
      quoted: null,
      edits: `tg:${BOT}:${PERSON.id}:7`,
    });
  });
  test('says nothing when only its file or place changed', () => {
    expect(readUpdate(edited({ photo: [file('p', { width: 1 })] }), BOT)).toBeNull();
    expect(readUpdate(edited({ location: { latitude: 1, longitude: 2 } }), BOT)).toBeNull();
  });
});

describe('a tap', () => {
  const button = (text: string, callback_data: string) => ({ text, callback_data });
  const tap = (data: string, change: object = {}) => ({
    update_id: 10_003,
    callback_query: {
      id: '99887766',
      from: PERSON,
      chat_instance: '1',
      data,
      message: {
        message_id: 12,
        chat: CHAT,
        date: NOW_S,
        from: { id: Number(BOT), is_bot: true, first_name: 'Roost' },
        text: 'Which?',
        reply_markup: { inline_keyboard: [[button('Red', 'q:1:0')], [button('Blue', '#1')]] },
        ...change,
      },
    },
  });
  test('carries the choice, its title and the message it is below', () => {
    expect(readUpdate(tap('#1'), BOT)).toMatchObject({
      kind: 'tap',
      query: '99887766',
      title: 'Blue',
      message: { providerId: `tg:${BOT}:q99887766`, text: 'Blue', choice: '#1', quoted: `tg:${BOT}:${PERSON.id}:12` },
      tapped: { chat: String(PERSON.id), message: 12, text: 'Which?' },
    });
  });
  test('below a message too old to be shown still chooses', () => {
    const old = { date: 0, from: undefined, text: undefined, reply_markup: undefined };
    expect(readUpdate(tap('q:1:0', old), BOT)).toMatchObject({ title: '', tapped: null, message: { choice: 'q:1:0' } });
  });
  test('below a message of another bot is foreign', () => {
    expect(readUpdate(tap('q:1:0', { from: { id: 1, is_bot: true } }), BOT)).toEqual({ kind: 'foreign' });
  });
  test.each(['', 'x'.repeat(65), 'é'.repeat(33)])('with data that no button has (%j) is its words alone', (data) => {
    const shown = { reply_markup: { inline_keyboard: [[button('Blue', data)]] } };
    expect(readUpdate(tap(data, shown), BOT)).toMatchObject({ title: 'Blue', message: { text: 'Blue', choice: null } });
    expect(readUpdate(tap(data), BOT)).toMatchObject({ kind: 'tap', message: { text: '', choice: null } });
  });
  test.each([
    ['in a group', tap('x', { chat: { id: -5, type: 'group' } })],
    ['below no message', { ...tap('x'), callback_query: { ...tap('x').callback_query, message: undefined } }],
  ])('%s says nothing', (_, update) => {
    expect(readUpdate(update, BOT)).toBeNull();
  });
});

test('a reaction is the answer to its message; taking it away says so', () => {
  const reacted = (new_reaction: object[]) => ({
    update_id: 10_004,
    message_reaction: { chat: CHAT, message_id: 12, user: PERSON, date: 1, old_reaction: [], new_reaction },
  });
  const said = { unread: 'reaction', quoted: `tg:${BOT}:${PERSON.id}:12` };
  expect(read(reacted([{ type: 'emoji', emoji: '👍' }]))).toMatchObject({ ...said, text: '👍' });
  expect(read(reacted([]))).toMatchObject({ ...said, text: '' });
});

test.each([
  [{ draft_id: 3 }, '3'],
  [{ message_thread_id: 17, draft_id: 4 }, '4'],
  [{}, '0'],
])('the stop button of a draft is /stop of that draft: %j', (said, stops) => {
  const stopped = { update_id: 10_005, stopped_message_generation: { chat: CHAT, ...said } };
  const press = read(stopped);
  expect(press).toMatchObject({ from: `telegram:${PERSON.id}`, text: '/stop', quoted: null, stops });
  // A press is no text: it chooses no project.
  expect(press).not.toHaveProperty('thread');
});

test('the log names a press and a reaction by their update, and nothing of the person', () => {
  const [pressed, reacted] = [
    { update_id: 10_005, stopped_message_generation: { chat: CHAT, draft_id: 3 } },
    { update_id: 10_006, message_reaction: { chat: CHAT, message_id: 12, user: PERSON, new_reaction: [] } },
  ].map((update) => read(update));
  expect(traceOf({ providerId: String(pressed?.providerId) })).toBe('s10005');
  expect(traceOf({ providerId: String(reacted?.providerId) })).toBe('r10006');
});

describe('membership', () => {
  const member = (chat: object, status: string, user: object = { id: BOT_ID, is_bot: true }) => ({
    update_id: 10_006,
    my_chat_member: { chat, from: PERSON, date: 1, old_chat_member: {}, new_chat_member: { status, user } },
  });
  const group = { id: -1001234, type: 'supergroup', title: 'Team' };
  test('a person blocks the bot, and lets it back in', () => {
    const from = `telegram:${PERSON.id}`;
    expect(readUpdate(member(CHAT, 'kicked'), BOT)).toEqual({ kind: 'blocked', from, isBlocked: true, at: 1_000 });
    expect(readUpdate(member(CHAT, 'member'), BOT)).toEqual({ kind: 'blocked', from, isBlocked: false, at: 1_000 });
  });
  test('of another bot is foreign: a person who blocks that one hasn’t blocked ours', () => {
    for (const [chat, status] of [
      [CHAT, 'kicked'],
      [CHAT, 'member'],
      [group, 'member'],
    ] as const)
      expect(readUpdate(member(chat, status, { id: 1, is_bot: true }), BOT)).toEqual({ kind: 'foreign' });
    expect(readUpdate(member(CHAT, 'kicked', {}), BOT)).toMatchObject({ kind: 'blocked', isBlocked: true });
  });
  test('a group adds the bot, or removes it', () => {
    expect(readUpdate(member(group, 'member'), BOT)).toEqual({ kind: 'group', chat: '-1001234' });
    expect(readUpdate(member(group, 'left'), BOT)).toBeNull();
  });
});

test.each([
  ['a text in a group', message({ text: 'hi' }, { chat: { id: -5, type: 'group' } })],
  ['a bot', message({ text: 'hi' }, { from: { ...PERSON, is_bot: true } })],
  ['nobody', message({ text: 'hi' }, { from: undefined })],
  ['a service message', message({ pinned_message: { message_id: 1 } })],
  ['an unknown update', { update_id: 1, brand_new: { text: 'hi' } }],
  ['no update id', { message: message({ text: 'hi' }).message }],
  ['a message id that is none', message({ text: 'hi' }, { message_id: '7' })],
])('%s says nothing', (_, update) => {
  expect(readUpdate(update, BOT)).toBeNull();
});

test('no JSON throws, and no message gets an address or id of another form', () => {
  const key = fc.constantFrom(
    'update_id',
    'message',
    'from',
    'chat',
    'id',
    'type',
    'text',
    'photo',
    'callback_query',
    'data',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom(7, 'private', 'x'),
      fc.jsonValue(),
      fc.dictionary(key, tie('tree')),
      fc.array(tie('tree')),
    ),
  }));
  const changed = fc.record({ content: fc.dictionary(key, tree), field: fc.constantFrom('message', 'edited_message') });
  fc.assert(
    fc.property(
      fc.oneof(
        tree,
        changed.map(({ content, field }) => ({ update_id: 1, [field]: { ...message(content).message } })),
      ),
      (update) => {
        const got = readUpdate(update, BOT);
        if (got?.kind !== 'message') return;
        expect(got.message.providerId).toMatch(/^tg:700100200:[\w:-]{1,80}$/);
        expect(got.message.from).toMatch(/^telegram:\d{1,16}$/);
      },
    ),
  );
});

test('a nest of ten thousand levels is harmless', () => {
  const nest = JSON.parse(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`) as object;
  expect(read(message({ text: 'hi', reply_markup: nest, forward_origin: undefined, quote: nest })).text).toBe('hi');
});
