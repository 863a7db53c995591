import { runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { describe, expect, onTestFinished, test } from 'vitest';
import { UPDATE_BYTES_MAX } from '../../src/channels/telegram/verify.ts';
import type { Request as AgentRequest, EventBody } from '../../src/protocol/index.ts';
import { texts } from '../../src/texts/index.ts';
import { BOT, refuse } from './outside-telegram.ts';
import { addressObject, isUnset, rows, stubOf, useOutside, vars } from './relay.ts';
import { postUpdate, secret, TelegramPerson, useTelegram } from './telegram-person.ts';

// A person on Telegram through the relay: their updates come in, and replies leave by the Bot API.

const world = useOutside();
useTelegram();
const telegram = () => world.outside.telegram;

const answer = (uuids: string[], words: string): EventBody[] => [
  { type: 'result', text: words, is_error: false, user_message_uuids: uuids, cost_usd: 0 },
  { type: 'ending' },
  { type: 'ended', outcome: 'done', reason: 'every message answered' },
];

async function started(nth = 0): Promise<{ attempt: string; uuids: string[]; words: string[] }> {
  const start = await world.outside.until(() => world.outside.starts[nth]);
  await world.outside.until(() => world.outside.attaches.some((a) => a.attempt === start.attempt));
  const { messages } = start.body;
  return { attempt: start.attempt, uuids: messages.map((m) => m.uuid), words: messages.map((m) => m.text) };
}

const sent = (nth = 0): Promise<Record<string, unknown>> =>
  world.outside.until(() => telegram().of('sendMessage')[nth]);
const replies = (person: TelegramPerson) =>
  rows<{ state: string; body: string; sid: string | null; error_code: number | null }>(
    person.address,
    'SELECT state, body, sid, error_code FROM replies ORDER BY seq',
  );
const states = async (person: TelegramPerson): Promise<string> =>
  (await replies(person)).map(({ state }) => state).join(' ');

describe('a text', () => {
  test('is answered as text with entities, once, also when the update comes again', async () => {
    const person = new TelegramPerson();
    const update = await person.says('list the files');
    await person.posts(update);
    const { attempt, uuids, words } = await started();
    expect(words).toEqual(['list the files']);
    world.outside.emit(attempt, ...answer(uuids, '**Two** files'));
    expect(await sent()).toMatchObject({
      chat_id: String(person.id),
      text: 'Two files',
      entities: [{ type: 'bold', offset: 0, length: 3 }],
    });
    await world.outside.until(() => world.outside.acknowledged.includes(attempt));
    await person.posts(update);
    expect(world.outside.starts).toHaveLength(1);
    expect(await replies(person)).toMatchObject([{ state: 'accepted', sid: `tg:${BOT}:${person.id}:101` }]);
    expect(telegram().of('sendMessage')).toHaveLength(1);
    expect(await runInDurableObject(stubOf(person.address), (_, state) => state.storage.getAlarm())).toBeNull();
  });

  test('is answered with a line about links that a phone can’t open, in a run without a public address', async () => {
    const before = vars.PUBLIC_URL;
    vars.PUBLIC_URL = 'http://127.0.0.1:8787';
    onTestFinished(() => void Object.assign(vars, { PUBLIC_URL: before }));
    const person = new TelegramPerson();
    await person.says('show me');
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, ...answer(uuids, 'Look: http://127.0.0.1:8787/read/x'));
    expect((await sent()).text).toBe(`${texts.opensHere}\n\nLook: http://127.0.0.1:8787/read/x`);
  });

  test('with an update_id that begins anew is another text', async () => {
    const person = new TelegramPerson();
    const first = await person.says('/status');
    await person.posts({ ...person.message({ text: '/help' }), update_id: first.update_id });
    await world.outside.until(async () => (await replies(person)).length === 2);
  });

  test('that was held up for hours is not begun unasked', async () => {
    const person = new TelegramPerson();
    const date = Math.floor(Date.now() / 1000) - 7200;
    await person.says('delete the old branch', { date });
    expect((await sent()).text).toContain('“delete the old branch” (2 h ago)');
    expect(world.outside.starts).toEqual([]);
  });

  test('that was held up for minutes is begun, and its writer is told', async () => {
    const person = new TelegramPerson();
    const date = Math.floor(Date.now() / 1000) - 600;
    await person.says('list the files', { date });
    expect((await sent()).text).toContain('10 minutes late');
    await started();
  });

  test('shows typing while it is worked on', async () => {
    const person = new TelegramPerson();
    await person.says('think');
    await started();
    await world.outside.until(() => telegram().of('sendChatAction')[0]);
    expect(telegram().of('sendChatAction')[0]).toEqual({ chat_id: String(person.id), action: 'typing' });
  });

  test('that quotes an answer carries it along', async () => {
    const person = new TelegramPerson();
    await person.says('first');
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, ...answer(uuids, 'Blue'));
    await world.outside.until(async () => (await states(person)) === 'accepted');
    const reply_to_message = { message_id: 101, chat: person.chat, date: 1 };
    await person.says('why?', { reply_to_message });
    const { words } = await started(1);
    expect(words[0]).toBe(`${texts.inbound.agent.quotedAnswer}\n> Blue\n\nwhy?`);
  });

  test('that quotes a part carries that part along', async () => {
    const person = new TelegramPerson();
    await person.says('first');
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, ...answer(uuids, 'Blue, or green'));
    await world.outside.until(async () => (await states(person)) === 'accepted');
    const reply_to_message = { message_id: 101, chat: person.chat, date: 1 };
    await person.says('why?', { reply_to_message, quote: { text: 'or green', position: 6, is_manual: true } });
    const { words } = await started(1);
    expect(words[0]).toBe(`${texts.inbound.agent.quotedAnswer}\n> … or green …\n\nwhy?`);
  });

  test('that was edited while it waited has its new words', async () => {
    const person = new TelegramPerson();
    await person.says('paint it red');
    const { attempt, uuids } = await started();
    await person.says('/queue one by one');
    const { message } = await person.says('then dry it');
    const edited_message = { ...message, text: 'then polish it', edit_date: Math.floor(Date.now() / 1000) };
    const update = person.update({ edited_message });
    await person.posts(update);
    await person.posts(update);
    world.outside.emit(attempt, ...answer(uuids, 'Red'));
    expect((await started(1)).words).toEqual(['then polish it']);
  });

  test('that was edited is a new one that quotes the old', async () => {
    const person = new TelegramPerson();
    const { message } = await person.says('paint it red');
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, ...answer(uuids, 'Red'));
    await world.outside.until(async () => (await states(person)) === 'accepted');
    const edited_message = { ...message, text: 'paint it blue', edit_date: Math.floor(Date.now() / 1000) };
    await person.posts(person.update({ edited_message }));
    const { words } = await started(1);
    const { quotedOwn, edited } = texts.inbound.agent;
    expect(words[0]).toBe(`${quotedOwn}\n> paint it red\n\n${edited}\npaint it blue`);
  });

  test('that comes after its edits, which overtook each other, begins one turn with the newest words', async () => {
    const person = new TelegramPerson();
    const update = person.message({ text: 'paint it red' });
    const edit_date = Math.floor(Date.now() / 1000);
    const changed = (text: string) => ({ ...update.message, text, edit_date });
    const [first, second] = ['paint it blue', 'paint it green'].map((text) =>
      person.update({ edited_message: changed(text) }),
    );
    for (const each of [second, first, update, second]) await person.posts(each ?? {});
    const { attempt, uuids, words } = await started();
    expect(words).toEqual(['paint it green']);
    world.outside.emit(attempt, ...answer(uuids, 'Green'));
    await world.outside.until(async () => (await states(person)) === 'accepted');
    // A reaction to it: Telegram tells of the text again.
    await person.posts(person.update({ edited_message: changed('paint it green') }));
    const counts = await rows(person.address, `SELECT count(*) AS n FROM messages WHERE state <> 'consumed'`);
    expect(counts).toEqual([{ n: 0 }]);
    expect(world.outside.starts).toHaveLength(1);
  });
});

