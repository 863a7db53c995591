import { join } from 'node:path';
import { getAgentUser } from '../process/agent-user.ts';
import { type Environment, systemFoldersOf } from '../process/system-path.ts';
import { makeAgentsFolder } from './conversation-folders.ts';
import { makeTemporaryFolder, temporaryFolderOf } from './temporary-folder.ts';
import type { Workspace } from './workspace.ts';

// The environment of a conversation's agent and its commands. It is an allowlist: nothing of the server's reaches the agent
// unless it is named here, and no secret is.

/** What every command of a conversation runs in, whoever starts it. */
export function makeCommandEnvironment(
  own: Record<string, string | undefined>,
  place: Workspace,
): Record<string, string> {
  return { ...commonEnvironment(own, place), ...homeOfCommands(own, place) };
}

function commonEnvironment(own: Environment, place: Workspace): Record<string, string> {
  const inherited = ['LANG', 'LC_ALL', 'TZ'].flatMap((name) => (own[name] ? [[name, own[name]]] : []));
  return {
    ...Object.fromEntries(inherited),
    CLAUDE_CONFIG_DIR: place.config,
    // Git looks for a repository in the project and no further up.
    GIT_CEILING_DIRECTORIES: place.projects,
  };
}

function homeOfCommands(own: Environment, place: Workspace) {
  return {
    // What is installed for the user lies in its home: that outlives a machine's sleep, the system's folders do not. On
    // the path it comes last, so that nothing an agent installs can stand in for what the system has.
    PATH: [...systemFoldersOf(own), join(place.home, '.local/bin')].join(':'),
    NPM_CONFIG_PREFIX: join(place.home, '.local'),
    HOME: place.home,
  };
}

/** The home of a Claude Code that is not confined, and how its commands get another one. */
function homeOfAgent(own: Environment, place: Workspace, project: string) {
  return {
    HOME: place.agentHome,
    PATH: systemFoldersOf(own).join(':'),
    CLAUDE_CODE_TMPDIR: temporaryFolderOf(place, project),
    // Claude Code puts the lines of this file before each command.
    CLAUDE_ENV_FILE: join(place.agentHome, COMMAND_SETTINGS),
  };
}

const COMMAND_SETTINGS = 'commands.sh';

/** Writes what each command starts with, anew for each process: the folders may have moved. */
export function prepareAgentHome(own: Environment, place: Workspace, project: string): void {
  makeTemporaryFolder(temporaryFolderOf(place, project));
  using home = makeAgentsFolder(place.agentHome);
  const lines = Object.entries(homeOfCommands(own, place)).map(([name, value]) => `export ${name}=${quoted(value)}\n`);
  home.replace(COMMAND_SETTINGS, lines.join(''));
}

/** As one word of a shell. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What Claude Code itself connects to goes through its door, but for the model. */
export function proxyVariablesOf(port: number, modelUrl: string): Record<string, string> {
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

export function makeAgentEnvironment(
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
    // The agent insists on a key; the real one stays at the edge (see network/model-proxy.ts).
    ANTHROPIC_API_KEY: 'held-by-the-relay',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    // The SDK's own option refuses to go with a session store. Here sessions are resumed from the agent's own files, and
    // the earlier contents lie beside them.
    CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
    // Its own timers end when the machine sleeps, so the skill that uses them is not offered (see consent/permission-options.ts).
    CLAUDE_CODE_DISABLE_CRON: '1',
    // By itself it leaves out a sub-agent that was cut, and takes up the person's text as if it were new. So where tools were
    // cut it doesn't go on by itself: it is asked to (see `carryOn`), and then it sees such calls as cut, too.
    ...(resuming.continues && resuming.cutTools.length === 0 ? { CLAUDE_CODE_RESUME_INTERRUPTED_TURN: '1' } : {}),
    // As root the agent refuses to run unattended unless it is told that it is boxed in.
    ...((getAgentUser()?.uid ?? process.getuid?.()) === 0 ? { IS_SANDBOX: '1' } : {}),
  };
}
