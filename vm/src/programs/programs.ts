import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { HOOK_EVENTS, type HookEvent } from '@anthropic-ai/claude-agent-sdk/core';
import * as z from 'zod';
import { readFileUpTo } from '../files/bounded-read.ts';
import type { ProgramPart } from '../journal/program-table.ts';
import { isPrivateHost } from '../network/private-address.ts';
import type { Workspace } from '../workspace/workspace.ts';

// The programs that a project makes Claude Code start: the hooks in its settings and the person's, and the servers of
// its .mcp.json. Reads the configuration and every file it names, and decides which programs can be started. Keeps
// nothing.

const FILE_MAX = 1024 * 1024;
/** The limit for all named files together. Beyond it, only a file's size and time count. */
const TEXT_MAX = 8 * 1024 * 1024;
/**
 * Most paths of all programs together. A program that names more isn't started, because changes of those files would go
 * unnoticed.
 */
const PATHS_MAX = 500;
const PROGRAMS_MAX = 50;
const HOOK_S = 60;

export type Hook = { event: HookEvent; matcher?: string; command: string; seconds: number };
export type LocalServer = { name: string; command: string; args: string[]; env: Record<string, string> };
export type RemoteServer = { name: string; type: 'http' | 'sse'; url: string; headers: Record<string, string> };

export type Programs = {
  hooks: Hook[];
  local: LocalServer[];
  remote: RemoteServer[];
  /** The configured programs that can't be started, in words. */
  refused: string[];
  /** All of it as text, by part: the configuration first, then the files it names. */
  parts: ProgramPart[];
  /** The digest of all parts. */
  digest: string;
};

const Texts = z.record(z.string(), z.string());
const Variables = z.record(z.string().regex(/^[A-Za-z_]\w{0,99}$/), z.string());
const Command = z.strictObject({
  type: z.literal('command'),
  command: z.string().min(1).max(10_000),
  timeout: z.number().positive().max(600).optional(),
  statusMessage: z.string().optional(),
});
const Group = z.looseObject({ matcher: z.string().max(1000).optional(), hooks: z.array(z.unknown()) });
const Settings = z.looseObject({
  disableAllHooks: z.boolean().optional(),
  hooks: z.record(z.string(), z.array(Group)).optional(),
});
const Local = z.strictObject({
  type: z.literal('stdio').optional(),
  command: z.string().min(1).max(10_000),
  args: z.array(z.string().max(10_000)).max(100).default([]),
  env: Variables.default({}),
});
const Remote = z.strictObject({
  type: z.enum(['http', 'sse']),
  url: z.url({ protocol: /^https?$/ }),
  headers: Texts.default({}),
});
const Servers = z.looseObject({ mcpServers: z.record(z.string().regex(/^[\w.-]{1,64}$/), z.unknown()) });

/** Null when there are none. */
export function readPrograms(workspace: Workspace, cwd: string, isConfined: boolean): Programs | null {
  const settings = [
    join(workspace.config, 'settings.json'),
    join(cwd, '.claude/settings.json'),
    join(cwd, '.claude/settings.local.json'),
  ].map((path) => parsed(path, Settings));
  const isOff = settings.some((one) => one?.disableAllHooks);
  const hooks = isOff ? [] : settings.flatMap((one) => hooksOf(one?.hooks ?? {}));
  const servers = Object.entries(parsed(join(cwd, '.mcp.json'), Servers)?.mcpServers ?? {}).map((entry) =>
    serverOf(entry, isConfined),
  );
  const found = [...hooks, ...servers];
  const beyond = found.length - PROGRAMS_MAX;
  const all = [
    ...withinPaths(found.slice(0, PROGRAMS_MAX), workspace, cwd),
    ...(beyond > 0 ? [`${beyond} more, because a project may have ${PROGRAMS_MAX} hooks and tool servers`] : []),
  ];
  if (all.length === 0) return null;
  const started = all.filter((one) => typeof one !== 'string');
  const lines = all.map((one) => (typeof one === 'string' ? `not started: ${one}` : described(one)));
  const named = started.flatMap((one) => pathsNamed(one, workspace, cwd));
  const files = filesAt([...new Set(named)], workspace, cwd);
  const parts = [{ title: 'programs', text: lines.join('\n') }, ...files];
  return {
    hooks: started.filter((one) => 'event' in one),
    local: started.filter((one) => 'args' in one),
    remote: started.filter((one) => 'url' in one),
    refused: all.filter((one) => typeof one === 'string'),
    parts,
    digest: sha256(JSON.stringify(parts)),
  };
}

type Program = Hook | LocalServer | RemoteServer;

