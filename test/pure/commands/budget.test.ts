import { describe, expect, test } from 'vitest';
import { refusalOfChange } from '../../../src/conversation/access/change.ts';
import { readWish } from '../../../src/input/access-command.ts';
import { readBudget } from '../../../src/input/budget-command.ts';
import type { Usual } from '../../../src/money/budget.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';

// /budget and /cost. Amounts are micro-dollars.

const DOLLAR = 1_000_000;
const limits: Usual = { turn: 10 * DOLLAR, day: 20 * DOLLAR, month: null };
/** In a turn that has spent this. */
function spent(micros: number, role: 'admin' | 'member' = 'admin', usual = limits): Talk {
  const talk = new Talk(0, { limits: usual });
  talk.now = Date.UTC(2026, 10, 23, 12);
  talk.isAdmin = role === 'admin';
  talk.text('work');
  talk.taken();
  const { turn } = talk.attempt;
  talk.on({ type: 'model-asked', request: { id: 'r', turn, project: 'main', model: 'm', reserve: 5, at: talk.now } });
  talk.on({ type: 'model-answered', report: { id: 'r', micros, output: 1 } });
  return talk;
}
const says = (talk: Talk, text: string): string => {
  talk.text(text);
  return talk.bodies.at(-1) ?? '';
};

test.each([
  ['10 today', { micros: 10 * DOLLAR, per: 'today', project: null }],
  ['$5 a day', { micros: 5 * DOLLAR, per: 'day', project: null }],
  ['2.50 usd per month', { micros: 2.5 * DOLLAR, per: 'month', project: null }],
  ['5 a turn in my shop', { micros: 5 * DOLLAR, per: 'turn', project: 'my shop' }],
  ['off a month', { micros: null, per: 'month', project: null }],
  ['usual a day', { micros: 'usual', per: 'day', project: null }],
])('/budget %s', (rest, wish) => {
  expect(readBudget(rest)).toEqual({ kind: 'set', ...wish });
});

test.each([
  ['0 today', 'zero'],
  ['-1 a day', 'negative'],
  ['1e9 a month', 'large'],
  ['1000000000 a month', 'large'],
  ['ten today', 'unclear'],
  ['10', 'period'],
  ['10 a fortnight', 'period'],
  ['10 constructor', 'period'],
] as const)('/budget %s gets a sentence and changes nothing', (rest, why) => {
  const talk = spent(DOLLAR);
  const before = talk.state.conversation.budgets;
  expect(says(talk, `/budget ${rest}`)).toBe(texts.spending.unclear(why));
  expect(talk.state.conversation.budgets).toBe(before);
});

