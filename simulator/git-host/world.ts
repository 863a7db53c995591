import { createPublicKey } from 'node:crypto';
import { addRun, finishChecks, finishRun, startChecks } from './actions/checks.ts';
import { mergePull } from './actions/merge.ts';
import { addComment, addReview, createIssue, createPull, setIssueState } from './actions/pulls.ts';
import { removeInstallation } from './api/apps.ts';
import { renameRepository } from './api/repositories.ts';
import { newToken } from './credentials.ts';
import { createBare } from './git/bare.ts';
import { GITHUB, type GitHost } from './host.ts';
import { deviceCodeByUser, newBrowserCode } from './login/codes.ts';
import { installApp } from './login/installations.ts';
import { keepManifest, readManifest } from './login/manifests.ts';
import type {
  Account,
  App,
  Conclusion,
  Installation,
  OAuthApp,
  PullRequest,
  Repository,
  ReviewState,
  Token,
} from './records.ts';
import { importFiles, type SeedCommit } from './seed/import.ts';
import type { GitHostStore } from './store.ts';
import type { Delivery } from './webhooks/webhooks.ts';

// Changes and reads the git hosts' records without the API, for tests and local runs. A repository is named as
// "github.com/owner/name" or "owner/name".

export type NewApp = Pick<App, 'id' | 'slug' | 'clientId' | 'clientSecret'> & Partial<App>;

export type GitHostWorld = {
  store: GitHostStore;
  addPerson(login: string, more?: Partial<Account>): Account;
  addOrganization(login: string, members: readonly string[]): Account;
  /** Makes the commits in order; without `commits` the repository is empty. */
  addRepository(path: string, more?: Partial<Repository> & { commits?: readonly SeedCommit[] }): Promise<Repository>;
  repository(path: string): Repository;
  rename(path: string, name: string): void;
  remove(path: string): void;
  /** The folder of the bare repository. */
  bareFolder(path: string): string;
  addToken(token: Pick<Token, 'kind'> & Partial<Token>): Token;
  revoke(token: string): void;
  /** `privateKey`: PEM; only its public half is kept. */
  addApp(app: NewApp, privateKey: string): App;
  addOAuthApp(app: OAuthApp): OAuthApp;
  install(app: App, account: string, repositories: 'all' | readonly string[]): Installation;
  uninstall(installation: Installation): void;
  suspend(installation: Installation, isSuspended: boolean): void;
  /** Allows or refuses a device's code, as a person does on the page. */
  answerDevice(userCode: string, answer: { login: string } | 'denied'): void;
  /** Allows an App, as a person does on the page, and returns the code of the browser. */
  authorize(clientId: string, login: string, redirect: string): string;
  /** Keeps a manifest and returns the code for its one conversion; null if the text is no manifest. */
  takeManifest(owner: string, manifest: string): string | null;
  openPull(
    path: string,
    author: string,
    pull: { title: string; head: string; base?: string; body?: string },
  ): Promise<PullRequest>;
  openIssue(path: string, author: string, title: string, body?: string): void;
  review(path: string, number: number, author: string, state: ReviewState, body: string): Promise<void>;
  comment(path: string, number: number, author: string, body: string): void;
  merge(path: string, number: number, actor: string): Promise<string>;
  close(path: string, number: number, actor: string): Promise<void>;
  finishChecks(path: string, sha: string, conclusion: Conclusion): void;
  /** Adds a finished check to a commit. */
  addCheck(path: string, sha: string, name: string, conclusion: Conclusion): void;
  pulls(path: string): PullRequest[];
  /** The commit of a ref, or null. */
  sha(path: string, ref: string): Promise<string | null>;
  deliveries: readonly Delivery[];
  redeliver(id: number): boolean;
  /** Resolves when no webhook is under way. */
  webhooksSettled(): Promise<void>;
};

