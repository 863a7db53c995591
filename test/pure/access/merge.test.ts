import { describe, expect, test } from 'vitest';
import { hostEventsOf } from '../../../src/conversation/access/merge.ts';
import { refusalToFreeze } from '../../../src/conversation/access/merge-stays.ts';
import {
  MERGE_EVENTS_MAX,
  MERGE_KNOWN_MS,
  MERGE_LEASE_MS,
  MERGE_LEFT_MS,
  MERGE_TEXTS_MAX,
} from '../../../src/conversation/policy/merging.ts';
import { HELD_AGAIN_MS } from '../../../src/conversation/policy/outbox.ts';
import type { State } from '../../../src/conversation/state/state.ts';
import type { Window } from '../../../src/conversation/state/window.ts';
import { NO_SPENDING } from '../../../src/money/spending.ts';
import { texts } from '../../../src/texts/index.ts';
import { opened, reviewed } from '../../fixtures/host-events.ts';
import { ADDRESS, Talk } from '../conversation.ts';
import { Shop } from '../repositories/shop.ts';
import { FREEZE, OP, OVER, THERE } from './merge-jobs.ts';

// Two homes become one: what each of them decides.

const said = texts.merging;

/** The home that goes, up to the step in which its texts wait. */
function going(): Talk {
  const talk = new Talk();
  talk.on({ type: 'merge-begun', op: OP, with: 'elder', tells: false });
  talk.fire('merge');
  return talk;
}

/** The home that stays, with the other one's question whether it is idle. */
function staying(): Talk {
  const talk = new Talk();
  talk.on({ type: 'merge-expected', op: OP, with: 'younger', tells: true });
  return talk;
}

