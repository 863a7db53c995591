import { COMMANDS, type Name } from '../../src/input/command.ts';
import { isAtLeast, leastRoleFor, RIGHTS, ROLES, type Role } from '../../src/input/roles.ts';

// The table of roles in docs/commands.md: what each role may do.

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const cellsFor = (least: Role): string[] => ROLES.map((role) => (isAtLeast(role, least) ? 'yes' : 'no'));

/** Commands that everybody may use share a row. */
export function rolesTable(): string {
  const names = Object.keys(COMMANDS) as Name[];
  const open = names.filter((name) => leastRoleFor(name) === 'guest').map((name) => `\`/${name}\``);
  const others = names.filter((name) => leastRoleFor(name) !== 'guest');
  return [
    row(['what', ...ROLES]),
    row(['---', ...ROLES.map(() => '---')]),
    row([open.join(', '), ...cellsFor('guest')]),
    ...others.map((name) => row([`\`/${name}\``, ...cellsFor(leastRoleFor(name))])),
    ...Object.entries(RIGHTS).map(([right, least]) => row([right, ...cellsFor(least)])),
  ].join('\n');
}

const TABLE = /(?<=^### Who may do what$[\s\S]*?\n)\| what [\s\S]*?(?=\n\n)/m;

/** The page with the present table. */
export const withRolesTable = (page: string): string => page.replace(TABLE, rolesTable);
