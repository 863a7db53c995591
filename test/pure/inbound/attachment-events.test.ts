import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findNextAlarm } from '../../../src/conversation/alarm.ts';
import { wantsAttach, wantsFiles } from '../../../src/conversation/lanes.ts';
import {
  FILE_AGAIN_MS,
  FILE_FORGOTTEN_MAX,
  FILE_FULL_TRIES,
  FILE_TOLD_TRIES,
  FILE_TRIES,
  MEDIA_DELETE_TRIES,
  MEDIA_TOLD_TRIES,
  VOICE_TOLD_MS,
} from '../../../src/conversation/policy/files.ts';
import { TELL_UNREACHABLE_MS } from '../../../src/conversation/policy/machine.ts';
import type { Event } from '../../../src/conversation/state/events.ts';
import type { InboundFile, Message } from '../../../src/conversation/state/rows.ts';
import { texts } from '../../../src/texts/index.ts';
import { backoffOf } from '../../../src/units.ts';
import { Talk } from '../conversation.ts';

// The files of a message, event by event: when they are fetched, how often, what is said, and when the carrier's copies
// are deleted.

/** Sends a message with files of these types. */
function send(talk: Talk, text: string, ...types: string[]): Message {
  const message = Math.max(0, ...talk.state.messages.map((m) => m.seq)) + 1;
  const rows = types.map(
    (type, n): InboundFile => ({ ...FILE, message, n, type, url: `https://carrier/${message}/${n}` }),
  );
  talk.state = { ...talk.state, files: [...talk.state.files, ...rows] };
  return talk.text(text, types.length);
}
const FILE: Omit<InboundFile, 'message' | 'n' | 'type' | 'url'> = {
  name: null,
  size: null,
  state: 'wanted',
  id: null,
  attempts: 0,
  forgotten: 0,
  note: null,
  transcript: null,
};
const kept = (message: number, n = 0, transcript: string | null = null, transcribes = transcript !== null): Event => ({
  type: 'file-kept',
  file: { message, n },
  kept: { id: 'a'.repeat(64), name: 'safe', type: 'image/png', size: 5 },
  transcript,
  transcribes,
});
const later = (message: number, n = 0): Event => ({ type: 'file-later', file: { message, n }, reason: 'HTTP 503' });
const noSpace = (message: number): Event => ({
  type: 'file-later',
  file: { message, n: 0 },
  reason: 'full',
  why: 'no-space',
});
const failed = (message: number, n = 0): Event => ({ type: 'file-failed', file: { message, n }, why: 'gone' });
const states = (talk: Talk): string => talk.state.files.map((f) => f.state).join(' ');

describe('before an attempt is asked for', () => {
  test('its files are brought, one after the other', () => {
    const talk = new Talk();
    send(talk, 'look', 'image/jpeg', 'image/png');
    expect([wantsFiles(talk.state, talk.now), wantsAttach(talk.state, talk.now)]).toEqual([true, false]);
    talk.on(kept(1, 0));
    expect([wantsFiles(talk.state, talk.now), wantsAttach(talk.state, talk.now)]).toEqual([true, false]);
    talk.on(kept(1, 1));
    expect([wantsFiles(talk.state, talk.now), wantsAttach(talk.state, talk.now)]).toEqual([false, true]);
    expect(states(talk)).toBe('kept kept');
  });

  test('however many come with however many messages, and whatever becomes of them: not before the last is settled', () => {
    const became = { kept, failed: (seq: number, n: number) => failed(seq, n), later };
    const step = fc.record({ which: fc.nat(20), how: fc.constantFrom('kept', 'kept', 'failed', 'later' as const) });
    const counts = fc.array(fc.nat(3), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(counts, fc.array(step, { maxLength: 30, size: 'max' }), (of, steps) => {
        const talk = new Talk(1000);
        for (const [n, count] of of.entries()) send(talk, `look ${n}`, ...Array<string>(count).fill('image/png'));
        if (talk.state.timers.some(({ kind }) => kind === 'gather')) talk.fire('gather');
        const isActive = (seq: number) => talk.state.messages.some((m) => m.seq === seq && m.state === 'active');
        for (const { which, how } of steps) {
          const file = talk.state.files[which % Math.max(1, talk.state.files.length)];
          if (file) talk.on(became[how as keyof typeof became](file.message, file.n));
          const isPending = talk.state.files.some((f) => f.state === 'wanted' && isActive(f.message));
          expect(wantsAttach(talk.state, talk.now)).toBe(!isPending);
        }
      }),
    );
  });

  test('a carrier that is slow is not taken for a machine that is away', () => {
    const talk = new Talk();
    send(talk, 'look', 'image/jpeg');
    talk.now += TELL_UNREACHABLE_MS + 1;
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toEqual([]);
    talk.on(kept(1));
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toEqual([]);
    talk.now += TELL_UNREACHABLE_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toEqual([texts.unreachable]);
  });

  test('a machine that is away is', () => {
    const talk = new Talk();
    send(talk, 'look', 'image/jpeg');
    talk.on({ type: 'unreachable', attempt: talk.ref, reason: 'HTTP 502' });
    expect(wantsFiles(talk.state, talk.now)).toBe(false);
    talk.fire('reach');
    expect(wantsFiles(talk.state, talk.now)).toBe(true);
    talk.now += TELL_UNREACHABLE_MS;
    talk.on({ type: 'heartbeat' });
    expect(talk.bodies).toEqual([texts.unreachable]);
  });

  test('after /stop no more files are brought, and the machine is told', () => {
    const talk = new Talk();
    send(talk, 'look', 'image/jpeg');
    talk.text('/stop');
    expect([wantsFiles(talk.state, talk.now), wantsAttach(talk.state, talk.now)]).toEqual([false, true]);
    expect(talk.bodies).toEqual([texts.stopped(['look'])]);
  });

  test('a message without words has a name where messages are listed', () => {
    const talk = new Talk();
    send(talk, '', 'image/jpeg');
    talk.text('/stop');
    expect(talk.bodies).toEqual([texts.stopped([texts.inbound.something])]);
  });
});