describe('the younger home', () => {
  test('more texts than may wait come again, and a text waits once; the person hears once that it waits', () => {
    const talk = going();
    const first = talk.text('one');
    talk.on({ type: 'message', message: first });
    for (let n = 1; n < MERGE_TEXTS_MAX; n++) talk.text(`text ${n}`);
    expect(() => talk.text('one too many')).toThrow('too many texts');
    expect(talk.state.keptTexts).toHaveLength(MERGE_TEXTS_MAX);
    expect(talk.bodies).toEqual([said.textWaits]);
    expect(talk.state.turns).toEqual([]);
  });

  test('whose elder one is busy waits on, and takes what was texted meanwhile', () => {
    const talk = going();
    talk.text('hello');
    expect(talk.state.messages).toEqual([]);
    talk.on({ type: 'merge-step', op: OP, step: 'freeze', outcome: { kind: 'busy' } });
    talk.fire('kept');
    expect(talk.state.turns).toHaveLength(1);
    expect(talk.state.conversation.merging).toMatchObject({ step: 'wait' });
  });

  test('keeps no PIN that comes meanwhile, and says so afterwards', () => {
    const talk = going();
    talk.text('/pin', 0, { secret: '4821' });
    talk.text('/operator', 0, { secret: '' });
    expect(JSON.stringify(talk.state)).not.toContain('4821');
    talk.on({ type: 'merge-step', op: OP, step: 'freeze', outcome: { kind: 'busy' } });
    talk.fire('kept');
    talk.fire('kept');
    expect(talk.bodies.filter((body) => body === texts.inbound.unread.secret)).toHaveLength(1);
    expect(talk.bodies).not.toContain(texts.access.pinIs(false));
  });

  test('counts a PIN that it couldn’t keep as no wrong one, once it is locked', () => {
    const talk = new Talk();
    talk.text('/pin', 0, { secret: '4821' });
    talk.text('/lock');
    talk.text('/unlock', 0, { unread: 'secret' });
    expect(talk.state.conversation.access?.wrong).toBe(0);
    expect(talk.bodies.at(-1)).toContain('/unlock');
  });

  test('leaves a PIN from a locked address to be sent again by the channel', () => {
    const talk = going();
    const message = { ...talk.text('hello'), providerId: 'T1', from: THERE };
    const text = { providerId: 'T1', address: THERE, message, files: [], heard: {} };
    const locked = { type: 'locked', from: THERE, to: 'telegram:1', externalId: null, text } as const;
    expect(() => talk.on({ ...locked, secret: '4821' })).toThrow('has to wait');
    talk.on({ ...locked, secret: null });
    expect(talk.state.keptTexts).toHaveLength(2);
  });

  test('hears once that it waits, and looks ever more rarely', () => {
    const talk = going();
    let looks = 0;
    for (; talk.state.conversation.merging !== null; looks++) {
      talk.on({ type: 'merge-step', op: OP, step: 'freeze', outcome: { kind: 'busy' } });
      talk.state = { ...talk.state, replies: talk.state.replies.map((r) => ({ ...r, state: 'delivered' })) };
      talk.fire('merge');
    }
    expect(talk.bodies).toEqual([said.waits, said.neverIdle]);
    expect(looks).toBeLessThan(400);
  });

  test('hands over only once no reply is on its way', () => {
    const talk = going();
    talk.on({ type: 'merge-step', op: OP, step: 'freeze', outcome: { kind: 'done', projects: {} } });
    talk.text('hello');
    talk.on({ type: 'merge-step', op: OP, step: 'copy', outcome: { kind: 'done' } });
    expect(talk.state.conversation.merging).toMatchObject({ step: 'copy' });
    talk.state = { ...talk.state, replies: talk.state.replies.map((r) => ({ ...r, state: 'delivered' })) };
    talk.on({ type: 'merge-step', op: OP, step: 'copy', outcome: { kind: 'done' } });
    expect(talk.state.conversation.merging).toMatchObject({ step: 'switch' });
  });

  test('keeps what git hosts say meanwhile, up to a bound: it goes over, or is heard here once nothing is merged', () => {
    const shop = new Shop();
    shop.text('/watch all');
    shop.delivered();
    shop.on({ type: 'merge-begun', op: OP, with: 'elder', tells: false });
    shop.fire('merge');
    shop.says(opened(shop.at()));
    shop.says(reviewed(shop.at()));
    expect(shop.state.pulls).toEqual([]);
    for (let n = 2; n < MERGE_EVENTS_MAX; n++) shop.says(reviewed(shop.at(), { id: n }));
    expect(() => shop.says(reviewed(shop.at()))).toThrow('too many webhooks');
    expect(hostEventsOf(shop.state)).toHaveLength(MERGE_EVENTS_MAX);
    shop.on({ type: 'merge-step', op: OP, step: 'freeze', outcome: { kind: 'done', projects: {} } });
    shop.on({ type: 'merge-step', op: OP, step: 'copy', outcome: { kind: 'gone' } });
    expect(shop.state.pulls.map(({ number }) => number)).toEqual([12]);
    expect(shop.state.timers.map(({ kind }) => kind)).toContain('git-news');
  });

  test('is called off by the elder one: it goes on as before', () => {
    const talk = going();
    talk.on({ type: 'merge-step', op: OP, step: 'freeze', outcome: { kind: 'gone' } });
    expect(talk.state.conversation.merging).toBeNull();
    expect(talk.bodies).toEqual([said.calledOff]);
    expect(talk.effects).toEqual([{ do: 'call-off-merge', with: 'elder', op: OP }]);
    talk.text('hello');
    expect(talk.state.turns).toHaveLength(1);
  });
});

