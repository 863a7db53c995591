import { beforeEach, describe, expect, test } from 'vitest';
import { ASKED_FOR_MS } from '../../../src/conversation/policy/questions.ts';
import { askMove, askZone, openAskingOf } from '../../../src/conversation/questions/own-prompts.ts';
import { askedChoiceIdOf } from '../../../src/conversation/state/choices.ts';
import type { Offer } from '../../../src/conversation/state/offer.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// The product asks for the time zone once, when a command first needs it, and runs the command when it knows the zone.

let talk: Talk;
beforeEach(() => {
  talk = new Talk();
});

const asks = (pending: string): void => {
  talk.state = askZone(talk.state, pending, talk.context());
};
/** The carrier has all replies that were ready. */
const leaves = (): void => {
  talk.state = {
    ...talk.state,
    replies: talk.state.replies.map((r) => (r.state === 'ready' ? { ...r, state: 'sent', sid: `SM${r.id}` } : r)),
  };
};
const asked = (pending = '/verbose on'): void => {
  asks(pending);
  leaves();
};
const offer = (nth = -1): Offer => {
  const offered = talk.state.replies.flatMap((r) => r.choices ?? []).at(nth);
  if (!offered) throw new Error('nothing is offered');
  return offered;
};
const tap = (nth: number, option: number): void => {
  talk.text('x', 0, { choice: askedChoiceIdOf(offer(nth).question, option) });
};
const zone = (): string | null => talk.state.conversation.zone;
const lastBody = (): string | undefined => talk.bodies.at(-1);

describe('how it is asked', () => {
  test('with the zones of the number’s country, by their cities, the largest first, at most a list of the carrier', () => {
    asks('/verbose on');
    expect(offer().items).toHaveLength(10);
    expect(
      offer()
        .items.slice(0, 4)
        .map((i) => i.title),
    ).toEqual(['New York', 'Chicago', 'Denver', 'Los Angeles']);
    expect(lastBody()).toContain(`${texts.zones.which(true)}\n\n1. New York\n2. Chicago\n3. Denver`);
    expect(offer().text).toBe(texts.zones.which(true));
  });

  test('in words alone where the number tells nothing', () => {
    talk.state = { ...talk.state, conversation: { ...talk.state.conversation, address: 'whatsapp:+99955501' } };
    asks('/verbose on');
    expect(offer().items).toEqual([]);
    expect(lastBody()).toBe(texts.zones.which(false));
  });

  test('a second command takes the place of the first, and the question says so', () => {
    asked('/verbose on');
    asks('/verbose off');
    expect(lastBody()).toContain(texts.zones.onlyNewest);
    expect(openAskingOf(talk.state, talk.now)).toMatchObject({ pending: '/verbose off' });
  });

  test('one question is enough for two commands that come before it has left', () => {
    asks('/verbose on');
    asks('/verbose off');
    expect(talk.bodies).toHaveLength(1);
    leaves();
    talk.text('Berlin');
    expect(lastBody()).toBe(texts.verbose(false));
  });
});