describe('a file that does not come', () => {
  test('is asked for over several minutes, ever later, which is told, and then given up with one sentence', () => {
    const talk = new Talk();
    send(talk, 'look', 'image/jpeg');
    const began = talk.now;
    for (let tries = 0; tries < FILE_TRIES - 1; tries++) {
      const wait = backoffOf(FILE_AGAIN_MS, tries);
      expect(talk.bodies).toEqual(tries < FILE_TOLD_TRIES ? [] : [texts.inbound.fileLater]);
      talk.on(later(1));
      expect(wantsFiles(talk.state, talk.now)).toBe(false);
      expect(findNextAlarm(talk.state, talk.now)).toBeLessThanOrEqual(talk.now + wait);
      expect(talk.state.timers.find((t) => t.kind === 'file')).toMatchObject({ dueAt: talk.now + wait });
      talk.fire('file');
      expect(wantsFiles(talk.state, talk.now)).toBe(true);
      expect(talk.state.files[0]?.attempts).toBe(tries + 1);
    }
    talk.on(later(1));
    expect(talk.now - began).toBeGreaterThan(5 * 60_000);
    expect(states(talk)).toBe('failed');
    expect(talk.bodies).toEqual([texts.inbound.fileLater, texts.inbound.fileFailed('unavailable')]);
    expect(wantsAttach(talk.state, talk.now)).toBe(true);
    expect(talk.state.timers.some((t) => t.kind === 'file')).toBe(false);
  });

  test('for want of room is not waited for: said after three tries', () => {
    const talk = new Talk();
    send(talk, 'look', 'image/jpeg');
    for (let tries = 1; tries < FILE_FULL_TRIES; tries++) {
      talk.on(noSpace(1));
      talk.fire('file');
    }
    talk.on(noSpace(1));
    expect(talk.bodies).toEqual([texts.inbound.fileFailed('no-space')]);
  });

  test('comes with its message, when /retry brings that back', () => {
    const talk = new Talk();
    const message = send(talk, 'look', 'image/jpeg');
    for (let tries = 1; tries < FILE_TRIES; tries++) {
      talk.on(later(1));
      talk.fire('file');
    }
    talk.on(later(1));
    talk.taken();
    talk.machine({ type: 'ended', outcome: 'failed', reason: 'the key was refused' });
    talk.text('/retry');
    expect(talk.state.files).toMatchObject([{ state: 'wanted', attempts: 0, note: null }]);
    expect([wantsFiles(talk.state, talk.now), wantsAttach(talk.state, talk.now)]).toEqual([true, false]);
    talk.on(kept(1));
    talk.taken();
    talk.answer('a cat', message);
    expect(talk.bodies).toContain('a cat');
  });

  test('one sentence for a message, however many of its files failed', () => {
    const talk = new Talk();
    send(talk, 'look', 'image/jpeg', 'image/jpeg', 'image/jpeg');
    for (const n of [0, 1, 2]) talk.on(failed(1, n));
    expect(talk.bodies).toEqual([texts.inbound.fileFailed('gone')]);
  });

  test('a repeated or late event changes nothing', () => {
    const talk = new Talk();
    send(talk, 'look', 'image/jpeg');
    talk.on(kept(1));
    const before = talk.state;
    for (const event of [kept(1), failed(1), later(1), kept(7)]) expect(talk.on(event)).toBe(before);
  });

  test('forgotten by the machine: brought again so often and no more, and only for its own attempt', () => {
    const talk = new Talk();
    send(talk, 'look', 'image/jpeg');
    talk.on(kept(1));
    talk.on({ type: 'files-forgotten', attempt: { ...talk.ref, n: 9 }, reason: '' });
    expect(states(talk)).toBe('kept');
    for (let n = 1; n < FILE_FORGOTTEN_MAX; n++) {
      talk.on({ type: 'files-forgotten', attempt: talk.ref, reason: '' });
      expect(states(talk)).toBe('wanted');
      talk.on(kept(1));
    }
    talk.on({ type: 'files-forgotten', attempt: talk.ref, reason: '' });
    expect(states(talk)).toBe('failed');
    expect(talk.bodies).toEqual([texts.inbound.fileFailed('lost')]);
  });
});

