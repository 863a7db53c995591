import { roleOf, sees } from '../access.ts';
import { GITHUB } from '../host.ts';
import type { Issue, PullRequest } from '../records.ts';
import { same } from '../store.ts';
import { type Asked, connection, type PageArgs } from './context.ts';
import { showEither } from './nodes.ts';
import { repositoryNode } from './repositories.ts';

// The search of issues and pull requests, with the qualifiers that gh writes.

type Word = { name: string; value: string; not: boolean };

export function searchNodes(asked: Asked, { query, type, ...args }: PageArgs & { query: string; type: string }) {
  const { store } = asked.host;
  const words = readWords(query, asked.token.login);
  const repositories = store.records.repositories.filter(
    (one) =>
      one.host === GITHUB &&
      sees(store, asked.token, one) &&
      words.every((word) => fitsRepository(word, `${one.owner}/${one.name}`, one.owner)),
  );
  if (type === 'REPOSITORY') {
    const own = repositories.filter(
      (one) => asked.token.login === null || roleOf(store, asked.token.login, one) !== null,
    );
    const nodes = own.map((one) => repositoryNode(asked, one));
    return { ...connection(nodes, args), issueCount: 0, repositoryCount: nodes.length, userCount: 0 };
  }
  const found = [...store.records.pulls, ...store.records.issues]
    .flatMap((item) =>
      repositories.filter(({ id }) => id === item.repository).map((repository) => ({ repository, item })),
    )
    .filter(({ item }) => words.every((word) => fits(asked, word, item) !== word.not))
    .sort((a, b) => b.item.createdAt - a.item.createdAt || b.item.number - a.item.number);
  const nodes = found.map((one) => showEither(asked, one));
  return { ...connection(nodes, args), issueCount: nodes.length, repositoryCount: 0, userCount: 0 };
}

function readWords(query: string, login: string | null): Word[] {
  return (query.match(/-?[\w-]+:"[^"]*"|-?[\w-]+:\S+|"[^"]*"|\S+/g) ?? []).map((text) => {
    const [, minus = '', name = '', value = ''] = /^(-?)([\w-]+):(.+)$/.exec(text) ?? [];
    const plain = value.replace(/^"|"$/g, '');
    return name === ''
      ? { name: 'text', value: text.replace(/^"|"$/g, ''), not: false }
      : { name, value: plain === '@me' ? (login ?? '') : plain, not: minus === '-' };
  });
}

const fitsRepository = ({ name, value }: Word, path: string, owner: string): boolean =>
  name === 'repo' ? same(path, value) : ['user', 'org', 'owner'].includes(name) ? same(owner, value) : true;

function fits({ host }: Asked, { name, value, not }: Word, item: Issue | PullRequest): boolean {
  const pull = 'head' in item ? item : null;
  switch (name) {
    case 'is':
    case 'type':
    case 'state':
      if (value === 'pr') return pull !== null;
      if (value === 'issue') return pull === null;
      if (value === 'merged') return pull?.mergedAt != null;
      if (value === 'unmerged') return pull?.mergedAt === null;
      if (value === 'draft') return pull?.draft === true;
      return value === 'open' || value === 'closed' ? item.state === value : !not;
    case 'author':
      return same(item.author, value);
    case 'assignee':
      return item.assignees.some((login) => same(login, value));
    case 'review-requested':
      return pull?.reviewers.some((login) => same(login, value)) ?? false;
    case 'reviewed-by':
      return host.store.records.reviews.some(
        (one) => one.repository === item.repository && one.number === item.number && same(one.author, value),
      );
    case 'involves':
      return same(item.author, value) || item.assignees.some((login) => same(login, value));
    case 'label':
      return item.labels.some((label) => same(label, value));
    case 'head':
      return pull?.head === value;
    case 'created':
      return isWithin(item.createdAt, value);
    case 'updated':
      return isWithin(item.updatedAt, value);
    case 'closed':
      return isWithin(item.closedAt, value);
    case 'merged':
      return isWithin(pull?.mergedAt ?? null, value);
    case 'base':
      return pull?.base === value;
    case 'text':
      return `${item.title}\n${item.body ?? ''}`.toLowerCase().includes(value.toLowerCase());
    default:
      return !not;
  }
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Whether a moment fits `>=2026-11-02`, `<2026-11-02T09:00:00Z`, `2026-11-01..2026-11-03` or a day. Never, if unreadable. */
function isWithin(at: number | null, value: string): boolean {
  if (at === null) return false;
  const [, from, to] = /^(.+)\.\.(.+)$/.exec(value) ?? [];
  if (from !== undefined && to !== undefined)
    return (from === '*' || at >= momentOf(from).begins) && (to === '*' || at < momentOf(to).ends);
  const [, sign = '', text = ''] = /^(>=|>|<=|<)?(.+)$/.exec(value) ?? [];
  const { begins, ends } = momentOf(text);
  switch (sign) {
    case '>=':
      return at >= begins;
    case '>':
      return at >= ends;
    case '<=':
      return at < ends;
    case '<':
      return at < begins;
    default:
      return at >= begins && at < ends;
  }
}

/** A day lasts a day, a moment with a time one second. */
function momentOf(text: string): { begins: number; ends: number } {
  const begins = Date.parse(text);
  return { begins, ends: begins + (text.includes('T') ? 1000 : DAY_MS) };
}
