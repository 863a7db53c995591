import type { ClockMove } from './clock.ts';
import type { Guarantees } from './guarantees.ts';
import { PhoneStory } from './phone-story.ts';
import type { NoticeKind } from './sentences.ts';
import type { Span } from './storms.ts';

// Compares what people wrote with what their phones show, what the model saw and what its tools did. Pure.

/** A person's message, as the carrier had it. Times are the runner's. */
export type Written = {
  id: string;
  phone: string;
  what:
    | 'words'
    | 'choice'
    | '/stop'
    | '/retry'
    | '/queue'
    | '/project'
    | '/deep'
    | '/end'
    | '/remind'
    | '/compact'
    | '/btw'
    /** A topic of the chat is made. */
    | 'topic';
  /** When the carrier first handed it over; null: never. */
  handed: number | null;
  /** When the relay first took it; null: never seen. */
  taken: number | null;
  /** Its webhook failed in the end, or was never sent: the relay may have found it in the carrier's list. */
  isLate?: boolean;
  /** It was found there after later texts of the phone had been taken. */
  isOvertaken?: boolean;
  /** When the agent server first took it into running work. */
  steered?: number;
  /** The relay has it from the carrier's list, which contains less than a webhook. */
  isFound?: boolean;
  /** Its age when the relay found it in the carrier's list; for texts whose webhook was never sent. */
  foundAfterMs?: number;
  /** The carrier accepted its answer and then did not deliver it: the answer came again, after those sent meanwhile. */
  isSentAgain?: boolean;
  /** The plan makes the agent fail so often that the product may give up the text. */
  mayBeGivenUp?: boolean;
  /** The carrier refuses its answer for its words: the person is told, and that is all. */
  undeliverable?: boolean;
  /** It is stopped, and nobody texts /retry. */
  staysStopped?: boolean;
  /** Of a /project: the project it leads to; of a new topic: its name. */
  label?: string;
  /** The topic of the chat in which it is written; absent outside topics. */
  thread?: string;
  wants?: Wants;
};

/** The text's requests besides an answer. */
export type Wants = {
  /** Facts that the agent must have been told, and says. */
  answer?: string;
  /** …which only a webhook contains: quotes are in no list. */
  isByWebhook?: boolean;
  /** The project of the answer it quotes. */
  project?: string;
  /** A voice note. */
  isVoice?: boolean;
  /** The choices of the agent's question. */
  options?: readonly string[];
  file?: boolean;
  /** The agent says which files of earlier texts it finds. */
  files?: boolean;
  /** When the reminder is due. */
  rings?: number;
  /** The text into whose work it was steered. */
  steeredInto?: string;
  /** The text whose words it changes, and earlier changes of that text. */
  edits?: readonly string[];
};

/** A message as the phone shows it. `files`: the owners of its files. */
export type Shown = {
  phone: string;
  at: number;
  body: string;
  buttons: readonly string[];
  files: readonly string[];
  /** The topic of the chat in which it is shown; absent outside topics. */
  thread?: string;
};

/**
 * When parts of the product were absent. `isHeld`: they were there, but calls between them stood still. `isFull`: the
 * machine's disk was full.
 */
export type Away = { from: number; to: number; isHeld?: boolean; isFull?: boolean };

export type Evidence = {
  /** Of the channel. */
  guarantees: Guarantees;
  written: readonly Written[];
  /** In the order in which the carrier accepted them. */
  shown: readonly Shown[];
  away: readonly Away[];
  /** When a machine lost its disk. */
  diskLost: readonly number[];
  /** Ages in the product's sentences are by its conversations' clocks. */
  clockMoves?: readonly ClockMove[];
  /** When the carrier refused everything. */
  outages?: readonly Span[];
  ownMachines: boolean;
  /** Text → when its tool was released. */
  wentOn: ReadonlyMap<string, number>;
  /** The age below which the carrier's list leaves texts out, because their webhooks may be on their way. */
  youngestMs: number;
  /** Phones that were sent something before the time the carrier had named. */
  askedEarly: readonly string[];
  /** Text → when its answer was handed to the carrier and not refused. */
  sends?: ReadonlyMap<string, readonly number[]>;
  /** The number of times that the model saw each text as something new. */
  sights: ReadonlyMap<string, number>;
  /** Lines of the counter file: `did count-m0001`, `told count-m0001`, and `lost` when the disk was lost. */
  counter: readonly string[];
  /** The relay's unfinished work at the end. */
  unfinished: readonly string[];
};