export function createWorld(host: GitHost): GitHostWorld {
  const { store } = host;
  const { records } = store;
  const repository = (path: string): Repository => {
    const parts = path.split('/');
    const [name = '', owner = ''] = parts.toReversed();
    const found = store.repository(parts.length > 2 ? (parts[0] ?? '') : GITHUB, owner, name);
    if (!found) throw new Error(`The git hosts have no repository ${path}.`);
    return found;
  };
  const pull = (path: string, number: number): PullRequest => {
    const found = store.pull(repository(path), number);
    if (!found) throw new Error(`${path} has no pull request ${number}.`);
    return found;
  };
  const account = (login: string, type: Account['type'], more: Partial<Account>): Account => {
    const mails = [{ email: `${login}@example.com`, primary: true, verified: true, visibility: null }];
    const made: Account = {
      id: store.newId(),
      login,
      type,
      name: null,
      mails: type === 'User' ? mails : [],
      members: [],
      ...more,
    };
    records.accounts.push(made);
    store.save();
    return made;
  };
  return {
    store,
    addPerson: (login, more = {}) => account(login, 'User', more),
    addOrganization: (login, members) => account(login, 'Organization', { members: [...members] }),
    async addRepository(path, { commits = [], ...more } = {}) {
      const parts = path.split('/');
      const [name = '', owner = ''] = parts.toReversed();
      const made: Repository = {
        id: store.newId(),
        host: parts.length > 2 ? (parts[0] ?? '') : GITHUB,
        owner,
        name,
        formerPaths: [],
        private: true,
        archived: false,
        description: null,
        defaultBranch: 'main',
        collaborators: {},
        protections: [],
        labels: ['bug', 'enhancement'],
        createdAt: host.now(),
        pushedAt: host.now(),
        nextNumber: 1,
        ...more,
      };
      await createBare(host, made);
      records.repositories.push(made);
      if (commits.length > 0) await importFiles(host, made, commits);
      store.save();
      return made;
    },
    repository,
    rename: (path, name) => renameRepository(host, repository(path), name),
    remove(path) {
      const gone = repository(path);
      records.repositories = records.repositories.filter((one) => one !== gone);
      store.save();
    },
    bareFolder: (path) => store.bareFolder(repository(path)),
    addToken: (token) => newToken(host, token),
    revoke(token) {
      records.tokens = records.tokens.filter((one) => one.token !== token);
      store.save();
    },
    addApp(app, privateKey) {
      const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' }).toString();
      const known = records.apps.find(({ id }) => id === app.id);
      const made: App = {
        name: app.slug,
        owner: 'operator',
        webhookUrl: null,
        webhookSecret: null,
        callbackUrls: [],
        setupUrl: null,
        permissions: { contents: 'write', pull_requests: 'write', checks: 'read', statuses: 'read', issues: 'write' },
        events: [
          'push',
          'pull_request',
          'pull_request_review',
          'pull_request_review_comment',
          'check_run',
          'check_suite',
          'issue_comment',
          'issues',
        ],
        ...app,
        publicKey,
      };
      records.apps = [...records.apps.filter((one) => one !== known), made];
      store.save();
      return made;
    },
    addOAuthApp(app) {
      records.oauthApps = [...records.oauthApps.filter(({ clientId }) => clientId !== app.clientId), app];
      store.save();
      return app;
    },
    install: (app, login, repositories) =>
      installApp(host, app, login, repositories === 'all' ? 'all' : repositories.map((path) => repository(path).id)),
    uninstall: (installation) => removeInstallation(host, installation),
    suspend(installation, isSuspended) {
      installation.suspendedAt = isSuspended ? host.now() : null;
      store.save();
    },
    answerDevice(userCode, answer) {
      const code = deviceCodeByUser(host, userCode);
      if (!code) throw new Error(`No device waits with the code ${userCode}.`);
      code.answer = answer;
    },
    authorize: (client, login, redirect) => newBrowserCode(host, { client, login, redirect, scopes: [] }),
    takeManifest(owner, text) {
      const manifest = readManifest(text);
      return manifest === null ? null : keepManifest(host, owner, manifest);
    },
    async openPull(path, author, { title, head, base, body }) {
      const of = repository(path);
      const made = await createPull(host, of, author, {
        title,
        head,
        base: base ?? of.defaultBranch,
        body: body ?? null,
        draft: false,
      });
      if ('code' in made) throw new Error(made.message ?? `${made.field} is invalid`);
      return made;
    },
    openIssue: (path, author, title, body) =>
      void createIssue(host, repository(path), author, { title, body: body ?? null, labels: [], assignees: [] }),
    async review(path, number, author, state, body) {
      await addReview(host, repository(path), pull(path, number), author, { state, body });
    },
    comment: (path, number, author, body) => void addComment(host, repository(path), pull(path, number), author, body),
    merge: (path, number, actor) =>
      mergePull(host, repository(path), pull(path, number), 'merge', actor, { title: undefined, message: undefined }),
    close: (path, number, actor) => setIssueState(host, repository(path), pull(path, number), 'closed', actor),
    finishChecks: (path, sha, conclusion) => finishChecks(host, repository(path), sha, conclusion),
    addCheck(path, sha, name, conclusion) {
      const of = repository(path);
      const suite =
        records.suites.find((one) => one.repository === of.id && one.sha === sha) ?? startChecks(host, of, '', sha, []);
      finishRun(host, of, addRun(host, of, suite, name), conclusion);
    },
    pulls: (path) => records.pulls.filter((one) => one.repository === repository(path).id),
    sha: (path, ref) => host.git.commit(store.bareFolder(repository(path)), ref),
    deliveries: host.webhooks.deliveries,
    redeliver: (id) => host.webhooks.redeliver(id),
    webhooksSettled: () => host.webhooks.settled(),
  };
}
