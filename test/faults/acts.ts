import { setTimeout as pause } from 'node:timers/promises';
import type { Holds } from './holds.ts';
import { choiceFor, decisionFor, type Person, wordsOf } from './person.ts';
import type { Phones } from './phones.ts';
import { pictureOf, voiceOf } from './picture.ts';
import { type Act, type Cast, mayBeGivenUp, type Text } from './plan.ts';
import { CHOICES, DECISIONS, numberOf } from './said.ts';
import type { Wants } from './verdict.ts';

// The acts of people in an episode. Each resolves when it reaches the point at which something may be killed.

export type Stage = {
  phones: Phones;
  holds: Holds;
  /** The relay took the message. */
  taken: (id: string) => Promise<void>;
  /** The agent server took it into running work. */
  steered: (id: string) => Promise<void>;
  /** The answer to the text is on its way to the phone. */
  answered: (id: string) => Promise<void>;
  /** Moves the clock of the person's conversation; nothing of it may be in progress. */
  clockMoved: (phone: string, byMs: number) => Promise<void>;
  /** The relay says that everything of the conversation is backed up. */
  backedUp: (phone: string) => Promise<void>;
  /** The relay knows the id of that message of its own. */
  isKnown: (sid: string) => boolean;
  /** The processes killed in this episode are running again. */
  struck: Promise<void>;
};

type Play = (person: Person, cast: Cast, stage: Stage) => Promise<void>;

/** In a topic of the chat, where the plan says so. The texts of an act are in one, unless each is a matter of its own. */
function placed(person: Person, { act, texts: [first] }: Cast, text: Text): { thread?: string } {
  const { id } = act === 'texts' ? text : (first ?? text);
  return text.inTopic ? { thread: person.topicFor(id) } : {};
}

const write = (person: Person, cast: Cast, text: Text, wants = remembered(person, text)): void =>
  person.write({
    id: text.id,
    what: 'words',
    body: wordsOf(text),
    webhook: text.webhook,
    ...placed(person, cast, text),
    mayBeGivenUp: mayBeGivenUp(cast),
    staysStopped: cast.staysStopped ?? false,
    undeliverable: text.send === 'refused for its words',
    ...(wants && { wants }),
  });

/** An agent that is asked what it remembers must know the text before; one that looks must find the files. */
const remembered = ({ newestText }: Person, { work }: Text): Wants | undefined =>
  work === 'recall' ? { answer: `remembers ${newestText}` } : work === 'look' ? { files: true } : undefined;

/** Held at the point the plan aims at; without one it resolves at once. */
const aimed = ({ aim, texts: [first] }: Cast, { holds }: Stage): Promise<void> =>
  first === undefined || aim === 'none' || aim === 'gathering' || aim === 'asked'
    ? Promise.resolve()
    : holds.arm(aim, first.id);

const texts: Play = (person, cast, stage) => {
  const reached = aimed(cast, stage);
  for (const text of cast.texts) write(person, cast, text);
  return reached;
};

/** The second text is written while a tool of the first runs. */
const steer: Play = async (person, cast, stage) => {
  const [first, second] = cast.texts;
  if (!first || !second) return;
  const reached = aimed(cast, stage);
  write(person, cast, first);
  await reached;
  write(person, cast, second, { steeredInto: first.id });
  await stage.steered(second.id);
};

/** As above, with time for the agent server to hear of the second text. */
const TOLD_MS = 2_000;
const told: Play = async (person, cast, stage) => {
  await steer(person, cast, stage);
  await pause(TOLD_MS);
};

/** The others are written during the work on the first, and wait. */
async function behind(person: Person, cast: Cast, stage: Stage): Promise<void> {
  const [first, ...others] = cast.texts;
  if (!first) return;
  const reached = aimed(cast, stage);
  write(person, cast, first);
  await reached;
  for (const text of others) {
    write(person, cast, text);
    await stage.taken(text.id);
  }
}

/** Texts written behind the first wait, and are dropped with it. */
const stop: Play = async (person, cast, stage) => {
  await behind(person, cast, stage);
  await stage.taken(person.says('/stop', '/stop'));
};

/** Longer than an agent takes to ask again. */
const MUCH_LATER_MS = 6000;
const mayAnswer = ({ answers = 'at once' }: Cast, { struck }: Stage): Promise<void> =>
  answers === 'at once' ? Promise.resolve() : answers === 'later' ? struck : struck.then(() => pause(MUCH_LATER_MS));

