import { formatList } from '../recurrence/calendar-names.ts';
import { formatRule, formatTime, formatZone } from '../recurrence/print/format.ts';
import type { Rule } from '../recurrence/rule.ts';
import { DAY } from '../units.ts';
import { excerpt, formatCount } from './phrasing.ts';

// Texts about schedules and their runs, for the person and for the agent.

type Clock = 12 | 24;
/** The parts of a schedule that sentences mention. */
type Spoken = { id: number; prompt: string; rule: Rule; zone: string; kind: 'agent' | 'text'; nextAt: number | null };

export const labelOf = ({ prompt }: Pick<Spoken, 'prompt'>): string => excerpt(prompt, 40);
const named = (schedule: Pick<Spoken, 'id' | 'prompt'>): string => `schedule ${schedule.id}, “${labelOf(schedule)}”`;
const ruleOf = ({ rule, zone }: Spoken, clock: Clock): string => formatRule(rule, zone, clock);

const NOTHING = 'Nothing to report.';
const WHY_FAILED: Readonly<Record<string, string>> = {
  'check-failed': 'its check failed',
  'check-late': 'its check took too long',
  agent: 'the agent ran into a problem',
  undelivered: 'nobody it’s for could be reached',
};

/** Sources of a standup beside the folder, since the last standup; if none is known, since the day before. */
function ofRepository(repository: string, since: number): string {
  const from = new Date(since).toISOString();
  const gh = repository.startsWith('github.com/')
    ? ` Then the pull requests with their reviews and checks: gh pr list --state all --search "updated:>=${from.slice(0, 10)}" --json number,title,state,author,updatedAt,reviewDecision,statusCheckRollup, and gh pr view NUMBER --comments for those that moved.`
    : '';
  return `Its repository is ${repository}. Fetch it first (git fetch --all --prune), then look at the commits of all branches: git log --all --since="${from}" --no-merges.${gh} Count only what is newer than that, say who did what, and which pull requests wait for the person. If the repository can't be reached, say so in one line and report the rest.`;
}

export const scheduleTexts = {
  choices: { snooze: 'Snooze 1 h', done: 'Done' },
  /** For the agent: the task of a run, with its context. */
  task: (
    schedule: Spoken & { standup: boolean; deliveredAt: number | null },
    dueAt: number,
    clock: Clock,
    now: number,
    /** `host/owner/name` of the project's repository. */
    repository: string | null = null,
  ) => {
    const { zone, standup, deliveredAt, prompt } = schedule;
    const at = (ms: number): string => formatTime(ms, zone, clock, now);
    const since =
      deliveredAt === null
        ? 'No earlier one has reached them. Cover the last working day.'
        : `The last one that reached them was ${at(deliveredAt)} (${new Date(deliveredAt).toISOString()}). Cover the time since then.`;
    return [
      `[This is a scheduled run; the person did not just write. ${formatZone(zone)}, due ${at(dueAt)}: ${ruleOf(schedule, clock)}, schedule ${schedule.id}.`,
      ...(standup ? [since] : []),
      ...(standup && repository !== null ? [ofRepository(repository, deliveredAt ?? now - DAY)] : []),
      `Your answer is texted to them as it is. They may not be there to answer questions. If nothing is worth a text, answer only: ${NOTHING}]`,
      '',
      prompt,
    ].join('\n');
  },
  /** True if the agent says that there is nothing to report, with or without markup. */
  isNothing: (text: string): boolean => /^[\s*_`>“"']*nothing to report[\s.!*_`”"']*$/i.test(text),
  failed: (schedule: Spoken & { state: string }, run: { note: string | null }, clock: Clock, now: number): string => {
    const why = (run.note && WHY_FAILED[run.note]) ?? 'it couldn’t be finished';
    const next =
      schedule.state === 'active' && schedule.nextAt !== null
        ? ` Next run: ${formatTime(schedule.nextAt, schedule.zone, clock, now)}.`
        : '';
    return `This time ${named(schedule)}, didn’t work: ${why}.${next} /run ${schedule.id} tries it now, /schedules ${schedule.id} has details.`;
  },
  unreached: (schedule: Spoken, numbers: readonly string[]): string =>
    `I couldn’t reach ${formatList(numbers)} for a day, so they didn’t get ${named(schedule)}. /run ${schedule.id} does it again for everyone it’s for.`,
  pausedByFailures: (schedule: Spoken, failures: number): string =>
    `I paused ${named(schedule)}: it failed ${failures} times in a row. /resume ${schedule.id} resumes it, /run ${schedule.id} tries it once, /schedules ${schedule.id} says why.`,
  projectGone: (id: number): string =>
    `I paused schedule ${id}: its project was archived. Restore it with /project restore, then text /resume ${id}.`,
  missed: (schedule: Spoken, dueAt: number, clock: Clock, now: number): string =>
    `I was not running when ${named(schedule)}, was due (${formatTime(dueAt, schedule.zone, clock, now)}), and now it’s too late. To do it now, text /run ${schedule.id}.`,
  whileLocked: (schedule: Spoken): string =>
    `While your address was locked, ${named(schedule)}, was due, so I didn’t do it. To do it now, text /run ${schedule.id}.`,
  earlier: (count: number, id: number): string => `(${formatCount(count, 'earlier one')}: /schedules ${id})`,
  windowAdvice: (schedule: Spoken, channel: string): string =>
    `About ${named(schedule)}: ${channel} only lets me write within 24 hours of your last text, and several times that window was closed when it was due. Text me anything once a day, even just “ok”, to get it on time.`,
} as const;