describe('/budget', () => {
  test('shows what is spent of each', () => {
    expect(says(spent(1.5 * DOLLAR), '/budget')).toContain('one task: $1.50 of $10.00\na day: $1.50 of $20.00\n');
    expect(says(spent(1.5 * DOLLAR, 'member'), '/budget')).toContain('An admin can raise it.');
  });

  test('of an admin is what they say, for today alone or from now on', () => {
    const talk = spent(DOLLAR);
    expect(says(talk, '/budget 50 today')).toBe('Your budget for today is $50.00 now.');
    expect(says(talk, '/budget')).toContain('a day: $1.00 of $50.00');
    talk.now += 24 * 3_600_000;
    expect(says(talk, '/budget')).toContain('a day: $0.00 of $20.00');
    expect(says(talk, '/budget off a day')).toBe('Your budget for a day has no limit now.');
    expect(says(talk, '/budget')).not.toContain('a day: ');
    expect(says(talk, '/budget usual a day')).toBe('Your budget for a day is $20.00 now.');
  });

  test('of an admin is lowered by SMS, whose sender can be forged, but not raised', () => {
    const talk = spent(DOLLAR);
    const conversation = { ...talk.state.conversation, address: '+15555550199', answerTo: null };
    talk.state = { ...talk.state, conversation };
    for (const more of ['off a day', '20.01 a day', '50 today'])
      expect(says(talk, `/budget ${more}`)).toBe(texts.access.rightsElsewhere('SMS', []));
    expect(talk.effects).toEqual([]);
    expect(says(talk, '/budget 5 a day')).toBe('Your budget for a day is $5.00 now.');
  });

  test('of a member may be lowered, and only an admin raises it', () => {
    const talk = spent(DOLLAR, 'member');
    expect(says(talk, '/budget 5 a day')).toBe('Your budget for a day is $5.00 now.');
    for (const more of ['off a day', 'off a turn'])
      expect(says(talk, `/budget ${more}`)).toMatch(/^Only an admin can raise your budget/);
    expect(says(talk, '/budget 100 a month')).toBe('Your budget for a month is $100.00 now.');
  });

  test('of a member who lowered it may be raised again, up to what is allowed', () => {
    const talk = spent(DOLLAR, 'member');
    says(talk, '/budget 5 a day');
    expect(says(talk, '/budget 20 a day')).toBe('Your budget for a day is $20.00 now.');
    says(talk, '/budget 3 today');
    expect(says(talk, '/budget usual today')).toBe('Your budget for today is $20.00 now.');
    says(talk, '/budget 5 a day');
    talk.text('/budget 20.01 a day');
    expect(talk.effects).toEqual([{ do: 'wish', ref: expect.stringMatching(/ask 20.01 a day$/) }]);
    talk.on({ type: 'access', change: { to: 'budget', micros: 30 * DOLLAR, per: 'day' } });
    expect(says(talk, '/budget')).toContain('a day: $1.00 of $30.00');
  });

  test('of a member for today says nothing about other days', () => {
    const talk = spent(DOLLAR, 'member');
    const allow = (micros: number): void => {
      talk.on({ type: 'access', change: { to: 'budget', micros, per: 'today' } });
    };
    allow(50 * DOLLAR);
    expect(says(talk, '/budget off a day')).toMatch(/^Only an admin can raise your budget/);
    talk.text('/budget 50 a day');
    expect(talk.effects).toEqual([{ do: 'wish', ref: expect.stringMatching(/ask 50 a day$/) }]);
    allow(2 * DOLLAR);
    expect(says(talk, '/budget 20 a day')).toBe('Your budget for a day is $20.00 now.');
    expect(says(talk, '/budget')).toContain('a day: $1.00 of $2.00');
    expect(says(talk, '/budget 1 a day')).toBe('Your budget for a day is $1.00 now.');
  });

  test('of a project stands inside the person’s own', () => {
    const talk = spent(DOLLAR, 'member');
    expect(says(talk, '/budget 2 a day in Main')).toBe('main’s budget for a day is $2.00 now.');
    expect(says(talk, '/budget')).toContain('main, a day: $1.00 of $2.00');
    expect(says(talk, '/budget 2 a day in shop')).toBe(texts.spending.noProject('shop'));
    says(talk, '/budget off a day in main');
    expect(says(talk, '/budget')).not.toContain('main, ');
  });

  test('of a project for today ends with the day', () => {
    const talk = spent(DOLLAR, 'member');
    says(talk, '/budget 2 a day in main');
    expect(says(talk, '/budget 5 today in main')).toBe('main’s budget for today is $5.00 now.');
    expect(says(talk, '/budget')).toContain('main, a day: $1.00 of $5.00');
    expect(says(talk, '/budget off today in main')).toBe('main’s budget for today has no limit now.');
    expect(says(talk, '/budget')).not.toContain('main, ');
    expect(says(talk, '/budget usual today in main')).toBe('main’s budget for today is $2.00 now.');
    says(talk, '/budget 5 today in main');
    talk.now += 24 * 3_600_000;
    expect(says(talk, '/budget')).toContain('main, a day: $0.00 of $2.00');
    says(talk, '/budget 5 today in main');
    expect(says(talk, '/budget 3 a day in main')).toBe('main’s budget for a day is $3.00 now.');
    expect(says(talk, '/budget')).toContain('main, a day: $0.00 of $3.00');
  });

  test('for a turn is never more than a turn of anybody may cost, whoever says so', () => {
    const most = { ...limits, turn: null, anyTurn: 5 * DOLLAR };
    const no = texts.spending.anyTurn(5 * DOLLAR);
    for (const role of ['admin', 'member'] as const) {
      const talk = spent(DOLLAR, role, most);
      for (const more of ['50 a turn', 'off a turn', '5.01 a turn in main'])
        expect([more, says(talk, `/budget ${more}`)]).toEqual([more, no]);
      expect(says(talk, '/budget')).toContain('one task: $1.00 of $5.00 (for everybody here)\n');
      expect(says(talk, '/budget 3 a turn')).toBe('Your budget for one task is $3.00 now.');
      expect(says(talk, '/budget usual a turn')).toBe('Your budget for one task is $5.00 now.');
    }
    const talk = spent(DOLLAR, 'member', most);
    const more = { to: 'budget', micros: 50 * DOLLAR, per: 'turn' } as const;
    const admin = { id: 'admin', role: 'owner', isSelf: false } as const;
    expect(refusalOfChange(talk.state, more, admin, talk.context())).toBe('any-turn');
    // An admin allowed it before the limit was set.
    talk.on({ type: 'access', change: more });
    expect(says(talk, '/budget')).toContain('one task: $1.00 of $5.00 (for everybody here)\n');
  });

  test('that is raised lets what it stopped go on', () => {
    const talk = spent(20 * DOLLAR);
    talk.on({ type: 'model-stopped', turn: talk.attempt.turn, why: 'day' });
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'x', cause: 'model' });
    expect(talk.state.messages[0]?.state).toBe('failed');
    talk.text('/budget 30 today');
    expect(talk.bodies.slice(-2)).toEqual(['Your budget for today is $30.00 now.', texts.spending.again(1)]);
    expect(talk.state.messages[0]?.state).toBe('active');
    expect(talk.state.timers.some((t) => t.kind === 'budget')).toBe(false);
  });
});

