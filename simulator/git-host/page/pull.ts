import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { roleOf } from '../access.ts';
import { finishChecks, rerunChecks } from '../actions/checks.ts';
import { type MergeMethod, mergeability, mergePull } from '../actions/merge.ts';
import { addComment, addReview, setIssueState } from '../actions/pulls.ts';
import { pullBase } from '../api/pull-view.ts';
import { type FileChange, Reading } from '../git/reading.ts';
import { belongsTo } from '../graphql/talk.ts';
import type { GitHost } from '../host.ts';
import type { Conclusion, PullRequest, Repository, ReviewState } from '../records.ts';
import { ago, badge, press } from './layout.ts';
import { type Form, readForm, refuseForm, repositoryOf, show, visitorOf } from './visit.ts';

// The page of a pull request, where people review, let checks pass or fail, merge and close.

export function pullRoutes(host: GitHost): Hono {
  const { records } = host.store;
  const routes = new Hono();
  const at = '/github.com/:owner/:repo/pull/:number{[0-9]+}';
  const found = (c: Context) => {
    const repository = repositoryOf(host, c);
    const pull = repository && host.store.pull(repository, Number(c.req.param('number')));
    return repository && pull && roleOf(host.store, visitorOf(host, c), repository) !== null
      ? { repository, pull }
      : null;
  };

  routes.get(at, async (c) => {
    const here = found(c);
    if (!here) return c.notFound();
    const { repository, pull } = here;
    const path = `/github.com/${repository.owner}/${repository.name}`;
    const state = pull.mergedAt !== null ? 'Merged' : pull.state === 'open' ? 'Open' : 'Closed';
    const changes = await new Reading(host, repository).changes(await pullBase(host, repository, pull), pull.headSha);
    return show(
      host,
      c,
      { title: `${pull.title} #${pull.number}`, back: { to: path, name: `${repository.owner}/${repository.name}` } },
      html`<p>${badge(state)} ${pull.draft ? badge('Draft') : ''} <span class="soft">${pull.author} wants to merge <span class="code">${pull.head}</span> into <span class="code">${pull.base}</span>, ${ago(host.now(), pull.createdAt)}</span></p>
      <section class="text">${pull.body || 'No description'}</section>
      ${talk(host, pull)}
      ${checks(host, repository, pull)}
      ${pull.state === 'open' ? await merging(host, repository, pull) : ''}
      ${pull.state === 'open' ? reviewing(host, pull, visitorOf(host, c)) : ''}
      <h2>${changes.length === 1 ? '1 file' : `${changes.length} files`}</h2>
      ${changes.map(fileSection)}`,
    );
  });

  routes.post(at, async (c) => {
    const [form, here] = [await readForm(host, c), found(c)];
    if (!form) return refuseForm(c);
    if (!here) return c.notFound();
    const problem = await act(host, here.repository, here.pull, visitorOf(host, c), form);
    return problem === null ? c.redirect(c.req.path, 303) : c.text(problem, 409);
  });

  const talk = (of: GitHost, pull: PullRequest) => {
    const said = [
      ...records.reviews.filter(belongsTo(pull)).map((one) => ({ ...one, at: one.submittedAt ?? 0, word: one.state })),
      ...records.comments.filter(belongsTo(pull)).map((one) => ({ ...one, at: one.createdAt, word: null })),
    ].sort((a, b) => a.at - b.at);
    return said.map(
      (
        one,
      ) => html`<section><p class="soft">${one.author}, ${ago(of.now(), one.at)} ${one.word ? badge(REVIEWS[one.word]) : ''}</p><div class="text">${one.body}</div>
        ${records.reviewComments.filter(({ review }) => one.word !== null && review === one.id).map((line) => html`<p class="soft code">${line.path}:${line.line ?? ''}</p><div class="text">${line.body}</div>`)}</section>`,
    );
  };
  return routes;
}

const REVIEWS: Readonly<Record<ReviewState, string>> = {
  APPROVED: 'Approved',
  CHANGES_REQUESTED: 'Changes requested',
  COMMENTED: 'Commented',
  DISMISSED: 'Dismissed',
  PENDING: 'Pending',
};