describe('the elder home', () => {
  test('starts no turn while it is frozen, and the texts get theirs when the younger one stays away', () => {
    const talk = staying();
    talk.state = { ...talk.state, replies: [] };
    talk.on(FREEZE);
    talk.text('hello');
    expect(talk.state.turns).toEqual([]);
    talk.fire('merge');
    expect(talk.now).toBe(1_000_000 + MERGE_LEASE_MS);
    expect(talk.state.conversation.merging).toMatchObject({ step: 'expected', frozenUntil: null });
    talk.fire('gather');
    expect(talk.state.turns).toHaveLength(1);
  });

  test('gives each project an id of its own; the first one is its own if nothing was done in it', () => {
    const talk = staying();
    talk.state = { ...talk.state, replies: [] };
    const projects = (isUsed: boolean) => [
      { id: 'main', label: 'main', isUsed },
      { id: 'shop-1a2b', label: 'Shop', isUsed: true },
    ];
    const ids = (): unknown => {
      const { merging } = talk.state.conversation;
      return merging?.projects;
    };
    talk.on({ ...FREEZE, projects: projects(false) });
    expect(ids()).toEqual({ main: 'main', 'shop-1a2b': 'shop-1a2b' });
    // The younger home has worked in it since.
    talk.on({ ...FREEZE, projects: projects(true) });
    expect(ids()).toMatchObject({ main: expect.stringMatching(/^main-[0-9a-f]{4}$/) });
    const before = ids();
    talk.on({ type: 'merge-part', op: OP, schedules: [] });
    talk.on({ ...FREEZE, projects: projects(false) });
    expect(ids()).toEqual(before);
  });

  test('whose freeze ran out while the younger one was away is asked anew', () => {
    const talk = staying();
    talk.state = { ...talk.state, replies: [] };
    talk.on(FREEZE);
    talk.now += MERGE_LEASE_MS;
    talk.text('hello');
    expect(talk.state.turns).toHaveLength(1);
    const { isAdmin, isOwner, now } = talk.context();
    expect(refusalToFreeze(talk.state, OP, 'member', { isAdmin, isOwner, now })).toBe('busy');
  });

  test('that is at work freezes later', () => {
    const talk = staying();
    talk.state = { ...talk.state, replies: [] };
    talk.text('hello');
    talk.on(FREEZE);
    expect(talk.state.conversation.merging).toMatchObject({ frozenUntil: null });
  });

  test('takes addresses, spending and texts at once; a repeat changes nothing', () => {
    const talk = staying();
    const day = '1970-01-01';
    const spent = { ...NO_SPENDING, day, month: '1970-01', today: { model: 7, carrier: 0, machine: 0 } };
    const spending = { ...spent, today: { model: 1, carrier: 0, machine: 0 } };
    talk.state = { ...talk.state, replies: [], conversation: { ...talk.state.conversation, spending } };
    talk.on(FREEZE);
    const over = { ...OVER, spent };
    talk.on(over);
    talk.on(over);
    expect(talk.state.addresses.map(({ address, how, state }) => [address, how, state])).toEqual([
      [THERE, 'code', 'bound'],
    ]);
    expect(talk.state.conversation.spending.today.model).toBe(8);
    expect(talk.state.replies.map(({ to }) => to)).toEqual([talk.state.conversation.address, THERE]);
    expect(talk.state.conversation.merging).toMatchObject({ step: 'done' });
  });

  test('tries by itself what was held for the carrier at the one that went', () => {
    const talk = new Talk();
    talk.on({ type: 'merge-expected', op: OP, with: 'other', tells: false });
    talk.on(FREEZE);
    talk.on({ type: 'merge-part', op: OP, schedules: [] });
    talk.on({ type: 'notify', id: 'HELD', kind: 'answer', text: 'came over' });
    const held = { state: 'held', troubledSince: talk.now } as const;
    talk.state = { ...talk.state, replies: talk.state.replies.map((r) => ({ ...r, ...held })) };
    talk.on(OVER);
    expect(talk.state.timers.find(({ kind }) => kind === 'again')?.dueAt).toBe(talk.now + HELD_AGAIN_MS);
  });

  test('remembers a job for two days after the other home knows that it is done, however late that is', () => {
    const talk = staying();
    talk.on(FREEZE);
    talk.on(OVER);
    for (let n = 0; n < 3; n++) {
      talk.now += MERGE_KNOWN_MS;
      talk.fire('merge');
      expect(talk.state.conversation.merging).toMatchObject({ step: 'done' });
    }
    talk.on({ type: 'merge-settled', op: OP });
    talk.now += MERGE_KNOWN_MS;
    talk.fire('merge');
    expect(talk.state.conversation.merging).toBeNull();
  });

  test('has the rows of one job at a time, and of none that was called off', () => {
    const talk = staying();
    talk.on({ type: 'merge-part', op: 'another', schedules: [1] });
    expect(talk.state.conversation.nextSchedule).toBe(1);
    talk.on({ type: 'merge-part', op: OP, schedules: [4, 2] });
    talk.on({ type: 'merge-part', op: OP, schedules: [2] });
    expect(talk.state.conversation.merging).toMatchObject({ schedules: { 4: 1, 2: 2 } });
    talk.text('/link off');
    expect(talk.bodies.at(-1)).toBe(said.tooLate);
  });
});

