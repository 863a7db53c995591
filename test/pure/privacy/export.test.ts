import { describe, expect, test } from 'vitest';
import { EXPORT_FOR_MS, EXPORT_RESTARTS_MAX, EXPORT_TRIES_MAX } from '../../../src/conversation/policy/privacy.ts';
import { wantsExport } from '../../../src/conversation/privacy/export.ts';
import type { Exporting, ExportOutcome } from '../../../src/conversation/state/exporting.ts';
import { texts } from '../../../src/texts/index.ts';
import { Talk } from '../conversation.ts';
import { Home } from '../home.ts';

// /export as decisions: one copy at a time, what a failed call means, and links that work once.

const said = texts.privacy;
const now = (talk: Talk): Exporting | null => talk.state.conversation.exporting;
const words = (talk: Talk): string[] => talk.state.replies.map(({ body }) => body);
const heard = (talk: Talk, ...outcomes: ExportOutcome[]): void => {
  for (const outcome of outcomes) talk.on({ type: 'export-step', export: now(talk)?.id ?? '', outcome });
};
function begun(): Talk {
  const talk = new Talk(0, { exports: true });
  talk.text('/export');
  return talk;
}
function ready(): Talk {
  const talk = begun();
  heard(talk, { kind: 'more', cursor: 'x' }, { kind: 'packing', upload: 'u' }, { kind: 'packed', size: 12e6 });
  heard(talk, { kind: 'link', url: 'https://relay.example.com/export/1' });
  return talk;
}

test('one copy at a time: asked again it goes on, and when it is ready there is another link to it', () => {
  const talk = begun();
  const { id } = now(talk) ?? {};
  talk.text('/export');
  expect(words(talk)).toEqual([said.exportBegun, said.exportGoesOn]);
  heard(talk, { kind: 'packing', upload: 'u' }, { kind: 'packed', size: 12e6 });
  const first = now(talk)?.link;
  expect([now(talk)?.id, first?.isSent, wantsExport(talk.state, talk.now)]).toEqual([id, false, true]);
  heard(talk, { kind: 'link', url: 'https://relay.example.com/export/1' });
  expect(words(talk).at(-1)).toBe(said.exportReady(12e6, 'https://relay.example.com/export/1'));
  expect(wantsExport(talk.state, talk.now)).toBe(false);
  talk.text('/export');
  expect(now(talk)?.link).toEqual({ id: expect.not.stringMatching(first?.id ?? '') as string, isSent: false });
});

test('the link comes where /export was texted last, whatever comes by SMS meanwhile', () => {
  const talk = new Home('sms');
  Object.assign(talk.policy, { exports: true });
  talk.text('/export');
  talk.from('sms', '/verbose');
  const url = 'https://relay.example.com/export/1';
  heard(talk, { kind: 'packing', upload: 'u' }, { kind: 'packed', size: 12e6 }, { kind: 'link', url });
  const sent = said.exportReady(12e6, url);
  expect(talk.leaves()).toContain(`whatsapp: ${sent}`);
  talk.from('sms', '/export');
  heard(talk, { kind: 'link', url });
  expect(talk.leaves()).toEqual([`sms: ${sent}`]);
});

test('with nothing to do before its end it rests until then', () => {
  const talk = ready();
  heard(talk, { kind: 'later', reason: 'no answer' });
  talk.now += 60_000;
  heard(talk, { kind: 'rest' });
  expect(talk.state.timers.map(({ dueAt }) => dueAt)).toEqual([now(talk)?.expiresAt]);
});

test('a link is used up once; another one changes nothing', () => {
  const talk = ready();
  talk.on({ type: 'export-taken', link: 'another' });
  expect(now(talk)?.link).not.toBeNull();
  talk.on({ type: 'export-taken', link: now(talk)?.link?.id ?? '' });
  expect([now(talk)?.link, now(talk)?.step]).toEqual([null, 'ready']);
});

test('after a day it is due to be deleted, and then another begins', () => {
  const talk = ready();
  talk.now += EXPORT_FOR_MS - 1;
  expect(wantsExport(talk.state, talk.now)).toBe(false);
  talk.now += 1;
  expect(wantsExport(talk.state, talk.now)).toBe(true);
  heard(talk, { kind: 'gone' });
  expect([now(talk), talk.state.timers]).toEqual([null, []]);
  talk.text('/export');
  expect(now(talk)?.step).toBe('collect');
});

describe('in vain', () => {
  test('calls that fail are tried later and later, and after half a day it is given up', () => {
    const talk = begun();
    const waits: number[] = [];
    for (let n = 1; n < EXPORT_TRIES_MAX; n++) {
      heard(talk, { kind: 'later', reason: 'no answer' });
      const due = talk.state.timers.find(({ kind }) => kind === 'export')?.dueAt ?? 0;
      waits.push((due - talk.now) / 1000);
      expect(wantsExport(talk.state, talk.now)).toBe(false);
      talk.now = due;
    }
    expect(waits.slice(0, 5)).toEqual([5, 30, 300, 3600, 3600]);
    expect(now(talk)?.step).toBe('collect');
    heard(talk, { kind: 'later', reason: 'no answer' });
    expect([now(talk)?.step, words(talk).at(-1)]).toEqual(['over', said.exportFailed]);
    talk.text('/export');
    expect(words(talk).at(-1)).toBe(said.exportSoon);
  });

  test('a file that changes makes it begin anew, five times', () => {
    const talk = begun();
    for (let n = 0; n < EXPORT_RESTARTS_MAX; n++) {
      heard(talk, { kind: 'packing', upload: 'u' }, { kind: 'anew', reason: 'gone' });
      expect(now(talk)).toMatchObject({ step: 'collect', cursor: null, upload: null });
    }
    heard(talk, { kind: 'anew', reason: 'gone' });
    expect([now(talk)?.step, words(talk).at(-1)]).toEqual(['over', said.exportFailed]);
  });

  test('one that is too large is said so, and deleted', () => {
    const talk = begun();
    heard(talk, { kind: 'packing', upload: 'u' }, { kind: 'too-large' });
    expect([now(talk)?.step, words(talk).at(-1)]).toEqual(['over', said.exportTooLarge]);
    heard(talk, { kind: 'gone' });
    expect(now(talk)).toBeNull();
  });

  test('without a bucket there is none', () => {
    const talk = new Talk();
    talk.text('/export');
    expect([now(talk), words(talk)]).toEqual([null, [said.exportNone]]);
  });
});

test('the outcome of an earlier copy changes nothing', () => {
  const talk = begun();
  const before = talk.state;
  talk.on({ type: 'export-step', export: 'another', outcome: { kind: 'gone' } });
  expect(talk.state).toEqual(before);
});
