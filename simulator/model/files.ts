import type { Outcome, Situation, Step } from './situation.ts';

// How the demo model reads and writes files with Claude Code's tools. Write refuses to replace a file that Read has not
// shown in this session, and Read answers "unchanged" the second time. So the content comes from Bash if there is Bash,
// and Read only unlocks the file. Pure.

const say = (text: string): Step => ({ do: 'say', text });
const use = (tool: string, input: Record<string, unknown>): Step => ({ do: 'use', tool, input });

export function readFile(name: string, { tools, folder, outcomes }: Situation): Step {
  const [outcome] = outcomes;
  if (!outcome) return look(name, folder, tools) ?? use('Read', { file_path: pathOf(name, folder) });
  if (outcome.failed) return say(`I couldn’t read ${name}: it doesn’t exist yet, or I’m not allowed to see it.`);
  const content = contentOf(outcome);
  return say(content === '' ? `${name} is empty.` : `Here’s what’s in ${name}:\n\n${content}`);
}

const SEND_FILE = 'mcp__roost__send_file';

/** A file may be sent without words. */
export function sendFile(path: string, caption: string, { outcomes }: Situation): Step {
  const [outcome] = outcomes;
  if (!outcome) return use(SEND_FILE, { path, ...(caption === '' ? {} : { caption }) });
  return say(outcome.failed ? `I couldn’t send ${path}: ${outcome.text}` : `I sent you ${path}.`);
}

/** look → (Read, when the file exists) → Write → confirm. */
export function writeFile(
  name: string,
  text: string,
  situation: Situation,
  mode: 'replace' | 'append' = 'replace',
): Step {
  const { tools, folder, outcomes } = situation;
  const file_path = pathOf(name, folder);
  const written = outcomes.find((outcome) => outcome.tool === 'Write');
  if (written?.failed) return say(`I couldn’t write ${name}: ${written.text}`);
  if (written) return say(mode === 'append' ? `Noted in ${name}: ${text.slice(2)}` : `Written to ${name}.`);
  if (!tools.has('Write')) return use('Write', { file_path });

  const seen = outcomes.at(0);
  if (!seen) {
    const first = look(name, folder, tools) ?? (tools.has('Read') ? use('Read', { file_path }) : null);
    if (first) return first;
  }
  const exists = seen !== undefined && !seen.failed;
  const unlocked = outcomes.some((outcome) => outcome.tool === 'Read');
  if (exists && !unlocked && tools.has('Read')) return use('Read', { file_path });
  const before = exists && mode === 'append' ? contentOf(seen) : '';
  return use('Write', { file_path, content: `${before === '' ? '' : `${before}\n`}${text}\n` });
}

const look = (name: string, folder: string | null, tools: ReadonlySet<string>): Step | null =>
  tools.has('Bash')
    ? use('Bash', { command: `cat ${quoted(pathOf(name, folder))}`, description: `Show ${name}` })
    : null;

export const pathOf = (name: string, folder: string | null): string =>
  name.startsWith('/') || folder === null ? name : `${folder}/${name}`;

const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`;

/** The text of the file; Read numbers its lines, Bash does not. */
export const contentOf = ({ tool, text }: Outcome): string =>
  tool === 'Read' ? text.replace(/^ *\d+[→\t]/gm, '') : text;
