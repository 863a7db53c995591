import type { EventBody } from '../../src/protocol/index.ts';
import { Answer as RequestAnswer, StartAgent, StartAttempt, SteerMessage } from '../../src/protocol/index.ts';
import { OutsideGit } from './outside-git.ts';
import { OutsideMedia } from './outside-media.ts';
import { OutsideTelegram } from './outside-telegram.ts';

// In place of a network, the relay in test/edge meets a carrier and a machine that answer as the test says. The strict
// stand-ins (simulator/) and the real agent server are used in test/journeys; here the test chooses each answer. A
// stream or promise belongs to the object that made it, so nothing is pushed across: both sides look at plain data.

export type Sent = {
  to: string;
  from: string;
  body: string;
  template: string | null;
  mediaUrl: string | null;
  statusCallback: string;
  sid: string;
  at: number;
};
type Reaction = Response | Promise<Response>;
type Content = {
  body: string;
  actions?: { title: string; id: string }[];
  items?: { item: string; id: string }[];
};

export class Outside {
  readonly media = new OutsideMedia();
  readonly git = new OutsideGit();
  readonly telegram = new OutsideTelegram();
  readonly sent: Sent[] = [];
  readonly typing: string[] = [];
  readonly starts: { attempt: string; body: StartAttempt; expected: string | null }[] = [];
  /** What was asked to start ahead. */
  readonly agents: StartAgent[] = [];
  readonly attaches: { attempt: string; lastEventId: string; modelToken: string; connectToken: string }[] = [];
  readonly acknowledged: string[] = [];
  readonly interrupts: string[] = [];
  /** Streams that keep the machine awake: opened so far, and open now. */
  readonly holds = { opened: 0, open: 0 };
  readonly steers: {
    attempt: string;
    uuid: string;
    text: string;
    action?: string | undefined;
    files?: string[] | undefined;
  }[] = [];
  readonly answers: { attempt: string; request: string; answer: RequestAnswer }[] = [];
  /** The content created for buttons, by its sid, and the deleted part of it. */
  readonly contents = new Map<string, Content>();
  readonly deleted: string[] = [];
  /** The messages deleted from the carrier's log, and `machine` for each time that the machine deleted the conversation. */
  readonly forgot: string[] = [];
  onForget: ((what: string) => Response | undefined | Promise<Response | undefined>) | undefined;
  readonly modelRequests: Request[] = [];
  /** The machine's answers to `GET /files/{id}`, and how often each was requested. */
  readonly offered = new Map<string, Uint8Array>();
  readonly fetched: string[] = [];
  journal = 'JOURNAL1';
  /** The machine's attempts, with their events so far. */
  readonly events = new Map<string, EventBody[]>();
  /** Overrides of single answers; undefined means the usual one. */
  onStart: ((attempt: string) => Reaction | undefined) | undefined;
  onAttach: ((attempt: string) => Reaction | undefined) | undefined;
  /** Requests other than attempts: sessions, folders, holds. */
  onRest: ((request: Request, url: URL) => Reaction | undefined) | undefined;
  onInterrupt: ((attempt: string) => Reaction | undefined) | undefined;
  onHold: (() => Reaction | undefined) | undefined;
  onSteer: ((attempt: string) => Reaction | undefined) | undefined;
  onAnswer: ((attempt: string, request: string) => Reaction | undefined) | undefined;
  onContent: (() => Reaction | undefined) | undefined;
  onSend: ((sent: Sent) => Reaction | undefined) | undefined;
  onList: (() => Reaction | undefined) | undefined;
  onModel: ((request: Request) => Reaction) | undefined;
  /** Hosts that only one file's tests know. */
  onElsewhere: ((request: Request) => Promise<Response | null>) | undefined;
  /** github.com and its API. */
  onGit: ((request: Request, url: URL) => Reaction) | undefined;
  onFile: ((id: string) => Reaction | undefined) | undefined;
  /** Calls that get no answer for now: held `before` the other side did anything, or `after` it did everything. */
  readonly held: {
    start?: 'before' | 'after';
    send?: 'before' | 'after';
    interrupt?: 'before';
    steer?: 'before';
    answer?: 'before' | 'after';
    content?: 'before' | 'after';
    file?: 'before';
  } = {};
  /** Streams begin with the first event, whichever event was requested. */
  forgetsPosition = false;
  /** Additional events that a stream sends once; see `inject` and `glue`. */
  readonly #injected = new Map<string, string[]>();
  readonly #glued = new Map<string, string>();
  /** Sends that the carrier stored, as its list shows them. */
  readonly stored: Sent[] = [];
  /** Incremented by `cut`: a stream opened before breaks. */
  #generation = 0;
  /** Different worlds of a file never use the same ids. */
  static #sids = 0;

