import { describe, expect, test } from 'vitest';
import { type Evidence, judge } from './verdict.ts';

// The judge of a run on made-up evidence: everything it is to find, it finds, and nothing else.

const A = 'whatsapp:+15555550111';
const B = 'whatsapp:+15555550112';

const good: Evidence = {
  texts: [
    { id: 'm0001', person: A, seq: 1, answered200: true },
    { id: 'm0002', person: B, seq: 1, answered200: true },
    { id: 'm0003', person: A, seq: 2, answered200: true },
  ],
  sent: [
    { person: A, body: 'm0001 m0003 done.' },
    { person: B, body: 'm0002 done.' },
    { person: B, body: 'I can’t reach your machine at the moment.' },
  ],
  sights: new Map([
    ['m0001', 1],
    ['m0002', 1],
    ['m0003', 1],
  ]),
  counter: ['did count-m0001', 'told count-m0001', 'did count-m0001', ''],
  unfinished: [],
};

const faults = (changes: Partial<Evidence>): string[] =>
  judge({ ...good, ...changes }).findings.map(({ fault, id }) => `${fault} ${id ?? ''}`.trim());

test('a run without a fault', () => {
  expect(judge(good)).toEqual({ findings: [], accepted: 3, answered: 3, notices: 1, repeatedEffects: 1 });
});

describe('finds', () => {
  test('an accepted text without an answer', () => {
    expect(faults({ sent: good.sent.slice(0, 1) })).toEqual(['lost m0002']);
  });
  test('a text that was answered with 200 and is not in the database', () => {
    const texts = good.texts.map((text) => (text.id === 'm0002' ? { ...text, seq: null } : text));
    expect(faults({ texts, sent: good.sent.slice(0, 1) })).toEqual(['lost m0002']);
  });
  test('a text that never came in', () => {
    const texts = [...good.texts, { id: 'm0004', person: A, seq: null, answered200: false }];
    expect(faults({ texts })).toEqual(['never accepted m0004']);
  });
  test('an answer twice', () => {
    expect(faults({ sent: [...good.sent, { person: B, body: 'm0002 done.' }] })).toEqual(['doubled m0002']);
  });
  test('answers in another order than the relay took the texts in', () => {
    const sent = [
      { person: A, body: 'm0003 done.' },
      { person: B, body: 'm0002 done.' },
      { person: A, body: 'm0001 done.' },
    ];
    expect(faults({ sent })).toEqual(['disordered m0001']);
  });
  test('a text that was shown to the model twice, or never', () => {
    const sights = new Map([
      ['m0001', 2],
      ['m0003', 1],
    ]);
    expect(faults({ sights })).toEqual(['seen twice by the model m0001', 'not seen by the model m0002']);
  });
  test('a side effect that was repeated without the agent knowing', () => {
    expect(faults({ counter: ['did count-m0001', 'told count-m0002', 'did count-m0001'] })).toEqual([
      'side effect doubled without a word m0001',
    ]);
    expect(faults({ counter: [...good.counter, 'did count-m0001'] })).toEqual([
      'side effect doubled without a word m0001',
    ]);
  });
  test('what is not finished', () => {
    expect(faults({ unfinished: ['turn 1'] })).toEqual(['unfinished']);
  });
});
