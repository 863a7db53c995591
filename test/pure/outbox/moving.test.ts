import { describe, expect, test } from 'vitest';
import { WHATSAPP } from '../../../src/channels/whatsapp/capabilities.ts';
import { newestEndsOf } from '../../../src/conversation/outbox/ends.ts';
import { aimAt } from '../../../src/conversation/outbox/moving.ts';
import { DOUBTED_CODE, limitsOf } from '../../../src/conversation/outbox/replies.ts';
import { WINDOW_MS } from '../../../src/conversation/policy/outbox.ts';
import type { Reply } from '../../../src/conversation/state/rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { PIGEON } from '../../fixtures/pigeon/capabilities.ts';
import { PLACES } from '../channels.ts';
import { Home } from '../home.ts';

// A person with several addresses: where replies go, and what becomes of them when the way there is closed.

const onWhatsApp = ({ to }: Reply): boolean => to === PLACES.whatsapp.address;

describe('an answer', () => {
  test('goes where the newest text of its turn came from, whatever comes from elsewhere meanwhile', () => {
    const talk = new Home('sms');
    const asked = talk.from('whatsapp', 'do it');
    talk.taken();
    talk.from('sms', '/verbose');
    talk.answer('done', asked);
    expect(talk.leaves()).toEqual([`sms: ${texts.verboseIs(false)}`, 'whatsapp: done']);
  });

  test('to texts from two channels goes to the newest, and the other one is told', () => {
    const talk = new Home('telegram');
    const one = talk.from('whatsapp', 'do it');
    talk.taken();
    const two = talk.from('telegram', 'and quickly');
    talk.state = { ...talk.state, messages: talk.state.messages.map((m) => ({ ...m, turn: talk.ref.turn })) };
    talk.answer('done', one, two);
    expect(talk.leaves()).toEqual(['telegram: done', 'whatsapp: I answered on Telegram.']);
  });

  test('never goes to an address that is locked or another person’s', () => {
    for (const change of [{ lockedBy: 'whatsapp:US.1' }, { state: 'claimed' as const }]) {
      const talk = new Home('sms');
      const asked = talk.from('sms', 'do it');
      talk.taken();
      talk.from('whatsapp', '/verbose');
      talk.leaves();
      talk.state = { ...talk.state, addresses: talk.state.addresses.map((row) => ({ ...row, ...change })) };
      talk.answer('done', asked);
      expect(talk.leaves()).toEqual(['whatsapp: done']);
    }
  });
});

describe('/reach', () => {
  test('chooses where news goes, and auto is where the person last wrote', () => {
    const talk = new Home('telegram');
    talk.from('telegram', 'hello');
    talk.from('whatsapp', '/reach telegram');
    talk.leaves();
    talk.news('one');
    talk.from('whatsapp', '/reach');
    expect(talk.leaves()).toEqual([
      'telegram: one',
      `whatsapp: ${texts.reach.shows({ channels: ['WhatsApp', 'Telegram'], newest: 'WhatsApp', chosen: 'Telegram' })}`,
    ]);
    talk.from('whatsapp', '/reach auto');
    talk.news('two');
    expect(talk.leaves()).toEqual([`whatsapp: ${texts.reach.auto('WhatsApp')}`, 'whatsapp: two']);
  });

  test('names channels as people do', () => {
    const shown = { newest: 'SMS', chosen: null };
    expect(texts.reach.shows({ ...shown, channels: ['SMS', 'WhatsApp'] })).toContain(
      'I know you on WhatsApp and by SMS.',
    );
    expect(texts.reach.shows({ ...shown, channels: ['SMS'] })).toContain('I know you by SMS alone.');
    expect(texts.reach.notThere('Telegram', ['SMS'])).toContain('I know you by SMS, but not on Telegram.');
  });

  test('refuses a channel that the person has no address on, and words that are none', () => {
    const talk = new Home();
    for (const [said, answer] of [
      ['/reach telegram', texts.reach.notThere('Telegram', ['WhatsApp'])],
      ['/reach +15555550142', texts.reach.use(['WhatsApp'])],
    ] as const) {
      talk.from('whatsapp', said);
      expect(talk.leaves()).toEqual([`whatsapp: ${answer}`]);
      expect(talk.state.conversation.reach).toBeNull();
    }
  });
});