describe('an unused home', () => {
  test('waits for nothing: texts wait at once, and nobody is told', () => {
    const talk = new Talk();
    talk.on({ type: 'merge-begun', op: OP, with: 'elder', tells: false, isUnused: true });
    expect(talk.state.conversation.merging).toMatchObject({ step: 'freeze' });
    talk.text('build the shop');
    expect([talk.state.turns, talk.state.keptTexts.length, talk.bodies]).toEqual([[], 1, []]);
  });

  test('goes at once, unless it has a machine', () => {
    for (const hasMachine of [false, true]) {
      const talk = new Talk();
      talk.on({ type: 'merge-begun', op: OP, with: 'elder', tells: false, isUnused: true });
      if (hasMachine) talk.state = { ...talk.state, machine: { step: 'ready' } as State['machine'] };
      for (const step of ['freeze', 'copy', 'switch', 'empty'] as const)
        talk.on({ type: 'merge-step', op: OP, step, outcome: { kind: 'done' } });
      const [timer] = talk.state.timers;
      expect(timer).toMatchObject({ kind: 'merge', dueAt: talk.now + (hasMachine ? MERGE_LEFT_MS : 0) });
    }
  });

  test('whose replies can’t leave stays as it is', () => {
    const talk = new Talk();
    talk.text('/me');
    talk.on({ type: 'merge-begun', op: OP, with: 'elder', tells: false, isUnused: true });
    talk.on({ type: 'merge-step', op: OP, step: 'freeze', outcome: { kind: 'done' } });
    talk.now += MERGE_LEASE_MS;
    talk.on({ type: 'merge-step', op: OP, step: 'copy', outcome: { kind: 'done' } });
    expect(talk.state.conversation.merging).toBeNull();
    expect(talk.bodies.at(-1)).toBe(said.failed);
  });

  test('comes to one that works: turns go on there, and both chats hear that it was linked', () => {
    const talk = new Talk();
    talk.on({ type: 'merge-expected', op: OP, with: 'younger', tells: false, isUnused: true });
    talk.text('build the shop');
    talk.on(FREEZE);
    talk.text('and the cart');
    expect(talk.state.turns).toHaveLength(1);
    const before = talk.state.conversation.sender;
    const [window] = talk.state.windows;
    const there = { ...window, sender: 'telegram:1', lastInboundAt: talk.now + 1 } as Window;
    talk.on({ ...OVER, windows: [there] });
    expect(talk.bodies.slice(-2)).toEqual([texts.links.linked('Telegram …2342'), texts.links.isYou]);
    expect(talk.state.replies.slice(-2).map(({ from, to }) => [from, to])).toEqual([
      [before, ADDRESS],
      ['telegram:1', THERE],
    ]);
    // The person wrote there last.
    expect(talk.state.conversation).toMatchObject({ sender: 'telegram:1', answerTo: THERE });
    expect(talk.state.turns.filter(({ state }) => state === 'open')).toHaveLength(1);
  });
});
