import { GUARANTEES, type Guarantees } from './guarantees.ts';
import { POINTS, type Point } from './holds.ts';
import { INSIDE } from './kill-points.ts';
import { Chance, endless, next } from './random.ts';

// The plan of a run, made in advance from the seed alone: who texts what in which episode, where it is held, what is
// killed then, and what else goes wrong. Pure: the same seed makes the same plan.

/**
 * `cut`: every connection between the parts is lost, all processes live. `restarted`, `stopped`: the agent server, by
 * its host, for a while. `full`: its disk, for a while.
 */
export const KILLS = ['relay', 'machine', 'both', 'cut', 'restarted', 'stopped', 'disk lost', 'full', 'none'] as const;
export type Kill = (typeof KILLS)[number];

export type Text = {
  id: string;
  /**
   * The model's reaction: just answers, uses the tool first, streams so that it can be held, asks, asks for consent
   * once or for good, makes a reminder, sends a file, says what it remembers, or what files are there. With the real
   * agent also: makes a subagent use the tool.
   */
  work: 'answer' | 'tool' | 'story' | 'ask' | 'consent' | 'grant' | 'schedule' | 'file' | 'recall' | 'look' | 'helper';
  /** The number of times that the agent fails at it before it succeeds. */
  crashes: number;
  /** It sounds finished, so the relay waits a shorter time for more. */
  complete: boolean;
  /** `late`: later texts overtake it. */
  webhook: 'as usual' | 'late' | 'twice' | 'again later' | 'lost';
  send:
    | 'as usual'
    | 'refused 429'
    | '500 after it was taken'
    | 'cut after it was taken'
    /** So is the send after it. */
    | 'cut twice after it was taken'
    | 'taken after the time-out'
    | 'undelivered'
    | 'window closed'
    /** The carrier accepts the answer, then refuses it because the window is closed. */
    | 'window closed late'
    /** The carrier refuses the answer every time because of its words: its person is told. */
    | 'refused for its words';
  /** It is written in a topic of the chat. */
  inTopic?: true;
};

/** The person's act: see acts.ts. */
export const ACTS = [
  'texts',
  'steer',
  'stop',
  'ask',
  'consent',
  'photo',
  'voice',
  'file',
  'quote',
  'project',
  'remind',
  'plan',
  'aside',
  'deep',
  'window',
  'block',
  'edit',
  'helper',
  'compact',
  'apart',
  'later',
  'due',
  'told',
  'move',
  'backup',
] as const;
export type Act = (typeof ACTS)[number];

/** `gathering`: nothing is held; its texts come just before the kill. */
export type Aim = Point | 'gathering' | 'none';
export type Cast = {
  person: number;
  act: Act;
  aim: Aim;
  texts: Text[];
  /** The work stays stopped: nobody texts /retry. */
  staysStopped?: boolean;
  /** A question is answered at once, or after the killed process is back, or after it was asked again. */
  answers?: 'at once' | 'later' | 'much later';
  /** The decision on a request for consent; default: by the text's id. */
  decides?: 'Approve' | 'Deny' | 'Always';
  /** Default: a button, where there is one. */
  answersBy?: 'button' | 'button, twice' | 'words';
  /** At the next question, the previous one is answered again. */
  tapsAgain?: boolean;
};
export type Callbacks = 'as usual' | 'lost' | 'late' | 'twice' | 'backwards' | 'before the answer';
/** The behaviour of the carrier's API during the episode and for a while afterwards. */
export type Weather =
  | 'fine'
  | 'refuses (429)'
  | 'refuses for long (429)'
  /** It names a wait that means our whole address. */
  | 'refuses everybody (429)'
  | 'breaks (5xx)'
  | 'lists are slow';
export type QueueMode = 'collect' | 'steer' | 'queue';

export type Episode = {
  kill: Kill;
  /** The point at which relay or agent server stops before it is killed; default: wherever it is. */
  inside?: string;
  casts: Cast[];
  callbacks: Callbacks;
  weather: Weather;
  /** The channel's updates are numbered from the beginning again. */
  isRenumbered?: boolean;
  /** Held calls are released before the killed process is back, or only afterwards. */
  releaseFirst: boolean;
};

