import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, test } from 'vitest';
import { carrierTable, costTable } from '../bench/costs.ts';
import { NEWEST_CONVERSATION } from '../migrations/newest.ts';
import { CONVERSATION } from '../migrations/scripts.ts';
import { termsTable } from '../scripts/doctor/whatsapp-terms.ts';
import { configurationPage } from '../scripts/generate/configuration-page.ts';
import { migrationScripts } from '../scripts/generate/migration-scripts.ts';
import { rolesTable } from '../scripts/generate/roles-table.ts';
import { BILLED } from '../scripts/production/billed.ts';
import { COMMANDS } from '../src/input/command.ts';
import { channelsTable } from './fixtures/channels-table.ts';
import { doorsTable } from './fixtures/doors.ts';
import { waysRoundTable } from './fixtures/ways-round.ts';

// The documents as a test: links have targets, named files and commands exist, generated pages are up to date, and the
// main pages stay short.

const root = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const pages = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)) && !path.startsWith('test/fixtures/'));
const withoutCode = (text: string): string => text.replace(/^```[\s\S]*?^```$/gm, '');

/** The anchors of a page, by GitHub's rule for headings. */
const anchorsOf = (path: string): string[] =>
  [...withoutCode(read(path)).matchAll(/^#+ (.+)$/gm)].map((match) =>
    (match[1] as string)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );

describe('links', () => {
  const links = pages.flatMap((page) =>
    [...withoutCode(read(page)).matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)]
      .map((match) => (match[1] ?? match[2]) as string)
      .filter((target) => !/^[a-z]+:/.test(target))
      .map((target) => ({ page, target })),
  );

  test('lead to files and headings that exist', () => {
    expect(links.length).toBeGreaterThan(30);
    const broken = links.filter(({ page, target }) => {
      const [file = '', anchor] = target.split('#');
      const path = file === '' ? page : join(dirname(page), file);
      return !existsSync(join(root, path)) || (anchor !== undefined && !anchorsOf(path).includes(anchor));
    });
    expect(broken).toEqual([]);
  });
});

const named = (page: string, pattern: RegExp): string[] =>
  [...read(page).matchAll(pattern)].map((match) => match[1] as string);

test.each(['docs/requirements.md', 'docs/invariants.md', 'test/README.md'])(
  '%s names only tests that exist',
  (page) => {
    const tests = named(page, /`((?:[\w-]+\/)*[\w.-]+\.test\.ts)`/g);
    expect(tests.length).toBeGreaterThan(10);
    expect(tests.filter((path) => !existsSync(join(root, 'test', path)))).toEqual([]);
  },
);

test('every path that a document names exists', () => {
  const missing = pages
    .filter((page) => page !== 'CHANGELOG.md')
    .flatMap((page) => named(page, /`([\w.-]+(?:\/[\w.*-]+)*\/?)`/g).map((path) => ({ page, path })))
    .filter(
      ({ path }) =>
        /^(src|vm|simulator|migrations|test|bench|scripts|docs)\//.test(path) &&
        !/\*|^(?!test\/).*\.test\.ts$/.test(path),
    )
    .filter(({ path }) => !existsSync(join(root, path)));
  expect(missing).toEqual([]);
});