describe('/cost', () => {
  test('says what today and the month have cost, by project, and the dearest tasks', () => {
    const talk = spent(1.5 * DOLLAR);
    talk.answer('done', talk.state.messages[0]!);
    expect(says(talk, '/cost').split('\n')).toEqual([
      'Today: $1.50',
      'This month: $1.50',
      'By project this month: main $1.50',
      'Dearest tasks this month: $1.50 on 2026-11-23 in main',
      'Messages and the machine are estimates. /budget shows what may be spent.',
    ]);
  });

  test('says which costs are estimates, until the next month', () => {
    const talk = spent(DOLLAR);
    const { spending } = talk.state.conversation;
    talk.state = {
      ...talk.state,
      conversation: { ...talk.state.conversation, spending: { ...spending, estimates: 2 } },
    };
    expect(says(talk, '/cost')).toContain(
      '\n2 answers of the model were cut off before they said what they used; their costs are estimates.\n',
    );
    talk.now += 24 * 3_600_000;
    expect(says(talk, '/cost')).toContain('2 answers');
    talk.now += 8 * 24 * 3_600_000;
    expect(says(talk, '/cost')).not.toContain('cut off');
  });

  test('names no task that cost nothing', () => {
    const talk = spent(0);
    talk.answer('done', talk.state.messages[0]!);
    expect(says(talk, '/cost')).not.toContain('Dearest');
  });

  test('on puts a line below answers, off stops it', () => {
    const talk = spent(DOLLAR);
    expect(says(talk, '/cost on')).toBe(texts.spending.shows(true));
    talk.answer('done', talk.state.messages[0]!);
    expect(talk.bodies.at(-1)).toBe('done\n\n$1.00 · $1.00 today');
    expect(says(talk, '/cost OFF')).toBe(texts.spending.shows(false));
    expect(says(talk, '/cost much')).toBe(texts.spending.costUse);
  });
});