/** `modes`: by person; their /queue choice before their first text. */
export type Plan = { people: number; modes: QueueMode[]; episodes: Episode[] };
export type PlanOptions = {
  messages: number;
  seed: number;
  people?: number;
  kills?: boolean;
  lostWebhooks?: boolean;
  /** Of the people's channel; default: WhatsApp's. */
  guarantees?: Guarantees;
  /** Everybody has a separate machine: fewer people, and the faults of such machines. */
  ownMachines?: boolean;
  /** The least number of episodes, each with a kill; default: as many as the texts fill. */
  killsWanted?: number;
};

/**
 * A reply that the carrier never accepted is sent again only after the last look-up, a minute later, so it is aimed at
 * less often.
 */
const OF_ALL_TEXTS = POINTS.filter((point) => point !== 'asked' && point !== 'heard');
const AIMS: readonly Aim[] = [
  ...OF_ALL_TEXTS,
  ...OF_ALL_TEXTS.filter((point) => point !== 'send-untaken'),
  'gathering',
  'gathering',
  'none',
];
const DOES: readonly Act[] = [
  ...Array<Act>(12).fill('texts'),
  ...Array<Act>(3).fill('steer'),
  ...Array<Act>(2).fill('stop'),
  ...Array<Act>(2).fill('ask'),
  'consent',
  'photo',
  'voice',
  ...Array<Act>(2).fill('file'),
  'quote',
  'project',
  'remind',
  'plan',
  'aside',
  'deep',
  'window',
  'block',
  'edit',
  'edit',
];
/** The acts that need this many texts. */
const TEXTS: Partial<Record<Act, number>> = {
  steer: 2,
  stop: 1,
  ask: 1,
  consent: 1,
  photo: 1,
  voice: 1,
  file: 1,
  quote: 1,
  project: 1,
  remind: 1,
  plan: 1,
  aside: 1,
  deep: 2,
  window: 2,
  block: 2,
  edit: 3,
};
/** The acts that people may do in a topic of the chat, with all of their texts. */
const TOPICAL: readonly Act[] = ['steer', 'stop', 'ask', 'consent', 'photo', 'voice', 'file', 'aside', 'block', 'edit'];
/** The share of such acts, and of single texts, in topics if chats have them. */
const TOPIC_SHARE = 0.25;
/** The point in the relay that only a report about a delivery reaches. */
const OF_RECEIPTS = 'a callback came, not applied';
const CASTS = 10;
/** The share of kills of relay and agent server inside one of their points rather than between calls. */
const INSIDE_SHARE = 0.4;
const PEOPLE = 30;
/** With a machine each. */
const OWNERS = 6;
/** The product gives up a turn after five tries, and a kill may use up one. With more kills, giving up is expected. */
export const CRASHES_BORNE = 3;
/** The share of texts that a plan allows to be given up, for the person to bring back. */
const GIVEN_UP_SHARE = 0.01;
/** Reminders ring a minute later: none is made near the end, because the run would wait for it alone. */
const RINGS_UNTIL = 0.7;
/** The share of episodes that begin the channel's numbers anew, where it does. */
const RENUMBERED_SHARE = 0.15;