describe('an address that is taken away', () => {
  const unlink = (talk: Home): void => {
    const ref = `U ${PLACES.telegram.address}`;
    talk.state = { ...talk.state, timers: [...talk.state.timers, { kind: 'let-go', ref, dueAt: 0, attempts: 0 }] };
    talk.on({ type: 'unlinked', ref, addresses: [PLACES.telegram.address] });
  };
  const begin = (talk: Home): Reply => {
    talk.on({ type: 'send-begin' });
    return talk.state.replies.find(({ state }) => state === 'sending') as Reply;
  };

  test('gets nothing more: what waited for it leaves where the person writes, cut to fit there', () => {
    const talk = new Home('telegram');
    talk.cutWords = (words, limit) => words.match(new RegExp(`[\\s\\S]{1,${limit}}`, 'g')) ?? [];
    talk.from('whatsapp', '/verbose');
    talk.leaves();
    const asked = talk.from('telegram', 'do it');
    talk.taken();
    const long = 'x'.repeat(WHATSAPP.limits.text + 1);
    talk.answer(long, asked);
    unlink(talk);
    const sent = talk.leaves().map((each) => each.replace('whatsapp: ', ''));
    expect(sent).toEqual([long.slice(0, -1), 'x', texts.links.unlinked('Telegram …2342')]);
  });

  test.each(['https://relay.example.com/account/x', 'Text me LINK K7QA-2MDB from there.'])(
    'and “%s”, which waited for it, goes to no channel that isn’t fit for secrets',
    (text) => {
      const talk = new Home('telegram', 'sms');
      talk.from('whatsapp', '/verbose');
      talk.from('telegram', '/verbose');
      talk.leaves();
      talk.on({ type: 'notify', id: 'L', kind: 'notice', text });
      talk.from('sms', '/verbose');
      unlink(talk);
      expect(talk.leaves().filter((each) => each.includes(text))).toEqual([]);
      talk.from('whatsapp', '/verbose');
      expect(talk.leaves()).toContain(`whatsapp: ${text}`);
    },
  );

  test('gets no repeat of a send of unknown outcome: that one comes elsewhere, and says what it is', () => {
    const talk = new Home('telegram');
    talk.from('whatsapp', '/verbose');
    talk.leaves();
    const asked = talk.from('telegram', 'do it');
    talk.taken();
    talk.answer('done', asked);
    const { id: reply, attempt } = begin(talk);
    unlink(talk);
    talk.on({ type: 'send-unknown', reply, attempt });
    talk.now += 60_000;
    talk.on({ type: 'reconciled', reply, found: null });
    const gone = texts.links.unlinked('Telegram …2342');
    expect(talk.leaves()).toEqual([`whatsapp: ${texts.mayRepeat}\n\ndone`, `whatsapp: ${gone}`]);
  });
});