/** Worst first. */
export const FAULTS = [
  'on the wrong phone',
  'lost',
  'doubled',
  'sent too often',
  'disordered',
  'said after /stop',
  'in the wrong project',
  'in the wrong topic',
  'not brought back',
  'untrue notice',
  'answer lost',
  'question lost',
  'question twice',
  'file lost',
  'file twice',
  'older than told',
  'not steered',
  'command unanswered',
  'command answered twice',
  'not seen by the model',
  'seen twice by the model',
  'side effect doubled without a word',
  'never accepted',
  'taken from the list too early',
  'carrier asked too early',
  'unfinished',
] as const;
export type Fault = (typeof FAULTS)[number];
/** Findings that time may still put right; a /retry on its way to the phone explains a repeated question. */
export const MAY_PASS: readonly Fault[] = [
  'lost',
  'not brought back',
  'untrue notice',
  'file lost',
  'command unanswered',
  'seen twice by the model',
  'side effect doubled without a word',
  'never accepted',
  'unfinished',
];
export type Finding = { fault: Fault; id: string | null; phone: string | null; what: string };

export type Verdict = {
  findings: Finding[];
  accepted: number;
  answered: number;
  /** The product's own sentences, by kind. */
  notices: ReadonlyMap<NoticeKind, number>;
  /** Repeated side effects; each one was announced unless it is among the findings. */
  repeatedEffects: number;
};

/** The carrier's list has dates in whole seconds. */
const DATED_MS = 1000;

export function judge(evidence: Evidence): Verdict {
  const { written, shown, sights, counter, unfinished } = evidence;
  const phones = new Set([...written, ...shown].map(({ phone }) => phone));
  const owners = new Map(written.map(({ id, phone }) => [id, phone]));
  const stories = [...phones].map((phone) => new PhoneStory(phone, evidence, owners));
  const answered = new Set(stories.flatMap(({ texts }) => texts.answered()));
  const back = new Map(stories.flatMap(({ texts }) => [...texts.broughtBack]));
  const findings: Finding[] = [
    ...stories.flatMap((story) => story.findings),
    ...written.flatMap(({ id, phone, handed }): Finding[] => {
      const seen = sights.get(id) ?? 0;
      if (seen === 0 && answered.has(id))
        return [{ fault: 'not seen by the model', id, phone, what: 'answered, but the model never saw it' }];
      if (seen > 1 + (back.get(id) ?? 0) + lossesSince(evidence, handed))
        return [{ fault: 'seen twice by the model', id, phone, what: `shown to the model ${seen} times` }];
      return [];
    }),
    ...written.flatMap(({ id, phone, foundAfterMs }): Finding[] =>
      foundAfterMs !== undefined && foundAfterMs + DATED_MS < evidence.youngestMs
        ? [{ fault: 'taken from the list too early', id, phone, what: `${foundAfterMs} ms old` }]
        : [],
    ),
    ...evidence.askedEarly.map(
      (phone): Finding => ({
        fault: 'carrier asked too early',
        id: null,
        phone,
        what: 'before its Retry-After was over',
      }),
    ),
    ...unannounced(counter, back),
    ...unfinished.map((what): Finding => ({ fault: 'unfinished', id: null, phone: null, what })),
  ];
  const notices = new Map<NoticeKind, number>();
  for (const [kind, count] of stories.flatMap((story) => [...story.notices.count])) {
    notices.set(kind, (notices.get(kind) ?? 0) + count);
  }
  return {
    findings: findings.sort((a, b) => FAULTS.indexOf(a.fault) - FAULTS.indexOf(b.fault)),
    accepted: written.filter(({ id, what, taken }) => what === 'words' && (taken !== null || answered.has(id))).length,
    answered: answered.size,
    notices,
    repeatedEffects: repeats(counter),
  };
}

/** A machine that has lost its disk gets open texts as something new. */
const lossesSince = ({ diskLost }: Evidence, handed: number | null): number =>
  diskLost.filter((at) => handed !== null && at >= handed).length;

/**
 * A side effect may happen again only if the agent was told in between that it may have happened, or if the person
 * brought the text back.
 */
function unannounced(counter: readonly string[], back: ReadonlyMap<string, number>): Finding[] {
  const isOpen = new Set<string>();
  const repeated = new Map<string, number>();
  return counter.flatMap((line): Finding[] => {
    const [what, tool = ''] = line.split(' ');
    const id = tool.replace(/^count-/, '');
    if (what === 'told') isOpen.delete(tool);
    if (what === 'lost') isOpen.clear();
    if (what !== 'did') return [];
    const isRepeated = isOpen.has(tool);
    isOpen.add(tool);
    if (!isRepeated) return [];
    repeated.set(id, (repeated.get(id) ?? 0) + 1);
    if ((repeated.get(id) ?? 0) <= (back.get(id) ?? 0)) return [];
    const told = 'its tool ran again and the agent did not know';
    return [{ fault: 'side effect doubled without a word', id, phone: null, what: told }];
  });
}

function repeats(counter: readonly string[]): number {
  const did = counter.filter((line) => line.startsWith('did '));
  return did.length - new Set(did).size;
}