export function makePlan(options: PlanOptions): Plan {
  const { messages, seed, kills = true, lostWebhooks = false, killsWanted = 0, ownMachines = false } = options;
  const { guarantees = GUARANTEES.whatsapp } = options;
  const { people = ownMachines ? OWNERS : PEOPLE } = options;
  const chance = new Chance(seed);
  const aims = endless<Aim>(chance, AIMS);
  const does = endless<Act>(chance, DOES.filter(fits(guarantees)));
  const modes = endless<QueueMode>(chance, ['collect', 'steer', 'queue']);
  const everybody = Array.from({ length: people }, (_, n) => n);
  const turn = endless(chance, everybody);
  const modeOf = everybody.map(() => (kills ? next(modes) : 'collect'));
  const killed = endless<Kill>(chance, [
    ...Array<Kill>(18).fill('relay'),
    ...Array<Kill>(12).fill('machine'),
    ...Array<Kill>(4).fill('both'),
    ...Array<Kill>(4).fill('cut'),
    ...Array<Kill>(2).fill('restarted'),
    'stopped',
    'disk lost',
    ...(ownMachines ? [] : ['full' as const]),
    ...(killsWanted > 0 ? [] : Array<Kill>(3).fill('none')),
  ]);
  const inside = {
    relay: endless<string>(
      chance,
      INSIDE.relay.filter((point) => guarantees.receipts || point !== OF_RECEIPTS),
    ),
    machine: endless<string>(chance, INSIDE.machine),
  };
  const episodes: Episode[] = [];
  let made = 0;
  while (made < messages) {
    const casts: Cast[] = [];
    const killsLeft = killsWanted - episodes.length;
    const end = killsLeft > 0 ? made + Math.max(1, Math.floor((messages - made) / killsLeft)) : messages;
    for (let n = 0; n < Math.min(CASTS, people) && made < end; n++) {
      const person = next(turn, (one) => !casts.some((cast) => cast.person === one));
      const left = end - made;
      const isFit = (act: Act): boolean =>
        (act !== 'steer' || modeOf[person] === 'steer') &&
        (TEXTS[act] ?? 1) <= left &&
        ((act !== 'remind' && act !== 'plan') || made < messages * RINGS_UNTIL);
      const act = kills ? next(does, isFit) : 'texts';
      const aim = aimOf(chance, act, () => (kills ? next(aims) : 'none'));
      const count = TEXTS[act] ?? Math.min(left, Number(chance.weighted({ 1: 6, 2: 3, 3: 1 })));
      const texts = Array.from({ length: count }, (_, index): Text => {
        made += 1;
        return text(chance, `m${String(made).padStart(4, '0')}`, {
          act,
          aim,
          index,
          faults: kills,
          lostWebhooks,
          guarantees,
        });
      });
      const cast = withBounds(chance, { person, act, aim, texts, ...manner(chance, act) });
      casts.push(guarantees.capabilities.threads ? inTopics(chance, cast) : cast);
    }
    const callbacks: Callbacks =
      kills && guarantees.receipts
        ? chance.weighted({ 'as usual': 4, lost: 1, late: 1, twice: 1, backwards: 1, 'before the answer': 1 })
        : 'as usual';
    const weather: Weather = kills
      ? chance.weighted({
          fine: 12,
          'refuses (429)': 1,
          'breaks (5xx)': 1,
          'lists are slow': isListed(guarantees) ? 1 : 0,
          'refuses everybody (429)': guarantees.senderWaitS === null ? 0 : 1,
        })
      : 'fine';
    const kill = kills ? next(killed) : 'none';
    const isInside = (kill === 'relay' || (kill === 'machine' && !ownMachines)) && chance.next() < INSIDE_SHARE;
    const point = isInside ? { inside: next(inside[kill]) } : {};
    const anew = guarantees.renumbers && chance.next() < RENUMBERED_SHARE ? { isRenumbered: true } : {};
    episodes.push({ kill, ...point, casts, callbacks, weather, ...anew, releaseFirst: chance.next() < 0.5 });
  }
  return { people, modes: modeOf, episodes };
}

const isListed = ({ capabilities }: Guarantees): boolean => capabilities.reconcile === 'list';

/** An act needs what its channel has. */
const fits =
  ({ capabilities, blocks }: Guarantees) =>
  (act: Act): boolean =>
    (act !== 'window' || capabilities.windowMs !== null) &&
    (act !== 'block' || blocks) &&
    (act !== 'edit' || capabilities.edits) &&
    ((act !== 'photo' && act !== 'voice') || capabilities.limits.fileIn > 0) &&
    (act !== 'quote' || capabilities.quotes);

function aimOf(chance: Chance, act: Act, drawn: () => Aim): Aim {
  if (act === 'texts') return drawn();
  if (act === 'steer' || act === 'stop' || act === 'aside' || act === 'deep' || act === 'block') return 'tool';
  if (act === 'file') return chance.pick(['answer', 'ended', 'send-unanswered', 'none'] as const);
  if (act === 'plan') return chance.pick(['answer', 'ended', 'none'] as const);
  if (act === 'edit') return chance.pick(['tool', 'answer', 'none'] as const);
  return act === 'ask' || act === 'consent' ? 'asked' : 'none';
}