describe('a topic', () => {
  const topic = { message_thread_id: 17, is_topic_message: true };

  test('is a project: its texts and answers stay in it; once it is deleted, answers leave outside', async () => {
    const person = new TelegramPerson();
    await person.sends({ ...topic, forum_topic_created: { name: 'Web', icon_color: 1 } });
    expect(await sent()).toMatchObject({ message_thread_id: 17, text: texts.projects.topic('Web') });
    await person.says('list the files', topic);
    const { attempt, uuids } = await started();
    expect(world.outside.starts[0]?.body.project).toMatch(/^web-/);
    telegram().onCall = ({ body }) =>
      body.message_thread_id === undefined ? undefined : refuse(400, 'Bad Request: message thread not found');
    world.outside.emit(attempt, ...answer(uuids, 'Two files'));
    await world.outside.until(async () => (await states(person)) === 'accepted accepted');
    const [, first, second] = telegram().of('sendMessage');
    expect(first).toMatchObject({ message_thread_id: 17, text: 'Two files' });
    expect(second).toEqual({ ...first, message_thread_id: undefined });
  });

  test('that is renamed renames its project, and nothing else happens', async () => {
    const person = new TelegramPerson();
    await person.sends({ ...topic, forum_topic_created: { name: 'Web', icon_color: 1 } });
    const renamed = await person.sends({ ...topic, forum_topic_edited: { name: 'Shop' } });
    await person.posts(renamed);
    expect(await sent(1)).toMatchObject({ message_thread_id: 17, text: texts.projects.renamed('Web', 'Shop') });
    await world.outside.until(async () => (await states(person)) === 'accepted accepted');
    expect(await rows(person.address, `SELECT label FROM projects WHERE id LIKE 'web-%'`)).toEqual([{ label: 'Shop' }]);
  });

  test('has its own commands: /undo and /sessions are about its project', async () => {
    const person = new TelegramPerson();
    await person.says('hello');
    const outside = await started();
    world.outside.emit(outside.attempt, ...answer(outside.uuids, 'Hi'));
    await world.outside.until(async () => (await states(person)) === 'accepted');
    await person.sends({ ...topic, forum_topic_created: { name: 'Web', icon_color: 1 } });
    await person.says('/undo', topic);
    await world.outside.until(async () => (await replies(person)).length === 3);
    await person.says('go on');
    const { words } = await started(1);
    expect(words).toEqual(['go on']);
    expect(world.outside.starts[1]?.body.project).toBe('main');
  });
});

