import { COMMANDS } from './parse.ts';

// The order in which /help shows the commands, by purpose.

const GROUPS: readonly (readonly [heading: string, names: string])[] = [
  ['While I work', 'status stop retry btw queue verbose help'],
  ['Projects and conversations', 'project new sessions undo compact context'],
  ['Deep work', 'deep end'],
  ['Answers and files', 'more files'],
  ['Questions I ask', 'approve deny approvals'],
  ['Schedules', 'schedule remind standup schedules pause resume skip cancel run timezone quiet'],
  ['Settings', 'model assistant memory mcp'],
];

/** Each heading with a line per command; what no group names comes last. */
export function helpGroups(): [heading: string, lines: string[]][] {
  const known: Record<string, { use: string; help: string }> = COMMANDS;
  const line = (name: string): string[] => (known[name] ? [`${known[name].use}: ${known[name].help}`] : []);
  const named = new Set(GROUPS.flatMap(([, names]) => names.split(' ')));
  const others = Object.keys(COMMANDS).filter((name) => !named.has(name));
  return [...GROUPS, ['And', others.join(' ')] as const]
    .map(([heading, names]): [string, string[]] => [heading, names.split(' ').flatMap(line)])
    .filter(([, lines]) => lines.length > 0);
}