function checks(host: GitHost, repository: Repository, pull: PullRequest) {
  const runs = host.store.records.runs.filter((run) => run.repository === repository.id && run.sha === pull.headSha);
  const running = runs.some(({ status }) => status !== 'completed');
  const path = pathOf(repository, pull);
  return html`<h2>Checks</h2><section>${runs.length === 0 ? html`<p class="soft">There are none.</p>` : runs.map((run) => html`<p>${run.name} ${badge(run.conclusion ?? 'Running')} <span class="soft">${run.summary ?? ''}</span></p>`)}
    <div class="buttons">${
      running
        ? html`${press(path, 'Let them pass', { do: 'checks', conclusion: 'success' })}${press(path, 'Let them fail', { do: 'checks', conclusion: 'failure' }, 'bad')}`
        : press(path, 'Run again', { do: 'rerun' })
    }</div></section>`;
}

async function merging(host: GitHost, repository: Repository, pull: PullRequest) {
  const { state, why } = await mergeability(host, repository, pull);
  const path = pathOf(repository, pull);
  const can = state === 'clean' || state === 'unstable';
  return html`<h2>Merge</h2><section><p>${can ? 'This branch can be merged.' : why}</p><div class="buttons">
    ${can ? html`${press(path, 'Merge', { do: 'merge', method: 'merge' }, 'loud')}${press(path, 'Squash and merge', { do: 'merge', method: 'squash' })}` : ''}${press(path, 'Close', { do: 'close' }, 'bad')}</div></section>`;
}

const reviewing = (host: GitHost, pull: PullRequest, me: string) => html`<h2>Review as ${me}</h2>
<section><form method="post" action="${pathOf(host.store.repositoryById(pull.repository)!, pull)}">
  <label>What you say<textarea name="body" rows="3"></textarea></label>
  <label>On a file, if you like<input type="text" name="file" placeholder="src/price.ts:12" /></label>
  <div class="buttons">
    ${me === pull.author ? html`<p class="soft">It’s your own: you can only comment. Change who you are above to approve it.</p>` : html`<button class="loud" name="do" value="APPROVED">Approve</button><button class="bad" name="do" value="CHANGES_REQUESTED">Request changes</button>`}
    <button name="do" value="COMMENTED">Comment</button>
  </div>
</form></section>`;

export const fileSection = (
  change: FileChange,
) => html`<section><p class="code">${change.path} <span class="soft">+${change.additions} −${change.deletions}</span></p>
<pre tabindex="0" role="region" aria-label="Changes of ${change.path}">${(change.patch ?? 'Not shown: it isn’t text.').split('\n').map((line) => html`<span class="${KINDS[line[0] ?? ''] ?? ''}">${line === '' ? ' ' : line}</span>`)}</pre></section>`;

const KINDS: Readonly<Record<string, string>> = { '+': 'plus', '-': 'minus', '@': 'hunk' };
const pathOf = ({ owner, name }: Repository, { number }: PullRequest): string =>
  `/github.com/${owner}/${name}/pull/${number}`;

/** Does what the form asks; returns why it can't be done, or null. */
async function act(
  host: GitHost,
  repository: Repository,
  pull: PullRequest,
  me: string,
  form: Form,
): Promise<string | null> {
  const body = form.one('body').trim();
  switch (form.one('do')) {
    case 'checks':
      finishChecks(host, repository, pull.headSha, form.one('conclusion') as Conclusion);
      return null;
    case 'rerun':
      rerunChecks(host, repository, pull.headSha);
      return null;
    case 'close':
      await setIssueState(host, repository, pull, 'closed', me);
      return null;
    case 'merge': {
      const { state, why } = await mergeability(host, repository, pull);
      if (state !== 'clean' && state !== 'unstable') return why;
      await mergePull(host, repository, pull, form.one('method') as MergeMethod, me, {
        title: undefined,
        message: undefined,
      });
      return null;
    }
    case 'APPROVED':
    case 'CHANGES_REQUESTED':
    case 'COMMENTED':
      return review(host, repository, pull, me, form.one('do') as ReviewState, body, form.one('file').trim());
    default:
      return 'Press one of the buttons.';
  }
}

async function review(
  host: GitHost,
  repository: Repository,
  pull: PullRequest,
  me: string,
  state: ReviewState,
  body: string,
  place: string,
): Promise<string | null> {
  if (me === pull.author && state !== 'COMMENTED') return 'You can’t review your own pull request.';
  if (body === '' && state !== 'APPROVED') return 'Say something first.';
  if (state === 'COMMENTED' && place === '') {
    addComment(host, repository, pull, me, body);
    return null;
  }
  const [, path = '', line = ''] = /^(.+?)(?::(\d+))?$/.exec(place) ?? [];
  const comments = path === '' ? [] : [{ path, line: line === '' ? null : Number(line), side: 'RIGHT' as const, body }];
  await addReview(host, repository, pull, me, { state, body: path === '' ? body : '', comments });
  return null;
}
