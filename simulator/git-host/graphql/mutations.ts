import { changeRef } from '../actions/change-ref.ts';
import { type MergeMethod, mergeability, mergePull } from '../actions/merge.ts';
import { tellPull } from '../actions/payloads.ts';
import { addComment, addReview, createIssue, createPull, setIssueState } from '../actions/pulls.ts';
import { actorOf, type FieldError } from '../api/answers.ts';
import { NOTHING } from '../git/push-rules.ts';
import { Reading } from '../git/reading.ts';
import type { PullRequest, Repository } from '../records.ts';
import { refNode } from './commits.ts';
import { type Asked, refused, requireNeed } from './context.ts';
import {
  type Found,
  issueById,
  issueOrPullById,
  labelOfId,
  loginOfId,
  pullById,
  refById,
  repositoryById,
  showEither,
  showIssue,
  showPull,
} from './nodes.ts';
import { accountNode } from './people.ts';
import { commentNode, reviewNode } from './talk.ts';

// GraphQL's mutations. Each needs the permissions of the matching REST route.

type Input<T> = { input: T & { clientMutationId?: string | null } };
type PullInput = { pullRequestId: string };
type Edit = { title?: string | null; body?: string | null; labelIds?: string[] | null; assigneeIds?: string[] | null };

export function mutationsFor(asked: Asked) {
  const { host, token } = asked;
  const actor = (): string => actorOf(host, token);
  const write = (repository: Repository, permission: string): void =>
    requireNeed(asked, repository, { permission, level: 'write' });
  const pullToChange = (id: string): Found<PullRequest> => {
    const found = pullById(asked, id);
    write(found.repository, 'pull_requests');
    return found;
  };
  const issueToChange = (id: string) => {
    const found = issueById(asked, id);
    write(found.repository, 'issues');
    return found;
  };
  const withPull = async (id: string, work: (found: Found<PullRequest>) => Promise<unknown>) => {
    const found = pullToChange(id);
    await work(found);
    host.store.save();
    return { pullRequest: showPull(asked, found) };
  };
  const edit = (
    item: { title: string; body: string | null; labels: string[]; assignees: string[]; updatedAt: number },
    given: Edit,
  ): void => {
    if (given.title != null) item.title = given.title;
    if (given.body != null) item.body = given.body;
    if (given.labelIds != null) item.labels = given.labelIds.map(labelOfId);
    if (given.assigneeIds != null) item.assignees = given.assigneeIds.map(loginOfId);
    item.updatedAt = host.now();
  };
  const writeRef = async (repository: Repository, ref: string, old: string, next: string): Promise<void> => {
    write(repository, 'contents');
    const why = await changeRef(host, repository, token, { old, new: next, ref });
    if (why !== null) throw refused('UNPROCESSABLE', why);
  };

  return {
    async createPullRequest({
      input,
    }: Input<{
      repositoryId: string;
      baseRefName: string;
      headRefName: string;
      title: string;
      body?: string | null;
      draft?: boolean | null;
    }>) {
      const repository = repositoryById(asked, input.repositoryId);
      write(repository, 'pull_requests');
      const given = {
        title: input.title,
        body: input.body ?? null,
        head: input.headRefName,
        base: input.baseRefName,
        draft: input.draft === true,
      };
      const made = await createPull(host, repository, actor(), given);
      if ('code' in made) throw refused('UNPROCESSABLE', wordsOf(made));
      return { pullRequest: showPull(asked, { repository, item: made }) };
    },
    updatePullRequest: ({ input }: Input<PullInput & Edit & { state?: string | null }>) =>
      withPull(input.pullRequestId, async ({ repository, item }) => {
        edit(item, input);
        await tellPull(host, repository, item, 'edited', actor(), { changes: {} });
        if (input.state)
          await setIssueState(host, repository, item, input.state === 'OPEN' ? 'open' : 'closed', actor());
      }),
    async mergePullRequest({
      input,
    }: Input<
      PullInput & {
        commitHeadline?: string | null;
        commitBody?: string | null;
        expectedHeadOid?: string | null;
        mergeMethod?: string | null;
      }
    >) {
      const { repository, item } = pullToChange(input.pullRequestId);
      write(repository, 'contents');
      if (input.expectedHeadOid && input.expectedHeadOid !== item.headSha)
        throw refused('UNPROCESSABLE', 'Head branch was modified. Review and try the merge again.');
      const { state, why } = await mergeability(host, repository, item);
      if (state !== 'clean' && state !== 'unstable') throw refused('UNPROCESSABLE', why);
      const method = (input.mergeMethod ?? 'MERGE').toLowerCase() as MergeMethod;
      await mergePull(host, repository, item, method, actor(), {
        title: input.commitHeadline ?? undefined,
        message: input.commitBody ?? undefined,
      });
      return { pullRequest: showPull(asked, { repository, item }), actor: accountNode(asked, actor()) };
    },
    enablePullRequestAutoMerge({ input }: Input<PullInput>) {
      pullToChange(input.pullRequestId);
      throw refused('UNPROCESSABLE', 'Pull request Auto merge is not allowed for this repository');
    },
    closePullRequest: ({ input }: Input<PullInput>) =>
      withPull(input.pullRequestId, ({ repository, item }) => setIssueState(host, repository, item, 'closed', actor())),
    reopenPullRequest: ({ input }: Input<PullInput>) =>
      withPull(input.pullRequestId, ({ repository, item }) => setIssueState(host, repository, item, 'open', actor())),
    markPullRequestReadyForReview: ({ input }: Input<PullInput>) =>
      withPull(input.pullRequestId, async ({ repository, item }) => {
        item.draft = false;
        await tellPull(host, repository, item, 'ready_for_review', actor());
      }),
    convertPullRequestToDraft: ({ input }: Input<PullInput>) =>
      withPull(input.pullRequestId, async ({ repository, item }) => {
        item.draft = true;
        await tellPull(host, repository, item, 'converted_to_draft', actor());
      }),
    requestReviews: ({ input }: Input<PullInput & { userIds?: string[] | null; union?: boolean | null }>) =>
      withPull(input.pullRequestId, async ({ repository, item }) => {
        const wanted = (input.userIds ?? []).map(loginOfId);
        item.reviewers = input.union ? [...new Set([...item.reviewers, ...wanted])] : wanted;
        await tellPull(host, repository, item, 'review_requested', actor());
      }),
    async addPullRequestReview({
      input,
    }: Input<
      PullInput & {
        event?: string | null;
        body?: string | null;
        comments?: { path: string; position: number; body: string }[] | null;
      }
    >) {
      const { repository, item } = pullToChange(input.pullRequestId);
      const state =
        ({ APPROVE: 'APPROVED', REQUEST_CHANGES: 'CHANGES_REQUESTED', COMMENT: 'COMMENTED' } as const)[
          input.event ?? ''
        ] ?? 'PENDING';
      if (item.author === actor() && state === 'APPROVED')
        throw refused('UNPROCESSABLE', 'Review Can not approve your own pull request');
      if (item.author === actor() && state === 'CHANGES_REQUESTED')
        throw refused('UNPROCESSABLE', 'Review Can not request changes on your own pull request');
      const comments = (input.comments ?? []).map(({ path, position, body }) => ({
        path,
        body,
        line: position,
        side: 'RIGHT' as const,
      }));
      const review = await addReview(host, repository, item, actor(), { state, body: input.body ?? '', comments });
      return { pullRequestReview: reviewNode(asked, repository, review) };
    },
    addComment({ input }: Input<{ subjectId: string; body: string }>) {
      const found = issueOrPullById(asked, input.subjectId);
      write(found.repository, 'head' in found.item ? 'pull_requests' : 'issues');
      const comment = addComment(host, found.repository, found.item, actor(), input.body);
      return {
        commentEdge: { cursor: '', node: commentNode(asked, found.repository, comment) },
        subject: showEither(asked, found),
      };
    },
    createIssue({ input }: Input<Edit & { repositoryId: string; title: string }>) {
      const repository = repositoryById(asked, input.repositoryId);
      write(repository, 'issues');
      const lists = {
        labels: (input.labelIds ?? []).map(labelOfId),
        assignees: (input.assigneeIds ?? []).map(loginOfId),
      };
      const item = createIssue(host, repository, actor(), { title: input.title, body: input.body ?? null, ...lists });
      return { issue: showIssue(asked, { repository, item }) };
    },
    async updateIssue({ input }: Input<Edit & { id: string; state?: string | null }>) {
      const found = issueToChange(input.id);
      edit(found.item, input);
      if (input.state)
        await setIssueState(host, found.repository, found.item, input.state === 'OPEN' ? 'open' : 'closed', actor());
      host.store.save();
      return { issue: showIssue(asked, found) };
    },
    async closeIssue({ input }: Input<{ issueId: string }>) {
      const found = issueToChange(input.issueId);
      await setIssueState(host, found.repository, found.item, 'closed', actor());
      return { issue: showIssue(asked, found) };
    },
    async reopenIssue({ input }: Input<{ issueId: string }>) {
      const found = issueToChange(input.issueId);
      await setIssueState(host, found.repository, found.item, 'open', actor());
      return { issue: showIssue(asked, found) };
    },
    addLabelsToLabelable: ({ input }: Input<{ labelableId: string; labelIds: string[] }>) =>
      relabel(input.labelableId, (now) => [...new Set([...now, ...input.labelIds.map(labelOfId)])]),
    removeLabelsFromLabelable: ({ input }: Input<{ labelableId: string; labelIds: string[] }>) =>
      relabel(input.labelableId, (now) => now.filter((label) => !input.labelIds.map(labelOfId).includes(label))),
    async createRef({ input }: Input<{ repositoryId: string; name: string; oid: string }>) {
      const repository = repositoryById(asked, input.repositoryId);
      const sha = await new Reading(host, repository).sha(input.oid);
      if (sha === null) throw refused('UNPROCESSABLE', 'Object does not exist');
      await writeRef(repository, input.name, NOTHING, sha);
      return { ref: refNode(asked, repository, input.name.split('/').slice(2).join('/'), sha) };
    },
    async updateRef({ input }: Input<{ refId: string; oid: string; force?: boolean | null }>) {
      const { repository, ref } = refById(asked, input.refId);
      const reading = new Reading(host, repository);
      const [old, sha] = [await reading.sha(ref), await reading.sha(input.oid)];
      if (old === null || sha === null) throw refused('UNPROCESSABLE', 'Object does not exist');
      if (!input.force && (await reading.mergeBase(old, sha)) !== old)
        throw refused('UNPROCESSABLE', 'Update is not a fast forward');
      await writeRef(repository, ref, old, sha);
      return { ref: refNode(asked, repository, ref.split('/').slice(2).join('/'), sha) };
    },
    async deleteRef({ input }: Input<{ refId: string }>) {
      const { repository, ref } = refById(asked, input.refId);
      await writeRef(repository, ref, (await new Reading(host, repository).sha(ref)) ?? NOTHING, NOTHING);
      return {};
    },
  };

  function relabel(id: string, change: (labels: string[]) => string[]) {
    const found = issueOrPullById(asked, id);
    write(found.repository, 'head' in found.item ? 'pull_requests' : 'issues');
    found.item.labels = change(found.item.labels);
    host.store.save();
    return { labelable: showEither(asked, found) };
  }
}

function wordsOf({ message, field }: FieldError): string {
  if (message !== undefined) return message;
  return field === 'head'
    ? "Head sha can't be blank, Head ref must be a branch"
    : "Base sha can't be blank, Base ref must be a branch";
}