type Choice = { choice: string; wants: Wants };

/** The agent asks the person about each of the texts. */
function asks(person: Person, cast: Cast, stage: Stage, choiceOf: (id: string) => Choice): Promise<void> {
  person.answersWhen(mayAnswer(cast, stage));
  person.tapsAgain = cast.tapsAgain ?? false;
  person.answersBy = cast.answersBy ?? 'button';
  const reached = cast.aim === 'heard' ? aimed(cast, stage) : null;
  const asked = cast.texts.map((text) => {
    const { choice, wants } = choiceOf(text.id);
    const shown = person.asked(text.id, choice);
    write(person, cast, text, wants);
    return shown;
  });
  return reached ?? asked[0] ?? Promise.resolve();
}

const ask: Play = (person, cast, stage) =>
  asks(person, cast, stage, (id) => ({ choice: choiceFor(id), wants: { answer: choiceFor(id), options: CHOICES } }));

/** The agent asks for consent. */
const consent: Play = (person, cast, stage) =>
  asks(person, cast, stage, (id) => {
    const choice = cast.decides ?? decisionFor(id);
    return { choice, wants: { answer: choice === 'Deny' ? 'denied' : 'allowed', options: DECISIONS } };
  });

const photo: Play = async (person, cast) => {
  const [first] = cast.texts;
  if (!first) return;
  person.write({
    id: first.id,
    what: 'words',
    body: wordsOf(first),
    media: [{ contentType: 'image/png', fileName: null, bytes: pictureOf(first.id) }],
    webhook: first.webhook,
    ...placed(person, cast, first),
    wants: { answer: 'photo', isByWebhook: true },
  });
};

/** A voice note without any text. */
const voice: Play = async (person, cast) => {
  const [first] = cast.texts;
  if (!first) return;
  person.write({
    id: first.id,
    what: 'words',
    media: [{ contentType: 'audio/ogg', fileName: null, bytes: voiceOf(first.id) }],
    webhook: first.webhook,
    ...placed(person, cast, first),
    wants: { answer: 'voice', isByWebhook: true, isVoice: true },
  });
};

/** The agent sends a file. */
const file: Play = (person, cast, stage) => {
  const reached = aimed(cast, stage);
  for (const text of cast.texts) write(person, cast, text, { file: true });
  return reached;
};

const quote: Play = async (person, cast, stage) => {
  const [first] = cast.texts;
  if (!first) return;
  const { newestAnswer } = person;
  if (newestAnswer === null || !stage.isKnown(newestAnswer.sid)) return texts(person, cast, stage);
  person.write({
    id: first.id,
    what: 'words',
    body: wordsOf(first),
    quotes: newestAnswer.sid,
    ...(newestAnswer.thread !== undefined && { thread: newestAnswer.thread }),
    webhook: first.webhook,
    wants: {
      answer: `quotes ${newestAnswer.id}`,
      isByWebhook: true,
      ...(newestAnswer.project !== null && { project: newestAnswer.project }),
    },
  });
};

const PROJECTS = ['red-project', 'blue-project'];
const project: Play = async (person, cast, stage) => {
  const [here = ''] = PROJECTS.filter((name) => name !== person.projects.at(-1));
  const isNew = !person.projects.includes(here);
  person.projects.push(here);
  await stage.taken(person.says('/project', `/project ${isNew ? 'new ' : ''}${here}`, { label: here }));
  return texts(person, cast, stage);
};

/** Waiting texts belong to the project in which they were written, wherever the person goes afterwards. */
const move: Play = async (person, cast, stage) => {
  await behind(person, cast, stage);
  await project(person, { ...cast, texts: [] }, stage);
};

const RINGS_AFTER_MS = 60_000;
const EARLY_MS = 1000;
const remind: Play = async (person, cast) => {
  const [first] = cast.texts;
  if (!first) return;
  person.write({
    id: first.id,
    what: '/remind',
    body: `/remind in 1 minute: ${first.id} rings`,
    wants: { rings: Date.now() + RINGS_AFTER_MS - EARLY_MS },
  });
};

/** The agent has to remind the person. */
const plan: Play = (person, cast, stage) => {
  const reached = aimed(cast, stage);
  const rings = Date.now() + RINGS_AFTER_MS - EARLY_MS;
  for (const text of cast.texts) write(person, cast, text, { rings });
  return reached;
};

