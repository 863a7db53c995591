import { appendFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { Hono } from 'hono';
import { type Entry, readConversation } from '../../simulator/model/conversation.ts';
import type { ModelRequest } from '../../simulator/model/messages-api.ts';
import type { Reply } from '../../simulator/model/reply.ts';
import { say, use } from '../../simulator/model/script.ts';
import { createModelServer } from '../../simulator/model/server.ts';
import type { Holds } from './holds.ts';
import type { ModelStandIn } from './model.ts';
import type { Text } from './plan.ts';
import { answerTo, CHOICES, ID, questionAbout } from './said.ts';
import type { Timeline } from './timeline.ts';

// The model for the real Claude Code: has it use its own tools as each text wants, and answers with the ids of the texts it is
// asked about. What it saw and when is the witness of the run. Never killed.

/** The person's own words; what is quoted or named elsewhere stands behind something else on its line. */
const SOUGHT = /^m\d{4,}(?= please)/gm;
const QUOTED = /^> (m\d{4,}) /m;
/** What a sub-agent is told to do. */
const HELPER = /^Count for (m\d{4,})\.$/m;
/** What the machine puts after the texts of a turn whose tools were cut. */
const TOLD = 'may already have taken effect';
const SUMMARY = '<analysis>short</analysis><summary>They worked through a list.</summary>';

type News = { ids: string[]; done: Set<string>; details: Map<string, string>; isCompact: boolean };
export type RealModelOptions = {
  texts: ReadonlyMap<string, Text>;
  holds: Holds;
  timeline: Timeline;
  counter: string;
};

export async function startRealModel({ texts, holds, timeline, counter }: RealModelOptions): Promise<ModelStandIn> {
  const seen = new Map<string, Map<string, number>>();
  const crashed = new Set<string>();
  let toolsUrl = '';

  const note = (request: ModelRequest): void => {
    const session = String((request.metadata as { user_id?: unknown } | undefined)?.user_id ?? '');
    const known = seen.get(session) ?? new Map<string, number>();
    const counts = new Map<string, number>();
    for (const id of personsWords(readConversation(request))) counts.set(id, (counts.get(id) ?? 0) + 1);
    for (const [id, count] of counts) {
      if (count > (known.get(id) ?? 0)) timeline.note(id, `the model sees it (${session.slice(-8)})`);
      known.set(id, Math.max(count, known.get(id) ?? 0));
    }
    seen.set(session, known);
  };

  /** The tool that a text wants next; null when it has had all of them. */
  const toolFor = (id: string, { done }: News): ReturnType<typeof use> | null => {
    const command = `echo did count-${id} >> '${counter}'; '${process.execPath}' -e "fetch('${toolsUrl}/count-${id}')"`;
    const text = texts.get(id);
    if (text && text.crashes > 0 && !crashed.has(id)) {
      crashed.add(id);
      timeline.note(id, 'the agent is made to crash');
      return use('Bash', { command: 'kill -9 $PPID', description: `crash-${id}` });
    }
    switch (text?.work) {
      case 'tool':
        return done.has(`count-${id}`) ? null : use('Bash', { command });
      case 'helper':
        return done.has(`helper-${id}`)
          ? null
          : use('Agent', {
              description: `helper-${id}`,
              prompt: `Count for ${id}.`,
              subagent_type: 'general-purpose',
              run_in_background: false,
            });
      case 'ask':
        return done.has(`ask-${id}`)
          ? null
          : use('mcp__roost__ask_person', { question: questionAbout(id), options: [...CHOICES] });
      case 'file':
        if (!done.has(`count-${id}`))
          return use('Bash', { command: `${command}; printf '%%PDF-1.4\\n%s\\n' ${id} > ${id}.pdf` });
        return done.has(`file-${id}`) ? null : use('mcp__roost__send_file', { path: `${id}.pdf` });
      default:
        return null;
    }
  };

  const answer = (request: ModelRequest): Reply => {
    const entries = readConversation(request);
    const helper = HELPER.exec(firstWords(entries))?.[1];
    const news = newsIn(entries, request);
    if (helper !== undefined) {
      return news.done.has(`count-${helper}`)
        ? say(`Counted for ${helper}.`)
        : use('Bash', {
            command: `echo did count-${helper} >> '${counter}'; '${process.execPath}' -e "fetch('${toolsUrl}/count-${helper}')"`,
          });
    }
    if (news.isCompact) return say(SUMMARY);
    note(request);
    for (const id of isTold(request) ? news.ids : []) appendFileSync(counter, `told count-${id}\n`);
    for (const id of news.ids) {
      const tool = toolFor(id, news);
      if (tool) return tool;
    }
    const words = { type: 'text' as const, text: answerTo(news.ids, news.details) };
    const story = news.ids.find((id) => texts.get(id)?.work === 'story' && holds.isArmed('streaming', id));
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
  toolsUrl = `${url}/tools`;
  return {
    url,
    toolsUrl,
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

/** Since the model's last words, somewhere among notes of the agent's own. */
function isTold({ messages }: ModelRequest): boolean {
  const last = messages.findLastIndex(
    ({ role, content }) => role === 'assistant' && !JSON.stringify(content).includes('"tool_use"'),
  );
  return JSON.stringify(messages.slice(last + 1)).includes(TOLD);
}

const firstWords = (entries: readonly Entry[]): string => {
  const first = entries.find(({ kind }) => kind === 'person');
  return first?.kind === 'person' ? first.text : '';
};
const idsIn = (words: string): string[] => words.match(SOUGHT) ?? [];
const personsWords = (entries: readonly Entry[]): string[] =>
  entries.flatMap((entry) => (entry.kind === 'person' ? idsIn(entry.text) : []));

/** The texts since the last answer, and what tools gave since. What was stopped is not news any more. */
function newsIn(entries: readonly Entry[], request: ModelRequest): News {
  const fresh = (): News => ({ ids: [], done: new Set(), details: new Map(), isCompact: false });
  let news = fresh();
  const named = new Map<string, string>();
  const photos = photosIn(request);
  for (const entry of entries) {
    if (entry.kind === 'answer' || entry.kind === 'stopped' || entry.kind === 'summary') {
      if (entry.kind !== 'answer' || entry.text !== '') news = fresh();
    } else if (entry.kind === 'compact') news.isCompact = true;
    else if (entry.kind === 'call') named.set(entry.id, nameOf(entry.name, entry.input));
    else if (entry.kind === 'result') {
      const name = named.get(entry.callId) ?? '';
      if (!entry.failed) news.done.add(name);
      const asked = /^ask-(m\d+)$/.exec(name)?.[1];
      if (asked !== undefined && !entry.failed) news.details.set(asked, entry.text.trim());
    } else {
      const ids = idsIn(entry.text);
      const quoted = QUOTED.exec(entry.text)?.[1];
      for (const id of ids) {
        if (quoted !== undefined && ids.length === 1) news.details.set(id, `quotes ${quoted}`);
        if (photos.has(id)) news.details.set(id, 'photo');
      }
      news.ids.push(...ids);
    }
  }
  return { ...news, ids: [...new Set(news.ids)] };
}

/** What a call was for. */
function nameOf(tool: string, input: Record<string, unknown>): string {
  const words = JSON.stringify(input);
  const id = words.match(ID)?.[0] ?? '';
  const what = { Agent: 'helper', mcp__roost__ask_person: 'ask', mcp__roost__send_file: 'file' }[tool];
  return what ? `${what}-${id}` : `count-${id}`;
}

/** Photos of a run hold the id of their text behind the picture. */
function photosIn({ messages }: ModelRequest): Set<string> {
  const blocks = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const data = blocks.flatMap(({ type, source }) => (type === 'image' && source?.data ? [source.data] : []));
  return new Set(data.flatMap((each) => Buffer.from(each, 'base64').toString('latin1').match(ID) ?? []));
}