function withinPaths(found: readonly (Program | string)[], workspace: Workspace, cwd: string): (Program | string)[] {
  const named = new Set<string>();
  return found.map((program) => {
    if (typeof program === 'string') return program;
    const more = new Set([...named, ...pathsNamed(program, workspace, cwd)]);
    if (more.size > PATHS_MAX) {
      const what = 'event' in program ? `a hook for ${program.event} that` : `the server ${program.name}, which`;
      return `${what} names too many files`;
    }
    for (const path of more) named.add(path);
    return program;
  });
}

function hooksOf(groups: Record<string, z.infer<typeof Group>[]>): (Hook | string)[] {
  return Object.entries(groups).flatMap(([name, ofEvent]) =>
    ofEvent.flatMap(({ matcher, hooks }) =>
      hooks.map((hook): Hook | string => {
        const event = HOOK_EVENTS.find((known) => known === name);
        const read = Command.safeParse(hook);
        if (!event || !read.success) return `a hook for ${name} that isn’t a plain command`;
        const { command, timeout = HOOK_S } = read.data;
        return { event, ...(matcher ? { matcher } : {}), command, seconds: timeout };
      }),
    ),
  );
}

function serverOf([name, config]: [string, unknown], isConfined: boolean): LocalServer | RemoteServer | string {
  const local = Local.safeParse(config);
  if (local.success) return { name, command: local.data.command, args: local.data.args, env: local.data.env };
  const remote = Remote.safeParse(config);
  if (!remote.success) return `the server ${name}, whose configuration is not valid`;
  if (isConfined && isPrivateHost(new URL(remote.data.url).hostname))
    return `the server ${name}, which is on this computer or its network`;
  return { name, ...remote.data };
}

function described(program: Program): string {
  if ('event' in program)
    return `hook ${program.event}${program.matcher ? ` (${program.matcher})` : ''}: ${program.command}`;
  // Values may be secrets, so only the fact that one changed is shown.
  const extra = (values: Record<string, string>): string =>
    Object.entries(values)
      .map(([name, value]) => ` ${name}=sha256:${sha256(value).slice(0, 12)}`)
      .join('');
  if ('url' in program) return `server ${program.name}: ${program.url}${extra(program.headers)}`;
  return `server ${program.name}: ${[program.command, ...program.args].join(' ')}${extra(program.env)}`;
}

/** Package managers run what the package's own file names. */
const PACKAGE_MANAGERS = /^(npm|npx|pnpm|pnpx|yarn|bun|bunx)$/;

function pathsNamed(program: Program, workspace: Workspace, cwd: string): string[] {
  if ('url' in program) return [];
  const line = 'event' in program ? program.command : [program.command, ...program.args].join('\n');
  const words = line.split(/[\s"'`;|&()<>=,:]+/).filter((word) => word !== '');
  const named = words.some((word) => PACKAGE_MANAGERS.test(word)) ? [...words, 'package.json'] : words;
  return named.map((word) =>
    resolve(
      cwd,
      word
        .replace(/^(\$CLAUDE_PROJECT_DIR|\$\{CLAUDE_PROJECT_DIR\})/, cwd)
        .replace(/^(~|\$HOME|\$\{HOME\})(?=\/)/, workspace.home),
    ),
  );
}

/** The paths that commands can change; they can't change the rest of the system. */
function filesAt(paths: readonly string[], workspace: Workspace, cwd: string): ProgramPart[] {
  const folders = [cwd, workspace.home].map((folder) => `${realpathSync(folder)}${sep}`);
  let left = TEXT_MAX;
  return paths.flatMap((path) => {
    const real = realAt(path);
    if (real === null || !folders.some((folder) => real.startsWith(folder))) return [];
    const file = readFileUpTo(real, Math.min(left, FILE_MAX), true);
    if (file === null) return [];
    left -= file.length;
    const title = path.startsWith(`${cwd}${sep}`) ? path.slice(cwd.length + 1) : path.replace(workspace.home, '~');
    return [{ title, text: typeof file === 'string' ? file : textOf(file) }];
  });
}

function realAt(path: string): string | null {
  try {
    return realpathSync(path);
  } catch {
    return null;
  }
}

function textOf(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : `sha256:${sha256(bytes)}`;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');

function parsed<T>(path: string, shape: z.ZodType<T>): T | null {
  const file = readFileUpTo(path, FILE_MAX);
  if (!Buffer.isBuffer(file)) return null;
  try {
    return shape.safeParse(JSON.parse(file.toString('utf8'))).data ?? null;
  } catch {
    return null;
  }
}