describe('a voice note', () => {
  test('that was heard is told once, also when it is brought again', () => {
    const talk = new Talk();
    send(talk, '', 'audio/ogg');
    talk.on(kept(1, 0, 'turn it off'));
    talk.on({ type: 'files-forgotten', attempt: talk.ref, reason: '' });
    talk.on(kept(1, 0, 'turn it of'));
    expect(talk.bodies).toEqual([texts.inbound.heard('turn it off')]);
    expect(talk.state.files[0]?.transcript).toBe('turn it off');
  });

  test('that could not be made out is told each time, and not again when it is only brought again', () => {
    const talk = new Talk();
    const first = send(talk, '', 'audio/ogg');
    talk.on(kept(1, 0, null, true));
    talk.on({ type: 'files-forgotten', attempt: talk.ref, reason: '' });
    talk.on(kept(1, 0, null, true));
    expect(talk.bodies).toEqual([texts.inbound.notMadeOut]);
    talk.taken();
    talk.answer('ok', first);
    const second = send(talk, '', 'audio/ogg');
    talk.on(kept(second.seq, 0, null, true));
    expect(talk.bodies.filter((body) => body === texts.inbound.notMadeOut)).toHaveLength(2);
  });

  test('where none are heard it is told once a day', () => {
    const talk = new Talk();
    for (const wait of [0, VOICE_TOLD_MS - 1, 1]) {
      talk.now += wait;
      const message = send(talk, '', 'audio/ogg');
      talk.on(kept(message.seq));
      talk.taken();
      talk.answer('ok', message);
    }
    expect(talk.bodies.filter((body) => body === texts.inbound.notHeard)).toHaveLength(2);
  });
});

describe('steered into a running turn', () => {
  test('a message waits for its files, and those behind it for the message', () => {
    const talk = new Talk(0, { queueMode: 'steer' });
    talk.text('begin');
    talk.taken();
    const photo = send(talk, 'look', 'image/jpeg');
    expect(talk.effects.map((e) => e.do)).toEqual(['typing']);
    const next = talk.text('and tell me');
    expect(talk.effects.map((e) => e.do)).toEqual(['typing']);
    expect(wantsAttach(talk.state, talk.now)).toBe(true);
    talk.on(kept(2));
    expect(talk.effects).toEqual([
      {
        do: 'steer',
        attempt: talk.ref,
        uuid: photo.uuid,
        text: 'look\n\n[photo: safe, image/png, 5 B]',
        files: ['a'.repeat(64)],
      },
    ]);
    talk.on({ type: 'steered', attempt: talk.ref, uuid: photo.uuid });
    expect(talk.effects).toMatchObject([{ do: 'steer', uuid: next.uuid, text: 'and tell me' }]);
  });
});

describe('the carrier’s copies', () => {
  const gone = (talk: Talk): string[] => talk.state.timers.filter((t) => t.kind === 'media').map((t) => t.ref);

  test('stay when nothing else is wanted', () => {
    const talk = new Talk();
    const message = send(talk, 'look', 'image/jpeg');
    talk.on(kept(1));
    talk.taken();
    talk.answer('ok', message);
    expect(gone(talk)).toEqual([]);
  });

  test('go once the message was answered, not before; asked again until they are gone, for a month, and the operator hears of it', () => {
    const talk = new Talk(0, { deleteMedia: true });
    const message = send(talk, 'look', 'image/jpeg', 'image/png');
    talk.text('no files');
    talk.on(kept(1, 0));
    talk.on(kept(1, 1));
    talk.taken();
    expect(gone(talk)).toEqual([]);
    talk.answer('ok', message);
    expect(gone(talk)).toEqual(['1']);
    let asked = 0;
    while (gone(talk).length > 0) {
      talk.fire('media');
      if (talk.effects.length === 0) break;
      expect(talk.effects).toEqual([
        { do: 'delete-media', message: 1, urls: ['https://carrier/1/0', 'https://carrier/1/1'] },
      ]);
      expect(++asked).toBeLessThan(100);
      const isTold = talk.state.timers.some((t) => t.kind === 'alert' && t.ref === 'media-not-deleted');
      expect(isTold).toBe(asked > MEDIA_TOLD_TRIES);
    }
    expect(asked).toBe(MEDIA_DELETE_TRIES);
    expect(gone(talk)).toEqual([]);
  });

  test('are not asked for again once they are gone', () => {
    const talk = new Talk(0, { deleteMedia: true });
    const message = send(talk, 'look', 'image/jpeg');
    talk.on(kept(1));
    talk.taken();
    talk.answer('ok', message);
    talk.fire('media');
    expect(gone(talk)).toEqual(['1']);
    talk.on({ type: 'media-deleted', message: 1 });
    expect(gone(talk)).toEqual([]);
  });
});
