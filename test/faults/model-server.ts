import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import type { ModelRequest } from '../../simulator/model/messages-api.ts';
import type { Reply } from '../../simulator/model/reply.ts';
import { createModelServer } from '../../simulator/model/server.ts';
import type { Holds } from './holds.ts';
import type { Text } from './plan.ts';
import type { Timeline } from './timeline.ts';

// The common part of all runs' models: the server, the other end of the agent's tools, the record of what the model
// saw, and the last sentence that can be held. Never killed: its record is the run's evidence.

export type ModelStandIn = {
  url: string;
  toolsUrl: string;
  /** How often the model saw each text as something new. */
  sights: () => Map<string, number>;
  close: () => void;
};

export type ModelOptions = { texts: ReadonlyMap<string, Text>; holds: Holds; timeline: Timeline };

/** The person's own words; quoted, retold or named texts come after other words on their line. */
const SOUGHT = /^m\d{4,}(?= please)/gm;
export const idsOfPerson = (words: string): string[] => words.match(SOUGHT) ?? [];
/** The quoted text. */
export const QUOTED = /^> (m\d{4,}) /m;

/** How often each text was shown, summed over sessions. */
export class Sights {
  /** Session → text → how often it is in one request's history. */
  readonly #seen = new Map<string, Map<string, number>>();
  readonly #timeline: Timeline;

  constructor(timeline: Timeline) {
    this.#timeline = timeline;
  }

  /** `ids`: the texts in the request, with repetitions. */
  note({ metadata }: ModelRequest, ids: readonly string[]): void {
    const session = String((metadata as { user_id?: unknown } | undefined)?.user_id ?? '');
    const known = this.#seen.get(session) ?? new Map<string, number>();
    const counts = new Map<string, number>();
    for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) {
      if (count > (known.get(id) ?? 0)) this.#timeline.note(id, `the model sees it (session ${session.slice(-8)})`);
      known.set(id, Math.max(count, known.get(id) ?? 0));
    }
    this.#seen.set(session, known);
  }

  all(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const counts of this.#seen.values()) for (const [id, n] of counts) sums.set(id, (sums.get(id) ?? 0) + n);
    return sums;
  }
}

/** The last sentence. It pauses in the middle if the plan aims at one of its texts. */
export function lastSentence(
  { texts, holds }: Pick<ModelOptions, 'texts' | 'holds'>,
  ids: readonly string[],
  text: string,
): Reply {
  const words = { type: 'text' as const, text };
  const story = ids.find((id) => texts.get(id)?.work === 'story' && holds.isArmed('streaming', id));
  if (story === undefined) return { kind: 'message', blocks: [words] };
  const until = holds.reach('streaming', story);
  return { kind: 'message', blocks: [words], break: { afterEvents: 4, what: { kind: 'wait', until } } };
}

/** `answer` gets the address of the tools' other end. */
export async function startModelServer(
  { holds, timeline }: ModelOptions,
  sights: Sights,
  answer: (request: ModelRequest, toolsUrl: string) => Reply,
): Promise<ModelStandIn> {
  let toolsUrl = '';
  const app = new Hono();
  app.get('/tools/:tool', async (c) => {
    const id = c.req.param('tool').replace(/^count-/, '');
    timeline.note(id, 'its tool runs');
    await holds.reach('tool', id, c.req.raw.signal);
    return c.text('done');
  });
  app.route('/', createModelServer({ answer: (request) => answer(request, toolsUrl) }));
  const { promise, resolve } = Promise.withResolvers<AddressInfo>();
  const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, resolve);
  const url = `http://127.0.0.1:${(await promise).port}`;
  toolsUrl = `${url}/tools`;
  const close = (): void => {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  };
  return { url, toolsUrl, sights: () => sights.all(), close };
}