describe('words that answer it', () => {
  test.each([
    ['2', 'America/Chicago'],
    ['Berlin', 'Europe/Berlin'],
    ['  new york. ', 'America/New_York'],
    ['Asia/Kolkata', 'Asia/Kolkata'],
    ['Berlin, please', 'Europe/Berlin'],
    ['2 thanks!', 'America/Chicago'],
  ])('“%s” sets %s, and the command is done', (words, zoned) => {
    asked('/verbose on');
    const message = talk.text(words);
    expect(zone()).toBe(zoned);
    expect(talk.state.conversation).toMatchObject({ asking: null, verbose: true });
    expect(talk.state.messages.find((m) => m.seq === message.seq)).toMatchObject({ state: 'consumed', turn: null });
    expect(talk.bodies.slice(1)).toEqual([texts.verbose(true)]);
    expect(talk.state.turns).toEqual([]);
  });

  test('a tap', () => {
    asked();
    tap(-1, 3);
    expect(zone()).toBe('America/Los_Angeles');
    expect(lastBody()).toBe(texts.verbose(true));
  });

  test('a quote of the question', () => {
    asked();
    talk.text('Tokyo', 0, { quoted: talk.reply().sid ?? '' });
    expect(zone()).toBe('Asia/Tokyo');
  });

  test('a message in the last moment, dated by a clock that is a little ahead', () => {
    asked();
    talk.now += ASKED_FOR_MS - 1;
    talk.text('Berlin', 0, { receivedAt: talk.now + 1 });
    expect(zone()).toBe('Europe/Berlin');
    expect(talk.bodies.at(-1)).toBe(texts.verbose(true));
  });

  test('an unanswered prompt costs the texts after its day nothing', () => {
    const hasReadSchedules = (): boolean => talk.state.reads.some(({ rows }) => rows === 'schedules');
    asked();
    talk.text('hello');
    expect(hasReadSchedules()).toBe(true);
    talk.now += ASKED_FOR_MS;
    // The first text finds that it has lapsed.
    talk.text('hello');
    talk.text('hello');
    expect(hasReadSchedules()).toBe(false);
  });
});

describe('words that do not', () => {
  test.each(['good morning', '0', '11', '99', 'EST', 'Berlin is nice'])(
    '“%s” is for the agent; the question stays open',
    (words) => {
      asked();
      talk.text(words);
      expect(zone()).toBeNull();
      expect(talk.state.turns).toHaveLength(1);
      expect(openAskingOf(talk.state, talk.now)).not.toBeNull();
    },
  );

  test('words that came before the question left', () => {
    asks('/verbose on');
    talk.text('Berlin');
    expect(zone()).toBeNull();
    expect(talk.state.turns).toHaveLength(1);
  });

  test('a picture, and a quote of something else', () => {
    asked();
    talk.text('Berlin', 1);
    talk.text('Berlin', 0, { quoted: 'SMother' });
    expect(zone()).toBeNull();
  });

  test('a command stays one', () => {
    asked();
    talk.text('/verbose on');
    expect(zone()).toBeNull();
    expect(openAskingOf(talk.state, talk.now)).not.toBeNull();
  });

  test('a later question of the agent is answered first', () => {
    asked();
    const turn = { kind: 'ask' as const, question: 'Which city?', options: ['Paris', 'Berlin'] };
    talk.text('book a trip');
    talk.taken();
    talk.now += 1000;
    talk.machine({ type: 'request', request_id: 'r1', request: turn });
    leaves();
    talk.text('2');
    expect(zone()).toBeNull();
    expect(talk.state.questions[0]).toMatchObject({ state: 'answered' });
    talk.text('Berlin');
    expect(zone()).toBe('Europe/Berlin');
  });

  test('anything a day later', () => {
    asked();
    talk.now += ASKED_FOR_MS;
    talk.text('Berlin');
    expect(zone()).toBeNull();
    expect(talk.state.turns).toHaveLength(1);
    // The kept part would be loaded with every text.
    expect(talk.state.conversation.asking).toBeNull();
    // The waiting command is not run, and one message says so and how to run it.
    expect(talk.bodies.at(-1)).toMatch(/^I didn’t do “\/verbose on”.*Text \/timezone/);
    const said = talk.bodies.length;
    talk.text('and now?');
    expect(talk.bodies).toHaveLength(said);
  });

  test('a number, once the person has written of something else: only a name, a tap or a quote is meant then', () => {
    asked();
    const { sid } = talk.reply();
    talk.text('give me three names for the boat');
    talk.text('2');
    expect(zone()).toBeNull();
    talk.text('2', 0, { quoted: sid ?? '' });
    expect(zone()).toBe('America/Chicago');
    asked();
    talk.text('and for the dog');
    talk.text('Tokyo');
    expect(zone()).toBe('Asia/Tokyo');
  });

  test('a yes to what the agent asked in its own words, instead of whether schedules move', () => {
    talk.state = askMove(talk.state, 'Europe/Berlin', 'Asia/Tokyo', 1, talk.context());
    leaves();
    talk.text('fix the build');
    talk.text('yes');
    expect(openAskingOf(talk.state, talk.now)).toMatchObject({ ask: 'move' });
    expect(talk.state.messages.map(({ state }) => state)).not.toContain('consumed');
  });
});

