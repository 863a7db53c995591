import { type Context, Hono } from 'hono';
import { html } from 'hono/html';
import { roleOf } from '../access.ts';
import { addComment, setIssueState } from '../actions/pulls.ts';
import { Reading } from '../git/reading.ts';
import { GITHUB, type GitHost } from '../host.ts';
import type { Issue, PullRequest, Repository } from '../records.ts';
import { ago, badge, press } from './layout.ts';
import { readForm, refuseForm, repositoryOf, show, visitorOf } from './visit.ts';

// The list of repositories, and the page of one with its pull requests, issues, branches and commits.

const COMMITS = 10;

export function homeRoutes(host: GitHost): Hono {
  const { store } = host;
  const routes = new Hono();
  routes.get('/', (c) => c.redirect('/github.com'));

  routes.get('/github.com', (c) => {
    const me = visitorOf(host, c);
    const own = store.records.repositories.filter((one) => one.host === GITHUB && roleOf(store, me, one) !== null);
    return show(
      host,
      c,
      { title: 'Repositories' },
      html`<ul class="rows">${own.map((one) => html`<li><a href="${pathOf(one)}">${one.owner}/${one.name}</a> ${badge(one.private ? 'Private' : 'Public')} ${one.archived ? badge('Archived') : ''}<br /><span class="soft">${one.description ?? 'No description'} · pushed ${ago(host.now(), one.pushedAt)} · ${openPulls(host, one)}</span></li>`)}</ul>
      <h2>Your account</h2>
      <ul class="rows">
        <li><a href="/github.com/login/device">Enter a device’s code</a></li>
        <li><a href="/github.com/settings/personal-access-tokens/new">Make a fine-grained token</a></li>
        <li><a href="/github.com/settings/tokens/new">Make a classic token</a></li>
        ${store.records.apps.map((app) => html`<li><a href="/github.com/apps/${app.slug}/installations/new">Install ${app.name}</a></li>`)}
        ${otherHosts(host).map((name) => html`<li><a href="/_tokens/${name}">Make a token for ${name}</a></li>`)}
        ${store.records.installations.map((one) => html`<li><a href="/github.com/settings/installations/${one.id}">${appName(host, one.app)} on ${one.account}</a></li>`)}
      </ul>`,
    );
  });

  routes.get('/github.com/:owner/:repo', async (c) => {
    const repository = repositoryOf(host, c);
    if (!repository || roleOf(store, visitorOf(host, c), repository) === null) return c.notFound();
    const reading = new Reading(host, repository);
    const branches = await reading.refs('refs/heads');
    const commits = await reading.commits([`refs/heads/${repository.defaultBranch}`], [`-${COMMITS}`]);
    const pulls = store.records.pulls.filter((one) => one.repository === repository.id).toReversed();
    const issues = store.records.issues.filter((one) => one.repository === repository.id).toReversed();
    return show(
      host,
      c,
      { title: `${repository.owner}/${repository.name}`, back: { to: '/github.com', name: 'Repositories' } },
      html`<p>${repository.description ?? ''}</p>
      <p class="soft">Clone: <span class="code">https://github.com/${repository.owner}/${repository.name}</span></p>
      <h2>Pull requests</h2>
      ${list(pulls, (one) => numbered(host, repository, one, 'pull'), 'There are none yet.')}
      <h2>Issues</h2>
      ${list(issues, (one) => numbered(host, repository, one, 'issues'), 'There are none.')}
      <h2>Commits on ${repository.defaultBranch}</h2>
      ${list(commits, (one) => html`${one.message.split('\n')[0]}<br /><span class="soft"><span class="code">${one.sha.slice(0, 7)}</span> · ${one.author.name}, ${ago(host.now(), Date.parse(one.committer.date))}</span>`, 'It is empty.')}
      <h2>Branches</h2>
      ${list(branches, ({ ref }) => html`<span class="code">${ref.slice('refs/heads/'.length)}</span>`, 'It has none.')}`,
    );
  });

  const issueOf = (c: Context) => {
    const repository = repositoryOf(host, c);
    const issue = repository && store.issue(repository, Number(c.req.param('number')));
    return repository && issue && roleOf(store, visitorOf(host, c), repository) !== null ? { repository, issue } : null;
  };
  routes.get('/github.com/:owner/:repo/issues/:number{[0-9]+}', (c) => {
    const found = issueOf(c);
    if (!found) return c.notFound();
    const { repository, issue } = found;
    const comments = store.records.comments.filter(
      (one) => one.repository === repository.id && one.number === issue.number,
    );
    const path = `${pathOf(repository)}/issues/${issue.number}`;
    return show(
      host,
      c,
      {
        title: `${issue.title} #${issue.number}`,
        back: { to: pathOf(repository), name: `${repository.owner}/${repository.name}` },
      },
      html`<p>${badge(issue.state === 'open' ? 'Open' : 'Closed')} <span class="soft">by ${issue.author}, ${ago(host.now(), issue.createdAt)}</span></p>
      <section class="text">${issue.body ?? 'No description'}</section>
      ${comments.map((one) => html`<section><p class="soft">${one.author}, ${ago(host.now(), one.createdAt)}</p><div class="text">${one.body}</div></section>`)}
      <section><form method="post" action="${path}"><textarea name="body" rows="3" aria-label="Comment"></textarea><div class="buttons"><button name="do" value="comment">Comment</button><button name="do" value="state">${issue.state === 'open' ? 'Close' : 'Reopen'}</button></div></form></section>`,
    );
  });
  routes.post('/github.com/:owner/:repo/issues/:number{[0-9]+}', async (c) => {
    const [form, found] = [await readForm(host, c), issueOf(c)];
    if (!form) return refuseForm(c);
    if (!found) return c.notFound();
    const { repository, issue } = found;
    const me = visitorOf(host, c);
    if (form.one('body').trim() !== '') addComment(host, repository, issue, me, form.one('body'));
    if (form.one('do') === 'state')
      await setIssueState(host, repository, issue, issue.state === 'open' ? 'closed' : 'open', me);
    return c.redirect(`${pathOf(repository)}/issues/${issue.number}`, 303);
  });

  routes.get('/github.com/settings/installations/:id', (c) => {
    const found = store.records.installations.find(({ id }) => String(id) === c.req.param('id'));
    if (!found) return c.notFound();
    const names =
      found.repositories === 'all'
        ? ['all repositories']
        : found.repositories.map((id) => store.repositoryById(id)?.name ?? '');
    return show(
      host,
      c,
      { title: `${appName(host, found.app)} on ${found.account}`, back: { to: '/github.com', name: 'Repositories' } },
      html`<section><p>It reaches ${names.join(', ')}.</p><div class="buttons">${press(`/github.com/settings/installations/${found.id}`, 'Uninstall', {}, 'bad')}</div></section>`,
    );
  });
  return routes;
}

