import { ANSWER, EVERY_MS, type Found, type Kind, OTHER, PERSON, type Strike, since, WORDS } from './schedule-case.ts';

// The facts about a struck schedule that count, and their expected values: one run and one text for a due time, and the
// next time as requested. Pure.

const GIVEN = `${OTHER}: From ${PERSON.slice('whatsapp:'.length)}’s schedule 1:\n\n${WORDS}`;
/** The sentence about a reminder that nobody could have got in time. */
const MISSED = /^I was not running when .+ now it’s too late\./;

export function wantedOf({ kind, strike }: { kind: Kind; strike: Strike }, { due }: Found): ReturnType<typeof factsOf> {
  const isOver = kind === 'once' || kind === 'snoozed';
  const isMissed = strike.how === 'slept over';
  const next = isOver ? null : due + EVERY_MS;
  const own = `${PERSON}: ${isMissed ? 'missed' : kind === 'agent' ? ANSWER : WORDS}`;
  return {
    runs: [`${due} ${isMissed ? 'skipped' : 'delivered'}`],
    texts: kind === 'others' ? [own, GIVEN] : [own],
    given: kind === 'others' ? ['delivered'] : [],
    seen: kind === 'agent' ? 1 : 0,
    tasks: kind === 'agent' ? 1 : 0,
    schedule: isOver ? 'over' : 'active',
    next,
    timers: isOver ? [] : kind === 'agent' ? ['schedule', 'wake'] : ['schedule'],
    due: next,
    isAsAsked: true,
    unfinished: [],
  };
}

export function factsOf({ due, hour, end, texts, seen, unfinished }: Found) {
  return {
    runs: end && since(end, due).map(({ dueAt, state }) => `${dueAt} ${state}`),
    texts: texts.map((text) => (MISSED.test(text.slice(`${PERSON}: `.length)) ? `${PERSON}: missed` : text)),
    given: end?.given,
    seen,
    tasks: end?.tasks,
    schedule: end?.state,
    next: end?.nextAt,
    timers: end?.timers.map(({ kind }) => kind).sort(),
    due: end?.timers.find(({ kind }) => kind === 'schedule')?.dueAt ?? null,
    isAsAsked: hour === null || new Date(due).getUTCHours() === hour,
    unfinished,
  };
}

/** The facts that differ from their expected values. */
export function wrongIn(played: { kind: Kind; strike: Strike }, found: Found): string[] {
  const [facts, wanted] = [factsOf(found), wantedOf(played, found)];
  const names = Object.keys(wanted) as (keyof typeof wanted)[];
  return names.filter((name) => JSON.stringify(facts[name]) !== JSON.stringify(wanted[name]));
}
