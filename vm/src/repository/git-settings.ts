import type { ProjectRepository } from '../../../src/protocol/index.ts';
import { GITHUB, GITHUB_INSIDE } from '../network/connect-target.ts';

// The settings with which git and gh reach a project's repository through the connect proxy: variables of the agent's
// process, which count more than any file that the agent or the repository could write. Pure.

type Setting = readonly [key: string, value: string];
/**
 * `port`: of the connect proxy, as the process sees it. `word`: what the connect proxy asks for. `ignored`: in the
 * sandbox, the file with the names that git ignores.
 */
export type Door = { port: number; word: string; ignored?: string };

/** The variables for git and gh. Nobody sits at a terminal, so nothing is asked there. */
export function makeRepositoryEnvironment(repository: ProjectRepository, door: Door): Record<string, string> {
  return {
    ...toVariables(settingsOf(repository, door)),
    GIT_TERMINAL_PROMPT: '0',
    ...(repository.host === GITHUB ? variablesOfGh(door) : {}),
  };
}

/** The variables for git in the sandbox, in a project without a repository elsewhere. */
export const makeSandboxEnvironment = (ignored: string): Record<string, string> => toVariables(inSandbox(ignored));

function settingsOf({ host, path, name, email }: ProjectRepository, door: Door): Setting[] {
  const plain = `http://127.0.0.1:${door.port}/`;
  // gh takes a remote for GitHub's by this name only.
  const base = host === GITHUB ? `http://${GITHUB_INSIDE}:${door.port}/` : plain;
  const authorization = `Authorization: Bearer ${door.word}`;
  return [
    ...spellingsOf(host, path).map((spelling): Setting => [`url.${base}${path}.insteadOf`, spelling]),
    [`http.${base}.extraHeader`, authorization],
    ...(base === plain ? [] : [[`http.${plain}.extraHeader`, authorization] as const]),
    // Not every system knows names of this kind.
    ['http.curloptResolve', `${GITHUB_INSIDE}:${door.port}:127.0.0.1`],
    // Go, in which LFS is written, knows no such names either.
    ['lfs.url', `${plain}${path}.git/info/lfs`],
    [`lfs.${plain}${path}.git/info/lfs.locksverify`, 'false'],
    // No program of the system that holds credentials is asked, and none is stored.
    ['credential.helper', ''],
    ['credential.interactive', 'false'],
    [`http.${base}.followRedirects`, 'false'],
    ['protocol.ext.allow', 'never'],
    ['protocol.file.allow', 'user'],
    ['submodule.recurse', 'false'],
    ['fetch.recurseSubmodules', 'false'],
    ...(door.ignored === undefined ? [] : inSandbox(door.ignored)),
    ...(name === undefined ? [] : [['user.name', name] as const]),
    ...(email === undefined ? [] : [['user.email', email] as const]),
  ];
}

/** Git can't write its settings there, and knows no upstream. */
const inSandbox = (ignored: string): Setting[] => [
  ['core.excludesFile', ignored],
  ['push.default', 'current'],
  ['branch.autoSetupMerge', 'false'],
];

/** How people and tools write the repository's address. */
const spellingsOf = (host: string, path: string): string[] => {
  const [name = host] = host.split(':');
  return [
    `https://${host}/${path}`,
    `http://${host}/${path}`,
    `git://${host}/${path}`,
    `ssh://git@${host}/${path}`,
    `git@${name}:${path}`,
  ];
};

/** `first`: how many settings come before these. */
export function toVariables(settings: readonly Setting[], first = 0): Record<string, string> {
  const named = settings.flatMap(([key, value], n) => [
    [`GIT_CONFIG_KEY_${first + n}`, key],
    [`GIT_CONFIG_VALUE_${first + n}`, value],
  ]);
  return { GIT_CONFIG_COUNT: String(first + settings.length), ...Object.fromEntries(named) };
}

/** For our wrapper of gh (tools-folder.ts), which alone sends gh through the proxy. */
const variablesOfGh = ({ port, word }: Door): Record<string, string> => ({
  GH_HOST: GITHUB_INSIDE,
  GH_TOKEN: word,
  GH_PROMPT_DISABLED: '1',
  GH_NO_UPDATE_NOTIFIER: '1',
  ROOST_GH_PROXY: `http://127.0.0.1:${port}`,
});