describe('an admin', () => {
  test('is asked for more than a person may spend, and hears what the person asks for', () => {
    const talk = spent(DOLLAR, 'member');
    talk.text('/budget 30 today');
    expect(talk.effects).toEqual([{ do: 'wish', ref: expect.stringMatching(/ \/budget ask 30 today$/) }]);
    expect(readWish('budget', 'ask 30 today')).toEqual({ op: 'ask-budget', micros: 30 * DOLLAR, per: 'today' });
    const [yes, no] = texts.spending.answersToAsk(30 * DOLLAR, 'today', 3);
    expect(readWish('budget', yes?.says.replace('/budget ', '') ?? '')).toEqual({
      op: 'change',
      who: '3',
      change: { to: 'budget', micros: 30 * DOLLAR, per: 'today' },
    });
    expect(readWish('budget', no?.says.replace('/budget ', '') ?? '')).toMatchObject({ change: { to: 'no-budget' } });
    for (const odd of ['ask ten today', 'ask 5', '5 today for nobody', '5 today in shop for 3', ' for 3', 'no'])
      expect([odd, readWish('budget', odd)]).toEqual([odd, null]);
  });

  test('is asked once for a wish that waits, and three times a day', () => {
    const talk = spent(DOLLAR, 'member');
    const asks = (words: string): string | undefined => {
      const ref = (): string => talk.effects.flatMap((effect) => (effect.do === 'wish' ? [effect.ref] : [])).join();
      talk.text(`/budget ${words}`);
      const asked = ref();
      if (asked === '') return talk.bodies.at(-1);
      talk.text(`/budget ${words}`);
      expect([ref(), talk.bodies.at(-1)]).toEqual(['', texts.spending.alreadyAsked]);
      const said = { text: texts.spending.adminsAsked, asked: true };
      for (let times = 0; times < 2; times++) talk.on({ type: 'wish-answered', ref: asked, said });
      return talk.bodies.at(-1);
    };
    expect(asks('30 today')).toBe(texts.spending.adminsAsked);
    expect(asks('30 today')).toBe(texts.spending.alreadyAsked);
    talk.on({ type: 'access', change: { to: 'no-budget' } });
    expect(asks('30 today')).toBe(texts.spending.adminsAsked);
    expect(asks('31 today')).toBe(texts.spending.adminsAsked);
    talk.on({ type: 'access', change: { to: 'budget', micros: 25 * DOLLAR, per: 'today' } });
    expect(asks('32 today')).toBe(texts.spending.askedEnough(3));
    talk.now += 24 * 3_600_000;
    expect(asks('32 today')).toBe(texts.spending.adminsAsked);
  });

  test('who could not be asked is asked again', () => {
    const talk = spent(DOLLAR, 'member');
    for (let times = 0; times < 5; times++) {
      talk.text('/budget 30 today');
      const [effect] = talk.effects;
      expect(effect?.do).toBe('wish');
      const ref = effect?.do === 'wish' ? effect.ref : '';
      talk.on({ type: 'wish-answered', ref, said: { text: texts.spending.noAdmin } });
    }
  });

  test('changes another person’s budget; nobody else does', () => {
    expect(says(spent(DOLLAR, 'member'), '/budget 5 today for 3')).toBe(texts.spending.onlyOwn);
    const talk = spent(DOLLAR);
    talk.text('/budget 5 today for 3');
    expect(talk.effects).toEqual([{ do: 'wish', ref: expect.stringMatching(/ \/budget 5 today for 3$/) }]);
    expect(says(talk, '/budget ten today for 3')).toBe(texts.access.use.budget);
  });

  test('who says yes lets what was stopped go on; who says no is heard', () => {
    const talk = spent(20 * DOLLAR, 'member');
    talk.on({ type: 'model-stopped', turn: talk.attempt.turn, why: 'day' });
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'x', cause: 'model' });
    talk.on({ type: 'access', change: { to: 'no-budget' } });
    expect(talk.bodies.at(-1)).toBe(texts.spending.adminSaidNo);
    talk.on({ type: 'access', change: { to: 'budget', micros: 30 * DOLLAR, per: 'today' } });
    expect(talk.bodies.slice(-2)).toEqual([
      'An admin changed your budget. Your budget for today is $30.00 now.',
      texts.spending.again(1),
    ]);
    expect(talk.state.messages[0]?.state).toBe('active');
  });
});
