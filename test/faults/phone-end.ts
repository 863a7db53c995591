import type { PhoneNotices } from './phone-notices.ts';
import type { GivenUp, PhoneTexts, TextStanding } from './phone-texts.ts';
import type { NoticeKind } from './sentences.ts';
import type { Finding, Written } from './verdict.ts';

// Checks what is missing at the end of a phone's story: texts without an answer, missing files, reminders and
// questions, unanswered commands, and what was said about texts that were given up. Pure.

export type Heard = {
  texts: PhoneTexts;
  notices: PhoneNotices;
  asked: ReadonlySet<string>;
  rang: ReadonlySet<string>;
  files: ReadonlyMap<string, number>;
};
type Left = Omit<Finding, 'phone'>;

/** The sentences that answer each command. */
const ANSWERS: { readonly [what in Exclude<Written['what'], 'words' | 'choice'>]: readonly NoticeKind[] } = {
  '/stop': ['stopped', 'nothing to stop'],
  '/retry': ['retrying', 'nothing to retry', 'still stopping'],
  '/queue': ['queue mode'],
  '/project': ['project'],
  '/deep': ['deep work'],
  '/end': ['deep work over'],
  '/remind': ['reminder set'],
  '/compact': ['compacted'],
  '/btw': ['aside'],
  topic: ['topic'],
};

export function leftAtTheEnd(heard: Heard): Left[] {
  const { texts, files } = heard;
  return [
    ...texts.givenUp.flatMap((given, index) => wasGivenUp(texts, given, index)),
    ...notBroughtBack(texts),
    ...texts.written.flatMap((text) => undone(heard, text)),
    ...[...files].flatMap(([id, times]): Left[] =>
      times > 1 + (texts.broughtBack.get(id) ?? 0)
        ? [{ fault: 'file twice', id, what: `its file came ${times} times` }]
        : [],
    ),
    ...unanswered(heard),
  ];
}

/** The sentence is true if at least one of them had no answer until the person acted. */
function wasGivenUp(texts: PhoneTexts, { at, open }: GivenUp, index: number): Left[] {
  const untrue = (id: string | null, what: string): Left => ({ fault: 'untrue notice', id, what: `“gave up”${what}` });
  const acted = Math.min(
    Number.POSITIVE_INFINITY,
    ...texts.written.flatMap(({ handed }) => (handed !== null && handed > at ? [handed] : [])),
  );
  const meant = open.filter((standing) => texts.hasReason(standing, at));
  if (meant.length === 0) return [];
  const isAnswered = ({ answeredAt }: TextStanding): boolean =>
    answeredAt !== null && answeredAt >= at && answeredAt < acted;
  const before = texts.givenUp.slice(0, index).filter((other) => other.open.some((one) => meant.includes(one)));
  const retries = texts.retried.filter((retry) => retry.at <= at).length;
  return [
    ...(meant.every(isAnswered)
      ? [untrue(meant[0]?.text.id ?? null, ': it was answered, and nobody had texted /retry')]
      : []),
    ...(before.length >= retries + meant.length
      ? [untrue(null, ` was said ${before.length + 1} times of ${meant.length} texts`)]
      : []),
  ];
}

function notBroughtBack({ retried, givenUp }: PhoneTexts): Left[] {
  return retried.flatMap(({ at, count, kept }): Left[] => {
    const back = kept.filter(({ answeredAt }) => answeredAt !== null && answeredAt >= at);
    const isGivenUpAgain = givenUp.some((given) => given.at > at) || kept.some(({ is }) => is === 'stopped');
    if (back.length >= count || isGivenUpAgain) return [];
    const what = `/retry was to bring ${count} back and answered ${back.length}`;
    return [{ fault: 'not brought back', id: kept[0]?.text.id ?? null, what }];
  });
}

function undone({ texts, notices, asked, rang, files }: Heard, text: Written): Left[] {
  const { id, wants, what, handed, taken } = text;
  const standing = texts.get(id);
  const isAnswered = standing?.is === 'answered';
  if (standing?.is === 'told' || standing?.is === 'edited') return [];
  if (handed !== null && taken === null && !isAnswered) {
    return [{ fault: 'never accepted', id, what: 'the relay never had it' }];
  }
  const isKept = standing?.is === 'stopped' || texts.mayBeGivenUp(id);
  const missing: (Left | false | undefined)[] = [
    what === 'words' &&
      !isAnswered &&
      handed !== null &&
      !isKept && { fault: 'lost', id, what: 'accepted and never answered' },
    what === 'words' &&
      !isAnswered &&
      handed !== null &&
      isKept &&
      !text.staysStopped && { fault: 'not brought back', id, what: 'it is kept, and no /retry had it answered' },
    wants?.options &&
      isAnswered &&
      !asked.has(id) && { fault: 'question lost', id, what: 'the person was never asked' },
    wants?.file && isAnswered && !files.has(id) && { fault: 'file lost', id, what: 'its file never came' },
    wants?.rings !== undefined &&
      !rang.has(id) &&
      !notices.leftUndone.has(id) && { fault: 'lost', id, what: 'the reminder never came' },
    text.isLate &&
      text.isOvertaken &&
      isAnswered &&
      !notices.late.has(id) && {
        fault: 'untrue notice',
        id,
        what: 'later texts came before it, and the person was not told',
      },
  ];
  return missing.filter((one) => typeof one === 'object');
}

/** Each command is answered once. */
function unanswered({ texts, notices }: Heard): Left[] {
  const undone = notices.count.get('left undone') ?? 0;
  return Object.entries(ANSWERS).flatMap(([command, kinds]): Left[] => {
    const texted = texts.written.filter(({ what }) => what === command);
    const taken = texted.filter((text) => text.taken !== null);
    const late = texted.filter((text) => text.taken === null && text.handed !== null).length;
    const wanted = taken.length - taken.filter(({ id }) => notices.leftUndone.has(id)).length;
    const shown = kinds.reduce((sum, kind) => sum + (notices.count.get(kind) ?? 0), 0);
    const what = `${command}: ${shown} answers to ${wanted}`;
    return [
      ...(shown + undone < wanted ? [{ fault: 'command unanswered' as const, id: null, what }] : []),
      ...(shown > wanted + late ? [{ fault: 'command answered twice' as const, id: null, what }] : []),
    ];
  });
}