test.each(['migrations/conversation', 'migrations/directory', 'migrations/overview', 'vm/migrations'])(
  'migrations/README.md has every table and column of %s',
  (folder) => {
    const [, text = ''] = read('migrations/README.md').split(`# \`${folder}/\``);
    const sections = (text.split(/^# /m)[0] as string).split(/^## /m).slice(1);
    const described = sections.map((section) => {
      // The heading of a duplicated table contains more than its name.
      const table = (section.split('\n')[0] as string).split(' ')[0] as string;
      const columns = [...section.matchAll(/^- ([^:\n]+)/gm)].flatMap((row) =>
        [...(row[1] as string).matchAll(/`(\w+)`/g)].map((column) => column[1] as string),
      );
      return `${table}: ${columns.sort().join(', ')}`;
    });
    expect(described.sort()).toEqual(tablesOf(folder).sort());
  },
);

/** The database after all migrations of a folder. */
function tablesOf(folder: string): string[] {
  const db = new DatabaseSync(':memory:');
  const files = readdirSync(join(root, folder)).filter((file) => file.endsWith('.sql'));
  for (const file of files.sort()) db.exec(read(`${folder}/${file}`));
  const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").all();
  return tables.map(({ name }) => {
    const columns = db.prepare('SELECT name FROM pragma_table_info(?)').all(String(name));
    return `${name}: ${columns
      .map((column) => String(column.name))
      .sort()
      .join(', ')}`;
  });
}

test('each decision has context, decision and consequence, and is listed in ARCHITECTURE.md', () => {
  const files = readdirSync(join(root, 'docs/decisions'));
  expect(files.length).toBeGreaterThan(10);
  const list = read('ARCHITECTURE.md');
  const wrong = files.filter((file) => {
    const page = read(`docs/decisions/${file}`);
    const headings = [...page.matchAll(/^## (.+)$/gm)].map((match) => match[1]).join();
    const title = /^# (\d{3} .+)$/m.exec(page)?.[1] ?? '';
    const isListed = list.includes(`- [${title}](docs/decisions/${file})`);
    return headings !== 'Context,Decision,Consequence' || !file.startsWith(title.slice(0, 3)) || !isListed;
  });
  expect(wrong).toEqual([]);
});

test('docs/configuration.md is what the generator writes', () => {
  const written = configurationPage(read('.dev.vars.example'));
  expect(read('docs/configuration.md'), 'Run: node scripts/generate/configuration.ts').toBe(written);
});

test('.dev.vars.example has only names that the code reads', () => {
  const names = named('.dev.vars.example', /^([A-Z][A-Z_]+)=/gm);
  const code = execFileSync('git', ['grep', '-hwoE', '[A-Z][A-Z_]+', '--', 'src', 'vm', 'scripts', 'simulator'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 2 ** 20,
  });
  const read = new Set(code.split('\n'));
  expect(names.length).toBeGreaterThan(30);
  expect(names.filter((name) => !read.has(name))).toEqual([]);
});

test('docs/commands.md has every command', () => {
  const page = read('docs/commands.md');
  expect(Object.keys(COMMANDS).filter((name) => !page.includes(`\`/${name}`))).toEqual([]);
});

test('docs/doors.md has the table of doors', () => {
  expect(read('docs/doors.md'), 'The table is that of test/fixtures/doors.ts').toContain(doorsTable());
});

test('docs/channels.md has the table of what channels can do', () => {
  expect(read('docs/channels.md'), 'The table is that of test/fixtures/channels-table.ts').toContain(channelsTable());
});

test('docs/operate.md has what doctor and setup say of WhatsApp’s terms', () => {
  expect(read('docs/operate.md'), 'The table is that of scripts/doctor/whatsapp-terms.ts').toContain(termsTable());
});

test('docs/add-a-channel.md has the code of the channel that it makes, whole', () => {
  const folder = 'test/fixtures/pigeon';
  const page = read('docs/add-a-channel.md');
  const blocks = [...page.matchAll(/^`([^`\n]+)`:\n\n```ts\n([\s\S]*?)^```$/gm)].map(([, path, code]) => [path, code]);
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => [`${folder}/${path}`, read(`${folder}/${path}`)]);
  expect(page.match(/^```ts$/gm)).toHaveLength(blocks.length);
  expect(Object.fromEntries(blocks)).toEqual(Object.fromEntries(files));
});

test('docs/repositories.md has the table of ways round', () => {
  const page = read('docs/repositories.md');
  expect(page, 'The table is that of test/fixtures/ways-round.ts').toContain(waysRoundTable());
});

test('docs/commands.md has the table of roles', () => {
  const page = read('docs/commands.md');
  expect(page, 'Run: node scripts/generate/roles.ts').toContain(rolesTable());
});

test.each([
  ['README.md', 150],
  ['ARCHITECTURE.md', 215],
])('%s has at most %i lines', (page, most) => {
  expect(read(page).split('\n').length - 1).toBeLessThanOrEqual(most);
});

test('the relay carries the migrations as they are, and the schema they lead to', () => {
  for (const [path, text] of Object.entries(migrationScripts(root)))
    expect(read(path), 'Run: node scripts/generate/migrations.ts').toBe(text);
  const schemaOf = (scripts: readonly string[]): unknown[] => {
    const db = new DatabaseSync(':memory:');
    for (const script of scripts) db.exec(script);
    const made = db.prepare('SELECT type, name, sql FROM sqlite_master ORDER BY type, name').all();
    return made.map(({ type, name, sql }) => [
      type,
      name,
      String(sql)
        .replace(/\s+/g, ' ')
        .replace(/ ?([(),]) ?/g, '$1'),
    ]);
  };
  const folder = 'migrations/conversation';
  const files = readdirSync(join(root, folder)).sort();
  const schema = schemaOf(files.map((file) => read(`${folder}/${file}`).replace(/--.*/g, '')));
  expect(schemaOf(CONVERSATION.map(({ sql }) => sql))).toEqual(schema);
  expect(schemaOf([NEWEST_CONVERSATION])).toEqual(schema);
});

test('the costs are those that are computed', () => {
  const { turns, messages } = BILLED;
  const perTurn = (messages / turns).toFixed(2);
  for (const figures of [costTable(), carrierTable(), `has ${perTurn} replies`])
    expect(read('docs/deploy.md')).toContain(figures);
  expect(read('README.md')).toContain(`a turn has ${perTurn} on average`);
});