/** The person asks a side question during running work. */
const aside: Play = async (person, cast, stage) => {
  const [first] = cast.texts;
  if (!first) return;
  const reached = aimed(cast, stage);
  write(person, cast, first);
  await reached;
  await stage.taken(person.says('/btw', `/btw how is ${numberOf(first.id)}?`));
};

/** Deep work steers texts into the work; a summary comes at its end. */
const deep: Play = async (person, cast, stage) => {
  const [first, second] = cast.texts;
  if (!first || !second) return;
  await stage.taken(person.says('/deep', '/deep'));
  const reached = aimed(cast, stage);
  write(person, cast, first);
  await reached;
  write(person, cast, second, { steeredInto: first.id });
  await stage.steered(second.id);
  void stage.answered(second.id).then(() => person.says('/end', '/end'));
};

/** The carrier refuses the answer, because the window is closed, until the person writes again. */
const window: Play = async (person, cast, stage) => {
  const [first, second] = cast.texts;
  if (!first || !second) return;
  write(person, cast, first);
  void stage.answered(first.id).then(() => write(person, cast, second));
};

/** The person shuts us out while the agent works, and writes the last text after they have let us in. */
const BLOCKED_MS = 6_000;
const block: Play = async (person, cast, stage) => {
  await behind(person, { ...cast, texts: cast.texts.slice(0, -1) }, stage);
  stage.phones.block(person.phone, true);
  void stage.struck
    .then(() => pause(BLOCKED_MS))
    .then(() => {
      stage.phones.block(person.phone, false);
      for (const text of cast.texts.slice(-1)) write(person, cast, text);
    });
};

/** The person changes the words of their text, once or twice; perhaps before the agent has them. */
const edit: Play = async (person, cast, stage) => {
  const [first, ...changes] = cast.texts;
  if (!first) return;
  const reached = aimed(cast, stage);
  write(person, cast, first);
  await reached;
  const ids = cast.texts.map(({ id }) => id);
  for (const [n, change] of changes.entries()) write(person, cast, change, { edits: ids.slice(0, n + 1) });
};

/** The conversation is compacted and continues. */
const compact: Play = async (person, cast, stage) => {
  await stage.taken(person.says('/compact', '/compact'));
  return texts(person, cast, stage);
};

/** The last text is written some time after the answer to the first. */
const APART_MS = 6_000;
const apart: Play = async (person, cast, stage) => {
  for (const text of cast.texts.slice(0, -1)) write(person, cast, text);
  await stage.answered(cast.texts[0]?.id ?? '');
  await pause(APART_MS);
  for (const text of cast.texts.slice(-1)) write(person, cast, text);
};

/** Something else is due in days. */
const later: Play = async (person, cast, stage) => {
  await stage.taken(person.says('/remind', '/remind in 3 days: water the plants'));
  return texts(person, cast, stage);
};

/** Several reminders are due in one hour, and then that hour passes. */
const HOUR_MS = 60 * 60_000;
const due: Play = async (person, cast, stage) => {
  for (const [n, { id }] of cast.texts.entries()) {
    const body = `/remind in ${HOUR_MS / 60_000 + n} minutes: ${id} rings`;
    person.write({ id, what: '/remind', body, wants: { rings: Date.now() } });
    await stage.taken(id);
  }
  await stage.clockMoved(person.phone, HOUR_MS + cast.texts.length * 60_000);
};

/** The work on each text is backed up a while later, and that copy is an hour old before anything else happens. */
const UNTIL_COPY_MS = 2 * 60_000;
const backup: Play = async (person, cast, stage) => {
  for (const text of cast.texts) {
    write(person, cast, text, { file: true });
    await stage.answered(text.id);
    await stage.clockMoved(person.phone, UNTIL_COPY_MS);
    await stage.backedUp(person.phone);
    await stage.clockMoved(person.phone, HOUR_MS);
  }
};

export const PLAYS: { readonly [act in Act]: Play } = {
  texts,
  steer,
  stop,
  ask,
  consent,
  photo,
  voice,
  file,
  quote,
  project,
  remind,
  plan,
  aside,
  deep,
  window,
  block,
  edit,
  helper: texts,
  compact,
  apart,
  later,
  due,
  told,
  move,
  backup,
};
