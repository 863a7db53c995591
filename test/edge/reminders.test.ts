import { beforeEach, describe, expect, test } from 'vitest';
import { SNOOZE_MS } from '../../src/conversation/policy/schedules.ts';
import { texts } from '../../src/texts/index.ts';
import { useClock } from './clock.ts';
import type { Sent } from './outside.ts';
import { Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// Reminders through the real object: buttons at the carrier, taps through the webhook, the snooze by the alarm; and the
// product's own questions about time zones.

quiet();
const clock = useClock();
const world = useOutside();
const MINUTE = 60_000;
const words = texts.zones.reminders;

beforeEach(() => clock.freeze());

type RunRow = { id: string; state: string; note: string | null };

/** The reminder's own hour: far from now, and from the end of a snooze. */
const HOUR = (new Date().getUTCHours() + 12) % 24;

class Busy extends Person {
  /** With a daily reminder in Berlin that is due in a minute. */
  static async reminded(): Promise<Busy> {
    const person = new Busy(world);
    await person.says('/verbose on');
    await person.gets(0);
    const dueAt = Date.now() + MINUTE;
    await person.rewrites(`INSERT INTO schedules (id, kind, project, prompt, rule, zone, skips, isolated, overlap, standup,
        recipients, state, next_at, failures, held_runs, told_window, created_at)
      VALUES (1, 'text', 'main', 'the bread', '{"kind":"cron","cron":"0 ${HOUR} * * *"}', 'Europe/Berlin', '[]', 0, 'skip', 0,
        '[]', 'active', ${dueAt}, 0, 0, 0, 0)`);
    await person.rewrites(`INSERT INTO timers VALUES ('schedule', '1', ${dueAt}, 0)`);
    await person.rewrites(`UPDATE conversation SET zone = 'Europe/Berlin'`);
    // The alarm is set for the time in the rows.
    await person.says('/verbose off');
    await person.comes(2);
    return person;
  }

  /** Moves time until the carrier has this many messages. */
  async comes(count: number): Promise<Sent> {
    await this.runs(clock, () => this.got().length >= count);
    return this.gets(count - 1);
  }

  runRows(): Promise<RunRow[]> {
    return this.rows<RunRow>('SELECT id, state, note FROM runs ORDER BY id');
  }

  buttons(sent: Sent): { title: string; id: string }[] {
    return (this.outside.contents.get(sent.template ?? '')?.actions ?? []).map(({ title, id }) => ({ title, id }));
  }

  async taps(sent: Sent, nth: number): Promise<void> {
    const { title, id } = this.buttons(sent)[nth] ?? { title: '', id: '' };
    await this.says(title, { MessageType: 'interactive', ButtonText: title, ButtonPayload: id });
  }

  async snoozes(): Promise<number[]> {
    const timers = await this.rows<{ due_at: number }>(`SELECT due_at FROM timers WHERE kind = 'snooze'`);
    return timers.map((t) => t.due_at);
  }

  async isDone(nth: number): Promise<void> {
    await this.outside.until(async () => (await this.runRows())[nth]?.note === 'done');
  }
}

describe('a reminder', () => {
  test('comes with buttons; Done is noted, and has a short answer', async () => {
    const person = await Busy.reminded();
    const sent = await person.comes(3);
    const [run] = await person.runRows();
    expect(sent.body).toBe('the bread');
    expect(person.buttons(sent)).toEqual([
      { title: 'Snooze 1 h', id: `r:${run?.id}:snooze` },
      { title: 'Done', id: `r:${run?.id}:done` },
    ]);
    await person.callback(sent, 'delivered');
    // No longer in memory: the tap reads all its rows.
    await person.evicted();
    await person.taps(sent, 1);
    await person.isDone(0);
    expect(await person.runRows()).toEqual([{ id: run?.id, state: 'delivered', note: 'done' }]);
    expect((await person.comes(4)).body).toBe(words.done);
    expect(await person.messageStates()).toBe('consumed consumed consumed');
  });

  test('snoozed by a tap comes again by the alarm, an hour later, once, also when the object was gone', async () => {
    const person = await Busy.reminded();
    const first = await person.comes(3);
    await person.taps(first, 0);
    await person.outside.until(async () => (await person.snoozes()).length === 1);
    const due = Date.now() + SNOOZE_MS;
    expect(await person.snoozes()).toEqual([due]);
    expect((await person.comes(4)).body).toBe(words.snoozed(due, 'Europe/Berlin', 12, Date.now()));
    // Also of a schedule that has ended meanwhile.
    await person.rewrites(`UPDATE schedules SET state = 'over'`);
    await person.evicted();
    await person.says('/schedules');
    expect((await person.comes(5)).body).toMatch(/the bread \(reminder\)\n.*again /);
    await person.rewrites(`UPDATE schedules SET state = 'active'`);
    await person.evicted();
    const second = await person.comes(6);
    expect(Date.now()).toBeGreaterThanOrEqual(due);
    expect(second.body).toBe('the bread');
    const runs = await person.runRows();
    expect(runs).toHaveLength(2);
    expect(person.buttons(second)[1]).toEqual({ title: 'Done', id: `r:${runs[1]?.id}:done` });
    expect(await person.snoozes()).toEqual([]);
    await person.evicted();
    await person.ring();
    expect(await person.runRows()).toHaveLength(2);
    await person.taps(second, 1);
    await person.isDone(1);
  });

  test('answered in words, and by a reply to an earlier one', async () => {
    const person = await Busy.reminded();
    const first = await person.comes(3);
    await person.evicted();
    await person.says('snooze');
    await person.outside.until(async () => (await person.snoozes()).length === 1);
    await person.comes(5);
    await person.evicted();
    await person.says('done', { OriginalRepliedMessageSid: first.sid });
    await person.isDone(0);
    expect((await person.comes(6)).body).toBe(words.done);
    await person.says('Done!');
    await person.isDone(1);
    expect(await person.rows('SELECT id FROM turns')).toEqual([]);
  });

  test('whose run is not kept any more says so', async () => {
    const person = await Busy.reminded();
    const sent = await person.comes(3);
    await person.rewrites('DELETE FROM runs');
    await person.taps(sent, 0);
    expect((await person.comes(4)).body).toBe(words.gone);
    expect(await person.snoozes()).toEqual([]);
  });
});

describe('the time zone', () => {
  test('is asked for with a list, and a tap sets the quiet hours that needed it', async () => {
    const person = new Busy(world);
    await person.says('/quiet 22-7');
    const items = person.outside.contents.get((await person.gets(0)).template ?? '')?.items ?? [];
    expect(items.slice(0, 2).map(({ item }) => item)).toEqual(['New York', 'Chicago']);
    await person.evicted();
    await person.says('Chicago', { MessageType: 'interactive', ListId: items[1]?.id ?? '', ListTitle: 'Chicago' });
    const hours = { from: 22 * 60, to: 7 * 60 };
    expect((await person.comes(2)).body).toBe(texts.zones.quiet.hours(hours, 'America/Chicago', 12));
    expect(await person.rows('SELECT zone, quiet_from, quiet_to, asking FROM conversation')).toEqual([
      { zone: 'America/Chicago', quiet_from: 1320, quiet_to: 420, asking: null },
    ]);
  });

  test('changes, and a tap moves the schedules along', async () => {
    const person = await Busy.reminded();
    await person.says('/timezone Tokyo');
    const sent = await person.comes(4);
    expect(sent.body).toBe(texts.zones.move(1, 'Europe/Berlin', 'Asia/Tokyo'));
    await person.evicted();
    await person.taps(sent, 0);
    expect((await person.comes(5)).body).toBe(texts.zones.moved(1, 'Asia/Tokyo'));
    const [row] = await person.rows<{ zone: string; next_at: number }>('SELECT zone, next_at FROM schedules');
    expect(row?.zone).toBe('Asia/Tokyo');
    expect(new Date((row?.next_at ?? 0) + 9 * 60 * MINUTE).getUTCHours()).toBe(HOUR);
  });
});
