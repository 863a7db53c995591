import type { Context } from 'hono';
import type { Config } from '../../config/config.ts';
import type { GitRequest } from '../../git/git-request.ts';
import { graphqlBody, judgeGraphql } from '../../git/graphql-verdict.ts';
import { openedPull } from '../../git/opened-pull.ts';
import type { GitPermission } from '../../git/permissions.ts';
import type { Push } from '../../git/push-commands.ts';
import { ReportReader } from '../../git/push-report.ts';
import { judgePush } from '../../git/push-verdict.ts';
import { isOwnBody, needsOfBody } from '../../git/rest-routes.ts';
import { reasonOf, report } from '../../log.ts';
import type { GitBegun, GitOpen, GitRefusal, GitReport } from '../../objects/git-requests.ts';
import { type ConversationStub, retryOnce } from '../../objects/namespaces.ts';
import { texts } from '../../texts/index.ts';
import type { AppEnv } from '../configuration.ts';
import { API_ANSWER_MAX, headersOf, isJson, showsCredential, withoutCloneToken } from './answer.ts';
import { findOwnerOf } from './ids.ts';
import { type Refused, refuse } from './refusal.ts';
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

type Parts = {
  c: Context<AppEnv>;
  config: Config;
  object: ConversationStub;
  conversation: string;
  attempt: string;
  request: GitRequest;
};

/** What leaves for the host. */
type Outgoing = { body: BodyInit | null; upload: Upload | null; push: Push | null };

const words = texts.git.toAgent;

export class Exchange {
  readonly #parts: Parts;
  readonly #id = crypto.randomUUID();
  #open: GitOpen | null = null;
  #push: Push | null = null;
  #bytesUp = 0;
  #bytesDown = 0;
  #isTold = false;

  constructor(parts: Parts) {
    this.#parts = parts;
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
    const { object, attempt, request } = this.#parts;
    const { host, path, kind } = request;
    const ask = { id: this.#id, attempt, host, path, kind };
    const begun = await retryOnce<GitBegun>(async () => await object.beginGitRequest(ask));
    if ('refused' in begun) return this.#refuse(refusalOf(begun.refused), begun.refused);
    this.#open = begun.open;
    return null;
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
    const verdict = this.#open && judgePush(reading.push.commands, this.#open);
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
    // The host gets what was read here, whatever else the bytes could be taken for.
    return refused ?? { body: JSON.stringify(json), upload: null, push: null };
  }

  async #readGraphql(json: unknown): Promise<Outgoing | Response> {
    const { path = '', authorization = '' } = this.#open ?? {};
    const verdict = judgeGraphql(json, path);
    if ('refused' in verdict) return this.#refuse({ status: 403, words: words.graphql(verdict.refused) }, 'graphql');
    const refused = await this.#permits(verdict.needs, 'a pull request');
    if (refused) return refused;
    const headers = { authorization, 'user-agent': USER_AGENT };
    const owner = await findOwnerOf(verdict.ids, path, { url: this.#url(), headers });
    if (owner === 'refused') return this.#refuseCredential();
    if (owner === 'other') return this.#refuse({ status: 403, words: words['other-ids'] }, 'other-repository');
    return { body: graphqlBody(json), upload: null, push: null };
  }

  /** Null: it is permitted. Else the person is asked. */
  async #permits(needs: GitPermission | null, of: string): Promise<Response | null> {
    const { object, attempt } = this.#parts;
    if (needs === null || this.#open?.permissions.includes(needs)) return null;
    const detail = of.slice(0, SHOWN_CHARS);
    const state = await object.askGitPermission({ attempt, permission: needs, detail });
    return this.#refuse({ status: 403, words: words.needs(needs, detail, state), reason: 'not allowed' }, needs);
  }

  async #send({ body, upload: up, push }: Outgoing): Promise<Response> {
    const { c, request } = this.#parts;
    const headers = new Headers([...c.req.raw.headers].filter(([name]) => SENT.test(name)));
    headers.set('authorization', this.#open?.authorization ?? '');
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
      // A push that is too large is left alone: it ends with this request, and aborting it would end this one as well.
      asked.catch(() => undefined);
      const upstream = await (up
        ? Promise.race([asked, up.over.then((how) => (how === 'too-large' ? null : asked))])
        : asked);
      // A host may begin its answer before it has all of a push.
      const how = up && upstream?.ok ? await Promise.race([up.over, late]) : 'left';
      if (up && how !== 'sent') await up.rest().catch(() => undefined);
      return upstream === null || how === 'too-large' ? this.#tooLarge() : await this.#answer(upstream, push);
    } finally {
      clearTimeout(timer);
    }
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
      this.#tell({ status });
      return new Response(null, { status, headers });
    }
    if (isJson(upstream)) return this.#answerJson(upstream, headers);
    const reader = push && new ReportReader(push);
    const body = download(
      upstream.body,
      (piece) => {
        this.#bytesDown += piece.length;
        reader?.read(piece);
      },
      () => this.#tell({ status, ...(push && reader ? { pushed: reader.taken(push.commands) } : {}) }),
    );
    return new Response(body, { status, headers });
  }

  async #answerJson(upstream: Response, headers: Headers): Promise<Response> {
    const bytes = await readWhole(upstream.body, API_ANSWER_MAX);
    if (bytes === null) return this.#refuse({ status: 502, words: words.tooLargeAnswer(API_ANSWER_MAX) }, 'too-large');
    this.#bytesDown += bytes.length;
    const text = withoutCloneToken(new TextDecoder().decode(bytes));
    if (showsCredential(text, this.#open?.authorization ?? '')) {
      return this.#refuse({ status: 502, words: words['shows-credential'] }, 'shows-credential');
    }
    const { method } = this.#parts.c.req;
    const opened = openedPull(this.#parts.request, { method, status: upstream.status, json: text });
    this.#tell({ status: upstream.status, ...(opened === null ? {} : { opened }) });
    return new Response(text, { status: upstream.status, headers });
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

  #tooLarge(): Response {
    const most = this.#parts.config.MAX_PUSH_MB * MIB;
    return this.#refuse({ status: 413, words: words.tooLarge(most), reason: 'too large' }, 'too-large');
  }

  #count(bytes: number): void {
    this.#bytesUp += bytes;
  }

  #refuse(refused: Refused, why: string, status: number = refused.status): Response {
    this.#tell({ status, refused: why });
    return refuse(this.#parts.request.kind, refused, this.#push);
  }

  /** Tells the object once how the request ended. */
  #tell(ended: Pick<GitReport, 'status' | 'refused' | 'pushed' | 'opened'>): void {
    if (this.#isTold) return;
    this.#isTold = true;
    const { c, object, conversation, attempt, request } = this.#parts;
    const counted = { bytesUp: this.#bytesUp, bytesDown: this.#bytesDown };
    const said: GitReport = { id: this.#id, attempt, host: request.host, kind: request.kind, ...counted, ...ended };
    const told = retryOnce(() => object.endGitRequest(said)).catch((error: unknown) =>
      report({ level: 'warn', event: 'git-request-not-told', reason: reasonOf(error) }, conversation),
    );
    c.executionCtx.waitUntil(told);
  }
}

const USER_AGENT = 'Roost';
const LFS_TYPE = 'application/vnd.git-lfs+json';

function refusalOf(why: GitRefusal): Refused {
  return why === 'too-many' ? { status: 429, words: words[why], retryAfter: 30 } : { status: 403, words: words[why] };
}

/** Undefined when it isn't JSON. */
function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes));
  } catch {
    return undefined;
  }
}