describe('a closed way', () => {
  const line = texts.reach.movedFor('WhatsApp');

  test('moves what waits to another channel in its order, and says so once for each closing', () => {
    const talk = new Home('sms');
    talk.from('sms', 'hello');
    talk.from('whatsapp', '/reach whatsapp');
    talk.leaves();
    for (const closing of ['first', 'second']) {
      talk.now += WINDOW_MS;
      talk.news(`${closing} one`, `${closing} two`);
      expect(talk.leaves()).toEqual([`sms: ${line}\n\n${closing} one`, `sms: ${closing} two`]);
      talk.news(`${closing} three`);
      expect(talk.leaves()).toEqual([`sms: ${closing} three`]);
      talk.from('whatsapp', '/verbose');
      expect(talk.leaves()).toEqual([`whatsapp: ${texts.verboseIs(false)}`]);
    }
    expect(talk.state.timers.filter(({ kind }) => kind === 'alert')).toEqual([]);
  });

  test.each(['window', 'recipient', 'barred', 'account'] as const)(
    'refused as %s: nothing is lost or comes twice',
    (why) => {
      const talk = new Home('telegram');
      talk.from('telegram', 'hello');
      talk.from('whatsapp', '/verbose');
      talk.leaves();
      talk.news('one', 'two');
      const all: string[] = [];
      for (let n = 0; n < 5; n++) {
        all.push(...talk.leaves((reply) => (onWhatsApp(reply) ? why : null)));
        talk.now += 60_000;
      }
      const said = why === 'window' ? line : texts.reach.moved('WhatsApp');
      expect(all).toEqual([`telegram: ${said}\n\none`, 'telegram: two']);
      talk.news('three');
      expect(talk.leaves()).toEqual(['telegram: three']);
      expect(talk.state.timers.filter(({ kind }) => kind === 'held')).toEqual([]);
    },
  );

  test('stays where it is without another open one: another number there, a locked address, a channel never written on', () => {
    const talk = new Home('sms', 'telegram');
    talk.from('sms', 'hello');
    talk.from('whatsapp', '/verbose');
    talk.leaves();
    const lock = (row: { address: string }) =>
      row.address === PLACES.sms.address ? { lockedBy: 'whatsapp:US.1' } : {};
    talk.state = { ...talk.state, addresses: talk.state.addresses.map((row) => ({ ...row, ...lock(row) })) };
    talk.now += WINDOW_MS;
    talk.news('one');
    expect(talk.leaves()).toEqual([]);
    expect(talk.state.replies.map(({ state }) => state)).toContain('held');
  });

  test('moves no link of ours to a channel that isn’t fit for secrets, and nothing that may have arrived', () => {
    const talk = new Home('sms');
    talk.from('sms', 'hello');
    talk.from('whatsapp', '/verbose');
    talk.leaves();
    talk.now += WINDOW_MS;
    talk.on({ type: 'notify', id: 'L', kind: 'notice', text: 'https://relay.example.com/account/x' });
    expect(talk.leaves()).toEqual([]);
    talk.news('doubtful');
    const doubted = (r: Reply): Reply => (r.body === 'doubtful' ? { ...r, unknownAt: talk.now } : r);
    talk.state = { ...talk.state, replies: talk.state.replies.map(doubted) };
    expect(talk.leaves()).toEqual([]);
    talk.news('other');
    expect(talk.leaves()).toEqual([`sms: ${line}\n\nother`]);
  });

  test.each(['https://relay.example.com/account/x', 'Text me LINK K7QA-2MDB from there.'])(
    'that held “%s” gives it to no channel that isn’t fit for secrets, where the person writes meanwhile',
    (text) => {
      const talk = new Home('sms');
      talk.from('whatsapp', '/verbose');
      talk.leaves();
      talk.now += WINDOW_MS;
      talk.on({ type: 'notify', id: 'L', kind: 'notice', text });
      expect(talk.leaves()).toEqual([]);
      talk.from('sms', '/verbose');
      expect(talk.leaves()).toEqual([`sms: ${texts.verboseIs(false)}`]);
      talk.from('whatsapp', '/verbose');
      expect(talk.leaves()).toContain(`whatsapp: ${text}`);
    },
  );

  test('that held a link gives it to the channel for which it was', () => {
    const talk = new Home('sms');
    talk.from('sms', '/verbose');
    talk.leaves();
    talk.on({ type: 'notify', id: 'L', kind: 'notice', text: 'https://relay.example.com/export/x' });
    const held = (r: Reply): Reply => (r.id === 'L' ? { ...r, state: 'held' } : r);
    talk.state = { ...talk.state, replies: talk.state.replies.map(held) };
    talk.from('sms', '/verbose');
    expect(talk.leaves()).toContain('sms: https://relay.example.com/export/x');
  });

  test.each(['whatsapp', 'telegram'] as const)(
    'whose outcome on %s can’t be learnt holds nothing back on another: it is looked up or repeated later, twice at most',
    (at) => {
      const elsewhere = at === 'whatsapp' ? 'telegram' : 'whatsapp';
      const talk = new Home('telegram');
      const doubt = (): Reply => {
        talk.on({ type: 'send-begin' });
        const sent = talk.state.replies.find((r) => r.state === 'sending');
        if (sent === undefined) throw new Error('nothing is sent');
        talk.on({ type: 'send-unknown', reply: sent.id, attempt: sent.attempt, retryAfterMs: null });
        return sent;
      };
      const isAway = (id: string): void => {
        for (let n = 0; n < 2; n++) {
          talk.now += 10_000;
          talk.on({ type: 'reconcile-failed', reply: id, reason: 'no answer' });
        }
      };
      talk.from(at, '/verbose');
      const first = doubt();
      talk.from(elsewhere, '/verbose');
      isAway(first.id);
      expect(talk.leaves()).toEqual([`${elsewhere}: ${texts.verboseIs(false)}`]);
      // Later the channel is still away: again nothing else waits for it.
      talk.fire('again');
      talk.from(elsewhere, '/verbose');
      talk.on({ type: 'send-begin' });
      const again = talk.state.replies.find((r) => r.state === 'sending' || r.state === 'unknown');
      if (again?.state === 'sending')
        talk.on({ type: 'send-unknown', reply: again.id, attempt: again.attempt, retryAfterMs: null });
      isAway(again?.id ?? '');
      expect(talk.leaves()).toEqual([`${elsewhere}: ${texts.verboseIs(false)}`]);
      expect(talk.state.replies.find(({ id }) => id === first.id)).toMatchObject(
        at === 'whatsapp' ? { state: 'held', attempt: 1 } : { state: 'parked', attempt: 2, errorCode: DOUBTED_CODE },
      );
    },
  );

  test('is followed when the person writes elsewhere during an outage: what waits leaves there', () => {
    const talk = new Home('telegram');
    const asked = talk.from('whatsapp', 'do it');
    talk.taken();
    talk.answer('done', asked);
    expect(talk.leaves(() => 'rate')).toEqual([]);
    talk.from('telegram', '/verbose');
    expect(talk.leaves()).toEqual(['telegram: done', `telegram: ${texts.verboseIs(false)}`]);
    expect(talk.state.conversation.outage).toBeNull();
  });

  test('a reply that may have arrived where nobody can look it up says so on a channel with a list', () => {
    const talk = new Home('telegram');
    talk.from('whatsapp', '/verbose');
    talk.leaves();
    const asked = talk.from('telegram', 'do it');
    talk.taken();
    talk.answer('done', asked);
    for (const _try of ['first', 'second']) {
      talk.now += 60_000;
      talk.on({ type: 'send-begin' });
      const { id: reply, attempt } = talk.state.replies.at(-1) as Reply;
      talk.on({ type: 'send-unknown', reply, attempt });
      talk.on({ type: 'reconciled', reply, found: null });
    }
    expect(talk.state.replies.at(-1)?.state).toBe('parked');
    talk.from('whatsapp', '/verbose');
    expect(talk.leaves()).toContain(`whatsapp: ${texts.mayRepeat}\n\ndone`);
  });

  test('is cut again for a channel with shorter messages', () => {
    const talk = new Home('pigeon');
    talk.cutWords = (words, limit) => words.match(new RegExp(`[\\s\\S]{1,${limit}}`, 'g')) ?? [];
    talk.from('pigeon', 'hello');
    talk.from('whatsapp', '/verbose');
    talk.leaves();
    talk.now += WINDOW_MS;
    talk.news('x'.repeat(500));
    const sent = talk.leaves();
    expect(sent.length).toBeGreaterThan(2);
    expect(sent.map((each) => each.replace('pigeon: ', '')).join('')).toBe(`${line}\n\n${'x'.repeat(500)}`);
  });
});

