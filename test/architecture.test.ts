import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { VERSION } from '../src/config/config.ts';

// The layout of the project as a test: who imports whom, where SQL is, how long a file may be.

const root = resolve(import.meta.dirname, '..');
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(root, path)));
const sources = tracked.filter((path) => /\.(ts|tsx|mjs)$/.test(path) && !path.endsWith('.d.ts'));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** Every module a file imports: a project path, or a package's name. */
function imports(path: string): string[] {
  const specifiers = [...read(path).matchAll(/(?:from|import)\s*\(?\s*['"]([^'"\n]+)['"]/g)].map((m) => m[1] as string);
  return specifiers.map((s) => (s.startsWith('.') ? relative(root, resolve(root, dirname(path), s)) : s));
}

type Edge = { path: string; target: string };

/** The files that import each other, directly or through others. */
function circles(edges: readonly Edge[]): string[][] {
  let left = [...edges];
  for (;;) {
    const importing = new Set(left.map(({ path }) => path));
    const imported = new Set(left.map(({ target }) => target));
    const kept = left.filter(({ path, target }) => imported.has(path) && importing.has(target));
    if (kept.length === left.length) return kept.map(({ path, target }) => [path, target]);
    left = kept;
  }
}

const under = (path: string, folders: string[]): boolean => folders.some((folder) => path.startsWith(`${folder}/`));

describe('imports', () => {
  const pure = ['src/conversation', 'src/recurrence', 'src/input', 'src/money', 'src/git', 'src/protocol'];
  const platform = /^(cloudflare:|node:|hono|twilio|wrangler|@cloudflare)/;
  const effects = ['src/worker', 'src/objects', 'src/channels', 'src/machines', 'vm', 'simulator'];

  test('decisions import no platform and no effect', () => {
    const wrong = sources
      .filter((path) => under(path, pure))
      .flatMap((path) => imports(path).map((target) => ({ path, target })))
      .filter(({ target }) => platform.test(target) || under(target, effects));
    expect(wrong).toEqual([]);
  });

  test('vm takes only src/protocol from the relay', () => {
    const wrong = sources
      .filter((path) => under(path, ['vm']))
      .flatMap((path) => imports(path).map((target) => ({ path, target })))
      .filter(({ target }) => /^(src|simulator|scripts|test)\//.test(target) && !under(target, ['src/protocol']));
    expect(wrong).toEqual([]);
  });

  test('the relay imports nothing that exists for development only', () => {
    const wrong = sources
      .filter((path) => under(path, ['src']))
      .flatMap((path) => imports(path).map((target) => ({ path, target })))
      .filter(({ target }) => under(target, ['simulator', 'scripts', 'test', 'bench', 'vm']));
    expect(wrong).toEqual([]);
  });
});

// Rooms from the top to the ground: a room imports only from rooms below it. `.` stands for the other files in the
// folder itself.
describe.each([
  {
    folder: 'src',
    rooms: [
      'worker',
      'objects',
      'channels',
      'machines',
      'git-hosts',
      'links',
      'config',
      'conversation',
      'texts',
      'money',
      'git',
      'recurrence',
      'input',
      'protocol',
      '.',
    ],
  },
  {
    folder: 'src/conversation',
    rooms: [
      '.',
      'overview',
      'inbound',
      'commands',
      'repositories',
      'access',
      'schedules',
      'turn',
      'questions',
      'machine',
      'spending',
      'privacy',
      'outbox',
      'state',
      'policy',
    ],
  },
  {
    folder: 'vm/src',
    rooms: [
      'main.ts',
      'config.ts',
      'http',
      'attempts',
      'actions',
      'transfer',
      'backup',
      'claude',
      'tools',
      'programs',
      'consent',
      'agent',
      'journal',
      'repository',
      'workspace',
      'files',
      'network',
      'process',
      'refusal.ts',
      'package-folder.ts',
    ],
  },
])('rooms of $folder', ({ folder, rooms }) => {
  const inside = sources.filter((path) => under(path, [folder]));
  const roomOf = (path: string): string => {
    const [first = ''] = relative(folder, path).split('/');
    return rooms.includes(first) || !first.endsWith('.ts') ? first : '.';
  };
  const edges = inside.flatMap((path) =>
    imports(path)
      .filter((target) => under(target, [folder]))
      .map((target) => ({ path, target })),
  );

  test('every file is in a room of the list, and every room has a file', () => {
    expect(inside.filter((path) => !rooms.includes(roomOf(path)))).toEqual([]);
    expect(rooms.filter((room) => !inside.some((path) => roomOf(path) === room))).toEqual([]);
  });

  test('no import runs up', () => {
    const up = edges.filter(({ path, target }) => rooms.indexOf(roomOf(target)) < rooms.indexOf(roomOf(path)));
    expect(up).toEqual([]);
  });

  test('no files import each other in a circle, not even for a type', () => {
    expect(circles(edges)).toEqual([]);
  });
});

describe('where things live', () => {
  test('routes are in routes.ts, from which the door of local runs is made', () => {
    // `c` is Hono's context, whose methods are no routes.
    const literal = /\b(?!c\b)\w+\.(get|post|put|patch|delete|all|on|route|mount)\(\s*['"`]/g;
    const wrong = ['src/worker/index.ts', 'src/worker/local.ts'].flatMap((path) => read(path).match(literal) ?? []);
    expect(wrong).toEqual([]);
  });

  /** The folders of the product's channels, which are named as their addresses begin. */
  const channels = sources.flatMap((path) => /^src\/channels\/(\w+)\/capabilities\.ts$/.exec(path)?.[1] ?? []);

  test('each channel of the product is held to the next two', () => {
    expect(channels.toSorted()).toEqual(expect.arrayContaining(['sms', 'telegram', 'whatsapp']));
  });

  test('decisions never name a channel: they ask what it can do, so that a new one needs no change to them', () => {
    const decisions = ['src/conversation', 'src/input', 'src/money', 'src/recurrence', 'src/git'];
    const named = new RegExp(`['"\`](?:${channels.join('|')})(?::[^'"\`]*)?['"\`]`);
    const code = (path: string): string => read(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const wrong = sources.filter((path) => under(path, decisions) && named.test(code(path)));
    expect(wrong, 'use ctx.channelOf(address) and a capability (src/conversation/policy/channel.ts)').toEqual([]);
  });

  test('a setting that is named after a channel (TELEGRAM_…) is read in its folder and in src/config alone', () => {
    const code = (path: string): string => read(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*|'[^'\n]*'/g, '');
    const wrong = channels.flatMap((folder) => {
      const setting = new RegExp(`\\b${folder.toUpperCase()}_[A-Z]`);
      const others = sources.filter(
        (path) => under(path, ['src']) && !under(path, [`src/channels/${folder}`, 'src/config']),
      );
      return others.filter((path) => !/^src\/texts\//.test(path) && setting.test(code(path)));
    });
    expect(wrong, 'add to Channel (src/channels/channel.ts) what the core needs to know').toEqual([]);
  });

  test('SQL of the relay is in stores, the migration runner and migrations/', () => {
    const sql = /\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX))\b/;
    const wrong = sources.filter(
      (path) => under(path, ['src']) && sql.test(read(path)) && !/(-store|migrations)\.ts$/.test(path),
    );
    expect(wrong).toEqual([]);
  });

  test('a new channel is its folder alone: nothing else of the product knows the one of test/fixtures/pigeon', () => {
    const product = tracked.filter((path) =>
      under(path, ['src', 'vm', 'simulator', 'scripts', 'migrations', 'test/faults']),
    );
    expect(product.filter((path) => /pigeon/i.test(read(path)))).toEqual([]);
    const folder = tracked.filter((path) => under(path, ['test/fixtures/pigeon']));
    const outside = folder
      .flatMap(imports)
      .filter(
        (target) => !/^(src\/|test\/(fixtures\/pigeon|faults)\/|node:|zod|cloudflare:|@hono\/node-server)/.test(target),
      );
    expect(folder.length).toBeGreaterThan(5);
    expect(outside).toEqual([]);
  });

  test('decisions read no JSON: rows are parsed and printed in their stores', () => {
    const wrong = sources.filter(
      (path) => under(path, ['src/conversation', 'src/texts']) && /\bJSON\./.test(read(path)),
    );
    expect(wrong).toEqual([]);
  });

  test('rows that are never in the hot part are reached through functions that require their read', () => {
    const isRaw = (path: string): boolean => /\bstate\.(?:grants|schedules|recent)\b/.test(read(path));
    const wrong = sources.filter(
      (path) => under(path, ['src/conversation']) && !under(path, ['src/conversation/state']),
    );
    expect(wrong.filter(isRaw)).toEqual([]);
  });

  test('a file fits one sitting: 350 lines', () => {
    const long = sources
      .map((path) => ({ path, lines: read(path).split('\n').length - 1 }))
      // A script writes the one in migrations/.
      .filter(({ path, lines }) => lines > 350 && !under(path, ['test', 'migrations']));
    expect(long).toEqual([]);
  });

  test('no utils folder and no file of everybody’s types', () => {
    expect(tracked.filter((path) => /(^|\/)(utils?|helpers)(\/|\.ts$)|(^|\/)types\.ts$/.test(path))).toEqual([]);
  });

  test('relay and machine are of one version', () => {
    const versions = ['package.json', 'vm/package.json'].map(
      (file) => (JSON.parse(read(file)) as { version: string }).version,
    );
    expect(versions).toEqual([VERSION, VERSION]);
  });

  test('every dependency is pinned exactly', () => {
    const loose = ['package.json', 'vm/package.json'].flatMap((file) => {
      const json = JSON.parse(read(file)) as Record<string, Record<string, string>>;
      return ['dependencies', 'devDependencies', 'optionalDependencies'].flatMap((kind) =>
        Object.entries(json[kind] ?? {}).filter(([, range]) => !/^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(range)),
      );
    });
    expect(loose).toEqual([]);
  });

  test('the lockfile holds the binaries of macOS and arm64', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { version?: string }> };
    const needed = ['darwin-arm64', 'darwin-x64', 'linux-arm64'].flatMap((system) => [
      `@anthropic-ai/claude-agent-sdk-${system}`,
      `@biomejs/cli-${system}`,
      `@cloudflare/workerd-${system.replace('darwin-x64', 'darwin-64')}`,
      `@esbuild/${system}`,
      `@typescript/typescript-${system}`,
    ]);
    expect(needed.filter((name) => !lock.packages[`node_modules/${name}`]?.version)).toEqual([]);
  });
});
