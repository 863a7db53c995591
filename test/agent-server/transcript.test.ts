import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MessageStanding } from '../../vm/src/agent/agent.ts';
import { planResumption } from '../../vm/src/attempts/continuation.ts';
import {
  aliasOf,
  findUnusedAlias,
  parseTranscript,
  readStandings,
  savedCostOf,
} from '../../vm/src/claude/transcript.ts';
import { makeUndoPlan, undoNoteOf, withoutUndone } from '../../vm/src/claude/undo.ts';

// Reading a transcript: which messages it contains, and how each was answered.

const line = (entry: unknown): string => `${JSON.stringify(entry)}\n`;
const prompt = (uuid: string): string => line({ type: 'user', uuid, message: { role: 'user', content: 'x' } });
const folded = (uuid: string): string =>
  line({ type: 'attachment', uuid: `a-${uuid}`, attachment: { type: 'queued_command', source_uuid: uuid } });
const said = (id: string, stop_reason: string | null, ...content: unknown[]): string =>
  line({ type: 'assistant', uuid: `${id}-${stop_reason}`, message: { id, stop_reason, content } });
const text = (value: string): unknown => ({ type: 'text', text: value });
const tool = { type: 'tool_use', id: 't', name: 'Bash', input: {} };

const read = (transcript: string, ...uuids: string[]): unknown[] => [
  ...readStandings(
    parseTranscript(transcript),
    uuids.map((uuid) => ({ uuid, text: `text ${uuid}` })),
  ).values(),
];

test('in the transcript or not, answered or not', () => {
  const transcript = prompt('a') + said('m1', 'end_turn', text('first')) + prompt('b') + said('m2', 'tool_use', tool);
  expect(read(transcript, 'a', 'b', 'c')).toEqual([
    { state: 'answered', text: 'first' },
    { state: 'open', isKnown: true },
    { state: 'unknown' },
  ]);
});

test('a message folded into a turn shares its answer; an earlier answer is not overwritten by a later one', () => {
  const transcript =
    prompt('a') +
    said('m1', 'tool_use', text('Looking'), tool) +
    folded('b') +
    said('m2', 'end_turn', text('one')) +
    said('m2', 'end_turn', text('two')) +
    prompt('c') +
    said('m3', 'end_turn', text('later'));
  expect(read(transcript, 'a', 'b', 'c')).toEqual([
    { state: 'answered', text: 'one\n\ntwo' },
    { state: 'answered', text: 'one\n\ntwo' },
    { state: 'answered', text: 'later' },
  ]);
});

test('messages joined into one prompt stand under the uuid of the last; only prompts of their own are recognised', () => {
  const joined = (uuid: string, ...texts: string[]): string =>
    line({ type: 'user', uuid, message: { role: 'user', content: texts.join('\n') } });
  const open = { state: 'open', isKnown: false };
  const known = { state: 'open', isKnown: true };
  const unknown = { state: 'unknown' };
  expect(read(joined('c', 'text a', 'text b', 'text c'), 'a', 'b', 'c', 'd')).toEqual([open, open, known, unknown]);
  expect(read(joined('c', 'text b', 'text c'), 'a', 'b', 'c')).toEqual([unknown, open, known]);
  // Lines of a message's own, or of nobody's, are not other messages.
  expect(read(joined('c', 'something else', 'text b', 'text c'), 'a', 'b', 'c')).toEqual([unknown, unknown, known]);
  expect(read(joined('c', 'text a'), 'a', 'b', 'c')).toEqual([unknown, unknown, known]);
  expect(read(prompt('a') + folded('b'), 'a', 'b')).toEqual([known, open]);
  expect(read(joined('b', 'text a', 'text b') + said('m1', 'end_turn', text('both')), 'a', 'b')).toEqual([
    { state: 'answered', text: 'both' },
    { state: 'answered', text: 'both' },
  ]);
});

