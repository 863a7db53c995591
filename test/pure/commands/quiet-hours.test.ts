import { beforeEach, describe, expect, test } from 'vitest';
import { WINDOW_MS } from '../../../src/conversation/policy/outbox.ts';
import { AWAKE_MS } from '../../../src/conversation/policy/schedules.ts';
import { PROGRESS_FIRST_MS, PROGRESS_NEXT_MS } from '../../../src/conversation/policy/turn.ts';
import { texts } from '../../../src/texts/index.ts';
import { cron, HOUR, MORNING, once, Reminded } from '../schedules/reminded.ts';

// /quiet: its answers and settings, and what is sent during the hours.

const words = texts.zones.quiet;
const NIGHT = { from: 22 * 60, to: 7 * 60 };
/** Midnight in Berlin, and seven in the morning. */
const MIDNIGHT = MORNING + 16 * HOUR;
const SEVEN = MIDNIGHT + 7 * HOUR;

let talk: Reminded;
beforeEach(() => {
  talk = new Reminded();
});
const says = (text: string): string[] => {
  talk.text(text);
  return talk.arrives();
};
const hours = (): object | null => talk.state.conversation.quiet;

describe('/quiet', () => {
  test.each(['22-7', '10pm-7am', 'from 22:00 to 7'])('“%s” sets the hours and says what they do', (text) => {
    expect(says(`/quiet ${text}`)).toEqual([words.hours(NIGHT, 'Europe/Berlin', 12)]);
    expect(hours()).toEqual(NIGHT);
    expect(words.hours(NIGHT, 'Europe/Berlin', 24)).toContain('22:00–7:00 (Berlin)');
  });

  test('alone says them, or that there are none', () => {
    expect(says('/quiet')).toEqual([words.none]);
    talk.choose({ quiet: NIGHT });
    expect(says('/quiet')).toEqual([words.hoursAre(NIGHT, 'Europe/Berlin', 12)]);
    expect(hours()).toEqual(NIGHT);
  });

  test('off ends them', () => {
    talk.choose({ quiet: NIGHT });
    expect(says('/quiet OFF')).toEqual([words.off]);
    expect(hours()).toBeNull();
  });

  test.each(['7-7', 'tonight', '25-7', '-'])('“%s” is not understood, and changes nothing', (text) => {
    talk.choose({ quiet: NIGHT });
    expect(says(`/quiet ${text}`)).toEqual([words.use]);
    expect(hours()).toEqual(NIGHT);
  });

  test('needs the time zone, and is done when it is known', () => {
    talk.choose({ zone: null });
    expect(says('/quiet 22-7')[0]).toContain(texts.zones.which(true));
    expect(hours()).toBeNull();
    expect(says('Berlin')).toEqual([words.hours(NIGHT, 'Europe/Berlin', 12)]);
    expect(hours()).toEqual(NIGHT);
  });
});