test('the menu of a chat has the commands of its person’s role', async () => {
  const menuFor = async (person: TelegramPerson, nth = 0): Promise<string[]> => {
    const isTheirs = ({ scope }: Record<string, unknown>) =>
      (scope as { chat_id: string }).chat_id === String(person.id);
    const found = await world.outside.until(() => telegram().of('setMyCommands').filter(isTheirs)[nth]);
    return (found.commands as { command: string }[]).map(({ command }) => command);
  };
  const [owner, member] = [new TelegramPerson(), new TelegramPerson()];
  vars.ADMIN_SENDERS = owner.address;
  await owner.says('/status');
  await member.says('/status');
  expect(await menuFor(owner)).toContain('invite');
  expect(await menuFor(member)).not.toContain('invite');
  await addressObject(member.address).changeAccess(
    { to: 'role', role: 'admin' },
    { id: 'operator', role: 'owner', isSelf: false },
  );
  expect(await menuFor(member, 1)).toContain('invite');
  await member.says('/status');
  expect(telegram().of('setMyCommands')).toHaveLength(3);
});

describe('buttons', () => {
  test('are an inline keyboard; a tap answers, is confirmed and stays visible', async () => {
    const person = new TelegramPerson();
    await person.says('which colour?');
    const { attempt } = await started();
    const request: AgentRequest = { kind: 'ask', question: 'Which colour?', options: ['Red', 'Blue'] };
    world.outside.emit(attempt, { type: 'request', request_id: 'r1', request });
    const asked = await world.outside.until(() =>
      telegram()
        .of('sendMessage')
        .find((call) => call.reply_markup),
    );
    const { inline_keyboard: keyboard } = asked.reply_markup as {
      inline_keyboard: { text: string; callback_data: string }[][];
    };
    const [, blue] = keyboard.flat();
    await world.outside.until(async () => (await states(person)).endsWith('accepted'));
    const message = {
      message_id: 101,
      chat: person.chat,
      date: 1,
      from: { id: Number(BOT), is_bot: true, first_name: 'Roost' },
      text: asked.text,
      reply_markup: asked.reply_markup,
    };
    const callback_query = { id: '5001', from: person.user, chat_instance: '1', data: blue?.callback_data, message };
    await person.posts(person.update({ callback_query }));
    const given = await world.outside.until(() => world.outside.answers[0]);
    expect(JSON.stringify(given.answer)).toContain('Blue');
    expect(telegram().of('answerCallbackQuery')).toEqual([{ callback_query_id: '5001' }]);
    expect(telegram().of('editMessageText')).toMatchObject([
      { message_id: 101, text: `${String(asked.text)}\n\n✓ Blue`, reply_markup: { inline_keyboard: [] } },
    ]);
  });

  test('whose id is too long for Telegram come back by their place', async () => {
    const person = new TelegramPerson();
    await person.says('/help');
    await world.outside.until(async () => (await states(person)) === 'accepted');
    const [{ choices } = { choices: '' }] = await rows<{ choices: string }>(
      person.address,
      'SELECT choices FROM replies',
    );
    const [, second] = (JSON.parse(choices) as { items: { id: string }[] }).items;
    const from = { id: Number(BOT), is_bot: true, first_name: 'Roost' };
    const message = { message_id: 101, chat: person.chat, date: 1, from, text: 'x' };
    const tap = { id: '5002', from: person.user, chat_instance: '1', data: '#1', message };
    await person.posts(person.update({ callback_query: tap }));
    expect(second?.id).toBe('w:/help projects');
    expect((await sent(1)).text).toContain('/project new');
  });

  test.each([
    ['of a reply that is long gone', '#0', '/status', 'I’m not working on anything.'],
    ['with more data than Telegram’s have', 'x'.repeat(65), '/status', 'I’m not working on anything.'],
    ['with such data, and words that nobody knows', 'x'.repeat(65), null, texts.inbound.unread.other],
  ])('%s: its words count, and it is answered', async (_, data, title, told) => {
    const person = new TelegramPerson();
    const from = { id: Number(BOT), is_bot: true, first_name: 'Roost' };
    const reply_markup = { inline_keyboard: [title === null ? [] : [{ text: title, callback_data: data }]] };
    const message = { message_id: 7, chat: person.chat, date: 1, from, text: 'x', reply_markup };
    await person.posts(
      person.update({ callback_query: { id: '5003', from: person.user, chat_instance: '1', data, message } }),
    );
    expect(telegram().of('answerCallbackQuery')).toEqual([{ callback_query_id: '5003' }]);
    expect((await sent()).text).toContain(told);
    expect(await replies(person)).toHaveLength(1);
  });
});

