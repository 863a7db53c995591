import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type HostEvent, readHostEvent } from '../../src/git/host-event.ts';
import { readDiff } from '../../src/git/unified-diff.ts';
import type { HostApi } from '../../src/git-hosts/api-call.ts';
import { mergePull, readChecks, readPull, readPullDiff, readPulls } from '../../src/git-hosts/pull-requests.ts';
import { type GitHostStand, openGitHost } from './git-host-stand.ts';

// What the relay reads of pull requests, with the stand-in that answers and tells as GitHub does.

const SHOP = 'robin-field/shop';

let stand: GitHostStand;
let api: HostApi;
let clone: string;
beforeEach(async () => {
  stand = await openGitHost();
  const { token } = stand.world.addToken({ kind: 'classic', login: 'robin-field', scopes: ['repo'] });
  api = { url: stand.apiUrl, authorization: `Bearer ${token}` };
  clone = join(stand.folder, 'clone');
  await stand.git(stand.folder, ['clone', '--quiet', stand.address(SHOP, token), 'clone']);
});
afterEach(() => stand.close());

/** A branch with one more commit, pushed. */
async function push(branch: string, content: string): Promise<void> {
  await stand.git(clone, ['checkout', '--quiet', '-B', branch]);
  writeFileSync(join(clone, 'README.md'), content);
  await stand.git(clone, ['commit', '--quiet', '-am', 'Change']);
  const pushed = await stand.git(clone, ['push', '--quiet', 'origin', branch]);
  if (pushed.code !== 0) throw new Error(pushed.said);
}

async function opened(): Promise<string> {
  await push('mend', '# Shop\n\nWith a cart.\n');
  await stand.world.openPull(SHOP, 'robin-field', { title: 'Mend the readme', head: 'mend' });
  return (await stand.world.sha(SHOP, 'mend')) ?? '';
}

test('a pull request with its size, its checks and its changes', async () => {
  const head = await opened();
  stand.world.finishChecks(SHOP, head, 'failure');
  const facts = { number: 1, title: 'Mend the readme', branch: 'mend', base: 'main', head, state: 'open' };
  expect(await readPulls(api, SHOP)).toMatchObject({ pulls: [facts] });
  const read = await readPull(api, SHOP, 1);
  expect(read).toMatchObject({ pull: { ...facts, files: 1, added: 2, removed: 0 }, defaultBranch: 'main' });
  const checks = await readChecks(api, SHOP, head);
  if ('trouble' in checks) throw new Error(checks.reason);
  expect(checks.checks.isWhole).toBe(true);
  expect(new Set(checks.checks.list.map(({ state }) => state))).toEqual(new Set(['failed']));
  const changes = await readPullDiff(api, SHOP, 1);
  if ('trouble' in changes) throw new Error(changes.reason);
  expect(readDiff(changes.diff)).toMatchObject([{ path: 'README.md', added: 2, removed: 0 }]);
});

test('a merge takes the commit that was seen alone', async () => {
  const head = await opened();
  await push('mend', '# Shop\n\nWith two carts.\n');
  expect(await mergePull(api, SHOP, { number: 1, head })).toMatchObject({ merged: false, why: 'changed' });
  const newest = (await stand.world.sha(SHOP, 'mend')) ?? '';
  expect(await mergePull(api, SHOP, { number: 1, head: newest })).toEqual({ merged: true });
  expect(await readPull(api, SHOP, 1)).toMatchObject({ pull: { state: 'merged' } });
  // As after an answer that was lost.
  expect(await mergePull(api, SHOP, { number: 1, head: newest })).toMatchObject({ merged: false, why: 'blocked' });
});

test('a number that is none, another account, a token that ended', async () => {
  expect(await readPull(api, SHOP, 9)).toMatchObject({ trouble: 'missing' });
  const { token } = stand.world.addToken({ kind: 'classic', login: 'kim-reyes', scopes: ['repo'] });
  expect(await readPulls({ ...api, authorization: `Bearer ${token}` }, SHOP)).toMatchObject({ trouble: 'missing' });
  stand.world.revoke(token);
  expect(await readPulls({ ...api, authorization: `Bearer ${token}` }, SHOP)).toMatchObject({ trouble: 'refused' });
});

test('a repository that was renamed: the credential follows no redirect', async () => {
  stand.world.rename(SHOP, 'market');
  expect(await readPulls(api, SHOP)).toMatchObject({ trouble: 'moved' });
});

test('every webhook of a pull request’s life is read', async () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  // Nobody answers there, and the stand-in keeps what it sent.
  const webhook = { webhookUrl: 'http://127.0.0.1:9/webhooks/git', webhookSecret: 'of the webhook' };
  const app = stand.world.addApp({ id: 7, slug: 'roost', clientId: 'Iv1', clientSecret: 's', ...webhook }, pem);
  stand.world.install(app, 'robin-field', [SHOP]);
  const head = await opened();
  stand.world.finishChecks(SHOP, head, 'failure');
  await stand.world.review(SHOP, 1, 'kim-reyes', 'CHANGES_REQUESTED', 'Please rename it.');
  await push('mend', '# Shop\n\nWith two carts.\n');
  await stand.world.merge(SHOP, 1, 'robin-field');
  await stand.world.webhooksSettled();
  const events = stand.world.deliveries.map(({ event, body }) =>
    readHostEvent(event, JSON.parse(body), 'github.com', Date.now()),
  );
  expect(events).not.toContain('malformed');
  const told = events.filter((event): event is HostEvent => event !== null && event !== 'malformed');
  expect(new Set(told.map(({ what }) => what))).toEqual(
    new Set(['opened', 'changed', 'check-failed', 'review', 'closed']),
  );
  expect(new Set(told.map(({ repository }) => repository))).toEqual(new Set(['github.com/robin-field/shop']));
  expect(told.find(({ what }) => what === 'closed')).toMatchObject({ pull: { state: 'merged' } });
  expect(told.find(({ what }) => what === 'check-failed')).toMatchObject({ head });
});
