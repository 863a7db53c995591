import { expect, test } from 'vitest';
import { TELL_AGAIN_MS, TELL_GAP_MS, waitToTell } from '../../../src/conversation/overview/due.ts';

// When a conversation tells the overview about itself.

const told = { urgent: 'a', whole: 'a1', isLive: true, at: 1_000 };

test.each([
  { what: 'nothing was told yet', last: null, next: { ...told, isLive: false }, after: 0, wait: 0 },
  { what: 'nothing was told yet, and work has begun', last: null, next: told, after: 0, wait: TELL_GAP_MS },
  {
    what: 'nothing has changed',
    last: { ...told, isLive: false },
    next: { ...told, isLive: false },
    after: 1e9,
    wait: null,
  },
  { what: 'work goes on', last: told, next: told, after: TELL_AGAIN_MS, wait: 0 },
  { what: 'work goes on, told a moment ago', last: told, next: told, after: TELL_AGAIN_MS - 1, wait: null },
  {
    what: 'work has begun',
    last: { ...told, isLive: false },
    next: { ...told, urgent: 'b' },
    after: 1e9,
    wait: TELL_GAP_MS,
  },
  {
    what: 'work is at something else soon after',
    last: told,
    next: { ...told, urgent: 'b' },
    after: 2_000,
    wait: TELL_GAP_MS - 2_000,
  },
  { what: 'work has ended', last: told, next: { ...told, urgent: 'b', isLive: false }, after: 1e9, wait: TELL_GAP_MS },
  {
    what: 'only money has changed',
    last: { ...told, isLive: false },
    next: { ...told, whole: 'b1', isLive: false },
    after: 5_000,
    wait: null,
  },
  {
    what: 'the same a minute later',
    last: { ...told, isLive: false },
    next: { ...told, whole: 'b1', isLive: false },
    after: TELL_AGAIN_MS,
    wait: 0,
  },
  { what: 'the clock was set back', last: told, next: { ...told, urgent: 'b' }, after: -1e9, wait: TELL_GAP_MS },
])('$what: $wait', ({ last, next, after, wait }) => {
  expect(waitToTell(last, next, told.at + after)).toBe(wait);
});