describe('an invitation', () => {
  test.each([
    ['with one press', 4_242, 0],
    ['also when the update was held up', 4_243, 600],
  ])('by a link lets a stranger in %s', async (_, id, age) => {
    const owner = new TelegramPerson();
    vars.ADMIN_SENDERS = owner.address;
    await owner.says('/invite guest');
    const invitation = await sent();
    const [, code = ''] = /JOIN ([A-Z2-9]{4}-[A-Z2-9]{4})/.exec(String(invitation.text)) ?? [];
    const stranger = new TelegramPerson(id);
    await stranger.says(`/start ${code}`, { date: Math.floor(Date.now() / 1000) - age });
    await world.outside.until(() =>
      telegram()
        .of('sendMessage')
        .some(({ chat_id, text }) => chat_id === String(id) && String(text).endsWith(texts.access.joined('guest'))),
    );
  });
});

describe('files', () => {
  test('of a person reach the machine, and the token is in no row', async () => {
    const person = new TelegramPerson();
    telegram().files.set('photo-1', new Uint8Array([1, 2, 3]));
    await person.sends({
      photo: [{ file_id: 'photo-1', file_unique_id: 'u', width: 9, height: 9, file_size: 3 }],
      caption: 'look',
    });
    const shelved = await world.outside.until(() => world.outside.media.shelf[0]);
    expect(shelved).toMatchObject({ type: 'image/jpeg', bytes: new Uint8Array([1, 2, 3]) });
    const { words } = await started();
    expect(words[0]).toMatch(/^look\n\n\[photo: safe-photo-1\.jpg/);
    expect(await rows(person.address, 'SELECT url FROM files')).toEqual([{ url: 'telegram:file/photo-1' }]);
  });

  test('of the agent leave as an upload of their own length, of any type', async () => {
    const person = new TelegramPerson();
    const id = 'f'.repeat(64);
    const bytes = new Uint8Array(300_000).fill(7);
    world.outside.offered.set(id, bytes);
    await person.says('send me the log');
    const { attempt, uuids } = await started();
    const file = { id, name: 'a “log” "2".txt', type: 'text/plain', size: bytes.length };
    world.outside.emit(attempt, {
      type: 'request',
      request_id: 'toolu_1',
      request: { kind: 'send_file', file, caption: 'The *log*' },
    });
    await world.outside.until(() => world.outside.answers[0]?.answer);
    world.outside.emit(attempt, ...answer(uuids, 'Here.'));
    const sent = await world.outside.until(() => telegram().of('sendDocument')[0]);
    expect(sent).toMatchObject({ chat_id: String(person.id), caption: 'The log' });
    const document = sent.document as File;
    expect([document.name, document.type, document.size]).toEqual(["a “log” '2'.txt", 'text/plain', bytes.length]);
    await world.outside.until(async () => (await states(person)).includes('accepted'));
  });

  test('above what Telegram hands over are named to the person', async () => {
    const person = new TelegramPerson();
    telegram().onCall = ({ method }) =>
      method === 'getFile' ? refuse(400, 'Bad Request: file is too big') : undefined;
    await person.sends({
      document: { file_id: 'big', file_unique_id: 'u', file_size: 21 * 2 ** 20 },
      caption: 'read it',
    });
    const said = await world.outside.until(() =>
      telegram()
        .of('sendMessage')
        .find(({ text }) => text === texts.inbound.fileFailed('too-large')),
    );
    expect(said.chat_id).toBe(String(person.id));
  });
});

describe('a send', () => {
  const once = (method: string, response: () => Response | Promise<Response>) => {
    let isUsed = false;
    telegram().onCall = (call) => {
      if (isUsed || call.method !== method) return undefined;
      isUsed = true;
      return response();
    };
  };

  test('that Telegram asks to wait with leaves after that', async () => {
    const person = new TelegramPerson();
    once('sendMessage', () => refuse(429, 'Too Many Requests: retry after 1', { retry_after: 1 }));
    const begun = Date.now();
    await person.says('/status');
    await sent(1);
    expect(Date.now() - begun).toBeGreaterThanOrEqual(1000);
    await world.outside.until(async () => (await states(person)) === 'accepted');
  });

  test('to a person who blocked the bot is held, and leaves when they write again', async () => {
    const person = new TelegramPerson();
    telegram().onCall = ({ method }) =>
      method === 'sendMessage' ? refuse(403, 'Forbidden: bot was blocked by the user') : undefined;
    await person.says('/status');
    await world.outside.until(async () => (await states(person)) === 'held');
    expect((await replies(person))[0]?.error_code).toBe(900_403);
    telegram().onCall = undefined;
    await person.says('/queue');
    await world.outside.until(async () => (await states(person)).includes('accepted'));
  });

  test('to a person who blocked the bot, and said nothing since, isn’t tried; it leaves once they unblock it', async () => {
    const person = new TelegramPerson();
    const member = (status: string) => {
      const date = Math.ceil(Date.now() / 1000);
      const my_chat_member = { chat: person.chat, from: person.user, date, new_chat_member: { status, user: {} } };
      return person.posts(person.update({ my_chat_member }));
    };
    await member('kicked');
    expect(await isUnset(person.address)).toBe(true);
    await person.says('go');
    const { attempt, uuids } = await started();
    await member('kicked');
    world.outside.emit(attempt, ...answer(uuids, 'Done'));
    await world.outside.until(async () => (await states(person)) === 'held');
    expect(telegram().of('sendMessage')).toEqual([]);
    await member('member');
    await member('member');
    expect((await sent()).text).toBe('Done');
    await world.outside.until(async () => (await states(person)).endsWith('accepted'));
    expect(telegram().of('sendMessage')).toHaveLength(1);
  });

  test('with a revoked token waits, and the operator hears what to do', async () => {
    const person = new TelegramPerson();
    telegram().onCall = ({ method }) => (method === 'sendMessage' ? refuse(401, 'Unauthorized') : undefined);
    await person.says('/status');
    const alerts = () => env.DIRECTORY.getByName('directory').alerts();
    const found = await world.outside.until(async () =>
      (await alerts()).find(({ cause }) => cause.startsWith('account-refused/900401')),
    );
    expect(found.text).toMatch(/^Telegram rejects .*@BotFather/);
    expect((await replies(person))[0]?.state).not.toBe('parked');
  });

  test('whose formatting is refused leaves at once without it', async () => {
    const person = new TelegramPerson();
    telegram().onCall = ({ method, body }) =>
      method === 'sendMessage' && body.entities ? refuse(400, "Bad Request: can't parse entities: no") : undefined;
    await person.says('go');
    const { attempt, uuids } = await started();
    world.outside.emit(attempt, ...answer(uuids, '**Two** files'));
    await world.outside.until(async () => (await states(person)) === 'accepted');
    expect(
      telegram()
        .of('sendMessage')
        .map(({ text, entities }) => [text, entities === undefined]),
    ).toEqual([
      ['Two files', false],
      ['Two files', true],
    ]);
  });
});

describe('nobody knows the outcome of a send', () => {
  test.each(['/status', '/help'])(
    '%s: it leaves once more, marked as a possible repeat, with its buttons',
    async (words) => {
      const person = new TelegramPerson();
      let tries = 0;
      telegram().onCall = ({ method }) => {
        if (method !== 'sendMessage' || ++tries > 1) return undefined;
        throw new Error('cut after it was taken');
      };
      await person.says(words);
      const again = await sent(1);
      const [first] = telegram().of('sendMessage');
      expect(telegram().of('getMe')).not.toEqual([]);
      expect(again.text).toBe(`${texts.mayRepeat}\n\n${String(first?.text)}`);
      expect(again.reply_markup).toEqual(first?.reply_markup);
      await world.outside.until(async () => (await states(person)) === 'accepted');
      expect(telegram().of('sendMessage')).toHaveLength(2);
    },
  );

  test('not even then: it waits, and the operator hears', async () => {
    const person = new TelegramPerson();
    telegram().onCall = ({ method }) => {
      if (method === 'sendMessage') throw new Error('cut');
      return undefined;
    };
    await person.says('/status');
    await world.outside.until(async () => (await states(person)) === 'parked');
    expect(telegram().of('sendMessage')).toHaveLength(2);
  });
});

describe('the webhook', () => {
  test('refuses a wrong or missing secret before it reads the body', async () => {
    const person = new TelegramPerson();
    const update = person.message({ text: 'hi' });
    for (const header of [null, '', 'wrong', `${secret()}x`])
      expect((await postUpdate(update, header)).status).toBe(403);
    expect(await isUnset(person.address)).toBe(true);
  });

  test('takes JSON alone, of a bounded size', async () => {
    const person = new TelegramPerson();
    expect((await postUpdate({}, secret(), 'text/plain')).status).toBe(415);
    const large = person.message({ text: 'x'.repeat(UPDATE_BYTES_MAX) });
    expect((await postUpdate(large)).status).toBe(413);
  });

  test.each([
    ['an unknown update', { brand_new: {} }],
    [
      'a text of a group',
      { message: { message_id: 1, text: 'hi', chat: { id: -5, type: 'group' }, from: { id: 9, first_name: 'X' } } },
    ],
  ])('answers %s with 200 and does nothing', async (_, update) => {
    expect((await postUpdate({ update_id: 1, ...update })).status).toBe(200);
    expect(telegram().called).toEqual([]);
    expect(world.outside.starts).toEqual([]);
  });

  test('that another bot has, too, starts nothing, and the operator hears of it once', async () => {
    const message = { message_id: 1, chat: { id: 9, type: 'private' }, from: { id: 8, is_bot: true } };
    const callback_query = { id: '1', from: { id: 9, first_name: 'X' }, data: 'x', message };
    for (const update_id of [1, 2]) expect((await postUpdate({ update_id, callback_query })).status).toBe(200);
    expect(telegram().called).toEqual([]);
    expect(await isUnset('telegram:9')).toBe(true);
    const raised = (await env.DIRECTORY.getByName('directory').alerts()).filter(({ cause }) => /foreign/.test(cause));
    expect(raised).toMatchObject([{ cause: 'foreign-updates/telegram', count: 2 }]);
    expect(raised[0]?.text).toContain('Another Telegram bot’s webhook leads here');
  });

  test('keeps nothing of a stranger', async () => {
    const person = new TelegramPerson(777);
    await person.says('let me in');
    expect(await isUnset(person.address)).toBe(true);
    expect(telegram().called).toEqual([]);
  });

  test('tells a group once a day that it works in private chats only', async () => {
    const person = new TelegramPerson();
    const my_chat_member = {
      chat: { id: -100_123, type: 'supergroup', title: 'Team' },
      from: person.user,
      date: 1,
      new_chat_member: { status: 'member', user: { id: Number(BOT), is_bot: true } },
    };
    await person.posts(person.update({ my_chat_member }));
    await person.posts(person.update({ my_chat_member }));
    expect(telegram().called).toEqual([
      { method: 'sendMessage', body: { chat_id: '-100123', text: texts.access.noGroups } },
    ]);
  });
});
