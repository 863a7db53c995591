import { type Checks, countChecks } from '../git/checks.ts';
import type { PullRequest } from '../git/pull-request.ts';
import type { LineComment } from '../input/line-comment.ts';
import { excerpt, formatCount, formatMinutes } from './phrasing.ts';

// Sentences about pull requests, their checks and reviews.

type News =
  | { what: 'checks'; names: readonly string[] }
  | { what: 'review'; verdict: 'approved' | 'changes' | 'comments'; author: string }
  | { what: 'merged' }
  | { what: 'closed' };

const STATES = { open: '', merged: ' (merged)', closed: ' (closed)' } as const;
const VERDICTS = {
  approved: (author: string) => `${author} approved it.`,
  changes: (author: string) => `${author} reviewed it and wants changes.`,
  comments: (author: string) => `${author} reviewed it.`,
} as const;

/**
 * unknown-host: Roost knows pull requests of GitHub alone · guest: the person's role uses no accounts · not-connected,
 * expired: the account · forbidden: it may not do this · the others: what the host said.
 */
export type HostTrouble =
  | 'unknown-host'
  | 'guest'
  | 'not-connected'
  | 'expired'
  | 'refused'
  | 'forbidden'
  | 'missing'
  | 'moved'
  | 'limited'
  | 'down';
const TROUBLES: Record<HostTrouble, string> = {
  'unknown-host':
    'I show pull requests of repositories on GitHub only. For this one, ask me to look: I can use git there.',
  guest: 'Guests can’t use accounts at git hosts. Ask an admin to make you a member.',
  'not-connected': 'No account is connected that can read this repository. /github connects one.',
  expired: 'The access to the git host has expired. /github connects it again.',
  refused: 'The git host refused the access. /github connects it again.',
  forbidden:
    'The connected account may not do that in this repository. Its rights are set at the host; /github shows the account.',
  missing:
    'The host doesn’t have that: the number is wrong, the repository is gone, or the connected account may not see it.',
  moved:
    'The repository has another name at the host by now. /project new NAME and its new address makes a project of it.',
  limited: 'The host limits how often I may ask it. Try again in a few minutes.',
  down: 'The git host doesn’t answer. Try again in a few minutes.',
};
const SIGNS = { failed: '✗', running: '…', passed: '✓', skipped: '–' } as const;

function namesOf(names: readonly string[], most: number): string {
  const more = names.length - most;
  return more > 0 ? `${names.slice(0, most).join(', ')} and ${more} more` : names.join(', ');
}

const sizeOf = ({ files, added, removed }: PullRequest): string =>
  files === null ? '' : ` · ${formatCount(files, 'file')}, +${added ?? 0} −${removed ?? 0}`;

