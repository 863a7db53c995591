import type { Config } from '../../config/config.ts';
import { graphqlBody, judgeGraphql } from '../../git/graphql-verdict.ts';
import { mayOpenPull, openedPull } from '../../git/opened-pull.ts';
import { joined } from '../../git/packet-lines.ts';
import type { GitPermission } from '../../git/permissions.ts';
import type { Push } from '../../git/push-commands.ts';
import { ReportReader } from '../../git/push-report.ts';
import { judgePush } from '../../git/push-verdict.ts';
import { isOwnBody, needsOfBody } from '../../git/rest-routes.ts';
import { texts } from '../../texts/index.ts';
import {
  CredentialShown,
  HELD_ANSWER_MAX,
  headersOf,
  isJson,
  jsonPassage,
  type Passage,
  packetPassage,
  plainPassage,
} from './answer.ts';
import { findOwnerOf } from './ids.ts';
import { Permit, type PermitParts } from './permit.ts';
import { type Refused, refusalOf, refuse } from './refusal.ts';
import { download, openSource, readPush, readWhole, type Upload, upload } from './transfer.ts';

// One request to a git host, from the question whether it may leave to the end of its answer.

const SENT =
  /^(accept|accept-language|content-type|git-protocol|user-agent|x-github-api-version|if-none-match|if-modified-since)$/;
export const API_BODY_MAX = 2 ** 20;
const MIB = 2 ** 20;
/** A host that reads a large push answers late. */
export const ANSWER_MS = 600_000;
/** A person sees this much of a name. */
const SHOWN_CHARS = 100;

type Parts = PermitParts & { config: Config };

/** What leaves for the host. */
type Outgoing = { body: BodyInit | null; upload: Upload | null; push: Push | null };

const words = texts.git.toAgent;

