import type { ProjectRepository } from '../../../src/protocol/index.ts';
import type { Manner } from '../agent/agent.ts';
import { GITHUB } from '../network/connect-target.ts';

// The instructions and settings that every agent gets besides the files of the person and the project. Pure.

const STYLE = `Your answers are sent to the person's phone as chat messages. Be brief: a few short sentences unless more is
asked for. Plain Markdown is converted; avoid tables, headings and long code. The person cannot see your tools or files.
The chat has its own commands, which are not yours: if the person asks how to use the chat, tell them to text /help.`;

const DEEP = `The person has set time aside and is following this work. Take all the steps it needs, say in one sentence what you
are about to do before each longer step, and act on what they text meanwhile.`;

const COMMANDS_ENDED = `The commands you left running in the background were ended: the machine was stopped, or nobody wrote for hours.
Start them again if they are still needed, and tell the person if that matters to them.`;

/** `branch`: of the copy. */
export const describeCheckout = (branch: string): string =>
  `This project is a copy of a checkout on the person's computer, at its newest commit. Work on the branch ${branch}, or
on other branches whose names begin with roost/, and commit what is done: after each turn the server brings the commits
of these branches into the person's checkout. What you don't commit stays here. Their own files don't change.`;

const REPOSITORY = `git reaches it through a gateway that holds the person's account: push branches and tags of your own, and fetch.
There is no token, key or password for it on this machine, so never look for one, ask for one or write one into an
address. The default branch, pushing with force, deleting, workflow files and merging are refused until the person
allows them for this project; a refusal says why, and then the person is asked where a yes helps, so don't try another
way round. It works while you work, and for this repository only.`;

const WITH_GH = `gh works for this repository too: pull requests, their checks, reviews and comments, and issues. Open a pull
request when a change is ready, and give the person its link. \`gh auth\` isn't needed.`;
const WITH_TOOL = `gh isn't installed on this computer; the tool github_api does what gh would: pull requests, their checks,
reviews and comments, and issues. Use it wherever you would use gh, or are told to. Open a pull request when a change is
ready and pushed, and give the person its link.`;
/** Git's settings name programs, which would then run outside. */
const CONFINED = `Your commands can't change git's settings (.git/config): upstreams, \`git config\` and \`gh pr checkout\` fail. So
name remote and branch: \`git push origin NAME\`, \`git pull origin NAME\`, \`git fetch origin pull/7/head\`.`;
const WITHOUT_GH = `gh doesn't work with this host: push the branch, and give the person the link to open a pull request.`;

/** Features of Claude Code that the machine's operator turns on or off. */
export type Features = { autoMemory: boolean; agentTeams: boolean };

/** Text to append to the agent's own system prompt. */
export function writeInstructions(
  { assistant, deep }: Manner,
  commandsEnded = false,
  repository: AgentsRepository | null = null,
): string {
  const name = oneLine(assistant?.name);
  const tone = oneLine(assistant?.tone);
  return [
    STYLE,
    name && `The person calls you ${name}.`,
    tone && `How you should sound, in the person's words: ${tone}`,
    deep && DEEP,
    commandsEnded && COMMANDS_ENDED,
    repository && describeRepository(repository),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** `isConfined`: in the sandbox. `hasGh`: commands find a gh. */
type AgentsRepository = ProjectRepository & { isConfined: boolean; hasGh: boolean };

const describeRepository = ({ host, path, isConfined, hasGh }: AgentsRepository): string =>
  [
    `This project is for the repository ${host}/${path}.`,
    REPOSITORY,
    host !== GITHUB ? WITHOUT_GH : hasGh ? WITH_GH : WITH_TOOL,
    isConfined && CONFINED,
  ]
    .filter(Boolean)
    .join(' ');

const oneLine = (text: string | undefined): string => (text ?? '').replace(/[\p{Cc}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();

/** Settings that the person and the project can't change. */
export function makeSettings({ autoMemory }: Features) {
  return {
    // By default the agent deletes old transcripts at its start; here they are the conversation's memory.
    cleanupPeriodDays: 36_500,
    // Nobody sits at a terminal to approve the servers of a project's .mcp.json, and the project is the person's own.
    enableAllProjectMcpServers: true,
    // The person's settings decide, unless the operator turns the feature off.
    ...(autoMemory ? {} : { autoMemoryEnabled: false }),
  };
}

export function makeFeatureEnvironment({ agentTeams }: Features): Record<string, string> {
  return agentTeams ? { CLAUDE_CODE_EXPERIMENTAL_AGENT_TEAMS: '1' } : {};
}
