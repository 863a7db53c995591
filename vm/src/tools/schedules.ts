import { tool } from '@anthropic-ai/claude-agent-sdk/core';
import * as z from 'zod/mini';
import { CHECK_MAX_CHARS, ScheduleRequest } from '../../../src/protocol/index.ts';

// The tools for the person's schedules: each passes a request to the relay and returns the relay's answer. The relay
// decides about schedules and stores them, so nothing is lost when the machine sleeps.

const [Create, , Update, Pause, One] = ScheduleRequest.def.options;
const create = Create.shape;
const update = Update.shape;

const WHEN = `“every weekday at 9am”, “tomorrow 20:00”, “in 20 minutes”, or five cron fields; always in the person’s own time zone, which Roost knows`;
const TELL = 'Tell the person what it returns: the rule in words, the next three times and the time zone.';

/** One line, because the person has to see exactly the command that runs. */
const oneLine = z.optional(
  z.string().check(
    z.minLength(1),
    z.maxLength(CHECK_MAX_CHARS),
    z.refine(
      (command) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(command),
      'must be one line without control characters: put anything longer in a script',
    ),
    z.describe(
      'a command to run in the project first, for at most 60 s. Exit code 0: you are woken and given its last line (if it is JSON, its `data`). 0 with `{"wake": false}`, or 1: there is nothing to do and nobody is disturbed. Any other code: it failed',
    ),
  ),
);
const options = {
  isolated: create.isolated.check(z.describe('each run starts in a new session and knows nothing about this one')),
  queue: create.queue.check(
    z.describe('if a run is due while the last one is still working, it waits instead of being skipped'),
  ),
  check: oneLine,
  except_holidays: create.except_holidays.check(
    z.describe('skip public holidays in this region, such as DE-BE or US-CA'),
  ),
};
const id = One.shape.id.check(z.describe('the schedule’s number, as shown by schedule_list'));

export function makeScheduleTools<Said extends { content: { type: 'text'; text: string }[] }>(
  ask: (wish: ScheduleRequest, extra: unknown) => Promise<Said>,
) {
  return [
    tool(
      'schedule_create',
      `Creates a schedule: at the set times it texts the person (remind) or gives you a task in a new turn (agent). Use it only when the person asks. ${TELL}`,
      {
        does: create.does.check(
          z.describe('remind: the text is sent to the person as is, without you. agent: the text is a task for you'),
        ),
        when: create.when.check(z.describe(WHEN)),
        text: create.text.check(
          z.describe(
            'for a task: everything you will need to know then, because you may not remember this conversation',
          ),
        ),
        zone: create.zone.check(
          z.describe('such as Europe/Berlin. Give it only after this tool has told you to ask the person'),
        ),
        ...options,
      },
      async (input, extra) => ask({ op: 'create', ...input }, extra),
    ),
    tool(
      'schedule_list',
      'Lists the person’s schedules: number, rule in words, next time, and how the last run went.',
      {},
      async (_, extra) => ask({ op: 'list' }, extra),
    ),
    tool(
      'schedule_update',
      `Changes a schedule. Anything you leave out stays the same. ${TELL}`,
      { id, when: update.when.check(z.describe(WHEN)), text: update.text, ...options },
      async (input, extra) => ask({ op: 'update', ...input }, extra),
    ),
    tool(
      'schedule_pause',
      'Pauses a schedule until it is resumed, or until a given day.',
      { id, until: Pause.shape.until.check(z.describe('“7 Jan”, “next monday”')) },
      async (input, extra) => ask({ op: 'pause', ...input }, extra),
    ),
    tool('schedule_resume', `Resumes a paused schedule. ${TELL}`, { id }, async (input, extra) =>
      ask({ op: 'resume', ...input }, extra),
    ),
    tool(
      'schedule_cancel',
      'Cancels a schedule permanently. Use it only when the person asks.',
      { id },
      async (input, extra) => ask({ op: 'cancel', ...input }, extra),
    ),
    tool(
      'schedule_run_now',
      'Runs a schedule once, as soon as possible, in addition to its usual times. A task for you starts after this turn.',
      { id },
      async (input, extra) => ask({ op: 'run_now', ...input }, extra),
    ),
  ];
}
