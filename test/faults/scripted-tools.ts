import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AgentHost, OpenAgent, PushedMessage } from '../../vm/src/agent/agent.ts';
import { prepareProject } from '../../vm/src/workspace/project-folder.ts';
import { workspaceOf } from '../../vm/src/workspace/workspace.ts';
import { pictureOf } from './picture.ts';
import { CHOICES, commandAbout, filesOf, ID, questionAbout } from './said.ts';

// The scripted agent's tools, and how it reads attachments. A tool's name ends with the id of the text it serves.

export type ToolCall = { id: string; name: string };
type Place = {
  dataDir: string;
  counter: string;
  toolsUrl: string;
  opened: OpenAgent;
  host: AgentHost | null;
  signal: AbortSignal;
};
type Tool = (call: ToolCall, text: string, place: Place) => Promise<string>;

export function resultOf(call: ToolCall, place: Place): Promise<string> {
  const [tool = '', text = ''] = call.name.split('-');
  return (TOOLS[tool] ?? count)(call, text, place);
}

/** A tool with a side effect: a line in a file. */
const count: Tool = async ({ name }, _text, { counter, toolsUrl, signal }) => {
  appendFileSync(counter, `did ${name}\n`);
  const answer = await fetch(`${toolsUrl}/${name}`, { signal }).catch(() => null);
  await answer?.text().catch(() => '');
  return 'done';
};

const askPerson: Tool = async ({ id }, text, { host, signal }) => {
  const answer = await host?.ask(id, { kind: 'ask', question: questionAbout(text), options: [...CHOICES] }, signal);
  return answer?.kind === 'text' ? answer.text : 'no answer';
};

const askConsent: Tool = async ({ id, name }, text, { host, signal }) => {
  const command = commandAbout(text);
  const always = name.startsWith('grant-');
  const rule = always ? 'Bash(count *)' : `Bash(${command})`;
  const request = { kind: 'approve', tool: 'Bash', summary: command, rule, always, does: 'run' } as const;
  const answer = await host?.ask(id, { ...request, shown: command }, signal);
  if (answer?.kind !== 'decision') return 'nobody decided';
  return answer.decision === 'allow' ? 'allowed' : 'denied';
};

/** Like a careful tool: it doesn't repeat what it may have made before it was cut. */
const remind: Tool = async ({ id }, text, { host, signal }) => {
  const words = `${text} rings`;
  const known = await host?.ask(`${id}-list`, { kind: 'schedule', wish: { op: 'list' } }, signal);
  if (known && 'text' in known && known.text.includes(words)) return 'made before';
  const wish = { op: 'create', does: 'remind', when: 'in 1 minute', text: words } as const;
  const answer = await host?.ask(id, { kind: 'schedule', wish }, signal);
  return answer?.kind === 'done' && answer.ok ? 'made' : 'not made';
};

const sendFile: Tool = async ({ id }, text, { dataDir, opened, host, signal }) => {
  const path = `${text}.png`;
  const cwd = prepareProject(workspaceOf(dataDir, opened.conversation), opened.project);
  writeFileSync(join(cwd, path), pictureOf(text));
  const file = await host?.offer(path);
  if (!file || 'refused' in file) return `not sent: ${file?.refused}`;
  const answer = await host?.ask(id, { kind: 'send_file', file, caption: '' }, signal);
  return answer && 'text' in answer ? answer.text : 'no answer';
};

/** Finds the files that it sent before. */
const look: Tool = async (_call, _text, { dataDir, opened }) => {
  const cwd = prepareProject(workspaceOf(dataDir, opened.conversation), opened.project);
  return filesOf(readdirSync(cwd).flatMap((name) => name.match(ID) ?? []));
};

const TOOLS: Readonly<Record<string, Tool>> = {
  ask: askPerson,
  consent: askConsent,
  grant: askConsent,
  schedule: remind,
  file: sendFile,
  look,
};

/** Whose photos came with the message: a test's photo contains the id of its text. */
export function photosOf({ images = [] }: PushedMessage): string[] {
  const ids = images.flatMap(({ path }) => readFileSync(path, 'latin1').match(ID)?.[0] ?? []);
  return ids.map((id) => `a photo of ${id}`);
}

/** The words of the voice notes in the project: a test's note contains the id of its text. */
export function heardIn(text: string, dataDir: string, { conversation, project }: OpenAgent): string[] {
  const paths = [...text.matchAll(/^\[The person sent (\S+) \(audio\//gm)].flatMap((match) => match[1] ?? []);
  const cwd = join(workspaceOf(dataDir, conversation).projects, project);
  const ids = paths.flatMap((path) => readFileSync(join(cwd, path), 'latin1').match(ID)?.[0] ?? []);
  return ids.map((id) => `${id} please, by voice`);
}
