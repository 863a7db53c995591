// The text that a consent question shows: everything the tool would do, unchanged. The relay words the question and
// makes hidden and look-alike characters visible.

/** The longest text that is shown. A longer tool use is refused without a question. */
export const SHOWN_MAX = 60_000;

/** `does`: the kind of action. `text`: all of it, line by line. */
export type ShownInput = { does: string; text: string };
type Input = Readonly<Record<string, unknown>>;

const CONTEXT = 2;

export function showInput(tool: string, input: Input): ShownInput {
  const { command, file_path, notebook_path, url, query, host } = input;
  switch (tool) {
    case 'Bash':
      if (isText(command)) return { does: 'run', text: command };
      break;
    case 'Check':
      if (isText(command)) return { does: 'check', text: command };
      break;
    case 'Edit':
      if (isText(file_path) && isText(input.old_string) && isText(input.new_string)) {
        const path = onOneLine(file_path);
        const where = input.replace_all === true ? `${path} (each place)` : path;
        return { does: 'change', text: `${where}\n${difference(input.old_string, input.new_string)}` };
      }
      break;
    case 'Write':
      if (isText(file_path) && isText(input.content)) {
        return { does: 'write', text: `${onOneLine(file_path)}\n${marked('+', input.content.split('\n'))}` };
      }
      break;
    case 'NotebookEdit':
      if (isText(notebook_path)) return { does: 'change', text: `${onOneLine(notebook_path)}\n${whole(input)}` };
      break;
    case 'Read':
      if (isText(file_path)) return { does: 'read', text: file_path };
      break;
    case 'WebFetch':
      if (isText(url)) return { does: 'open', text: url };
      break;
    case 'WebSearch':
      if (isText(query)) return { does: 'search', text: query };
      break;
    case 'SandboxNetworkAccess':
      if (isText(host)) return { does: 'reach', text: host };
      break;
  }
  return { does: 'use', text: `${tool}\n${whole(input)}` };
}

const isText = (value: unknown): value is string => typeof value === 'string';
/** A path on one line, because the change begins on the next. */
const onOneLine = (path: string): string => path.replaceAll('\n', '\\n').replaceAll('\r', '\\r');
const whole = (input: Input): string => JSON.stringify(input, null, 1);
const marked = (mark: string, lines: readonly string[]): string => lines.map((line) => `${mark} ${line}`).join('\n');

/** The removed and added lines, with a little context. */
function difference(before: string, after: string): string {
  const [old, now] = [before.split('\n'), after.split('\n')];
  const least = Math.min(old.length, now.length);
  let head = 0;
  while (head < least && old[head] === now[head]) head++;
  let tail = 0;
  while (tail < least - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const parts = [
    marked(' ', old.slice(Math.max(0, head - CONTEXT), head)),
    marked('-', old.slice(head, old.length - tail)),
    marked('+', now.slice(head, now.length - tail)),
    marked(' ', old.slice(old.length - tail).slice(0, CONTEXT)),
  ];
  return parts.filter((part) => part !== '').join('\n');
}
