import { COMMANDS } from '../../input/command.ts';
import { PROJECT_WORDS } from '../state/project-labels.ts';

// Names a command for the operator.

/** `/project new` for `/project new Shop`: words of our own and none of the person's. Null for anything else. */
export function nameCommand(text: string): string | null {
  const [, word = '', next = ''] = /^\s*\/([a-z]{2,12})\b[\s.!]*([a-z]{0,12})/i.exec(text) ?? [];
  const name = word.toLowerCase();
  if (!Object.hasOwn(COMMANDS, name)) return null;
  const inner = name === 'project' ? PROJECT_WORDS.find((each) => each === next.toLowerCase()) : undefined;
  return inner === undefined ? `/${name}` : `/${name} ${inner}`;
}