export class Exchange {
  readonly #parts: Parts;
  readonly #permit: Permit;
  #push: Push | null = null;
  /** The answer is read before it goes back. */
  #isHeld = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#permit = new Permit(parts);
  }

  async run(): Promise<Response> {
    const { c, request } = this.#parts;
    if (!this.#isPlain()) return refuse(request.kind, { status: 415, words: words.compressed });
    const outgoing = await this.#read(c.req.raw.body);
    return outgoing instanceof Response ? outgoing : this.#send(outgoing);
  }

  /**
   * Asks whether the request may leave; null if it may. What decides about it has been read by then: a slow body doesn't
   * outlive the person's yes.
   */
  async #begin(): Promise<Response | null> {
    const refused = await this.#permit.begin();
    return refused && this.#refuse(refusalOf(refused), refused);
  }

  /** The host doesn't answer, or something broke on the way. */
  fail(): Response {
    return this.#refuse({ status: 502, words: words.down, reason: 'the git host does not answer' }, 'down');
  }

  /** git compresses what it asks for in a fetch, and nothing else. */
  #isPlain(): boolean {
    const encoding = this.#parts.c.req.header('content-encoding') ?? '';
    return /^(identity)?$/.test(encoding) || (encoding === 'gzip' && this.#parts.request.kind === 'fetch');
  }

  /** Reads as much of the body as the decision needs. */
  async #read(body: ReadableStream<Uint8Array> | null): Promise<Outgoing | Response> {
    const { request, config } = this.#parts;
    const nothing: Outgoing = { body: null, upload: null, push: null };
    if (request.body === 'json') return this.#readJson(body);
    if (request.body === 'none')
      return (await this.#begin()) ?? (await this.#permits(request.needs, request.target)) ?? nothing;
    const most = config.MAX_PUSH_MB * MIB;
    const source = body && openSource(body);
    if (request.body === 'stream') {
      const refused = await this.#begin();
      if (refused) return refused;
      const up = upload(source, [], most, (bytes) => this.#count(bytes));
      return { ...nothing, body: up.stream, upload: up };
    }
    const { held, reading } = await readPush(source);
    if (reading === 'probe') return (await this.#begin()) ?? { ...nothing, body: held[0] as Uint8Array<ArrayBuffer> };
    const up = upload(source, held, most, (bytes) => this.#count(bytes));
    this.#push = reading.push.capabilities.length === 0 ? null : reading.push;
    const refused = (await this.#begin()) ?? (await this.#judge(reading, most));
    if (refused === null) return { body: up.stream, upload: up, push: reading.push };
    // git reads the answer once it has sent everything.
    await up.rest().catch(() => undefined);
    return refused;
  }

  async #judge(reading: { push: Push; problem?: keyof typeof words.push }, most: number): Promise<Response | null> {
    if (reading.problem !== undefined) {
      return this.#refuse({ status: 403, words: words.push[reading.problem] }, reading.problem);
    }
    const length = Number(this.#parts.c.req.header('content-length') ?? 0);
    if (length > most) return this.#tooLarge();
    const verdict = this.#permit.open && judgePush(reading.push.commands, this.#permit.open);
    if (!verdict) return null;
    const { needs, ref } = verdict;
    const name = ref.replace(/^refs\/(heads|tags)\//, '');
    if (needs !== 'namespace') return this.#permits(needs, name);
    return this.#refuse({ status: 403, words: words.namespace(ref) }, 'namespace');
  }

  async #readJson(body: ReadableStream<Uint8Array> | null): Promise<Outgoing | Response> {
    const { request } = this.#parts;
    const bytes = await readWhole(body, API_BODY_MAX);
    const refusedToBegin = await this.#begin();
    if (refusedToBegin) return refusedToBegin;
    if (bytes === null) {
      return this.#refuse({ status: 413, words: words.tooLargeRequest(API_BODY_MAX) }, 'too-large');
    }
    this.#count(bytes.length);
    // A write of the REST API may have nothing to say, as `gh api -X PUT …/merge`.
    const json = bytes.length === 0 && request.kind === 'rest' ? {} : parse(bytes);
    if (json === undefined) return this.#refuse({ status: 400, words: words.unreadable }, 'unreadable');
    if (request.kind === 'graphql') return this.#readGraphql(json);
    const rest = request.target.replace(/^\/repos\/[^/]+\/[^/]+/, '');
    if (request.kind === 'rest' && !isOwnBody(rest, json, request.path ?? ''))
      return this.#refuse({ status: 403, words: words['other-ids'] }, 'other-repository');
    const needs = request.needs ?? (request.kind === 'rest' ? needsOfBody(rest, json) : null);
    const refused = await this.#permits(needs, rest);
    this.#isHeld = request.kind === 'lfs' || mayOpenPull(request);
    // The host gets what was read here, whatever else the bytes could be taken for.
    return refused ?? { body: JSON.stringify(json), upload: null, push: null };
  }

  async #readGraphql(json: unknown): Promise<Outgoing | Response> {
    const { path = '', authorization = '' } = this.#permit.open ?? {};
    const verdict = judgeGraphql(json, path);
    if ('refused' in verdict) return this.#refuse({ status: 403, words: words.graphql(verdict.refused) }, 'graphql');
    const refused = await this.#permits(verdict.needs, 'a pull request');
    if (refused) return refused;
    const headers = { authorization, 'user-agent': USER_AGENT };
    const owner = await findOwnerOf(verdict.ids, path, { url: this.#url(), headers });
    if (owner === 'refused') return this.#refuseCredential();
    if (owner === 'other') return this.#refuse({ status: 403, words: words['other-ids'] }, 'other-repository');
    const sent = graphqlBody(json);
    this.#isHeld = mayOpenPull(this.#parts.request, sent);
    return { body: sent, upload: null, push: null };
  }

  /** Null: it is permitted. Else the person is asked. */
  async #permits(needs: GitPermission | null, of: string): Promise<Response | null> {
    const { object, attempt } = this.#parts;
    if (needs === null || this.#permit.open?.permissions.includes(needs)) return null;
    const detail = of.slice(0, SHOWN_CHARS);
    const state = await object.askGitPermission({ attempt, permission: needs, detail });
    return this.#refuse({ status: 403, words: words.needs(needs, detail, state), reason: 'not allowed' }, needs);
  }

  async #send({ body, upload: up, push }: Outgoing): Promise<Response> {
    const { c, request } = this.#parts;
    const headers = new Headers([...c.req.raw.headers].filter(([name]) => SENT.test(name)));
    headers.set('authorization', this.#permit.open?.authorization ?? '');
    // GitHub's API answers nobody who doesn't say who asks.
    if (!headers.has('user-agent')) headers.set('user-agent', USER_AGENT);
    // With another type a host could read the same bytes as a form.
    if (request.body === 'json') headers.set('content-type', request.kind === 'lfs' ? LFS_TYPE : 'application/json');
    if (c.req.header('content-encoding') === 'gzip') headers.set('content-encoding', 'gzip');
    const clock = new AbortController();
    const { promise: late, resolve: tooLate } = Promise.withResolvers<'left'>();
    const timer = setTimeout(() => {
      clock.abort(new Error('no answer in time'));
      tooLate('left');
    }, ANSWER_MS);
    try {
      const { signal } = clock;
      const asked = fetch(this.#url(), { method: c.req.method, headers, body, redirect: 'manual', signal });
      // A push that is too large or cut is left alone: it ends with this request, and aborting it would end this one as well.
      asked.catch(() => undefined);
      const upstream = await Promise.race([asked, this.#stopped(up, push)]);
      // A host may begin its answer before it has all of a push.
      const how = up && upstream?.ok ? await Promise.race([up.over, late]) : 'left';
      if (up && how !== 'sent') await up.rest().catch(() => undefined);
      const isStopped = upstream === null || how === 'too-large' || how === 'cut';
      return isStopped ? this.#refuseStopped() : await this.#answer(upstream, push);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves to null once the host gets no more of the request, or its answer is waited for no longer. */
  async #stopped(up: Upload | null, push: Push | null): Promise<null> {
    void this.#permit.cut.then(() => up?.cut());
    const how = await up?.over;
    if (how === 'too-large' || how === 'cut') return null;
    // Of a push that the host has, only the host can say what became of it.
    await (push === null ? this.#permit.cut : new Promise<never>(() => undefined));
    return null;
  }

  async #answer(upstream: Response, push: Push | null): Promise<Response> {
    const { request, config } = this.#parts;
    const { status } = upstream;
    const isRedirect = status >= 300 && status < 400 && status !== 304;
    if (status === 401 || isRedirect) {
      void upstream.body?.cancel().catch(() => undefined);
      if (!isRedirect) return this.#refuseCredential();
      return this.#refuse({ status: 403, words: words.redirected }, 'redirected', status);
    }
    const headers = headersOf(upstream, request, config.GIT_API_URL);
    if (upstream.body === null) {
      this.#permit.tell({ status });
      return new Response(null, { status, headers });
    }
    if (isJson(upstream) && this.#isHeld) return this.#answerHeld(upstream, headers);
    const reader = push && new ReportReader(push);
    const passage = this.#passageOf(upstream, (piece) => reader?.read(piece));
    // git hears what became of its push, also when the person has disconnected meanwhile.
    const cut =
      push === null ? this.#permit.cut.then((why) => refusalOf(why).words) : new Promise<never>(() => undefined);
    const body = download(upstream.body, passage, cut, (broken) => {
      const why = broken instanceof CredentialShown ? 'shows-credential' : push === null ? this.#permit.cutBy : null;
      const pushed = push && reader ? { pushed: reader.taken(push.commands) } : {};
      this.#permit.tell({ status, ...pushed, ...(why === null ? {} : { refused: why }) });
    });
    return new Response(body, { status, headers });
  }

  #passageOf(upstream: Response, see: (piece: Uint8Array) => void): Passage {
    const { kind } = this.#parts.request;
    const passage = isJson(upstream)
      ? jsonPassage(this.#permit.open?.authorization ?? '')
      : kind === 'refs' || kind === 'fetch'
        ? packetPassage()
        : plainPassage(see);
    return {
      ...passage,
      pass: (piece) => {
        this.#permit.bytesDown += piece.length;
        return passage.pass(piece);
      },
    };
  }

  /** An answer that is read as a whole, and then passed on: an LFS answer may bring a credential along. */
  async #answerHeld(upstream: Response, headers: Headers): Promise<Response> {
    const read = readWhole(upstream.body, HELD_ANSWER_MAX);
    const bytes = await Promise.race([read, this.#permit.cut]);
    if (typeof bytes === 'string') return this.#refuseStopped();
    if (bytes === null) return this.#refuse({ status: 502, words: words.tooLargeAnswer(HELD_ANSWER_MAX) }, 'too-large');
    this.#permit.bytesDown += bytes.length;
    const passage = jsonPassage(this.#permit.open?.authorization ?? '');
    try {
      const text = new TextDecoder().decode(joined([passage.pass(bytes), passage.end() ?? NOTHING]));
      const { method } = this.#parts.c.req;
      const opened = openedPull(this.#parts.request, { method, status: upstream.status, json: text });
      this.#permit.tell({ status: upstream.status, ...(opened === null ? {} : { opened }) });
      return new Response(text, { status: upstream.status, headers });
    } catch (error) {
      if (!(error instanceof CredentialShown)) throw error;
      return this.#refuse({ status: 502, words: words['shows-credential'] }, 'shows-credential');
    }
  }

  #url(): string {
    const { request, config } = this.#parts;
    const isApi = request.kind === 'rest' || request.kind === 'graphql';
    const base = isApi ? config.GIT_API_URL : config.GIT_HOSTS_URL.replace('{host}', request.host);
    return `${base}${request.target}`;
  }

  /** The object marks the account by the host's status. */
  #refuseCredential(): Response {
    return this.#refuse({ status: 403, words: words['refused-by-host'] }, 'refused-by-host', 401);
  }

  #refuseStopped(): Response {
    return this.#permit.cutBy === null
      ? this.#tooLarge()
      : this.#refuse(refusalOf(this.#permit.cutBy), this.#permit.cutBy);
  }

  #tooLarge(): Response {
    const most = this.#parts.config.MAX_PUSH_MB * MIB;
    return this.#refuse({ status: 413, words: words.tooLarge(most), reason: 'too large' }, 'too-large');
  }

  #count(bytes: number): void {
    this.#permit.bytesUp += bytes;
  }

  #refuse(refused: Refused, why: string, status: number = refused.status): Response {
    this.#permit.tell({ status, refused: why });
    return refuse(this.#parts.request.kind, refused, this.#push);
  }
}

const USER_AGENT = 'Roost';
const NOTHING = new Uint8Array();
const LFS_TYPE = 'application/vnd.git-lfs+json';

/** Undefined when it isn't JSON. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return undefined;
  }
}
