import { join } from 'node:path';
import { getAgentUser } from '../process/agent-user.ts';
import { type Environment, systemFoldersOf } from '../process/system-path.ts';
import { makeAgentsFolder } from './conversation-folders.ts';
import { makeTemporaryFolder, temporaryFolderOf } from './temporary-folder.ts';
import type { Workspace } from './workspace.ts';

// The environment of a conversation's agent and its commands. It is an allowlist: nothing of the server's reaches the
// agent unless it is named here, and no secret is.

/** The environment of every command of a conversation. */
export function makeCommandEnvironment(
  own: Record<string, string | undefined>,
  workspace: Workspace,
): Record<string, string> {
  return { ...commonEnvironment(own, workspace), ...homeOfCommands(own, workspace) };
}

function commonEnvironment(own: Environment, workspace: Workspace): Record<string, string> {
  const inherited = ['LANG', 'LC_ALL', 'TZ'].flatMap((name) => (own[name] ? [[name, own[name]]] : []));
  return {
    ...Object.fromEntries(inherited),
    CLAUDE_CONFIG_DIR: workspace.config,
    // Git looks for a repository in the project and no further up.
    GIT_CEILING_DIRECTORIES: workspace.projects,
  };
}

function homeOfCommands(own: Environment, workspace: Workspace) {
  return {
    // Software installed for the user lies in its home, which survives a machine's sleep. It comes last on the path, so
    // that nothing an agent installs can replace a program of the system.
    PATH: [...systemFoldersOf(own), join(workspace.home, '.local/bin')].join(':'),
    NPM_CONFIG_PREFIX: join(workspace.home, '.local'),
    HOME: workspace.home,
  };
}

/** The home of an unconfined Claude Code, and the file that gives its commands another home. */
function homeOfAgent(own: Environment, workspace: Workspace, project: string) {
  return {
    HOME: workspace.agentHome,
    PATH: systemFoldersOf(own).join(':'),
    CLAUDE_CODE_TMPDIR: temporaryFolderOf(workspace, project),
    // Claude Code puts the lines of this file before each command.
    CLAUDE_ENV_FILE: join(workspace.agentHome, COMMAND_SETTINGS),
  };
}

const COMMAND_SETTINGS = 'commands.sh';

/** Writes the lines that precede each command. Anew for each process, because the folders may have moved. */
export function prepareAgentHome(own: Environment, workspace: Workspace, project: string): void {
  makeTemporaryFolder(temporaryFolderOf(workspace, project));
  using home = makeAgentsFolder(workspace.agentHome);
  const lines = Object.entries(homeOfCommands(own, workspace)).map(
    ([name, value]) => `export ${name}=${quoted(value)}\n`,
  );
  home.replace(COMMAND_SETTINGS, lines.join(''));
}

/** Quotes the text as one shell word. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Variables that send Claude Code's own connections through its proxy, except those to the model. */
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
  workspace: Workspace,
  modelUrl: string,
  resuming: { project: string; continues: boolean; cutTools: readonly string[] },
  approvals: 'auto' | 'ask',
): Record<string, string> {
  return {
    ...commonEnvironment(own, workspace),
    ...(approvals === 'auto' ? homeOfCommands(own, workspace) : homeOfAgent(own, workspace, resuming.project)),
    ANTHROPIC_BASE_URL: modelUrl,
    // The agent insists on a key; the real one stays at the edge (network/model-proxy.ts).
    ANTHROPIC_API_KEY: 'held-by-the-relay',
    CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS: '1',
    // The SDK's own option doesn't work with a session store. Here sessions are resumed from the agent's own files,
    // with the checkpoints beside them.
    CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
    DISABLE_TELEMETRY: '1',
    DISABLE_AUTOUPDATER: '1',
    DISABLE_ERROR_REPORTING: '1',
    // Its own timers end when the machine sleeps, so the skill that uses them is not offered (see
    // consent/permission-options.ts).
    CLAUDE_CODE_DISABLE_CRON: '1',
    // By itself the agent forgets a cut sub-agent and takes the person's text as new. So if tools were cut, it is asked
    // to go on (`carryOn`), and then it knows about such calls.
    ...(resuming.continues && resuming.cutTools.length === 0 ? { CLAUDE_CODE_RESUME_INTERRUPTED_TURN: '1' } : {}),
    // As root the agent refuses to run unattended unless it is told that it is in a sandbox.
    ...((getAgentUser()?.uid ?? process.getuid?.()) === 0 ? { IS_SANDBOX: '1' } : {}),
  };
}
