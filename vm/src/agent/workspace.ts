import { spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import { makeAgentsFolder } from '../files/conversation-folders.ts';
import { agentUser, asAgent } from '../process/agent-user.ts';
import { makeTemporaryFolder, temporaryFolder } from './temporary.ts';

// The folders of a conversation on disk, and the environment of its agent. The environment is an allowlist: nothing of
// the server's reaches the agent unless it is named here, and no secret is.

/**
 * `home` is that of commands. Where the agent asks for consent, Claude Code has `agentHome` instead: no command writes
 * there, so that nothing a command leaves behind is read or run by a process that is not confined.
 */
export type Workspace = { home: string; agentHome: string; config: string; projects: string };

export function workspace(dataDir: string, conversation: string): Workspace {
  const root = join(dataDir, 'conversations', conversation);
  return {
    home: join(root, 'home'),
    agentHome: join(root, 'agent'),
    config: join(root, 'claude'),
    projects: join(root, 'projects'),
  };
}

/** The project's folder; its path never changes, because a session can only be resumed where it was. */
export function prepareProject(place: Workspace, project: string): string {
  const cwd = join(place.projects, project);
  for (const folder of [place.home, place.config]) makeAgentsFolder(folder).close();
  using projects = makeAgentsFolder(place.projects);
  const isNew = projects.stat(project) === null;
  projects.make(project).close();
  // A repository of its own: where DATA_DIR lies inside another one, the agent would take that for its project. Best
  // effort, because a machine without git works too.
  if (isNew) {
    const env = agentUser() ? commandEnvironment(process.env, place) : process.env;
    spawnSync(...asAgent('git', ['init', '--quiet']), { cwd, env, stdio: 'ignore', timeout: 10_000 });
  }
  return cwd;
}

/** Marks every process of a conversation's agent, of all conversations when none is named (see process/process-tree.ts). */
export function agentMark(dataDir: string, conversation?: string): string {
  const value =
    conversation === undefined ? `${join(dataDir, 'conversations')}/` : workspace(dataDir, conversation).config;
  return `CLAUDE_CONFIG_DIR=${value}`;
}

/** What a resumed agent is told. */
export function resumePrompt(cutTools: readonly string[]): string {
  const begin = 'Continue from where you left off.';
  if (cutTools.length === 0) return begin;
  return `${begin} What the person asked for is not answered yet. ${cutWarning(cutTools)}`;
}

export const cutWarning = (cutTools: readonly string[]): string =>
  `These tool calls had started when you were interrupted and may already have taken effect, so check before you repeat them: ${cutTools.join(', ')}.`;

/** What every command of a conversation runs in, whoever starts it. */
export function commandEnvironment(own: Record<string, string | undefined>, place: Workspace): Record<string, string> {
  return { ...commonEnvironment(own, place), ...homeOfCommands(own, place) };
}

type Own = Record<string, string | undefined>;

function commonEnvironment(own: Own, place: Workspace): Record<string, string> {
  const inherited = ['LANG', 'LC_ALL', 'TZ'].flatMap((name) => (own[name] ? [[name, own[name]]] : []));
  return {
    ...Object.fromEntries(inherited),
    CLAUDE_CONFIG_DIR: place.config,
    // Git looks for a repository in the project and no further up.
    GIT_CEILING_DIRECTORIES: place.projects,
  };
}

function homeOfCommands(own: Own, place: Workspace) {
  return {
    // What is installed for the user lies in its home: that outlives a machine's sleep, the system's folders do not. On
    // the path it comes last, so that nothing an agent installs can stand in for what the system has.
    PATH: [...systemPath(own), join(place.home, '.local/bin')].join(':'),
    NPM_CONFIG_PREFIX: join(place.home, '.local'),
    HOME: place.home,
  };
}

/** Without relative folders: those would be looked for in the project. */
export const systemPath = (own: Own): string[] => (own.PATH ?? '').split(':').filter(isAbsolute);

/** The path without folders below `folder`, which is what agents write to: nothing that is not confined is to run from there. */
export function pathOutside(folder: string, own: Own): string {
  const inside = [folder, realOf(folder)].map((path) => `${path}${sep}`);
  const isOutside = (path: string): boolean =>
    [path, realOf(path)].every((one) => !inside.some((top) => `${one}${sep}`.startsWith(top)));
  return systemPath(own).filter(isOutside).join(':');
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The home of a Claude Code that is not confined, and how its commands get another one. */
function homeOfAgent(own: Own, place: Workspace, project: string) {
  return {
    HOME: place.agentHome,
    PATH: systemPath(own).join(':'),
    CLAUDE_CODE_TMPDIR: temporaryFolder(place, project),
    // Claude Code puts the lines of this file before each command.
    CLAUDE_ENV_FILE: join(place.agentHome, COMMAND_SETTINGS),
  };
}

const COMMAND_SETTINGS = 'commands.sh';

/** Writes what each command starts with, anew for each process: the folders may have moved. */
export function prepareAgentHome(own: Own, place: Workspace, project: string): void {
  makeTemporaryFolder(temporaryFolder(place, project));
  using home = makeAgentsFolder(place.agentHome);
  const lines = Object.entries(homeOfCommands(own, place)).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  home.replace(COMMAND_SETTINGS, lines.join(''));
}

/** As one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What Claude Code itself connects to goes through its door, but for the model. */
export function throughDoor(port: number, modelUrl: string): Record<string, string> {
  const proxy = `http://127.0.0.1:${port}`;
  const model = new URL(modelUrl).host;
  return {
    HTTP_PROXY: proxy,
    HTTPS_PROXY: proxy,
    NO_PROXY: model,
    http_proxy: proxy,
    https_proxy: proxy,
    no_proxy: model,
  };
}

export function agentEnvironment(
  own: Record<string, string | undefined>,
  place: Workspace,
  modelUrl: string,
  resuming: { project: string; continues: boolean; cutTools: readonly string[] },
  approvals: 'auto' | 'ask',
): Record<string, string> {
  return {
    ...commonEnvironment(own, place),
    ...(approvals === 'auto' ? homeOfCommands(own, place) : homeOfAgent(own, place, resuming.project)),
    ANTHROPIC_BASE_URL: modelUrl,
    // The agent insists on a key; the real one stays at the edge (see http/model-proxy.ts).
    ANTHROPIC_API_KEY: 'held-by-the-relay',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    // The SDK's own option refuses to go with a session store. Here sessions are resumed from the agent's own files, and
    // the earlier contents lie beside them.
    CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
    // Its own timers end when the machine sleeps, so the skill that uses them is not offered (see permission-options.ts).
    CLAUDE_CODE_DISABLE_CRON: '1',
    // By itself it leaves out a sub-agent that was cut, and takes up the person's text as if it were new. So where tools were
    // cut it doesn't go on by itself: it is asked to (see `carryOn`), and then it sees such calls as cut, too.
    ...(resuming.continues && resuming.cutTools.length === 0 ? { CLAUDE_CODE_RESUME_INTERRUPTED_TURN: '1' } : {}),
    // As root the agent refuses to run unattended unless it is told that it is boxed in.
    ...((agentUser()?.uid ?? process.getuid?.()) === 0 ? { IS_SANDBOX: '1' } : {}),
  };
}