const otherHosts = ({ store }: GitHost): string[] =>
  [...new Set(store.records.repositories.map((one) => one.host))].filter((name) => name !== GITHUB);
const appName = ({ store }: GitHost, id: number): string =>
  store.records.apps.find((one) => one.id === id)?.name ?? 'An App';
const pathOf = ({ owner, name }: Repository): string => `/github.com/${owner}/${name}`;

function openPulls({ store }: GitHost, { id }: Repository): string {
  const count = store.records.pulls.filter((one) => one.repository === id && one.state === 'open').length;
  return count === 1 ? '1 open pull request' : `${count} open pull requests`;
}

function numbered(host: GitHost, repository: Repository, one: Issue | PullRequest, folder: 'pull' | 'issues') {
  const state = 'mergedAt' in one && one.mergedAt !== null ? 'Merged' : one.state === 'open' ? 'Open' : 'Closed';
  return html`<a href="${pathOf(repository)}/${folder}/${one.number}">${one.title}</a> ${badge(state)}<br /><span class="soft">#${one.number} by ${one.author}, ${ago(host.now(), one.createdAt)}</span>`;
}

const list = <T>(items: readonly T[], row: (item: T) => ReturnType<typeof html>, empty: string) =>
  html`<ul class="rows">${items.length === 0 ? html`<li class="soft">${empty}</li>` : items.map((item) => html`<li>${row(item)}</li>`)}</ul>`;
