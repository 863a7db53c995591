import { GAVE_UP, whyGivenUp } from '../../src/texts/given-up.ts';
import { texts } from '../../src/texts/index.ts';

// The product's own sentences: by their place in src/texts/index.ts, each with its claim and with examples.
// `sentences.test.ts` checks that every place is either here or among those that no phone of a run shows, so that the
// judge never meets a new sentence first. Pure.

/** The claim of such a sentence. */
export type NoticeKind =
  | 'gave up'
  | 'stopped'
  | 'nothing to stop'
  | 'retrying'
  | 'nothing to retry'
  | 'still stopping'
  | 'waiting'
  | 'queue full'
  | 'progress'
  | 'unreachable'
  | 'session lost'
  | 'late'
  | 'left undone'
  /** Found in the carrier's list too late to be done unasked. */
  | 'missed'
  | 'queue mode'
  | 'project'
  /** A new topic of the chat is for that project. */
  | 'topic'
  /** The quoted answer was in another project: the text goes there. */
  | 'goes elsewhere'
  | 'deep work'
  | 'deep work over'
  /** A switch to another project ended it. */
  | 'deep work left'
  /** In place of a file that the chat did not accept, or not at that time. */
  | 'link'
  /** A file from or for the person was lost. */
  | 'file trouble'
  | 'voice note unheard'
  | 'reminder set'
  /** A due schedule did not run. */
  | 'schedule missed'
  /** The effect of an answer to a question or a request for consent. */
  | 'decided'
  | 'question over'
  /** The agent goes on without the answer. */
  | 'question left'
  /** Asks whether words were the answer to a request for consent. */
  | 'in doubt'
  /** The attachment of a message without words is not in the carrier's list. */
  | 'empty'
  | 'compacted'
  | 'summarized'
  | 'aside'
  /** Above or below other words. */
  | 'around'
  | 'machine'
  | 'undeliverable'
  /** Above words that the carrier did not accept when they were ready. */
  | 'ready before'
  | 'may repeat'
  /** No plan leads to it. */
  | 'out of place';

/** In place of a number and of words that vary. */
const COUNT = 71;
const WORDS = 'Wörtchen';
/** So that the number of the unnamed ones is `COUNT`. */
const MANY = Array<string>(COUNT + 1).fill(WORDS);
const NAMED = `“${WORDS}”`;

/** `forms`: whole parts of a message, or their beginnings if `begins`. */
type Rule = { kind: NoticeKind; forms: readonly string[]; begins?: true };

const is = (kind: NoticeKind, ...forms: (string | null)[]): Rule => ({
  kind,
  forms: forms.flatMap((form) => form ?? []),
});
const begins = (kind: NoticeKind, form: string): Rule => ({ kind, forms: [form], begins: true });
const { inbound, questions, deep, files, projects, machines, status, archive } = texts;
const countable = (text: (count: number) => string): string[] => [text(1), text(COUNT)];
const before = (text: string, mark: string): string => text.slice(0, text.indexOf(mark));
const FILE_TROUBLES = ['gone', 'too-large', 'elsewhere', 'unavailable', 'lost', 'refused', 'no-space'] as const;
const NOT_SENT = ['lost', 'changed', 'refused', 'no-place', 'unreachable'] as const;
const SCHEDULE = {
  id: COUNT,
  prompt: WORDS,
  rule: { kind: 'once', at: 0 },
  zone: 'UTC',
  kind: 'text',
  nextAt: null,
  state: 'active',
} as const;
const MADE = {
  schedule: {
    ...SCHEDULE,
    kind: 'text',
    state: 'active',
    pausedBy: null,
    isolated: false,
    overlap: 'skip',
    checkCommand: null,
    holidays: null,
  },
  rule: WORDS,
  isOnce: true,
  next: [WORDS],
  zone: null,
  again: null,
  resumes: null,
  recipients: [],
  skips: [],
  project: null,
} as const;

