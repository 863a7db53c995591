import { createHmac, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { App } from '../../simulator/git-host/records.ts';
import { type GitHostStand, openGitHost } from './git-host-stand.ts';

// Webhooks of the stand-in: who gets them, how they are signed, and their faults.

const SHOP = 'robin-field/shop';
const SECRET = 'of the webhook';
type Received = { headers: IncomingHttpHeaders; body: string };

let stand: GitHostStand;
let server: Server;
let received: Received[];
let status: number;
let app: App;
beforeEach(async () => {
  received = [];
  status = 200;
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => {
      body += piece;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stand = await openGitHost();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const webhookUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks/git`;
  app = stand.world.addApp(
    { id: 7, slug: 'roost', clientId: 'Iv1', clientSecret: 's', webhookUrl, webhookSecret: SECRET },
    pem,
  );
  stand.world.install(app, 'robin-field', [SHOP]);
  await settled();
});
afterEach(async () => {
  await stand.close();
  server.close();
});

const events = (): string[] =>
  received.map(({ headers, body }) =>
    [headers['x-github-event'], (JSON.parse(body) as { action?: string }).action].filter(Boolean).join('.'),
  );
async function settled(): Promise<void> {
  await stand.world.webhooksSettled();
}
const isSigned = ({ headers, body }: Received): boolean =>
  headers['x-hub-signature-256'] === `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`;

/** A branch with one commit, pushed by git. */
async function push(): Promise<void> {
  const { token } = stand.world.addToken({ kind: 'classic', login: 'robin-field', scopes: ['repo'] });
  await stand.git(stand.folder, ['clone', '--quiet', stand.address(SHOP, token), 'clone']);
  const clone = `${stand.folder}/clone`;
  await stand.git(clone, ['checkout', '--quiet', '-b', 'change']);
  await stand.git(clone, ['commit', '--quiet', '--allow-empty', '-m', 'Change']);
  await stand.git(clone, ['push', '--quiet', 'origin', 'change']);
}

/** The events of this step, in the order of the alphabet: those of one step are under way together. */
async function told(step: () => unknown): Promise<string[]> {
  const before = received.length;
  await step();
  await settled();
  return events().slice(before).sort();
}

test('what happens to a pull request is told step by step, signed, with repository, installation and sender', async () => {
  const { world } = stand;
  expect(await told(push)).toEqual(['push']);
  expect(await told(() => world.openPull(SHOP, 'robin-field', { title: 'Change', head: 'change' }))).toEqual([
    'check_run.created',
    'check_suite.requested',
    'pull_request.opened',
  ]);
  const sha = (await world.sha(SHOP, 'change')) ?? '';
  expect(await told(() => world.finishChecks(SHOP, sha, 'failure'))).toEqual([
    'check_run.completed',
    'check_suite.completed',
  ]);
  expect(await told(() => world.review(SHOP, 1, 'kim-reyes', 'CHANGES_REQUESTED', 'Please rename it.'))).toEqual([
    'pull_request_review.submitted',
  ]);
  expect(await told(() => world.comment(SHOP, 1, 'kim-reyes', 'And this.'))).toEqual(['issue_comment.created']);
  expect(await told(() => world.merge(SHOP, 1, 'robin-field'))).toEqual(['pull_request.closed', 'push']);
  expect(received.every(isSigned)).toBe(true);
  const bodies = received.map(({ body }) => JSON.parse(body) as Record<string, { [name: string]: unknown }>);
  expect(bodies[1]).toMatchObject({
    ref: 'refs/heads/change',
    created: true,
    forced: false,
    repository: { full_name: SHOP },
    sender: { login: 'robin-field' },
    installation: { id: expect.any(Number) },
    commits: [{ message: 'Change' }],
  });
  expect(bodies.find(({ review }) => review)).toMatchObject({
    review: { state: 'changes_requested', body: 'Please rename it.' },
    pull_request: { number: 1 },
  });
  expect(bodies.find(({ check_suite, action }) => check_suite && String(action) === 'completed')).toMatchObject({
    check_suite: { conclusion: 'failure', head_branch: 'change', pull_requests: [{ number: 1 }] },
  });
  expect(bodies.findLast(({ pull_request }) => pull_request)).toMatchObject({
    action: 'closed',
    pull_request: { merged: true },
  });
});

test('the first push to an empty repository tells its commits', async () => {
  const path = 'robin-field/empty';
  await stand.world.addRepository(path);
  stand.world.install(app, 'robin-field', [path]);
  const { token } = stand.world.addToken({ kind: 'classic', login: 'robin-field', scopes: ['repo'] });
  await stand.git(stand.folder, ['clone', '--quiet', stand.address(path, token), 'empty']);
  const clone = `${stand.folder}/empty`;
  await stand.git(clone, ['checkout', '--quiet', '-b', 'main']);
  for (const message of ['One', 'Two']) await stand.git(clone, ['commit', '--quiet', '--allow-empty', '-m', message]);
  await told(() => stand.git(clone, ['push', '--quiet', 'origin', 'main']));
  const push = received.find(({ headers }) => headers['x-github-event'] === 'push');
  expect(JSON.parse(push?.body ?? '{}')).toMatchObject({ commits: [{ message: 'One' }, { message: 'Two' }] });
});

test('faults are set by programs of this computer, and by no page of another site', async () => {
  const set = (headers: Record<string, string>, body = '{"webhook":{"kind":"drop"}}') =>
    fetch(`${stand.url}/_faults`, { method: 'POST', headers, body }).then((answer) => answer.status);
  const json = { 'content-type': 'application/json' };
  expect(await set({ 'content-type': 'text/plain' })).toBe(415);
  expect(await set({ ...json, origin: 'https://example.com' })).toBe(403);
  expect(await set(json, 'nonsense')).toBe(400);
  expect(await set(json, '{"fault":{"kind":"cut"},"path":"("}')).toBe(400);
  stand.world.openIssue(SHOP, 'robin-field', 'heard');
  expect(await set({ ...json, origin: stand.url })).toBe(204);
  stand.world.openIssue(SHOP, 'robin-field', 'lost');
  await settled();
  expect(events()).toEqual(['installation.created', 'issues.opened']);
});

test('a repository without the App tells nothing, nor does a suspended or removed one', async () => {
  await stand.world.addRepository('robin-field/other');
  stand.world.openIssue('robin-field/other', 'robin-field', 'Nobody hears');
  const [installation] = stand.world.store.records.installations;
  stand.world.suspend(installation!, true);
  stand.world.openIssue(SHOP, 'robin-field', 'Nobody hears');
  stand.world.uninstall(installation!);
  stand.world.openIssue(SHOP, 'robin-field', 'Nobody hears');
  await settled();
  expect(events()).toEqual(['installation.created', 'installation.deleted']);
});

test('nothing is sent again by itself; a redelivery has the same id', async () => {
  status = 500;
  stand.world.openIssue(SHOP, 'robin-field', 'Once');
  await settled();
  expect(events()).toEqual(['installation.created', 'issues.opened']);
  const failed = stand.world.deliveries.at(-1);
  expect(failed?.status).toBe(500);
  status = 200;
  expect(stand.world.redeliver(failed?.id ?? 0)).toBe(true);
  await settled();
  expect(received.at(-1)?.headers['x-github-delivery']).toBe(received.at(-2)?.headers['x-github-delivery']);
});

test('one is lost, one comes twice, one late, one is forged', async () => {
  const open = (title: string): void => stand.world.openIssue(SHOP, 'robin-field', title);
  stand.faults.nextWebhook({ kind: 'drop' });
  open('lost');
  stand.faults.nextWebhook({ kind: 'twice' });
  open('twice');
  stand.faults.nextWebhook({ kind: 'delay', ms: 500 });
  open('late');
  stand.faults.nextWebhook({ kind: 'forge' }, { event: 'issues' });
  open('forged');
  await expect.poll(() => received.length).toBe(5);
  const issues = received
    .slice(1)
    .map((one) => ({ ...one, title: (JSON.parse(one.body) as { issue: { title: string } }).issue.title }));
  expect(issues.map(({ title }) => title).sort()).toEqual(['forged', 'late', 'twice', 'twice']);
  expect(issues.filter((one) => !isSigned(one)).map(({ title }) => title)).toEqual(['forged']);
  expect(issues.at(-1)?.title).toBe('late');
});
