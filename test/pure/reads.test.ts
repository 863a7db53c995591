import { expect, test } from 'vitest';
import { decide } from '../../src/conversation/decide.ts';
import { readsOf } from '../../src/conversation/preload.ts';
import type { Event } from '../../src/conversation/state/events.ts';
import { type Readers, withReads } from '../../src/conversation/state/readers.ts';
import type { Read } from '../../src/conversation/state/reads.ts';
import type { State } from '../../src/conversation/state/state.ts';
import { afterReading, Talk } from './conversation.ts';

// A decision that looks among rows nobody has read fails. Without its read it would see none of them and go on.

let talk: Talk;
const decideAfter = (event: Event, without: string) => {
  const reads = readsOf([event], talk.state).filter(({ rows }) => rows !== without);
  return () => decide(afterReading(talk.state, ...reads), event, talk.context());
};
const asks = (
  request: Extract<Extract<Event, { type: 'machine' }>['event'], { type: 'request' }>['request'],
): Event => ({
  type: 'machine',
  attempt: talk.ref,
  journal: 'J1',
  seq: talk.attempt.lastSeq + 1,
  event: { type: 'request', request_id: 'R1', request },
});

test('a decision fails whose rows nobody has read', () => {
  talk = new Talk();
  const message = talk.text('please');
  talk.taken();
  const approve = { kind: 'approve', tool: 'Bash', summary: 'ls', rule: 'Bash(ls)', always: true } as const;
  expect(decideAfter(asks(approve), 'grants')).toThrow('nobody has read grants for this decision');
  expect(decideAfter(asks({ kind: 'seed' }), 'recent-texts')).toThrow('nobody has read recent-texts');
  expect(decideAfter(asks({ kind: 'seed' }), 'questions')).toThrow('nobody has read questions');
  const says = (text: string): Event => ({ type: 'message', message: { ...message, text } });
  expect(decideAfter(says('/schedules'), 'schedules')).toThrow('nobody has read schedules');
  expect(decideAfter(says('/retry'), 'failed-messages')).toThrow('nobody has read failed-messages');
  // With all of its reads each of them decides.
  for (const event of [asks(approve), asks({ kind: 'seed' }), says('/schedules'), says('/retry')]) {
    expect(decideAfter(event, 'none')).not.toThrow();
  }
});

test('replies that were kept back are read with their runs, because a run is as good as its delivery', () => {
  talk = new Talk();
  talk.text('please');
  talk.taken();
  talk.answer('one\n\ntwo\n\nthree', talk.state.messages[0]!);
  const runs = ['R1', 'R1', 'R2'];
  const replies = talk.state.replies.map((reply, n) => ({ ...reply, state: 'parked' as const, run: runs[n] ?? null }));
  const asked: Read[] = [];
  const readers = new Proxy({} as Readers, {
    get: () => (state: State, read: Read) => {
      asked.push(read);
      return read.rows === 'kept-back-replies' ? { ...state, replies } : state;
    },
  });
  withReads({ ...talk.state, replies: [] }, [{ rows: 'kept-back-replies' }], readers);
  expect(asked.slice(1)).toEqual(['R1', 'R2'].map((id) => ({ rows: 'run', id })));
});
