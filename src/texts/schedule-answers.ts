import { TEXT_MAX_CHARS } from '../protocol/limits.ts';
import { formatList } from '../recurrence/calendar-names.ts';
import { excerpt } from './phrasing.ts';
import { describeOutcome, listRunLines, type RunFacts, type ShownRun } from './schedule-runs.ts';

// Answers to commands and tools that create, show or change schedules. Times and rules arrive here as words.

/** A schedule in words. `next`: its next times. `again`: when a snooze ends. `zone`: null if none is known. */
export type Shown = {
  schedule: {
    id: number;
    kind: 'agent' | 'text';
    prompt: string;
    state: string;
    pausedBy: keyof typeof WHY_PAUSED | null;
    isolated: boolean;
    overlap: 'skip' | 'queue';
    checkCommand: string | null;
    holidays: string | null;
  };
  rule: string;
  isOnce: boolean;
  next: readonly string[];
  again: string | null;
  zone: string | null;
  resumes: string | null;
  recipients: readonly string[];
  skips: readonly string[];
  project: string | null;
};

/** The default task of a standup. */
const STANDUP =
  'Text me my standup: what was done since the last one (look at the commits and at our conversation), what is next, and what blocks it. A few short lines.';
const title = (prompt: string, most = 60): string => (prompt === STANDUP ? 'my standup' : excerpt(prompt, most));
const label = (prompt: string, most?: number): string => `“${title(prompt, most)}”`;
const IDS_SHOWN = 8;
/** Leaves room for a last line. */
const LIST_MAX = TEXT_MAX_CHARS - 500;
function bounded(items: readonly string[]): string {
  let shown = items.length;
  while (items.slice(0, shown).join('\n').length > LIST_MAX) shown--;
  const left = items.length - shown;
  return [
    ...items.slice(0, shown),
    ...(left === 0 ? [] : [`${left} more; the person sees all of them with /schedules.`]),
  ].join('\n');
}
const people = (recipients: readonly string[]): string =>
  formatList(recipients.map((each) => (each === 'me' ? 'you' : each)));

const WHY_PAUSED = {
  person: '',
  failures: ', because it kept failing',
  access: ', because you didn’t have access then',
  project: ', because its project was archived',
} as const;

function pausedWords({ schedule: { id, state, pausedBy }, resumes }: Shown): string | null {
  if (state !== 'paused') return null;
  const why = pausedBy === null ? '' : WHY_PAUSED[pausedBy];
  return `paused${why}${resumes === null ? `: /resume ${id}` : ` until ${resumes}`}`;
}

/** Everything that differs from a plain schedule. */
function special({ schedule, recipients, skips, zone }: Shown): string[] {
  return [
    ...(zone === null ? [] : [`Times are in ${zone}.`]),
    ...(recipients.length === 0 ? [] : [`For ${people(recipients)}.`]),
    ...(schedule.holidays === null ? [] : [`Skips public holidays in ${schedule.holidays}.`]),
    ...(skips.length === 0 ? [] : [`Skips ${formatList(skips)}.`]),
    ...(schedule.checkCommand === null
      ? []
      : [`Before each run, \`${schedule.checkCommand}\` checks whether there’s anything to do.`]),
    ...(schedule.isolated ? ['Each run has its own conversation.'] : []),
    ...(schedule.overlap === 'queue' ? ['A run that’s due while the previous one is still working waits for it.'] : []),
  ];
}

const kindOf = ({ kind }: Pick<Shown['schedule'], 'kind'>): string => (kind === 'text' ? 'Reminder' : 'Schedule');
const nextLine = ({ next, schedule }: Shown): string =>
  schedule.state === 'paused' || next.length === 0 ? '' : `Next: ${next.join(' · ')}`;
const lines = (all: readonly string[]): string => all.filter((line) => line !== '').join('\n');