test('the answer of a run is cut for the channel that was chosen', () => {
  const talk = new Home('pigeon');
  talk.from('pigeon', '/verbose');
  talk.from('whatsapp', '/reach pigeon');
  talk.leaves();
  talk.from('whatsapp', 'do it');
  const { turn } = talk.ref;
  const limits = () => limitsOf(talk.state, turn, talk.context());
  expect(limits()).toEqual(WHATSAPP.limits);
  talk.state = { ...talk.state, turns: talk.state.turns.map((t) => (t.id === turn ? { ...t, run: 'R1' } : t)) };
  expect(limits()).toEqual(PIGEON.limits);
});

describe('a file', () => {
  const LINK = 'https://relay.example.com/media/x';
  const shown = `As of today\n\n${texts.files.link('report.pdf', 3000, LINK)}`;
  const file = { id: 'ab'.repeat(32), name: 'report.pdf', type: 'application/pdf', size: 3000 };

  /** It leaves by Telegram, with words; the person has shut the bot out. */
  function refused(talk: Home): string[] {
    talk.from('telegram', 'send me the report');
    talk.taken();
    const request = { kind: 'send_file', file, caption: 'As of today' } as const;
    talk.machine({ type: 'request', request_id: 'r1', request });
    const id = talk.state.outgoing[0]?.id ?? '';
    talk.on({ type: 'outgoing-stored', id, link: LINK, goes: 'captioned', expiresAt: talk.now + WINDOW_MS });
    return talk.leaves(({ to }) => (to === PLACES.telegram.address ? 'window' : null));
  }

  test('that moves to another channel is a link in its words: they may show no words with it there', () => {
    const talk = new Home('telegram');
    talk.from('whatsapp', '/verbose');
    talk.leaves();
    expect(refused(talk)).toEqual([`whatsapp: ${texts.reach.movedFor('Telegram')}\n\n${shown}`]);
    expect(talk.state.replies.at(-1)?.media).toBeNull();
    expect(talk.state.outgoing[0]?.state).toBe('offered');
  });

  test('that was held until the person writes elsewhere is one, too', () => {
    const talk = new Home('telegram');
    expect(refused(talk)).toEqual([]);
    talk.from('whatsapp', '/verbose');
    expect(talk.leaves()).toContain(`whatsapp: ${shown}`);
    expect(talk.state.replies.filter(({ state, media }) => state === 'accepted' && media !== null)).toEqual([]);
  });
});

