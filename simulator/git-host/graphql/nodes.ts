import { sees } from '../access.ts';
import type { Issue, PullRequest, Repository } from '../records.ts';
import { refNode } from './commits.ts';
import { type Asked, unknownNode } from './context.ts';
import { accountNode } from './people.ts';
import { pullNode } from './pulls.ts';
import { repositoryNode } from './repositories.ts';
import { commentNode, issueNode, labelNode } from './talk.ts';

// Finds records by their global ids: a prefix for the kind, and the record's own id.

export type Found<T> = { repository: Repository; item: T };

function visible<T>(asked: Asked, id: string, repository: Repository | undefined, item: T | undefined): Found<T> {
  if (!repository || item === undefined || !sees(asked.host.store, asked.token, repository)) throw unknownNode(id);
  return { repository, item };
}

export function repositoryById(asked: Asked, id: string): Repository {
  const repository = asked.host.store.repositoryById(Number(/^R_(\d+)$/.exec(id)?.[1]));
  return visible(asked, id, repository, repository).repository;
}

export function pullById(asked: Asked, id: string): Found<PullRequest> {
  const { store } = asked.host;
  const pull = store.records.pulls.find((one) => `PR_${one.id}` === id);
  return visible(asked, id, pull && store.repositoryById(pull.repository), pull);
}

export function issueById(asked: Asked, id: string): Found<Issue> {
  const { store } = asked.host;
  const issue = store.records.issues.find((one) => `I_${one.id}` === id);
  return visible(asked, id, issue && store.repositoryById(issue.repository), issue);
}

export const issueOrPullById = (asked: Asked, id: string): Found<Issue | PullRequest> =>
  id.startsWith('PR_') ? pullById(asked, id) : issueById(asked, id);

export function refById(asked: Asked, id: string): { repository: Repository; ref: string } {
  const [, of = '', ref = ''] = /^REF_(\d+)_(.+)$/.exec(id) ?? [];
  const repository = asked.host.store.repositoryById(Number(of));
  return { repository: visible(asked, id, repository, repository).repository, ref };
}

export const loginOfId = (id: string): string => id.replace(/^(U|BOT|O)_/, '');
export const labelOfId = (id: string): string => id.replace(/^LA_\d+_/, '');

export const showPull = (asked: Asked, { repository, item }: Found<PullRequest>) =>
  pullNode(asked, repository, item, () => repositoryNode(asked, repository));
export const showIssue = (asked: Asked, { repository, item }: Found<Issue>) =>
  issueNode(asked, repository, item, () => repositoryNode(asked, repository));
export const showEither = (asked: Asked, found: Found<Issue | PullRequest>) =>
  'head' in found.item ? showPull(asked, { ...found, item: found.item }) : showIssue(asked, found);

export async function nodeById(asked: Asked, id: string) {
  const { store, git } = asked.host;
  switch (id.split('_')[0]) {
    case 'R':
      return repositoryNode(asked, repositoryById(asked, id));
    case 'PR':
    case 'I':
      return showEither(asked, issueOrPullById(asked, id));
    case 'U':
    case 'O':
    case 'BOT':
      return accountNode(asked, loginOfId(id));
    case 'IC': {
      const comment = store.records.comments.find((one) => `IC_${one.id}` === id);
      const found = visible(asked, id, comment && store.repositoryById(comment.repository), comment);
      return {
        ...commentNode(asked, found.repository, found.item),
        repository: repositoryNode(asked, found.repository),
      };
    }
    case 'LA': {
      const repository = repositoryById(asked, `R_${/^LA_(\d+)_/.exec(id)?.[1]}`);
      return { ...labelNode(asked, repository, labelOfId(id)), repository: repositoryNode(asked, repository) };
    }
    case 'REF': {
      const { repository, ref } = refById(asked, id);
      const sha = await git.commit(store.bareFolder(repository), ref);
      return sha === null ? null : refNode(asked, repository, ref.split('/').slice(2).join('/'), sha);
    }
    default:
      throw unknownNode(id);
  }
}