describe('schedules’ messages', () => {
  test('waits for the end; of one schedule only the newest is left, with the number of the others', () => {
    talk.choose({ quiet: NIGHT });
    talk.has({ rule: cron('30 * * * *') });
    talk.now = MIDNIGHT;
    const first = talk.comes();
    talk.comes();
    const last = talk.comes();
    expect(talk.arrives()).toEqual([]);
    expect([first, last].map((r) => talk.run(r.id).state)).toEqual(['skipped', 'held']);
    talk.fire('quiet');
    expect(talk.now).toBe(SEVEN);
    expect(talk.arrives()).toEqual([`words 1\n\n${texts.schedules.earlier(2, 1)}`]);
  });

  test('a reminder for one moment comes', () => {
    talk.choose({ quiet: NIGHT });
    talk.has({ rule: once(MIDNIGHT) });
    talk.comes();
    expect(talk.arrives()).toEqual(['words 1']);
  });

  test('and so does one that was put off to the night', () => {
    talk.has({ rule: cron('30 21 * * *') });
    const run = talk.reminds();
    talk.choose({ quiet: NIGHT });
    talk.text('Snooze 1 h', 0, { choice: `r:${run.id}:snooze` });
    talk.arrives();
    talk.comes(1, 'snooze');
    expect(talk.now).toBe(MIDNIGHT - 1.5 * HOUR);
    expect(talk.arrives()).toEqual(['words 1']);
  });

  test.each(['whatsapp', 'sms'])(
    'a person who writes at night (%s) gets the answer at once, then the waiting messages',
    (channel) => {
      talk.choose({ quiet: NIGHT });
      if (channel === 'sms') talk.choose({ address: '+15555550123', sender: '+15555550100' });
      talk.has();
      talk.now = MIDNIGHT;
      talk.has({ rule: cron('0 1 * * *') });
      talk.comes(2);
      talk.now += 20 * 60_000;
      expect(says('/verbose on')).toEqual([texts.verbose(true), 'words 2']);
      talk.has({ rule: cron('25 1 * * *') });
      talk.comes(3);
      expect(talk.arrives()).toEqual(['words 3']);
      talk.now += AWAKE_MS;
      talk.has({ rule: cron('45 1 * * *') });
      talk.comes(4);
      expect(talk.arrives()).toEqual([]);
    },
  );

  test('at the end the window may be closed: held on, and the person is asked to write', () => {
    talk = new Reminded({ nudgeTemplate: 'HXnudge' });
    talk.choose({ quiet: NIGHT });
    says('/help');
    talk.now += WINDOW_MS;
    talk.has({ rule: cron('0 1 * * *') });
    const run = talk.comes();
    expect(talk.run(run.id).state).toBe('held');
    talk.fire('quiet');
    expect(talk.run(run.id)).toMatchObject({ state: 'held', wasHeld: true });
    expect(talk.state.replies.filter((r) => r.state === 'ready').map((r) => r.template)).toEqual(['HXnudge']);
    talk.on({ type: 'send-begin' });
    expect(talk.state.replies.filter((r) => r.state === 'sending').map((r) => r.template)).toEqual(['HXnudge']);
    expect(talk.run(run.id).state).toBe('held');
  });

  test('leaves when the hours are taken away or changed', () => {
    talk.choose({ quiet: NIGHT, address: '+15555550123', sender: '+15555550100' });
    talk.has({ rule: cron('0 1 * * *') });
    talk.now = MIDNIGHT;
    talk.comes();
    expect(talk.arrives()).toEqual([]);
    expect(says('/quiet off')).toEqual([words.off, 'words 1']);
  });
});

describe('how the work goes', () => {
  const works = (): void => {
    talk.text('a long piece of work');
    talk.taken();
    talk.machine({ type: 'started' });
    talk.arrives();
  };

  test('is not told in quiet hours', () => {
    talk.choose({ quiet: NIGHT });
    talk.now = MIDNIGHT - 2 * HOUR - 2 * PROGRESS_FIRST_MS;
    works();
    talk.now += AWAKE_MS;
    talk.machine({ type: 'progress', text: 'half of it is done' });
    talk.on({ type: 'heartbeat' });
    expect(talk.arrives()).toEqual([]);
    talk.choose({ quiet: null });
    talk.on({ type: 'heartbeat' });
    expect(talk.arrives()[0]).toMatch(/^Still working on it/);
  });

  test('is told to somebody who has just written', () => {
    talk.choose({ quiet: NIGHT });
    talk.now = MIDNIGHT;
    works();
    talk.now += PROGRESS_FIRST_MS;
    expect(PROGRESS_FIRST_MS).toBeLessThan(AWAKE_MS);
    talk.on({ type: 'heartbeat' });
    expect(talk.arrives()[0]).toMatch(/^Still working on it/);
    talk.now += Math.max(AWAKE_MS, PROGRESS_NEXT_MS);
    talk.on({ type: 'heartbeat' });
    expect(talk.arrives()).toEqual([]);
  });

  test('the answer comes in the middle of the night', () => {
    talk.choose({ quiet: NIGHT });
    talk.now = MIDNIGHT - 3 * HOUR;
    const message = talk.text('a long piece of work');
    talk.taken();
    talk.now = MIDNIGHT;
    talk.answer('It is done.', message);
    expect(talk.arrives()).toEqual(['It is done.']);
  });
});