  readonly fetch = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input as RequestInfo, init);
    const url = new URL(request.url);
    if (/^(api\.)?github\.com$/.test(url.host) && this.onGit) return this.onGit(request, url);
    const file = await this.media.fetch(request, url);
    const hosted = file ?? (await this.git.fetch(request, url));
    if (hosted) return hosted;
    if (url.host === 'twilio.example.com') return this.#twilio(request, url);
    if (url.host === 'telegram.example.com') return this.telegram.fetch(request, url);
    if (url.host === 'machine.example.com') return this.#machine(request, url);
    const elsewhere = await this.onElsewhere?.(request);
    if (elsewhere) return elsewhere;
    if (url.host === 'model.example.com') return this.#model(request);
    throw new Error(`nothing may be fetched from ${url.host}`);
  };

  /** Appends events to an attempt; open streams get them within milliseconds. */
  emit(attempt: string, ...events: EventBody[]): void {
    const known = this.events.get(attempt);
    if (!known) throw new Error(`the machine does not know ${attempt}`);
    known.push(...events);
  }

  /** Breaks every open event stream and every held call to the machine. */
  cut(): void {
    this.#generation++;
  }

  /** The machine's database is gone, and with it every attempt. */
  loseJournal(journal: string): void {
    this.journal = journal;
    this.events.clear();
    this.cut();
  }

  /** Held calls are answered as usual. */
  release(): void {
    for (const call of ['start', 'send', 'interrupt', 'steer', 'answer', 'content', 'file'] as const)
      delete this.held[call];
  }

  /** The open stream of `attempt` sends an event that names another attempt. */
  inject(attempt: string, names: string, seq: number, event: EventBody): void {
    const known = this.#injected.get(attempt) ?? [];
    this.#injected.set(attempt, [...known, this.#block(names, seq, event)]);
  }

  /** Event `seq` of `attempt` and `event`, as the one after it, arrive in one piece. */
  glue(attempt: string, seq: number, event: EventBody): void {
    this.#glued.set(`${attempt}/${seq}`, this.#block(attempt, seq + 1, event));
  }

  #block(attempt: string, seq: number, event: EventBody): string {
    const data = { attempt, journal: this.journal, seq, at: 0, event };
    return `id: ${seq}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  /** Waits while the call is held; a held call to the machine breaks when it is cut. */
  async #isHeld(call: keyof Outside['held'], when: 'before' | 'after'): Promise<void> {
    const generation = this.#generation;
    while (this.held[call] === when) {
      await pause(3);
      if (call !== 'send' && call !== 'content' && this.#generation !== generation) throw new Error('cut');
    }
  }

  /** Resolves when `condition` holds; checked every 10 ms. */
  async until<T>(condition: () => T | undefined | false | null | Promise<T | undefined | false | null>): Promise<T> {
    // Not by Date.now(), which a test may move.
    const deadline = performance.now() + 60_000;
    for (;;) {
      const value = await condition();
      if (value !== undefined && value !== false && value !== null) return value;
      if (performance.now() > deadline) throw new Error(`waited in vain for: ${condition.toString()}`);
      await pause(10);
    }
  }

  async #twilio(request: Request, url: URL): Promise<Response> {
    if (url.pathname.startsWith('/v2/Indicators')) {
      this.typing.push((await formOf(request)).get('messageId') ?? '');
      return Response.json({ success: true });
    }
    if (url.pathname.startsWith('/v1/Content')) return this.#content(request, url);
    if (request.method === 'GET') {
      // All of them are queued, and have no date of sending yet.
      const isDated = [...url.searchParams.keys()].some((name) => name.startsWith('DateSent'));
      const theirs = this.stored.filter(({ to }) => !isDated && to === url.searchParams.get('To'));
      const messages = theirs.map(({ sid, body, at, mediaUrl }) => ({
        sid,
        body,
        num_media: mediaUrl === null ? '0' : '1',
        direction: 'outbound-api',
        status: 'queued',
        error_code: null,
        date_created: new Date(at).toUTCString(),
      }));
      return (await this.onList?.()) ?? Response.json({ messages });
    }
    if (request.method === 'DELETE') return this.#forget(/(\w+)\.json$/.exec(url.pathname)?.[1] ?? '');
    const form = await formOf(request);
    const sent: Sent = {
      to: form.get('To') ?? '',
      from: form.get('From') ?? '',
      body: form.get('Body') ?? this.contents.get(form.get('ContentSid') ?? '')?.body ?? '',
      template: form.get('ContentSid'),
      mediaUrl: form.get('MediaUrl'),
      statusCallback: form.get('StatusCallback') ?? '',
      sid: `SM${String(++Outside.#sids).padStart(32, '0')}`,
      at: Date.now(),
    };
    this.sent.push(sent);
    await this.#isHeld('send', 'before');
    const answer = await this.onSend?.(sent);
    if (answer) return answer;
    this.stored.unshift(sent);
    await this.#isHeld('send', 'after');
    return Response.json({ sid: sent.sid, status: 'queued' }, { status: 201 });
  }

  async #forget(what: string): Promise<Response> {
    const answer = await this.onForget?.(what);
    if (answer) return answer;
    this.forgot.push(what);
    return new Response(null, { status: 204 });
  }

  async #content(request: Request, url: URL): Promise<Response> {
    if (request.method === 'DELETE') {
      this.deleted.push(url.pathname.split('/').at(-1) ?? '');
      return new Response(null, { status: 204 });
    }
    const { types } = (await request.json()) as { types: Record<string, Content> };
    const [content] = Object.values(types);
    if (!content) throw new Error('content of no type');
    await this.#isHeld('content', 'before');
    const answer = await this.onContent?.();
    if (answer) return answer;
    const sid = `HX${String(++Outside.#sids).padStart(32, '0')}`;
    this.contents.set(sid, content);
    await this.#isHeld('content', 'after');
    return Response.json({ sid }, { status: 201 });
  }

  async #machine(request: Request, url: URL): Promise<Response> {
    const [, , attempt = '', rest] = url.pathname.split('/');
    const headers = { 'roost-journal': this.journal };
    const isAttempt = url.pathname.startsWith('/attempts/');
    const rested = isAttempt ? undefined : await this.onRest?.(request, url);
    if (rested) return rested;
    if (isAttempt && request.method === 'PUT') {
      const expected = request.headers.get('roost-expect-journal');
      this.starts.push({ attempt, body: StartAttempt.parse(await request.json()), expected });
      await this.#isHeld('start', 'before');
      const answer = await this.onStart?.(attempt);
      if (answer) return answer;
      const known = this.events.get(attempt) ?? [];
      this.events.set(attempt, known);
      await this.#isHeld('start', 'after');
      const view = { attempt, journal: this.journal, state: 'accepted', last_seq: known.length };
      return Response.json(view, { status: 201, headers });
    }
    if (request.method === 'POST' && url.pathname === '/agent') {
      this.agents.push(StartAgent.parse(await request.json()));
      return Response.json({ starts: true }, { status: 202, headers });
    }
    if (request.method === 'DELETE' && url.pathname === '/conversation') return this.#forget('machine');
    if (request.method === 'DELETE') {
      this.acknowledged.push(attempt);
      return new Response(null, { status: 204, headers });
    }
    if (request.method === 'GET' && rest === 'events') {
      const lastEventId = request.headers.get('last-event-id') ?? '';
      const [modelToken, connectToken] = ['model', 'connect'].map((name) => request.headers.get(`roost-${name}-token`));
      this.attaches.push({ attempt, lastEventId, modelToken: modelToken ?? '', connectToken: connectToken ?? '' });
      const answer = await this.onAttach?.(attempt);
      if (answer) return answer;
      if (!this.events.has(attempt)) {
        return Response.json({ error: { code: 'unknown_attempt', message: 'no' } }, { status: 404, headers });
      }
      return new Response(this.#stream(attempt, Number(lastEventId)), { headers });
    }
    if (request.method === 'GET' && url.pathname === '/hold') {
      this.holds.opened++;
      const answer = await this.onHold?.();
      return answer ?? new Response(this.#holdStream(), { headers });
    }
    if (request.method === 'POST' && rest === 'interrupt') {
      this.interrupts.push(attempt);
      await this.#isHeld('interrupt', 'before');
      const answer = await this.onInterrupt?.(attempt);
      if (answer) return answer;
      // An unknown attempt is recorded as stopped, so that it never runs.
      if (!this.events.has(attempt)) this.events.set(attempt, []);
      this.events.get(attempt)?.push({ type: 'ending' }, { type: 'ended', outcome: 'stopped', reason: 'on request' });
      return Response.json({ dropped: [] }, { headers });
    }
    const [, first, , , uuid] = url.pathname.split('/');
    if (request.method === 'GET' && first === 'files') {
      this.fetched.push(attempt);
      await this.#isHeld('file', 'before');
      const answer = await this.onFile?.(attempt);
      if (answer) return answer;
      const bytes = this.offered.get(attempt);
      if (bytes) return new Response(bytes, { headers: { ...headers, 'content-length': String(bytes.length) } });
      return Response.json({ error: { code: 'unknown_file', message: 'no' } }, { status: 409, headers });
    }
    if (request.method === 'POST' && rest === 'messages' && uuid) {
      this.steers.push({ attempt, uuid, ...SteerMessage.parse(await request.json()) });
      await this.#isHeld('steer', 'before');
      const answer = await this.onSteer?.(attempt);
      if (answer) return answer;
      const view = {
        attempt,
        journal: this.journal,
        state: 'running',
        last_seq: this.events.get(attempt)?.length ?? 0,
      };
      return Response.json(view, { status: 202, headers });
    }
    if (request.method === 'POST' && rest === 'answers' && uuid) {
      const given = RequestAnswer.parse(await request.json());
      await this.#isHeld('answer', 'before');
      const answer = await this.onAnswer?.(attempt, uuid);
      if (answer) return answer;
      this.answers.push({ attempt, request: uuid, answer: given });
      await this.#isHeld('answer', 'after');
      return new Response(null, { status: 204, headers });
    }
    throw new Error(`unexpected ${request.method} ${url.pathname}`);
  }

  /** Sends a comment every few milliseconds, until it is cut or released. */
  #holdStream(): ReadableStream<Uint8Array> {
    const generation = this.#generation;
    this.holds.open++;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        await pause(3);
        if (this.#generation !== generation) {
          this.holds.open--;
          throw new Error('cut');
        }
        controller.enqueue(new TextEncoder().encode(': still here\n\n'));
      },
      cancel: () => {
        this.holds.open--;
      },
    });
  }

  #stream(attempt: string, after: number): ReadableStream<Uint8Array> {
    const generation = this.#generation;
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
    let sent = this.forgetsPosition ? 0 : after;
    let greeted = false;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        if (!greeted) {
          greeted = true;
          controller.enqueue(bytes(': hello\n\n'));
          return;
        }
        for (;;) {
          if (this.#generation !== generation) throw new Error('cut');
          const injected = this.#injected.get(attempt)?.shift();
          const event = this.events.get(attempt)?.[sent];
          if (injected !== undefined) return controller.enqueue(bytes(injected));
          if (event) {
            const seq = ++sent;
            const glued = this.#glued.get(`${attempt}/${seq}`) ?? '';
            return controller.enqueue(bytes(this.#block(attempt, seq, event) + glued));
          }
          await pause(3);
        }
      },
    });
  }

  async #model(request: Request): Promise<Response> {
    this.modelRequests.push(request.clone());
    return (await this.onModel?.(request)) ?? Response.json({ ok: true });
  }
}

/** Read as bytes: the runtime warns when a body that is not text is read as text. */
const formOf = async (request: Request): Promise<URLSearchParams> =>
  new URLSearchParams(new TextDecoder().decode(await request.arrayBuffer()));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
