import { tool } from '@anthropic-ai/claude-agent-sdk';
import * as z from 'zod';
import { ScheduleWish } from '../../../src/protocol/index.ts';

// The tools for the person's schedules: each passes a wish to the relay and returns its words. What a schedule is, when it
// is due and whether it may be is the relay's; nothing is kept here, and so nothing sleeps with the machine.

const [Create, , Update, Pause, One] = ScheduleWish.options;
const create = Create.shape;
const update = Update.shape;

const WHEN = `“every weekday at 9am”, “tomorrow 20:00”, “in 20 minutes”, or five cron fields; in the person’s own time zone, which is known`;
const TELL = 'Tell the person what it answers: the rule in words, the next three times and the zone.';

/** It is shown to the person in one line, and what they read is what runs. */
const oneLine = z
  .string()
  .min(1)
  .max(1000)
  .refine(
    (command) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(command),
    'must be one line without control characters: put more into a script',
  )
  .optional()
  .describe(
    'a command, run in the project first. It exits with 0: you are woken and given its last line (of JSON, its `data`); with 0 and `{"wake": false}`, or with 1: nothing to do, nobody is bothered; else it has failed. At most 60 s',
  );
const options = {
  isolated: create.isolated.describe('each run begins in a session of its own and knows nothing of this one'),
  queue: create.queue.describe(
    'a run that is due while the last one is at work waits for it, instead of being left out',
  ),
  check: oneLine,
  except_holidays: create.except_holidays.describe('no run on public holidays of this region, like DE-BE or US-CA'),
};
const id = One.shape.id.describe('its number, as schedule_list shows it');

export function scheduleTools<Said extends { content: { type: 'text'; text: string }[] }>(
  ask: (wish: ScheduleWish, extra: unknown) => Promise<Said>,
) {
  return [
    tool(
      'schedule_create',
      `Makes a schedule: at its times the person is texted (remind) or you do a task in a new turn (agent). Only when the person asked for it. ${TELL}`,
      {
        does: create.does.describe('remind: the text is sent as it is, without you. agent: the text is a task for you'),
        when: create.when.describe(WHEN),
        text: create.text.describe('of a task: all you will need to know then, because you may not remember this'),
        zone: create.zone.describe(
          'like Europe/Berlin. Only after this tool said that the person has to be asked for it',
        ),
        ...options,
      },
      async (input, extra) => ask({ op: 'create', ...input }, extra),
    ),
    tool(
      'schedule_list',
      'Lists the schedules of the person: number, rule in words, next time, what became of the last run.',
      {},
      async (_, extra) => ask({ op: 'list' }, extra),
    ),
    tool(
      'schedule_update',
      `Changes a schedule; what is left out stays as it is. ${TELL}`,
      { id, when: update.when.describe(WHEN), text: update.text, ...options },
      async (input, extra) => ask({ op: 'update', ...input }, extra),
    ),
    tool(
      'schedule_pause',
      'Pauses a schedule, until it is resumed or until a day.',
      { id, until: Pause.shape.until.describe('“7 Jan”, “next monday”') },
      async (input, extra) => ask({ op: 'pause', ...input }, extra),
    ),
    tool('schedule_resume', `Resumes a paused schedule. ${TELL}`, { id }, async (input, extra) =>
      ask({ op: 'resume', ...input }, extra),
    ),
    tool(
      'schedule_cancel',
      'Ends a schedule for good. Only when the person asked for it.',
      { id },
      async (input, extra) => ask({ op: 'cancel', ...input }, extra),
    ),
    tool(
      'schedule_run_now',
      'Runs a schedule once at the next opportunity, besides its times: a task of yours begins after this turn.',
      { id },
      async (input, extra) => ask({ op: 'run_now', ...input }, extra),
    ),
  ];
}