function checkLine({ list, isWhole, unread }: Checks): string {
  const counts = (['failed', 'running', 'passed', 'skipped'] as const)
    .map((state) => ({ state, count: countChecks(list, state) }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
  const known = [...counts, ...(unread > 0 ? [`${unread} more that I haven’t read`] : [])].join(', ');
  if (!isWhole)
    return known === '' ? 'Checks: your account may not read them' : `Checks your account may read: ${known}`;
  return known === '' ? 'Checks: none' : `Checks: ${known}`;
}

/** `url`: of the checks at the host, if it has a page for them. */
const unreadChecks = (url: string | null): string =>
  `GitHub lets no fine-grained token read check runs.${url === null ? ' Look at them there.' : ` They are here: ${url}`}\nTo see them in this chat, connect through a GitHub App or with a code: /github new shows which way Roost has.`;

export const pullTexts = {
  more: (count: number): string => `And ${count} more.`,
  about: (label: string, { number, title }: PullRequest): string => `Pull request #${number} in ${label}: ${title}`,
  news: (news: News, most: number): string => {
    if (news.what === 'merged') return 'It was merged.';
    if (news.what === 'closed') return 'It was closed without being merged.';
    if (news.what === 'review') return VERDICTS[news.verdict](news.author);
    const { names } = news;
    return `${names.length === 1 ? 'A check' : `${names.length} checks`} failed: ${namesOf(names, most)}.`;
  },
  bubble: (label: string, pull: PullRequest, checks: Checks | null): string =>
    [
      `Pull request #${pull.number} in ${label}${STATES[pull.state]}${pull.isDraft ? ' (draft)' : ''}: ${pull.title}`,
      `${pull.branch} → ${pull.base}${sizeOf(pull)}`,
      ...(checks === null ? [] : [checkLine(checks)]),
      pull.url,
    ].join('\n'),
  /** For the agent: what a tap on a button asks of it. */
  tasks: {
    fix: (number: number, title: string | null): string =>
      `Checks of pull request #${number}${title === null ? '' : ` (${title})`} failed. Look at them (gh pr checks ${number}, gh run view --log-failed), mend what is wrong on its branch, run the tests, and push. Then tell me what it was.`,
    read: (number: number, title: string | null): string =>
      `A review came for pull request #${number}${title === null ? '' : ` (${title})`}. Read it with its comments (gh pr view ${number} --comments, gh api repos/{owner}/{repo}/pulls/${number}/comments) and tell me what it asks for and what you would do. Change nothing yet.`,
  },
  trouble: (why: HostTrouble, again: number | null, now: number): string => {
    if (why !== 'limited' || again === null) return TROUBLES[why];
    return `The host limits how often I may ask it. It answers again in ${formatMinutes(Math.max(1, Math.ceil((again - now) / 60_000)))}.`;
  },
  none: (label: string): string => `${label} has no open pull request.`,
  opensList: 'Choose one',
  list: (label: string, pulls: readonly PullRequest[], more: number): string =>
    [
      `Open pull requests in ${label}:`,
      ...pulls.map(({ number, title, isDraft }) => `#${number} ${excerpt(title, 60)}${isDraft ? ' (draft)' : ''}`),
      ...(more > 0 ? [`and ${more} more`] : []),
      '/pr 12 shows one of them.',
    ].join('\n'),
  checkList: (name: string, { list, isWhole, unread }: Checks, url: string | null, most: number): string => {
    if (list.length === 0 && !isWhole)
      return `I can’t read the checks of ${name} with the connected account. ${unreadChecks(url)}`;
    if (list.length === 0) return `There are no checks of ${name}.`;
    const order = ['failed', 'running', 'passed', 'skipped'] as const;
    const sorted = order.flatMap((state) => list.filter((check) => check.state === state));
    const lines = sorted.slice(0, most).map(({ name: check, state, url }) => {
      const link = url !== null && state === 'failed' ? `\n  ${url}` : '';
      return `${SIGNS[state]} ${check}: ${state}${link}`;
    });
    const more = sorted.length - lines.length + unread;
    return [
      `Checks of ${name}:`,
      ...lines,
      ...(more > 0 ? [`and ${more} more`] : []),
      ...(isWhole ? [] : [`There may be more that the connected account may not read. ${unreadChecks(url)}`]),
    ].join('\n');
  },
  askMerge: ({ number, title, base }: PullRequest, checks: Checks | null): string =>
    `Merge #${number} (${title}) into ${base}? ${checks === null ? '' : `${checkLine(checks)}. `}It can’t be undone from here.`,
  notMerged: (number: number): string => `I haven’t merged #${number}.`,
  mayNotMerge: 'Only members and admins can merge: ask one of them.',
  merged: ({ number, base }: PullRequest, label: string): string => `Merged #${number} into ${base} in ${label}.`,
  unmerged: ({ why, says }: { why: 'changed' | 'blocked' | 'closed'; says: string }, pull: PullRequest): string => {
    const name = `#${pull.number}`;
    if (why === 'changed')
      return `I haven’t merged ${name}: its branch has changed since I asked you. /pr ${pull.number} shows it as it is now.`;
    if (why === 'closed') return `I haven’t merged ${name}: it was closed meanwhile.`;
    const quoted = says === '' ? 'without saying why' : `saying “${says}”`;
    return `I haven’t merged ${name}: the host refused, ${quoted}. Usually a check or a review is missing, or the branch is protected. /checks ${pull.number} shows the checks.`;
  },
  notOpen: ({ number, state }: PullRequest): string => `#${number} is ${state} already.`,
  isDraft: ({ number }: PullRequest): string =>
    `#${number} is a draft, and drafts can’t be merged. Mark it as ready at the host, or tell me to.`,
  conflicts: ({ number, base }: PullRequest): string =>
    `#${number} can’t be merged: it has conflicts with ${base}. Text me to resolve them on its branch.`,
  noChanges: ({ number }: PullRequest): string => `#${number} changes no file.`,
  diff: (
    label: string,
    pull: PullRequest,
    { files, added, removed }: { files: number; added: number; removed: number },
    link: string,
    isNewest: boolean,
  ): string =>
    `Changes of #${pull.number} in ${label}: ${pull.title}\n${formatCount(files, 'file')}, +${added} −${removed}\n${link}\nTap a line’s number there to comment on it.${isNewest ? ' /diff work shows what isn’t pushed yet.' : ''}`,
  workTitle: (against: string | null): string =>
    against === null ? 'Changes since the last commit' : `Changes compared with ${against}`,
  work: (
    { label, against }: { label: string; against: string | null },
    { files, added, removed, isCut }: { files: number; added: number; removed: number; isCut: boolean },
    link: string,
  ): string =>
    `${pullTexts.workTitle(against)} in ${label}\n${isCut ? 'More than ' : ''}${formatCount(files, 'file')}, +${added} −${removed}\n${link}\nTap a line’s number there to comment on it.`,
  viewUse: (command: 'checks' | 'diff'): string =>
    `Text /${command} for the newest pull request, or its number: /${command} 12.${command === 'diff' ? ' /diff work shows what isn’t in a pull request yet.' : ''}`,
  commentUse:
    'Tap a line’s number on the page of /diff to comment on it. By hand: /comment 12 "src/cart.ts" 7: and what you want to say.',
  /** For the agent. The path is somebody's, and has no quotation marks. */
  comment: ({ number, path, line, isRemoved, code, text }: LineComment): string => {
    const where = number === null ? 'the changes' : `the changes of pull request #${number}`;
    const how = isRemoved ? ', a line that is removed' : '';
    return `[A comment on ${where}: "${path}", line ${line}${how}:]\n${code === '' ? '' : `> ${code}\n`}\n${text}`;
  },
  otherHost: (label: string, host: string): string =>
    `The repository of ${label} is at ${host}, and I know pull requests, checks and merging at GitHub alone. Here I can clone, commit and push branches: ask me to, and I give you the link to open the pull request there. /diff work shows the changes.`,
  noRepository: (label: string): string =>
    `${label} has no repository. /project new NAME and its address, like /project new shop https://github.com/owner/shop, makes a project with one.`,
  use: 'Text /pr for the open pull requests, /pr 12 for one of them, or /pr merge 12.',
  watchUse:
    'Text /watch or /unwatch and what: new, checks, reviews, merges or all. /watch usual goes back to how it was.',
  watches: (label: string, { own, others }: { own: readonly string[]; others: readonly string[] }): string => {
    const list = (what: readonly string[]): string => (what.length === 0 ? 'nothing' : what.join(', '));
    return `In ${label} I tell you of pull requests that I opened: ${list(own)}. Of all others: ${list(others)}.\n/watch checks adds something for all of them, /unwatch checks removes it, /watch usual goes back to how it was.`;
  },
  buttons: { fix: 'Fix it', read: 'Read it', changes: 'Changes', checks: 'Checks', merge: 'Merge' },
} as const;