test('whatever turns follow each other in a session, no text has the answer of a turn it did not come with', () => {
  const turnOf = fc.record({
    texts: fc.integer({ min: 1, max: 3 }),
    folded: fc.boolean(),
    tools: fc.boolean(),
    filler: fc.boolean(),
    ends: fc.constantFrom('answered', 'cut'),
  });
  fc.assert(
    fc.property(fc.array(turnOf, { minLength: 1, maxLength: 5 }), fc.nat(4), fc.nat(4), (turns, one, other) => {
      const uuid = (turn: number, n: number): string => `${turn}-${n}`;
      const transcript = turns.map(({ texts, folded: folds, tools, filler, ends }, turn) => {
        const names = Array.from({ length: texts }, (_, n) => uuid(turn, n));
        const entered = names.map((name, n) => (folds && n > 0 ? folded(name) : prompt(name)));
        const work = tools ? [said(`t${turn}`, 'tool_use', text('Looking'), tool)] : [];
        const end = ends === 'answered' ? [said(`m${turn}`, 'end_turn', text(`answer ${turn}`))] : [];
        const left = filler
          ? [
              said(`f${turn}`, 'stop_sequence', text('No response requested.')).replace(
                '{"id"',
                '{"model":"<synthetic>","id"',
              ),
            ]
          : [];
        return [...entered, ...work, ...end, ...left].join('');
      });
      // The texts of one turn, or of two, come back.
      const back = [...new Set([one % turns.length, other % turns.length])].sort();
      const sent = back.flatMap((turn) =>
        Array.from({ length: turns[turn]?.texts ?? 0 }, (_, n) => ({
          uuid: uuid(turn, n),
          text: `text ${uuid(turn, n)}`,
          turn: `T${turn}`,
        })),
      );
      for (const [name, standing] of readStandings(parseTranscript(transcript.join('')), sent)) {
        const turn = Number(name.split('-')[0]);
        const isAnswered = turns[turn]?.ends === 'answered';
        const state = isAnswered ? 'answered' : turn < turns.length - 1 ? 'left' : 'open';
        expect(standing).toMatchObject({
          state,
          ...(isAnswered ? { text: expect.stringContaining(`answer ${turn}`) } : {}),
        });
      }
    }),
    { numRuns: 300, seed: 20261122 },
  );
});

test('a slash command is answered by what it printed', () => {
  const command = line({
    type: 'user',
    uuid: 'a',
    message: { role: 'user', content: '<command-name>/context</command-name>' },
  });
  const printed = '<local-command-stdout>12 %</local-command-stdout>';
  const answered = { state: 'answered', text: '12 %' };
  expect(read(command, 'a')).toEqual([{ state: 'open', isKnown: true }]);
  expect(read(command + line({ type: 'system', subtype: 'local_command', content: printed }), 'a')).toEqual([answered]);
  expect(read(command + line({ type: 'user', message: { content: printed } }), 'a')).toEqual([answered]);
  expect(read(prompt('a') + line({ type: 'user', message: { content: printed } }), 'a')).toEqual([
    { state: 'open', isKnown: true },
  ]);
  expect(read(line({ type: 'user', message: { content: printed } }) + command, 'a')).toEqual([
    { state: 'open', isKnown: true },
  ]);
});

test('resuming: what is open is held, the newest prompt alone is pushed again, and something always is', () => {
  const prompt = { state: 'open', isKnown: true } as const;
  const other = { state: 'open', isKnown: false } as const;
  const resumed = (standing: Record<string, MessageStanding>) => planResumption(new Map(Object.entries(standing)));
  expect(resumed({ a: prompt, b: prompt, c: other, d: { state: 'unknown' } })).toEqual({
    held: ['a', 'b', 'c'],
    again: 'b',
    left: [],
  });
  expect(resumed({ a: { state: 'answered', text: '' }, b: other })).toEqual({ held: ['b'], again: 'b', left: [] });
  expect(resumed({ a: other, b: { state: 'unknown' } })).toEqual({ held: ['a'], again: undefined, left: [] });
  expect(resumed({ a: { state: 'left' }, b: other })).toEqual({ held: ['b'], again: undefined, left: ['a'] });
  expect(resumed({ a: { ...prompt, as: 'a2' } })).toEqual({ held: ['a'], again: 'a', as: 'a2', left: [] });
});