/** By place. The first match counts. */
export const SENTENCES: { readonly [place: string]: Rule } = {
  givenUp: is(
    'gave up',
    ...GAVE_UP.flatMap((why) => [whyGivenUp(why), texts.givenUp(why, [WORDS]), texts.givenUp(why, MANY)]),
  ),
  agentError: is('gave up', texts.agentError, `Re ${NAMED}: ${texts.agentError}`),
  stopped: begins('stopped', texts.stopped([]).replace(/\.$/, '')),
  nothingToStop: is('nothing to stop', texts.nothingToStop),
  nothingToStopBefore: is('nothing to stop', texts.nothingToStopBefore(WORDS)),
  stillStopping: is('still stopping', texts.stillStopping),
  retrying: is('retrying', ...countable(texts.retrying), texts.retrying(COUNT, true)),
  nothingToRetry: is('nothing to retry', texts.nothingToRetry),
  waiting: is('waiting', ...countable(texts.waiting)),
  waitingForYou: is('waiting', ...countable(texts.waitingForYou)),
  queueFull: is('queue full', texts.queueFull(COUNT)),
  progress: is('progress', ...[1, COUNT].flatMap((n) => [texts.progress(n, null), texts.progress(n, WORDS)])),
  unreachable: is('unreachable', texts.unreachable),
  sessionLost: is('session lost', texts.sessionLost),
  sessionForgotten: is('session lost', texts.sessionForgotten),
  queueMode: is('queue mode', ...(['collect', 'steer', 'queue'] as const).map(texts.queueMode)),
  agentTrouble: is('out of place', texts.agentTrouble),
  emptyAnswer: is('out of place', texts.emptyAnswer),
  lateAndEmpty: is('empty', texts.lateAndEmpty),
  optedBack: is('out of place', ...countable(texts.optedBack)),
  undelivered: is(
    'undeliverable',
    ...(['answer', 'question', 'reminder', 'notice'] as const).flatMap((kind) =>
      (['content', 'other'] as const).map((failure) => texts.undelivered(kind, failure)),
    ),
  ),
  readyBefore: is('ready before', texts.readyBefore(WORDS, 'WhatsApp'), texts.readyBefore(WORDS, 'Twilio')),
  mayRepeat: is('may repeat', texts.mayRepeat),

  'inbound.reachedLate': begins('late', before(inbound.reachedLate(1, WORDS), 'a minute')),
  'inbound.leftUndone': is('left undone', ...[1, COUNT].map((minutes) => inbound.leftUndone(minutes, WORDS))),
  'inbound.missed': begins('missed', before(inbound.missed([WORDS]), '\n')),
  'inbound.missedCommand': is('missed', inbound.missedCommand(WORDS, WORDS)),
  'inbound.sentTo': is('goes elsewhere', inbound.sentTo(WORDS)),
  'inbound.heard': is('out of place', inbound.heard(WORDS)),
  'inbound.notHeard': is('voice note unheard', inbound.notHeard),
  'inbound.notMadeOut': is('voice note unheard', inbound.notMadeOut),
  'inbound.fileLater': is('file trouble', inbound.fileLater),
  'inbound.fileFailed': is('file trouble', ...FILE_TROUBLES.map(inbound.fileFailed)),
  'inbound.unread': is('out of place', ...Object.values(inbound.unread)),
  'files.link': is('link', files.link(WORDS, COUNT, WORDS)),
  'files.notSent': is('file trouble', ...NOT_SENT.map((why) => files.notSent(WORDS, why))),
  'files.expired': is('file trouble', files.expired),

  'archive.newMachine': begins('session lost', archive.newMachine),
  'archive.tooLarge': is('out of place', archive.tooLarge(WORDS)),
  'archive.personal': is('out of place', archive.personal),
  'archive.sessionFull': is('out of place', archive.sessionFull),
  'machines.making': is('machine', machines.making),
  'machines.again': is('machine', machines.again),
  'machines.waking': is('machine', machines.waking),
  'status.place': is('waiting', status.place(COUNT)),
  'status.compacted': is('summarized', status.compacted(null), status.compacted(WORDS)),
  'status.longByContext': is('out of place', status.longByContext(COUNT)),
  'status.longByMessages': is('out of place', status.longByMessages(COUNT)),

  'projects.made': is('project', projects.made(WORDS), `${projects.made(WORDS)}${projects.goesOn(WORDS)}`),
  'projects.switched': is('project', projects.switched(WORDS), `${projects.switched(WORDS)}${projects.goesOn(WORDS)}`),
  'projects.topic': is('topic', projects.topic(WORDS)),
  // After a command that was left undone because it came late.
  'projects.alreadyActive': is('project', projects.alreadyActive(WORDS)),
  'projects.unknown': is('project', projects.unknown(WORDS)),
  'projects.didYouMean': is('project', projects.didYouMean(WORDS, WORDS)),
  'projects.taken': is('project', projects.taken(WORDS)),

  'deep.begun': is('deep work', deep.begun(WORDS, false), deep.begun(WORDS, true)),
  'deep.since': is('deep work', `${before(deep.since(WORDS, 0), 'less than') + WORDS}. /end to finish.`),
  'deep.notDeep': is('deep work over', deep.notDeep),
  'deep.ended': is('deep work over', deep.ended(true), deep.ended(false)),
  'deep.switched': is('deep work left', deep.switched(WORDS, true), deep.switched(WORDS, false)),
  'deep.idle': begins('out of place', before(deep.idle(0, true), 'less than')),
  'deep.aside': is('around', before(deep.aside(WORDS, WORDS), '\n')),
  'deep.noAside': is('aside', deep.noAside),

  'questions.approved': is('decided', questions.approved),
  'questions.denied': is('decided', questions.denied),
  'questions.deniedWith': is('decided', questions.deniedWith),
  'questions.allowedForGood': is('decided', questions.allowedForGood(WORDS, WORDS)),
  'questions.withCondition': is('out of place', questions.withCondition),
  'questions.noOption': is('out of place', questions.noOption),
  'questions.isItYes': is('in doubt', questions.isItYes(WORDS)),
  'questions.settled': is('question over', questions.settled),
  'questions.over': is('question over', questions.over),
  'questions.noneToDecide': is('question over', questions.noneToDecide),
  'questions.askOver': is('question left', questions.askOver(WORDS)),
  'questions.decisionOver': is('question over', questions.decisionOver(WORDS)),
  'questions.neverAsked': is('question over', questions.neverAsked(WORDS)),
  'questions.deepOver': is('question over', questions.deepOver),
  'zones.notDone': is('out of place', texts.zones.notDone(WORDS)),
  'zones.settled': is('out of place', texts.zones.settled),

  'scheduleAnswers.made': begins('reminder set', before(texts.scheduleAnswers.made(MADE), WORDS)),
  'schedules.missed': begins('schedule missed', before(texts.schedules.missed(SCHEDULE, 0, 24, 0), String(COUNT))),
  'schedules.failed': begins(
    'schedule missed',
    before(texts.schedules.failed(SCHEDULE, { note: null }, 24, 0), String(COUNT)),
  ),
  'schedules.earlier': is('out of place', texts.schedules.earlier(1, COUNT), texts.schedules.earlier(COUNT, COUNT)),
};