export const scheduleAnswerTexts = {
  standupPrompt: STANDUP,
  made: (shown: Shown): string => {
    const { schedule, rule, isOnce, next } = shown;
    const { id, prompt } = schedule;
    if (!isOnce) {
      return lines([
        `${kindOf(schedule)} ${id}: ${rule}`,
        label(prompt),
        nextLine(shown),
        ...special(shown),
        `To change it: /pause ${id}, /skip ${id}, /cancel ${id}. Details: /schedules ${id}`,
      ]);
    }
    const isForOthers = shown.recipients.length > 0 && !shown.recipients.includes('me');
    const reminds = isForOthers ? 'I’ll text them' : 'I’ll remind you';
    const begin = schedule.kind === 'text' ? reminds : 'I’ll do that';
    return lines([`${begin} ${next.join('')}: ${label(prompt)}`, ...special(shown), `Cancel with /cancel ${id}.`]);
  },
  none: 'You have no schedules. Text me “/schedule every weekday at 9am: what changed since yesterday?”, “/remind in 20 minutes: take the bread out” or “/standup 9am”.',
  /** `usage`: a command that was texted without a number. */
  list: (all: readonly (Shown & { last: RunFacts | null })[], usage: string | null): string =>
    [
      'Your schedules:',
      ...all.map((shown) => {
        const { schedule, rule, isOnce, next, again, last, zone } = shown;
        const when = pausedWords(shown) ?? (next[0] === undefined ? null : `next ${next[0]}`);
        const facts = [
          isOnce ? null : rule,
          again && `again ${again}`,
          when,
          last && `last: ${describeOutcome(last, shown.recipients)}`,
        ].filter((fact) => fact !== null);
        return `${schedule.id} · ${title(schedule.prompt)}${schedule.kind === 'text' ? ' (reminder)' : ''}\n${facts.join(' · ')}${zone === null ? '' : ` · ${zone}`}`;
      }),
      usage === null
        ? 'For details text /schedules and a number. /pause, /resume, /skip, /run and /cancel take a number too.'
        : `Which one? For example ${usage}. Nothing has changed.`,
    ].join('\n\n'),
  details: (shown: Shown, runs: readonly ShownRun[]): string => {
    const { schedule, rule, project } = shown;
    const over = schedule.state === 'over' ? 'It has ended.' : '';
    const paused = pausedWords(shown);
    return [
      lines([
        `${kindOf(schedule)} ${schedule.id}: ${rule}`,
        label(schedule.prompt, 300),
        over,
        paused === null ? '' : `It’s ${paused}.`,
        shown.again === null ? '' : `Snoozed until ${shown.again}.`,
        nextLine(shown),
        ...special(shown),
        project === null ? '' : `Project: ${project}.`,
      ]),
      runs.length === 0
        ? 'It hasn’t run yet.'
        : ['Latest runs:', ...runs.flatMap((run) => listRunLines(run, shown.recipients))].join('\n'),
    ].join('\n\n');
  },

  /** Asks for the time of what the person wants. The buttons put a time in front of it. */
  when: {
    remind: {
      ask: (example: string): string => `When should I remind you? Put the time first, like “${example}”.`,
      times: [
        { title: 'In 20 minutes', when: 'in 20 minutes' },
        { title: 'In an hour', when: 'in 1 hour' },
        { title: 'Tomorrow at 9am', when: 'tomorrow at 9am' },
      ],
    },
    schedule: {
      ask: (example: string): string => `When should I do that? Put the time first, like “${example}”.`,
      times: [
        { title: 'Every day at 9am', when: 'every day at 9am' },
        { title: 'Every weekday at 9am', when: 'every weekday at 9am' },
        { title: 'In an hour', when: 'in 1 hour' },
      ],
    },
  },

  /** `meant`: the schedule that the person may have meant. `ids`: those that exist. */
  unknown: (id: number, ids: readonly number[]): string => {
    const known =
      ids.length === 0 ? 'You have none.' : `You have ${formatList(ids.map(String))}: /schedules shows them.`;
    return `There’s no schedule ${id}. ${ids.length > IDS_SHOWN ? '/schedules lists yours.' : known}`;
  },
  didYouMean: (named: string, { id, prompt }: Pick<Shown['schedule'], 'id' | 'prompt'>): string =>
    `There’s no schedule ${excerpt(named, 40)}. Did you mean schedule ${id}, ${label(prompt, 40)}?`,
  use: {
    schedules: 'Text /schedules for the list, or /schedules and a number.',
    pause: 'Text /pause and a number, or for example “/pause 2 until 7 Jan”. Nothing has changed.',
    resume: 'Text /resume and a number. Nothing has changed.',
    skip: 'Text /skip and a number, or for example “/skip 2 tomorrow”. Nothing has changed.',
    cancel: 'Text /cancel and a number. Nothing has changed.',
    run: 'Text /run and a number. Nothing has changed.',
  },
  isOver: (id: number): string => `Schedule ${id} has ended. Create a new one, or text /run ${id} to run it once more.`,
  full: (most: number): string => `You have ${most} schedules, which is the maximum. /cancel one first.`,
  longPrompt:
    'That text is too long for a schedule: 64 KB at most. Put it into a file in the project and name the file.',
  longReminder: (most: number): string =>
    `That’s too long for a reminder: ${most} characters at most. Make it shorter, or make it a schedule.`,
  agentOnly:
    'A reminder is just a text: it can’t have a session, a queue or a check. Leave that out, or make it a schedule.',
  unknownRegion: (named: string): string =>
    `I don’t know the holidays of “${excerpt(named, 20)}”. Use a country like DE, or a country and region like DE-BE.`,
  others: 'Only an admin can send to others, and only to people who are allowed to text me.',
  othersUnknown:
    'I couldn’t look up the people it’s for, so nothing is scheduled. Please text it again in a few minutes.',
  /** The person already has an identical schedule. */
  twice: 'You already have this one, so I didn’t create another.',
  changed: (shown: Shown): string =>
    lines([
      `Changed ${kindOf(shown.schedule).toLowerCase()} ${shown.schedule.id}: ${shown.rule}`,
      label(shown.schedule.prompt),
      nextLine(shown),
      ...special(shown),
    ]),
  paused: (id: number, until: string | null, next: string | null): string => {
    if (until === null) return `Schedule ${id} is paused. /resume ${id} resumes it.`;
    const after = next === null ? 'It was due before then, so it won’t run again.' : `Next run: ${next}.`;
    return `Schedule ${id} is paused until ${until}. ${after}`;
  },
  pastUntil: 'That time has already passed. Choose a later one. Nothing has changed.',
  resumed: (id: number, next: string | null): string =>
    next === null
      ? `Schedule ${id} was due while it was paused, so it has ended. /run ${id} runs it now.`
      : `Schedule ${id} is active again. Next run: ${next}.`,
  notPaused: (id: number, next: string | null): string =>
    `Schedule ${id} isn’t paused.${next === null ? '' : ` Next run: ${next}.`}`,
  projectAway: (id: number): string =>
    `The project of schedule ${id} is archived. Restore it with /project restore first.`,
  skipped: (id: number, left: string, next: string | null): string =>
    next === null
      ? `Skipping ${left}. That was its last run, so schedule ${id} has ended.`
      : `Skipping ${left}. Next run of schedule ${id}: ${next}.`,
  skippedPaused: (id: number, left: string): string => `Skipping ${left}. Schedule ${id} stays paused.`,
  skipPaused: (id: number): string =>
    `Schedule ${id} is paused, so there’s no next run to skip. /resume ${id} resumes it.`,
  notThatDay: (id: number): string => `Schedule ${id} doesn’t run on that day. Nothing has changed.`,
  skipsFull: (most: number): string =>
    `${most} days are already skipped, which is the maximum. For longer, use /pause. Nothing has changed.`,
  cancelled: (id: number, isRunning: boolean): string =>
    `Schedule ${id} is cancelled.${isRunning ? ' The current run continues, and you’ll still get its answer.' : ''}`,
  alreadyOver: (id: number): string => `Schedule ${id} has already ended.`,
  running: (id: number, isBusy: boolean): string =>
    isBusy ? `I’ll run schedule ${id} when I’m done with my current work.` : `Running schedule ${id} now.`,
  sentToOthers: (id: number): string => `Sent schedule ${id} to the others.`,
  atWork: (id: number): string =>
    `The last run of schedule ${id} is still working. Text /run ${id} again when it’s done.`,

  /** For the agent. */
  toAgent: {
    unknown: (id: number): string => `There is no schedule ${id}. List them to see which there are.`,
    made: (shown: Shown): string =>
      lines([
        `Schedule ${shown.schedule.id} is set: ${shown.rule}. ${shown.schedule.kind === 'text' ? 'Reminder' : 'Task'}: ${label(shown.schedule.prompt)}.`,
        nextLine(shown),
        ...special(shown),
        'Tell the person the rule, the next times and the zone in a sentence or two.',
      ]),
    list: (all: readonly (Shown & { last: RunFacts | null })[]): string =>
      all.length === 0
        ? 'The person has no schedules.'
        : bounded(
            all.map((shown) => {
              const { schedule, rule, next, again, last, project } = shown;
              const state = [
                pausedWords(shown) ?? (next[0] === undefined ? 'over' : `next ${next[0]}`),
                ...(again === null ? [] : [`snoozed until ${again}`]),
              ].join(', ');
              return lines([
                `${schedule.id} (${schedule.kind === 'text' ? 'remind' : `agent, in ${project ?? 'an archived project'}`}): ${rule}; ${state}; last run: ${last === null ? 'none yet' : describeOutcome(last, shown.recipients)}`,
                `  ${label(schedule.prompt, 200)}`,
                ...special(shown).map((line) => `  ${line}`),
              ]);
            }),
          ),
    zoneNeeded: 'The person’s time zone is not known: ask them where they are, then call again with `zone`.',
    zoneNeededLater:
      'The person’s time zone is not known: ask them to text /timezone and where they are, like “/timezone Berlin”, then call again.',
    unknownZone: (zone: string): string =>
      `“${excerpt(zone, 40)}” is not a known time zone. Use one like Europe/Berlin or America/New_York.`,
    zoneKnown: (zone: string): string => `The person’s zone is known (${zone}), so the \`zone\` you gave was not used.`,
    inRun:
      'A scheduled run can’t create schedules or start runs. Tell the person what you would schedule, and let them decide.',
    pauseUntil: 'That isn’t a day or a time. Write it like “7 Jan” or “next monday 9am”.',
    nothingToChange: 'Say what to change: `when`, `text` or an option.',
  },
} as const;