describe('a text that was given up', () => {
  const filler = line({
    type: 'assistant',
    message: { id: 'f', model: '<synthetic>', stop_reason: 'stop_sequence', content: [text('No response requested.')] },
  });
  const left = { state: 'left' };

  test('is not answered by what answers a later one, with the agent’s filler between them or without', () => {
    const later = prompt('new') + said('m2', 'end_turn', text('about the second'));
    expect(read(prompt('old') + filler + later, 'old')).toEqual([left]);
    expect(read(prompt('old') + said('m1', 'tool_use', tool) + later, 'old')).toEqual([left]);
    expect(read(prompt('old') + folded('beside') + later, 'old', 'beside')).toEqual([left, left]);
  });

  test('keeps its own answer, also where that came after the relay had stopped to listen', () => {
    const transcript = prompt('old') + said('m1', 'end_turn', text('the first')) + prompt('new');
    expect(read(transcript, 'old')).toEqual([{ state: 'answered', text: 'the first' }]);
  });

  test('is still open where only the agent spoke to itself, or heard of its own tasks', () => {
    const user = (content: string, more: object = {}): string =>
      line({ type: 'user', uuid: 'own', message: { role: 'user', content }, ...more });
    const open = [{ state: 'open', isKnown: true }];
    for (const own of [
      user('Continue from where you left off. These tool calls had started: Bash.'),
      user('<task-notification>\n<status>stopped</status>\n</task-notification>'),
      user('a summary', { isCompactSummary: true }),
      user('told by a hook', { isMeta: true }),
      line({ type: 'user', uuid: 'r', message: { role: 'user', content: [{ type: 'tool_result', text: 'done' }] } }),
    ]) {
      expect(read(prompt('old') + own, 'old')).toEqual(open);
      expect(read(prompt('old') + own + said('m', 'end_turn', text('it')), 'old')).toEqual([
        { state: 'answered', text: 'it' },
      ]);
    }
  });

  test('interrupted, it is to be asked anew, unless an answer followed; asked anew, it is open under its new uuid', () => {
    const stop = [{ type: 'text', text: '[Request interrupted by user for tool use]' }];
    const interrupted = prompt('old') + line({ type: 'user', uuid: 's', message: { role: 'user', content: stop } });
    const again = aliasOf('old', 1);
    expect(read(interrupted + filler, 'old')).toEqual([left]);
    expect(read(interrupted + said('m', 'end_turn', text('it')), 'old')).toEqual([{ state: 'answered', text: 'it' }]);
    const open = [{ state: 'open', isKnown: true, as: again }];
    expect(read(interrupted + prompt(again), 'old')).toEqual(open);
    expect(read(interrupted + prompt('new') + said('m', 'end_turn', text('second')) + prompt(again), 'old')).toEqual(
      open,
    );
    const answered = interrupted + said('m', 'end_turn', text('it'));
    expect(read(answered + prompt(again), 'old')).toEqual([{ state: 'answered', text: 'it' }]);
  });

  test('asked again under another uuid, it is found under that, and the next one is new', () => {
    const [again, third] = [aliasOf('old', 1), aliasOf('old', 2)];
    const transcript = prompt('old') + filler + prompt('new') + said('m1', 'end_turn', text('second')) + prompt(again);
    const entries = parseTranscript(transcript);
    expect(read(transcript, 'old')).toEqual([{ state: 'open', isKnown: true, as: again }]);
    expect(read(transcript + said('m2', 'end_turn', text('first')), 'old')).toEqual([
      { state: 'answered', text: 'first' },
    ]);
    expect(findUnusedAlias(parseTranscript(prompt('old')), 'old')).toBe(again);
    expect(findUnusedAlias(entries, 'old')).toBe(third);
    expect(findUnusedAlias(parseTranscript(transcript + folded(third)), 'old')).toBe(aliasOf('old', 3));
  });

  test('together with a later one that was given up too: each turn’s texts are its own', () => {
    const sent = (uuid: string, turn: string) => ({ uuid, text: `text ${uuid}`, turn });
    const both = prompt('old') + prompt('beside') + said('m1', 'tool_use', tool) + prompt('new');
    const messages = [sent('old', 'T1'), sent('beside', 'T1'), sent('new', 'T2')];
    expect([...readStandings(parseTranscript(both), messages).values()]).toEqual([
      left,
      left,
      { state: 'open', isKnown: true },
    ]);
    // Their times are unknown: they count as texts of one turn.
    const unknown = messages.map(({ uuid, text: words }) => ({ uuid, text: words }));
    expect([...readStandings(parseTranscript(both), unknown).values()].map(({ state }) => state)).toEqual([
      'open',
      'open',
      'open',
    ]);
  });
});