/**
 * Places that no phone of a run shows on their own, by reason. A place that ends with a dot stands for all places in
 * it.
 */
export const NEVER_SHOWN: { readonly [reason: string]: readonly string[] } = {
  'for the operator': ['alerts.', 'files.noBucket', 'machines.alert'],
  'for the agent': [
    'inbound.agent.',
    'questions.toAgent.',
    'scheduleAnswers.toAgent.',
    'scheduleAnswers.standupPrompt',
    'schedules.task',
    'schedules.isNothing',
    'deep.wrapUp',
    'git.toAgent.',
    'questions.late',
    ...['sent', 'sentAsLink', 'empty', 'tooLarge', 'tooMany', 'optedOut', 'stopped', 'lost', 'changed', 'refused']
      .concat('noPlace', 'unreachable')
      .map((name) => `files.${name}`),
  ],
  'about a repository, which no plan of a run has': ['pulls.'],
  'on a page': ['diffPage.', 'page.', 'files.linkUnknown', 'files.linkExpired', 'files.linkUnavailable'],
  'about a blocked number, which no plan of a run has': [
    'alerts.againstPolicy',
    'alerts.senderBlocked',
    'alerts.senderUnblocked',
  ],
  'for a real phone in a local run': ['opensHere'],
  'part of another sentence, or a test of one': [
    'inbound.saysLate',
    'inbound.missedLine',
    'inbound.missedIn',
    'inbound.something',
    'saysUndelivered',
    'archive.sessionBack',
    'archive.folder',
    'archive.leftOut',
    'machines.refused',
    'projects.goesOn',
    'schedules.choices.',
    'questions.choose',
    'questions.numbered',
    'questions.yes',
    'questions.no',
    'questions.approve',
    'questions.deny',
    'questions.always',
    'questions.covers',
    'questions.restOfIt',
    'questions.readFirst',
    'questions.looksAlike',
    'questions.moreLookAlike',
    'questions.runsBackwards',
    'questions.formatGrant',
    'questions.newMessage',
    'deliveries.',
    'zones.onlyNewest',
    'zones.numbered',
    'zones.yesOrNo',
  ],
  'a question, known by what it asks': [
    'questions.mayI',
    'questions.deep',
    'questions.isItDeep',
    'zones.which',
    'zones.move',
  ],
  'with an answer that is too long for one message': [
    'soFar',
    'readOn',
    'allOfIt',
    'moreLeft',
    'nothingMore',
    'pageCut',
  ],
  'answers what nobody texts': [
    'access.',
    'links.',
    'merging.',
    'privacy.',
    'operated.',
    'senderMove.',
    'spending.',
    'persons.',
    'reach.',
    'git.',
    'connections.',
    'help.',
    'choices.',
    'welcome.',
    'scheduleRefusal',
    'scheduleAnswers.',
    'didYouMean',
    'isItMeant',
    'yesDoThat',
    'notMeant',
    'queueModeIs',
    'queueUse',
    'verbose',
    'files.use',
    'inbound.keysRemoved',
    'inbound.nokeyUse',
    'files.oddName',
    'files.longName',
    'status.report',
    'zones.',
    'deep.elsewhere',
    'deep.asideUse',
    'projects.',
    'questions.keptAsNew',
    'questions.whichToDecide',
    'questions.grants',
    'questions.revoked',
    'questions.programs',
    'questions.noGrant',
    'questions.approvalsUse',
    'schedules.projectGone',
    'schedules.whileLocked',
  ],
  'needs days': ['schedules.pausedByFailures', 'schedules.windowAdvice', 'schedules.unreached'],
};

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const pattern = (text: string): string => escaped(text).replaceAll(String(COUNT), '\\d+').replaceAll(WORDS, '.+?');

const FORMS = Object.entries(SENTENCES).flatMap(([place, { kind, forms, begins: isBeginning }]) =>
  forms.map((form) => ({ place, kind, form: new RegExp(`^${pattern(form)}${isBeginning ? '' : '$'}`, 's') })),
);

/** The claim of a message's part if it is a sentence of the product. */
export function noticeIn(part: string): { kind: NoticeKind; place: string } | null {
  const found = FORMS.find(({ form }) => form.test(part));
  return found ? { kind: found.kind, place: found.place } : null;
}

/** The examples of a place, as a phone shows them. */
export const examplesOf = (place: string): readonly string[] =>
  (SENTENCES[place]?.forms ?? []).map((form) =>
    form.replaceAll(String(COUNT), '12').replaceAll(WORDS, 'm0001 please.'),
  );