test.each([
  ['yes please', true],
  ['sure, go ahead', true],
  ['ja', true],
  ['👍🏽', true],
  ['no thanks', false],
  ['yes but not the standup', null],
  ['hmm', null],
])('whether schedules move: “%s” is %j', (words, moves) => {
  talk.state = askMove(talk.state, 'Europe/Berlin', 'Asia/Tokyo', 1, talk.context());
  leaves();
  talk.text(words);
  expect(openAskingOf(talk.state, talk.now) === null).toBe(moves !== null);
  // A text that is no answer goes to the agent.
  expect(talk.state.turns).toHaveLength(moves === null ? 1 : 0);
  if (moves !== null)
    expect(lastBody()).toBe(moves ? texts.zones.moved(0, 'Asia/Tokyo') : texts.zones.stay('Europe/Berlin'));
});

test('a reaction on the question answers it', () => {
  talk.state = askMove(talk.state, 'Europe/Berlin', 'Asia/Tokyo', 1, talk.context());
  leaves();
  talk.text('👍', 0, { unread: 'reaction', quoted: talk.reply().sid ?? '' });
  expect(openAskingOf(talk.state, talk.now)).toBeNull();
});

test('a tap on a question that is settled says so, and changes nothing', () => {
  asked('/verbose on');
  asked('/verbose off');
  tap(0, 0);
  expect(lastBody()).toBe(texts.zones.settled);
  expect(zone()).toBeNull();
  expect(openAskingOf(talk.state, talk.now)).toMatchObject({ pending: '/verbose off' });
  tap(1, 0);
  expect(zone()).toBe('America/New_York');
  tap(1, 1);
  expect(lastBody()).toBe(texts.zones.settled);
  expect(zone()).toBe('America/New_York');
});

describe('whether a misspelt command was meant', () => {
  const misspelt = (): void => {
    talk.text('/verbos on');
    leaves();
  };
  const isVerbose = (): boolean => talk.state.conversation.verbose;

  test.each(['yes', 'Yes please', '👍'])('“%s” counts as the command', (words) => {
    misspelt();
    talk.text(words);
    expect(isVerbose()).toBe(true);
    expect(openAskingOf(talk.state, talk.now)).toBeNull();
    expect(talk.state.turns).toHaveLength(0);
  });

  test('a reaction on it counts too, and so does a command for the machine', () => {
    talk.text('/file');
    leaves();
    talk.text('👍', 0, { unread: 'reaction', quoted: talk.reply().sid ?? '' });
    expect(talk.state.messages.at(-1)).toMatchObject({ action: 'files', text: '.' });
  });

  test('no settles it', () => {
    misspelt();
    talk.text('no');
    expect([isVerbose(), lastBody()]).toEqual([false, texts.notMeant]);
    talk.text('yes');
    expect(talk.state.turns).toHaveLength(1);
  });

  test.each(['fix the build', '/help'])('after “%s”, a yes is for the agent', (between) => {
    misspelt();
    talk.text(between);
    talk.text('yes');
    expect(isVerbose()).toBe(false);
    expect(talk.state.messages.at(-1)?.text).toBe('yes');
    expect(talk.state.messages.at(-1)?.state).not.toBe('consumed');
  });

  test('an open question for the time zone stays open', () => {
    asked('/verbose on');
    misspelt();
    expect(openAskingOf(talk.state, talk.now)).toMatchObject({ ask: 'zone' });
  });
});