function manner(chance: Chance, act: Act): Pick<Cast, 'staysStopped' | 'answers' | 'answersBy' | 'tapsAgain'> {
  if (act === 'stop') return chance.next() < 0.2 ? { staysStopped: true } : {};
  if (act === 'ask' || act === 'consent') {
    const answers = chance.next() < 0.5 ? 'at once' : 'later';
    const answersBy = chance.weighted({ button: 5, 'button, twice': 2, words: 2 });
    return { answers, answersBy, ...(chance.next() < 0.25 ? { tapsAgain: true } : {}) };
  }
  return {};
}

/**
 * The agent fails at a turn as many times as the product tolerates, or rarely so many times that the turn is given up.
 */
function withBounds(chance: Chance, cast: Cast): Cast {
  const isTooMuch = cast.act === 'texts' && chance.next() < GIVEN_UP_SHARE * cast.texts.length;
  let left = CRASHES_BORNE;
  const texts = cast.texts.map((each, index) => {
    const crashes = isTooMuch ? (index === 0 ? 5 : 0) : Math.min(each.crashes, left);
    left -= crashes;
    return { ...each, crashes };
  });
  return { ...cast, texts };
}

function inTopics(chance: Chance, cast: Cast): Cast {
  const isDrawn = (): boolean => chance.next() < TOPIC_SHARE;
  const isWhole = TOPICAL.includes(cast.act) && isDrawn();
  const texts = cast.texts.map((text): Text => {
    const isIn = isWhole || (cast.act === 'texts' && isDrawn());
    return isIn ? { ...text, inTopic: true } : text;
  });
  return { ...cast, texts };
}

/** The agent fails more often than the product tries. */
export const mayBeGivenUp = ({ texts }: Cast): boolean =>
  texts.reduce((sum, { crashes }) => sum + crashes, 0) > CRASHES_BORNE;

type Place = {
  act: Act;
  aim: Aim;
  index: number;
  faults: boolean;
  lostWebhooks: boolean;
  guarantees: Guarantees;
};

function text(chance: Chance, id: string, { act, aim, index, faults, lostWebhooks, guarantees }: Place): Text {
  const work = workOf(chance, act, aim, index);
  const plain: Text = { id, work, crashes: 0, complete: true, webhook: 'as usual', send: 'as usual' };
  if (!faults) return plain;
  // A text that the person waits for has a webhook that arrives.
  const mayOvertake = act === 'edit' && (index > 0 || aim === 'none');
  const isAwaited = act !== 'texts' && act !== 'quote' && act !== 'photo' && !mayOvertake;
  const lost = lostWebhooks ? 4 : 0;
  const webhook = chance.weighted({ 'as usual': 80, late: mayOvertake ? 60 : 6, twice: 6, 'again later': 6, lost });
  const send = chance.weighted({
    'as usual': 84,
    'refused 429': 6,
    '500 after it was taken': 4,
    'cut after it was taken': 3,
    'taken after the time-out': 1,
    undelivered: guarantees.receipts ? 2 : 0,
    'cut twice after it was taken': isListed(guarantees) ? 0 : 2,
  });
  return {
    ...plain,
    crashes: act === 'texts' ? Number(chance.weighted({ 0: 94, 1: 3, 2: 3 })) : 0,
    // A text that is edited at once waits for more, so that the edit may come before the agent has it.
    complete: aim === 'gathering' || (act === 'edit' && aim === 'none') ? false : chance.next() < 0.8,
    webhook: isAwaited && webhook !== 'twice' ? 'as usual' : webhook,
    send: act !== 'window' ? send : index === 0 ? 'window closed' : 'as usual',
  };
}

function workOf(chance: Chance, act: Act, aim: Aim, index: number): Text['work'] {
  if (act === 'ask' || act === 'consent' || act === 'file') return act;
  if (act === 'plan') return 'schedule';
  if ((act === 'steer' || act === 'stop' || act === 'aside' || act === 'deep' || act === 'block') && index === 0)
    return 'tool';
  if (act === 'edit' && index === 0 && aim === 'tool') return 'tool';
  if (act !== 'texts') return 'answer';
  return aim === 'tool' ? 'tool' : aim === 'streaming' ? 'story' : chance.weighted({ answer: 5, tool: 4, story: 1 });
}

export const textsOf = ({ episodes }: Plan): Text[] =>
  episodes.flatMap(({ casts }) => casts.flatMap((cast) => cast.texts));
