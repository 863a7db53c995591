import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test';
import { vi } from 'vitest';
import type { ClockReading, LocalConversation } from '../../src/objects/local-conversation.ts';
import type { EventBody } from '../../src/protocol/index.ts';
import type { useClock } from './clock.ts';
import type { Outside, Sent } from './outside.ts';
import { evict, newPerson, OURS, post, rows, stubOf, textForm, vars } from './relay.ts';

// One person of a test and the relay's data about them: writes, gets answers, and looks into the object's rows.

export type Row = Record<string, SqlStorageValue>;
type Start = { attempt: string; uuids: string[]; texts: string[]; continues: boolean };

/** The object's log is not part of a test's output. */
export function quiet(): void {
  for (const method of ['log', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => undefined);
}

export const answerTo = (uuids: string[], words: string): EventBody[] => [
  { type: 'result', text: words, is_error: false, user_message_uuids: uuids, cost_usd: 0 },
  { type: 'ending' },
  { type: 'ended', outcome: 'done', reason: 'every message answered' },
];
export const interrupted: EventBody = { type: 'ended', outcome: 'interrupted', reason: 'cut' };

export class Person {
  readonly address: string;
  readonly ours: string;
  readonly #world: { outside: Outside };

  constructor(world: { outside: Outside }, channel: 'whatsapp' | 'sms' = 'whatsapp') {
    const address = newPerson();
    this.address = channel === 'sms' ? address.replace('whatsapp:', '') : address;
    this.ours = channel === 'sms' ? OURS.replace('whatsapp:', '') : OURS;
    this.#world = world;
  }

  get outside(): Outside {
    return this.#world.outside;
  }

  /** The posted form, for posting it again. */
  async says(body: string, extra: Record<string, string> = {}): Promise<Record<string, string>> {
    const form = textForm(this.address, body, { To: this.ours, ...extra });
    await this.repeats(form);
    return form;
  }

  async repeats(form: Record<string, string>): Promise<void> {
    const { status } = await post('/webhooks/twilio', form);
    if (status !== 200) throw new Error(`the webhook answered ${status}`);
  }

  rows<T extends Row = Row>(query: string): Promise<T[]> {
    return rows<T>(this.address, query);
  }

  /** Changes rows behind the object's back; the object then starts again with them. */
  async rewrites(query: string): Promise<void> {
    await rows(this.address, query);
    await this.evicted();
  }

  attempts(): Promise<{ n: number; state: string; outcome: string | null; last_seq: number }[]> {
    return this.rows('SELECT n, state, outcome, last_seq FROM attempts ORDER BY turn, n');
  }

  replies(): Promise<{ id: string; state: string; kind: string; body: string }[]> {
    return this.rows('SELECT id, state, kind, body FROM replies ORDER BY seq');
  }

  async replyStates(): Promise<string> {
    return (await this.replies()).map(({ state }) => state).join(' ');
  }

  async messageStates(): Promise<string> {
    return (await this.rows<{ state: string }>('SELECT state FROM messages ORDER BY seq'))
      .map((m) => m.state)
      .join(' ');
  }

  async timers(): Promise<string> {
    return (await this.rows<{ kind: string }>('SELECT kind FROM timers ORDER BY kind')).map((t) => t.kind).join(' ');
  }

  evicted(): Promise<void> {
    return evict(this.address);
  }

  ring(): Promise<boolean> {
    return runDurableObjectAlarm(stubOf(this.address));
  }

  alarm(): Promise<number | null> {
    return runInDurableObject(stubOf(this.address), (_, state) => state.storage.getAlarm());
  }

  /** The person's object, with its clock that can be moved. */
  get local(): DurableObjectStub<LocalConversation> {
    return stubOf(this.address) as unknown as DurableObjectStub<LocalConversation>;
  }

  /** Moves the clock of the person's rows as soon as nothing is in progress. The alarm then fires without help. */
  moves(by_ms: number): Promise<ClockReading> {
    return this.outside.until(async () => {
      const moved = await this.local.moveClock({ by_ms });
      return 'now' in moved && { now: moved.now, offset: moved.offset };
    });
  }

  /** Waits until the `nth` distinct attempt is requested, and its stream is open. */
  async started(nth = 0): Promise<Start> {
    const start = await this.asked(nth);
    await this.outside.until(() => this.outside.attaches.some((a) => a.attempt === start.attempt));
    return start;
  }

  /** Waits until the `nth` distinct attempt is requested. */
  async asked(nth = 0): Promise<Start> {
    const { attempt, body } = await this.outside.until(() => {
      const names = [...new Set(this.outside.starts.map((s) => s.attempt))];
      return this.outside.starts.find((s) => s.attempt === names[nth]);
    });
    const { messages, continues } = body;
    return { attempt, continues, uuids: messages.map((m) => m.uuid), texts: messages.map((m) => m.text) };
  }

  tells(attempt: string, ...events: EventBody[]): void {
    this.outside.emit(attempt, ...events);
  }

  /** Answers the `nth` attempt fully, and waits until the relay has all of it. */
  async answered(nth: number, words: string): Promise<void> {
    const { attempt, uuids } = await this.started(nth);
    this.tells(attempt, ...answerTo(uuids, words));
    await this.outside.until(() => this.outside.acknowledged.includes(attempt));
  }

  /** The `nth` message that the carrier accepted for this person. */
  gets(nth: number): Promise<Sent> {
    return this.outside.until(() => this.got()[nth]);
  }

  /** All messages that the carrier accepted for this person, oldest first. */
  got(): Sent[] {
    return this.outside.stored.filter(({ to }) => to === this.address).reverse();
  }

  bodies(): string[] {
    return this.got().map(({ body }) => body);
  }

  /** A status callback for a message, by its own sid unless another is given. */
  async callback(sent: Sent, status: string, errorCode?: number, sid = sent.sid): Promise<void> {
    const { pathname, search } = new URL(sent.statusCallback);
    const { status: answer } = await post(`${pathname}${search}`, {
      MessageSid: sid,
      MessageStatus: status,
      To: this.address,
      From: this.ours,
      AccountSid: vars.TWILIO_ACCOUNT_SID as string,
      ...(errorCode === undefined ? {} : { ErrorCode: String(errorCode) }),
    });
    if (answer !== 200) throw new Error(`the callback answered ${answer}`);
  }

  /** The time of the next alarm, or null. */
  async nextDue(): Promise<number | null> {
    const [row] = await this.rows<{ timer: number | null; pace: number | null }>(
      `SELECT (SELECT min(due_at) FROM timers WHERE kind NOT IN ('held', 'expire')) AS timer,
        (SELECT max(pace_until, coalesce((SELECT due_at FROM timers WHERE kind = 'send'), 0)) FROM conversation
          WHERE (SELECT state FROM replies WHERE state IN ('ready', 'sending', 'unknown') ORDER BY seq LIMIT 1) = 'ready'
            AND coalesce(outage, '') NOT LIKE '%"waits":true%') AS pace`,
    );
    const due = [row?.timer, row?.pace].filter((at) => typeof at === 'number');
    return due.length === 0 ? null : Math.min(...due);
  }

  /** Moves the frozen clock from one due moment to the next until `condition` holds. */
  runs(clock: ReturnType<typeof useClock>, condition: () => boolean | Promise<boolean>): Promise<boolean> {
    return this.outside.until(async () => {
      if (await condition()) return true;
      const due = await this.nextDue();
      if (due !== null && due > Date.now()) clock.move(due - Date.now());
      await this.ring();
      return false;
    });
  }

  /** Nothing is open and nothing waits. */
  async isSettled(): Promise<boolean> {
    const [row] = await this.rows<{ open: number }>(
      `SELECT (SELECT count(*) FROM timers) + (SELECT count(*) FROM turns WHERE state = 'open')
        + (SELECT count(*) FROM attempts WHERE ended_at IS NULL)
        + (SELECT count(*) FROM messages WHERE state IN ('waiting', 'active'))
        + (SELECT count(*) FROM replies WHERE state IN ('ready', 'sending', 'unknown')) AS open`,
    );
    return row?.open === 0;
  }

  /** Runs until nothing is left to do; then nothing may wake the object. */
  async comesToRest(clock: ReturnType<typeof useClock>): Promise<void> {
    await this.runs(clock, () => this.isSettled());
    await this.outside.until(async () => (await this.alarm()) === null);
  }
}
