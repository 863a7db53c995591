import type { ModelRequest } from '../../simulator/model/messages-api.ts';
import type { Reply } from '../../simulator/model/reply.ts';
import {
  idsOfPerson,
  lastSentence,
  type ModelOptions,
  type ModelStandIn,
  QUOTED,
  Sights,
  startModelServer,
} from './model-server.ts';
import type { Text } from './plan.ts';
import { answerTo, ID } from './said.ts';
import { CRASH_TOOL } from './scripted-agent.ts';

// The model for the scripted agent: makes it use the tools of each text, and answers with exactly the ids of the texts
// it is asked about.

/** The scripted agent's description of a photo and of a voice note. */
const PHOTO = /^a photo of (m\d{4,})$/m;
const VOICE = /^(m\d{4,}) please, by voice$/m;
const PROJECT = /^The project is (\S+)\.$/;
/** Kind of work → the tool for it. */
const TOOLS: Partial<Record<Text['work'], string>> = {
  tool: 'count',
  ask: 'ask',
  consent: 'consent',
  grant: 'grant',
  schedule: 'schedule',
  file: 'file',
  look: 'look',
};

type Block = { type: string; text?: string | undefined; tool_use_id?: string | undefined; name?: string | undefined };
type News = { ids: string[]; results: Map<string, string>; details: Map<string, string> };

export async function startModel(options: ModelOptions): Promise<ModelStandIn> {
  const { texts, timeline } = options;
  const sights = new Sights(timeline);
  const crashed = new Map<string, number>();

  const answer = (request: ModelRequest): Reply => {
    const shown = request.messages.flatMap((message) => (message.role === 'user' ? idsIn(blocksOf(message)) : []));
    sights.note(request, shown);
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
      const told = ['ask', 'consent', 'grant', 'look']
        .map((name) => results.get(`${name}-${id}`))
        .find((one) => one !== undefined);
      if (told !== undefined) details.set(id, told);
      if (text?.work === 'recall') details.set(id, `remembers ${before(request, id) ?? 'nothing'}`);
    }
    const project = typeof request.system === 'string' ? PROJECT.exec(request.system)?.[1] : undefined;
    return lastSentence(options, ids, answerTo(ids, details, project ?? null));
  };
  return startModelServer(options, sights, answer);
}

/** The texts since the last answer, the tool results since, and facts about single texts. */
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

/** The text before this one, as far as the model was told of it. */
function before(request: ModelRequest, id: string): string | undefined {
  const words = request.messages.flatMap(blocksOf).map(({ type, text = '' }) => (type === 'text' ? text : ''));
  return words
    .join('\n')
    .match(ID)
    ?.findLast((other) => other !== id);
}

const blocksOf = ({ content }: ModelRequest['messages'][number]): Block[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;
const idsIn = (blocks: readonly Block[]): string[] =>
  blocks.flatMap(({ type, text = '' }) => (type === 'text' ? idsOfPerson(text) : []));
const use = (name: string): Reply => ({ kind: 'message', blocks: [{ type: 'tool_use', name, input: {} }] });