test('errors of the service, sub-agents, the agent’s fillers and torn lines answer nothing', () => {
  const failed = line({
    type: 'assistant',
    isApiErrorMessage: true,
    message: { id: 'e', stop_reason: 'stop_sequence', content: [text('API Error')] },
  });
  const aside = line({
    type: 'assistant',
    isSidechain: true,
    message: { id: 's', stop_reason: 'end_turn', content: [text('aside')] },
  });
  const filler = line({
    type: 'assistant',
    message: { id: 'f', model: '<synthetic>', stop_reason: 'stop_sequence', content: [text('No response requested.')] },
  });
  const transcript = `${prompt('a')}${failed}${aside}${filler}{"type":"assistant","message":{"id":"m","stop_rea`;
  expect(read(transcript, 'a')).toEqual([{ state: 'open', isKnown: true }]);
});

test('the cost a resumed process starts from is the last one saved', () => {
  const saved = line({ type: 'cost-state', totalCostUSD: 0.25 }) + line({ type: 'cost-state', totalCostUSD: 0.5 });
  expect(savedCostOf(parseTranscript(saved + prompt('a')))).toBe(0.5);
  expect(savedCostOf(parseTranscript(prompt('a')))).toBe(0);
});

test('going back: a branch begins with the note, and what came before it is gone', () => {
  const chained = (uuid: string, parentUuid: string | null, content: unknown, type = 'user'): string =>
    line({ type, uuid, parentUuid, message: { id: uuid, role: type, content, stop_reason: 'end_turn' } });
  const talk =
    chained('a', null, 'text a') +
    chained('a1', 'a', [text('one')], 'assistant') +
    chained('b', 'a1', 'text b') +
    chained('b1', 'b', [text('two')], 'assistant');
  const back = (transcript: string, message: string, ...beside: string[]) =>
    makeUndoPlan(parseTranscript(transcript), 'wish', message, [message, ...beside]);
  expect(back(talk, 'b')).toMatchObject({ type: 'back', prompts: ['b'], after: 'a1', words: 'text b' });
  expect(back(talk, 'a')).toMatchObject({ type: 'back', prompts: ['a'], after: null });
  expect(back(talk, 'c')).toEqual({ type: 'unknown' });
  const undone = talk + chained('wish', 'a1', undoNoteOf('wish').text);
  expect(back(undone, 'b')).toEqual({ type: 'done' });
  expect(makeUndoPlan(parseTranscript(undone), 'another', 'b', ['b'])).toEqual({ type: 'unknown' });
  expect(makeUndoPlan(parseTranscript(undone), 'another', 'a', ['a'])).toMatchObject({ type: 'back', after: null });
  expect(read(undone, 'b')).toMatchObject([{ state: 'answered' }]);
  const live = withoutUndone(parseTranscript(undone));
  expect(live.map(({ uuid }) => uuid)).toEqual(['a', 'a1', 'wish']);
  // Compacted texts cannot come back, and a summary cannot be undone.
  const summed = talk + line({ type: 'system', subtype: 'compact_boundary', uuid: 's', parentUuid: null });
  expect(back(summed, 'b')).toEqual({ type: 'compacted' });
  const later = summed + chained('c', 's', 'text c');
  expect(back(later, 'c')).toMatchObject({ type: 'back', after: 's' });
  expect(back(talk + chained('c', 'b1', '<command-name>/compact</command-name>'), 'c')).toEqual({ type: 'compacted' });
});