test('nothing that waits gets another place if nothing leaves by another channel', () => {
  const talk = new Home('sms');
  talk.from('whatsapp', '/verbose');
  talk.leaves();
  talk.news('one', 'two');
  const { state } = talk;
  const aimed = aimAt(state, newestEndsOf(state), talk.context());
  expect(aimed.replies).toEqual(state.replies);
  expect(aimed.conversation).toEqual(state.conversation);
});

test('what is held for the carrier leaves by another channel once its own window has closed', () => {
  const talk = new Home('sms');
  const asked = talk.from('whatsapp', 'do it');
  talk.taken();
  talk.from('sms', '/verbose');
  talk.leaves();
  talk.answer('done', asked);
  const held = { state: 'held' as const, troubledSince: talk.now };
  talk.state = { ...talk.state, replies: talk.state.replies.map((r) => (r.body === 'done' ? { ...r, ...held } : r)) };
  talk.now += WINDOW_MS;
  talk.on({ type: 'timer', timer: { kind: 'again', ref: '', dueAt: talk.now, attempts: 0 } });
  expect(talk.leaves()).toEqual([`sms: ${texts.reach.movedFor('WhatsApp')}\n\ndone`]);
});

describe('a sender that its channel has shut out', () => {
  test('what it refused before that was clear leaves by the other channel first, and isn’t called lost', () => {
    const talk = new Home('telegram');
    const asked = talk.from('whatsapp', 'do it');
    talk.taken();
    talk.from('telegram', '/verbose');
    talk.leaves();
    talk.answer('one\n\ntwo', asked);
    const tried: string[] = [];
    const taken = talk.leaves((reply) => {
      if (onWhatsApp(reply)) tried.push(reply.body);
      return onWhatsApp(reply) ? 'policy' : null;
    });
    expect(tried).toEqual(['one', 'two']);
    expect(taken).toEqual([`telegram: ${texts.reach.moved('WhatsApp')}\n\none`, 'telegram: two']);
  });

  test('takes what waited for another channel’s closed window when the block ends', () => {
    const talk = new Home('sms');
    const asked = talk.from('whatsapp', 'do it');
    talk.taken();
    talk.now += WINDOW_MS;
    talk.from('sms', '/verbose');
    talk.leaves(() => 'blocked');
    talk.answer('done', asked);
    expect(talk.leaves()).toEqual([]);
    talk.fire('blocked');
    expect(talk.leaves()).toEqual([`sms: ${texts.verboseIs(false)}`]);
    talk.fire('doubt');
    expect(talk.leaves()).toEqual([`sms: ${texts.reach.movedFor('WhatsApp')}\n\ndone`]);
  });
});

test('the words of a schedule that quiet hours held leave by the channel that is open when they end', () => {
  const home = new Home('sms');
  home.from('whatsapp', '/verbose');
  home.from('sms', '/verbose');
  home.leaves();
  home.news('It rains.');
  const held = (r: Reply): Reply => ({ ...r, ...ENDS_ON_WHATSAPP, state: 'held', schedule: 1 });
  home.state = { ...home.state, replies: home.state.replies.map((r) => (r.state === 'ready' ? held(r) : r)) };
  home.now += WINDOW_MS;
  home.on({ type: 'timer', timer: { kind: 'quiet', ref: '', dueAt: home.now, attempts: 0 } });
  expect(home.leaves()).toEqual([`sms: ${texts.reach.movedFor('WhatsApp')}\n\nIt rains.`]);
});

test('the channel that was chosen for news was taken away: news go where the person writes', () => {
  const home = new Home('sms');
  home.from('sms', '/reach sms');
  home.from('whatsapp', '/verbose');
  home.leaves();
  home.news('It rains.');
  expect(home.leaves()).toEqual(['sms: It rains.']);
  home.on({ type: 'unbind', address: PLACES.sms.address });
  home.news('It snows.');
  expect(home.leaves()).toEqual(['whatsapp: It snows.']);
});

const ENDS_ON_WHATSAPP = { from: PLACES.whatsapp.senders[0], to: PLACES.whatsapp.address };
