import { appendFileSync } from 'node:fs';
import { type Entry, readConversation } from '../../simulator/model/conversation.ts';
import type { ModelRequest } from '../../simulator/model/messages-api.ts';
import type { Reply } from '../../simulator/model/reply.ts';
import { say, use } from '../../simulator/model/script.ts';
import {
  idsOfPerson,
  lastSentence,
  type ModelOptions,
  type ModelStandIn,
  QUOTED,
  Sights,
  startModelServer,
} from './model-server.ts';
import { answerTo, CHOICES, ID, questionAbout } from './said.ts';

// The model for the real Claude Code: makes it use its own tools as each text wants, and answers with the ids of the
// texts it is asked about.

/** The task of a subagent. */
const HELPER = /^Count for (m\d{4,})\.$/m;
/** The machine's words after the texts of a turn whose tools were cut. */
const TOLD = 'may already have taken effect';
const SUMMARY = '<analysis>short</analysis><summary>They worked through a list.</summary>';

type News = { ids: string[]; done: Set<string>; details: Map<string, string>; isCompact: boolean };

export async function startRealModel(options: ModelOptions & { counter: string }): Promise<ModelStandIn> {
  const { texts, timeline, counter } = options;
  const sights = new Sights(timeline);
  const crashed = new Set<string>();

  const counting = (id: string, toolsUrl: string): string =>
    `echo did count-${id} >> '${counter}'; '${process.execPath}' -e "fetch('${toolsUrl}/count-${id}')"`;

  /** The next tool for a text; null when it has used all of them. */
  const toolFor = (id: string, { done }: News, toolsUrl: string): ReturnType<typeof use> | null => {
    const command = counting(id, toolsUrl);
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

  const answer = (request: ModelRequest, toolsUrl: string): Reply => {
    const entries = readConversation(request);
    const helper = HELPER.exec(firstWords(entries))?.[1];
    const news = newsIn(entries, request);
    if (helper !== undefined) {
      return news.done.has(`count-${helper}`)
        ? say(`Counted for ${helper}.`)
        : use('Bash', { command: counting(helper, toolsUrl) });
    }
    if (news.isCompact) return say(SUMMARY);
    sights.note(request, personsWords(entries));
    for (const id of isTold(request) ? news.ids : []) appendFileSync(counter, `told count-${id}\n`);
    for (const id of news.ids) {
      const tool = toolFor(id, news, toolsUrl);
      if (tool) return tool;
    }
    return lastSentence(options, news.ids, answerTo(news.ids, news.details));
  };
  return startModelServer(options, sights, answer);
}

/** Since the model's last words, somewhere among the agent's own notes. */
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
const personsWords = (entries: readonly Entry[]): string[] =>
  entries.flatMap((entry) => (entry.kind === 'person' ? idsOfPerson(entry.text) : []));

/** The texts since the last answer, and the tool results since. Stopped texts are not new any more. */
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
      const ids = idsOfPerson(entry.text);
      const quote = QUOTED.exec(entry.text);
      const [quoting] = quote ? idsOfPerson(entry.text.slice(quote.index)) : [];
      if (quote && quoting !== undefined) news.details.set(quoting, `quotes ${quote[1]}`);
      for (const id of ids) if (photos.has(id)) news.details.set(id, 'photo');
      news.ids.push(...ids);
    }
  }
  return { ...news, ids: [...new Set(news.ids)] };
}

/** The text that a call served. */
function nameOf(tool: string, input: Record<string, unknown>): string {
  const words = JSON.stringify(input);
  const id = words.match(ID)?.[0] ?? '';
  const what = { Agent: 'helper', mcp__roost__ask_person: 'ask', mcp__roost__send_file: 'file' }[tool];
  return what ? `${what}-${id}` : `count-${id}`;
}

/** The photos of a run contain the id of their text behind the picture. */
function photosIn({ messages }: ModelRequest): Set<string> {
  const blocks = messages.flatMap(({ content }) => (typeof content === 'string' ? [] : content));
  const data = blocks.flatMap(({ type, source }) => (type === 'image' && source?.data ? [source.data] : []));
  return new Set(data.flatMap((each) => Buffer.from(each, 'base64').toString('latin1').match(ID) ?? []));
}
