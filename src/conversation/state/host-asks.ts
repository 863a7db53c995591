import type { Checks } from '../../git/checks.ts';
import type { PullRequest } from '../../git/pull-request.ts';
import type { HostTrouble } from '../../texts/pull-requests.ts';

// A conversation's questions to a git host, and the answers. A timer's ref keeps the question.

/**
 * list: the open pull requests · show: one of them · open: one that the agent has just opened · new, news: one that a
 * webhook told of · checks: of a pull request, or of the newest · ask-merge: what the person is asked about · merge: they said yes · diff: its changes.
 */
export const HOST_VERBS = ['list', 'show', 'open', 'new', 'news', 'checks', 'ask-merge', 'merge', 'diff'] as const;
/** `number`: null for the newest open pull request. `head`: the commit that the person agreed to. */
export type HostAsk = {
  verb: (typeof HOST_VERBS)[number];
  project: string;
  number: number | null;
  head: string | null;
};

export type HostTold =
  | { is: 'trouble'; why: HostTrouble; again: number | null }
  /** The person has been told already. */
  | { is: 'nothing' }
  /** There is no open pull request. */
  | { is: 'none' }
  | { is: 'pulls'; pulls: readonly PullRequest[] }
  /** `defaultBranch`: of the repository, if the host says. */
  | {
      is: 'pull';
      pull: PullRequest;
      checks: Checks | null;
      isMergeable: boolean | null;
      defaultBranch?: string | null;
    }
  /** `pull`: null for the checks of the default branch. */
  | { is: 'checks'; pull: PullRequest | null; branch: string; checks: Checks }
  | { is: 'merged'; pull: PullRequest }
  | { is: 'unmerged'; pull: PullRequest; why: 'changed' | 'blocked' | 'closed'; says: string }
  | { is: 'diff'; pull: PullRequest; diff: string; isCut: boolean };

export const refOfAsk = (id: string, { verb, project, number, head }: HostAsk): string =>
  [id, verb, project, number ?? '-', head ?? '-'].join(' ');

/** Null for a ref that isn't one, such as one of a release after this. */
export function readAsk(ref: string): HostAsk | null {
  const [, word, project, number, head] = ref.split(' ');
  const verb = HOST_VERBS.find((each) => each === word);
  if (verb === undefined || project === undefined || number === undefined || head === undefined) return null;
  return { verb, project, number: number === '-' ? null : Number(number), head: head === '-' ? null : head };
}
