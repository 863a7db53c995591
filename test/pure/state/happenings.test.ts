import { expect, test } from 'vitest';
import { nameCommand } from '../../../src/conversation/commands/command-name.ts';
import { HAPPENINGS_MAX, noteHappening } from '../../../src/conversation/state/happenings.ts';
import { findOpenTurn } from '../../../src/conversation/state/state.ts';
import { TIMER_KINDS } from '../../../src/conversation/state/timers.ts';
import { operatorConversation as words } from '../../../src/texts/operator-conversation.ts';
import { Talk } from '../conversation.ts';

// What the operator's time line says beside texts, attempts and replies.

const happened = ({ state }: Talk) => state.turns.at(-1)?.happened?.map(({ what }) => what) ?? null;
const MADE = { step: 'ready', machine: 'm1', image: 'registry.example/roost:1', settings: 'aaaa' } as const;

function withMachine(): Talk {
  const talk = new Talk(0, { makesMachines: true });
  talk.text('hello');
  talk.on({ type: 'machine-begin' });
  talk.on({ type: 'machine-step', step: 'claim', outcome: { kind: 'done', next: MADE } });
  return talk;
}

function asleep(talk: Talk): void {
  const turn = findOpenTurn(talk.state);
  if (turn) talk.state = { ...talk.state, turns: [{ ...turn, state: 'done' }], attempts: [], messages: [] };
  if (talk.state.machine) talk.state = { ...talk.state, machine: { ...talk.state.machine, awakeSince: null } };
  talk.now += 3_600_000;
}

test('a turn says that a machine was made or woken for it, and the next one doesn’t', () => {
  const talk = withMachine();
  expect(happened(talk)).toEqual(['machine-made']);
  asleep(talk);
  talk.text('good morning');
  expect(happened(talk)).toEqual(['machine-woken']);
  const { awakeSince } = talk.state.machine ?? {};
  talk.state = { ...talk.state, turns: [], attempts: [], messages: [] };
  talk.now += 60_000;
  talk.text('and now?');
  expect(talk.state.machine?.awakeSince).toBe(awakeSince);
  expect(happened(talk)).toBeNull();
});

test.each([
  ['health', 'record', ['machine-made']],
  ['revert', 'ready', null],
] as const)('a turn in which the machine comes from %s to %s says %j', (step, next, what) => {
  const talk = withMachine();
  const [turn, machine] = [findOpenTurn(talk.state), talk.state.machine];
  if (!turn || !machine) throw new Error('no turn or no machine');
  const lost = { ...machine, step, createdAt: 0, awakeSince: null };
  talk.state = { ...talk.state, machine: lost, turns: [{ ...turn, happened: null }] };
  talk.now += 1000;
  talk.on({ type: 'machine-begin' });
  talk.on({ type: 'machine-step', step, outcome: { kind: 'done', next: { step: next } } });
  expect(talk.state.machine?.awakeSince).toBe(talk.now);
  expect(happened(talk)).toEqual(what);
});

test('a turn keeps the newest; outside of a turn nothing is kept', () => {
  const talk = new Talk();
  expect(noteHappening(talk.state, 'compacted', 1)).toBe(talk.state);
  talk.text('hello');
  for (let n = 0; n < 50; n++) talk.state = noteHappening(talk.state, 'compacted', n);
  const kept = findOpenTurn(talk.state)?.happened ?? [];
  expect([kept.length, kept[0]?.at, kept.at(-1)?.at]).toEqual([HAPPENINGS_MAX, 50 - HAPPENINGS_MAX, 49]);
});

test.each([
  ['/project new Merger with Quillfeather', '/project new'],
  ['/Project   SWITCH 2', '/project switch'],
  ['/project Quillfeather', '/project'],
  ['/stop.', '/stop'],
  ['/quillfeather', null],
  ['/home/quillfeather', null],
  ['stop', null],
  ['', null],
  [`/${'a'.repeat(100_000)}`, null],
])('of %j the operator reads %j', (text, name) => {
  expect(nameCommand(text)).toBe(name);
});

test('each timer and each happening has its sentence', () => {
  expect(TIMER_KINDS.filter((kind) => words.timer(kind) === kind)).toEqual([]);
  const all = ['machine-made', 'machine-woken', 'other-machine', 'session-back', 'memory-back', 'folder-back'];
  const more = ['folder-lost', 'session-lost', 'session-seeded', 'compacted'];
  expect([...all, ...more].filter((what) => words.happening(what) === what)).toEqual([]);
});
