import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { ModelRequest } from '../../simulator/model/messages-api.ts';
import type { Reply } from '../../simulator/model/reply.ts';
import { createModelServer } from '../../simulator/model/server.ts';
import type { Holds } from './holds.ts';
import type { Text } from './plan.ts';
import { answerTo } from './said.ts';
import { CRASH_TOOL } from './scripted-agent.ts';
import type { Timeline } from './timeline.ts';

// The model, and the other end of the agent's tool. Never killed: what it saw and when is the witness of the run. It
// answers with the ids of the texts it is asked about, and only with those.

export type ModelStandIn = {
  url: string;
  toolsUrl: string;
  /** How often the model was shown each text as something new. */
  sights: () => Map<string, number>;
  close: () => void;
};

/** The person's own words: what is quoted, retold or named elsewhere stands behind something else on its line. */
const SOUGHT = /^m\d{4,}(?= please)/gm;
const QUOTED = /^> (m\d{4,}) /m;
/** What the scripted agent makes of a photo, and of a voice note. */
const PHOTO = /^a photo of (m\d{4,})$/m;
const VOICE = /^(m\d{4,}) please, by voice$/m;
const PROJECT = /^The project is (\S+)\.$/;
/** Work → the tool that is used for it. */
const TOOLS: Partial<Record<Text['work'], string>> = {
  tool: 'count',
  ask: 'ask',
  consent: 'consent',
  schedule: 'schedule',
  file: 'file',
};

type Block = { type: string; text?: string | undefined; tool_use_id?: string | undefined; name?: string | undefined };
type News = { ids: string[]; results: Map<string, string>; details: Map<string, string> };

export async function startModel(
  texts: ReadonlyMap<string, Text>,
  holds: Holds,
  timeline: Timeline,
): Promise<ModelStandIn> {
  /** Session → text → how often it is in one request's history. */
  const seen = new Map<string, Map<string, number>>();
  const crashed = new Map<string, number>();

  const note = (request: ModelRequest): void => {
    const session = String((request.metadata as { user_id?: unknown } | undefined)?.user_id ?? '');
    const counts = new Map<string, number>();
    for (const id of request.messages.flatMap((message) => (message.role === 'user' ? idsIn(blocksOf(message)) : []))) {
      counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    const known = seen.get(session) ?? new Map<string, number>();
    for (const [id, count] of counts) {
      if (count > (known.get(id) ?? 0)) timeline.note(id, `the model sees it (session ${session.slice(0, 8)})`);
      known.set(id, Math.max(count, known.get(id) ?? 0));
    }
    seen.set(session, known);
  };

  const answer = (request: ModelRequest): Reply => {
    note(request);
    const { ids, results, details } = newsIn(request);
    for (const id of ids) {
      const text = texts.get(id);
      const crashes = crashed.get(id) ?? 0;
      if (text && crashes < text.crashes) {
        crashed.set(id, crashes + 1);
        timeline.note(id, 'the agent is made to crash');
        return use(CRASH_TOOL);
      }
      const tool = text && TOOLS[text.work];
      if (tool !== undefined && !results.has(`${tool}-${id}`)) return use(`${tool}-${id}`);
      const told = results.get(`ask-${id}`) ?? results.get(`consent-${id}`);
      if (told !== undefined) details.set(id, told);
    }
    const project = typeof request.system === 'string' ? PROJECT.exec(request.system)?.[1] : undefined;
    const words = { type: 'text' as const, text: answerTo(ids, details, project ?? null) };
    const story = ids.find((id) => texts.get(id)?.work === 'story' && holds.isArmed('streaming', id));
    if (story === undefined) return { kind: 'message', blocks: [words] };
    const until = holds.reach('streaming', story);
    return { kind: 'message', blocks: [words], break: { afterEvents: 4, what: { kind: 'wait', until } } };
  };

  const app = new Hono();
  app.get('/tools/:tool', async (c) => {
    const id = c.req.param('tool').replace(/^count-/, '');
    timeline.note(id, 'its tool runs');
    await holds.reach('tool', id, c.req.raw.signal);
    return c.text('done');
  });
  app.route('/', createModelServer({ answer }));
  const { promise, resolve } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, resolve);
  const url = `http://127.0.0.1:${(await promise).port}`;
  return {
    url,
    toolsUrl: `${url}/tools`,
    sights: () => {
      const sums = new Map<string, number>();
      for (const counts of seen.values()) for (const [id, n] of counts) sums.set(id, (sums.get(id) ?? 0) + n);
      return sums;
    },
    close: () => {
      server.close();
      if ('closeAllConnections' in server) server.closeAllConnections();
    },
  };
}

/** The texts since the last answer, what tools gave since, and what is known of single texts. */
function newsIn(request: ModelRequest): News {
  let news: News = { ids: [], results: new Map(), details: new Map() };
  const names = new Map<string, string>();
  for (const message of request.messages) {
    const blocks = blocksOf(message);
    if (message.role === 'assistant') {
      const call = blocks.find((block) => block.type === 'tool_use') as (Block & { id?: string }) | undefined;
      if (call) names.set(call.id ?? '', call.name ?? '');
      else news = { ids: [], results: new Map(), details: new Map() };
    } else {
      for (const block of blocks) {
        const [id] = idsIn([block]);
        const quoted = QUOTED.exec(block.text ?? '')?.[1];
        const photo = PHOTO.exec(block.text ?? '')?.[1];
        if (id !== undefined && quoted !== undefined) news.details.set(id, `quotes ${quoted}`);
        const voice = VOICE.exec(block.text ?? '')?.[1];
        if (id !== undefined && photo === id) news.details.set(id, 'photo');
        if (voice !== undefined) news.details.set(voice, 'voice');
        if (block.tool_use_id) news.results.set(names.get(block.tool_use_id) ?? '', block.text ?? '');
      }
      news.ids.push(...idsIn(blocks));
    }
  }
  return { ...news, ids: [...new Set(news.ids)] };
}

const blocksOf = ({ content }: ModelRequest['messages'][number]): Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;
const idsIn = (blocks: readonly Block[]): string[] =>
  blocks.flatMap(({ type, text = '' }) => (type === 'text' ? (text.match(SOUGHT) ?? []) : []));
const use = (name: string): Reply => ({ kind: 'message', blocks: [{ type: 'tool_use', name, input: {} }] });
