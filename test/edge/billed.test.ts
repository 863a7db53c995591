import { beforeEach, expect, test } from 'vitest';
import { BILLED } from '../../scripts/production/billed.ts';
import { choiceIdOf } from '../../src/conversation/state/choices.ts';
import { segmentsOf } from '../../src/money/segments.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import { tellCounted } from '../counted.ts';
import { TASKS, type Task } from '../fixtures/tasks.ts';
import { useClock } from './clock.ts';
import { answerTo, Person, quiet } from './person.ts';
import { useOutside } from './relay.ts';

// The messages that the carrier charges for fifty tasks at default settings: parts, progress, notices, questions,
// files. Fifty people text at once, and one clock goes on for all of them.

quiet();
const clock = useClock();
const world = useOutside();
/** How often an object wakes while its agent works. */
const BEAT_S = 15;
/** From the agent's last tool to its answer. */
const WRITING_MS = 5000;
const FILE = 'ab'.repeat(32);

beforeEach(() => {
  clock.freeze();
  world.outside.offered.set(FILE, new Uint8Array(3000));
});

/** Paragraphs as an agent writes them. */
function wordsOf(length: number): string {
  const paragraph = `${'The second check reads the cart again before it is paid. '.repeat(5).trim()}\n\n`;
  return paragraph
    .repeat(Math.ceil(length / paragraph.length))
    .slice(0, length)
    .trim();
}

/** A person with one task, and the agent that works on it. */
class Work extends Person {
  readonly task: Task;
  #attempt = '';
  #uuids: string[] = [];
  texts = 0;

  constructor(task: Task) {
    super(world);
    this.task = task;
  }

  override says(body: string, extra: Record<string, string> = {}): Promise<Record<string, string>> {
    this.texts++;
    return super.says(body, extra);
  }

  async begins(text = this.task.says): Promise<void> {
    const { attempt, body } = await this.outside.until(() =>
      this.outside.starts.find((start) => start.body.messages[0]?.text === text),
    );
    this.#attempt = attempt;
    this.#uuids = body.messages.map((message) => message.uuid);
    await this.hears({ type: 'started' });
  }

  /** An event of the agent, until the relay has it. */
  async hears(event: EventBody): Promise<void> {
    await this.outside.until(() => this.outside.attaches.some((each) => each.attempt === this.#attempt));
    const seq = this.outside.events.get(this.#attempt)?.length ?? 0;
    this.tells(this.#attempt, event);
    await this.outside.until(async () => (await this.attempts()).at(-1)?.last_seq === seq + 1);
  }

  async isHalfDone(): Promise<void> {
    const { meanwhile, asks } = this.task;
    if (meanwhile) await this.says(meanwhile.says);
    if (asks === undefined) return;
    const request = { kind: 'approve', tool: 'Bash', summary: asks, rule: 'Bash(x:*)', always: true } as const;
    await this.hears({ type: 'request', request_id: 'r', request });
    const [question] = await this.rows<{ id: string }>('SELECT id FROM questions');
    await this.gets(0);
    const ButtonPayload = choiceIdOf(question?.id ?? '', 0);
    await this.says('Yes', { MessageType: 'interactive', ButtonText: 'Yes', ButtonPayload });
  }

  async sendsFile(): Promise<boolean> {
    if (!this.task.file) return false;
    const { caption, ...named } = this.task.file;
    const request = { kind: 'send_file', file: { id: FILE, size: 3000, ...named }, caption } as const;
    await this.hears({ type: 'request', request_id: 'f', request });
    await this.outside.until(() => this.outside.answers.some(({ attempt }) => attempt === this.#attempt));
    return true;
  }

  async answers(length = this.task.answer): Promise<void> {
    this.tells(this.#attempt, ...answerTo(this.#uuids, wordsOf(length)));
    await this.outside.until(() => this.outside.acknowledged.includes(this.#attempt));
  }

  /** The text that came meanwhile is a turn of its own. */
  async readsOn(): Promise<void> {
    const { meanwhile } = this.task;
    if (!meanwhile) return;
    await this.begins(meanwhile.says);
    await this.answers(meanwhile.answer);
  }

  /** Every reply has left. A file expires days later. */
  comesToAnEnd(): Promise<boolean> {
    const open = `SELECT 1 FROM turns WHERE state = 'open'
      UNION ALL SELECT 1 FROM messages WHERE state IN ('waiting', 'active')
      UNION ALL SELECT 1 FROM replies WHERE state IN ('ready', 'sending', 'unknown')`;
    return this.runs(clock, async () => (await this.rows(open)).length === 0);
  }
}

test('a turn costs at most 1.3 messages', async (context) => {
  const all = TASKS.map((task) => new Work(task));
  await Promise.all(all.map((each) => each.says(each.task.says)));
  clock.move(5000);
  await Promise.all(all.map((each) => each.ring()));
  await Promise.all(all.map((each) => each.begins()));
  const begun = Date.now();
  const moments = all.flatMap(({ task }) => [task.seconds / 2, task.seconds]);
  const last = Math.max(...moments);
  for (let beat = BEAT_S; beat < last; beat += BEAT_S) moments.push(beat);
  for (const moment of [...new Set(moments)].sort((a, b) => a - b)) {
    clock.move(Math.max(0, begun + moment * 1000 - Date.now()));
    await Promise.all(all.filter(({ task }) => task.seconds / 2 === moment).map((each) => each.isHalfDone()));
    const done = all.filter(({ task }) => task.seconds === moment);
    const files = await Promise.all(done.map((each) => each.sendsFile()));
    if (files.includes(true)) clock.move(WRITING_MS);
    await Promise.all(all.filter(({ task }) => task.seconds >= moment).map((each) => each.ring()));
    await Promise.all(done.map((each) => each.answers()));
    await Promise.all(done.map((each) => each.readsOn()));
  }
  for (const each of all) await each.comesToAnEnd();
  const sum = (countOf: (of: Work) => number): number => all.reduce((total, each) => total + countOf(each), 0);
  const counted = {
    turns: sum(({ task }) => (task.meanwhile ? 2 : 1)),
    texts: sum(({ texts }) => texts),
    messages: sum((each) => each.got().length),
    segments: sum((each) => each.bodies().reduce((total, body) => total + segmentsOf(body), 0)),
  };
  tellCounted(context, { 'billed messages a turn, over fifty tasks': counted.messages / counted.turns });
  expect(counted).toEqual(BILLED);
  expect(counted.messages / counted.turns).toBeLessThanOrEqual(1.3);
});
