import { generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GitHostStand, openGitHost } from './git-host-stand.ts';
import { differences, type Schema } from './schema-check.ts';

// The stand-in's REST answers against GitHub's published description: every required field is there, with its type.

type Contract = { routes: Record<string, Schema | null>; schemas: Record<string, Schema> };
const contract = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/contracts/github/rest.json'), 'utf8'),
) as Contract;

let stand: GitHostStand;
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const tokens = { person: '', ofApp: '', app: '', installation: '' };
type As = keyof typeof tokens;
beforeAll(async () => {
  stand = await openGitHost();
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const app = stand.world.addApp({ id: 77, slug: 'roost', clientId: 'Iv', clientSecret: 's' }, pem);
  stand.world.install(app, 'robin-field', 'all');
  const { world } = stand;
  tokens.person = world.addToken({ kind: 'classic', login: 'robin-field', scopes: ['repo', 'user:email'] }).token;
  tokens.ofApp = world.addToken({ kind: 'user', login: 'robin-field', client: 'Iv' }).token;
  tokens.app = jwt();
});
afterAll(() => stand.close());

function jwt(): string {
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const text = `${part({ alg: 'RS256' })}.${part({ iss: '77', iat: now, exp: now + 300 })}`;
  return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
}

const compared = new Set<string>();
const found: string[] = [];

/** `row`: method, path of the description and status; the rest fills the path. */
async function ask(
  row: string,
  {
    as = 'person',
    body,
    query = '',
    ...names
  }: { as?: As; body?: unknown; query?: string; [name: string]: unknown } = {},
): Promise<Record<string, never>> {
  const [method = '', template = '', status] = row.split(' ');
  const known: Record<string, unknown> = {
    owner: 'robin-field',
    repo: 'shop',
    pull_number: 1,
    issue_number: 2,
    ...names,
  };
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) => String(known[name]));
  const response = await fetch(stand.apiUrl + path + query, {
    method,
    headers: { authorization: `Bearer ${tokens[as]}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, never>;
  compared.add(row);
  const schema = contract.routes[row];
  const wrong = String(response.status) === status ? [] : [`status ${response.status}: ${JSON.stringify(answer)}`];
  found.push(
    ...[...wrong, ...(schema ? differences(answer, schema, contract.schemas) : [])].map((one) => `${row} ${one}`),
  );
  return answer;
}

test('every answer has the fields that GitHub’s description requires', async () => {
  const R = '/repos/{owner}/{repo}';
  for (const path of ['/user', '/user/emails', '/user/repos', '/user/orgs', '/rate_limit', R, `${R}/labels`])
    await ask(`GET ${path} 200`);
  await ask('GET /users/{username} 200', { username: 'kim-reyes' });
  await ask(`GET ${R} 404`, { repo: 'none' });
  await ask('GET /user/installations 200', { as: 'ofApp' });
  const [installation] = stand.world.store.records.installations;
  const of = { as: 'app' as const, installation_id: installation?.id };
  await ask('GET /user/installations/{installation_id}/repositories 200', { ...of, as: 'ofApp' });
  for (const path of [
    '/app',
    '/app/installations',
    '/app/installations/{installation_id}',
    `${R}/installation`,
    '/app/hook/config',
    '/app/hook/deliveries',
  ])
    await ask(`GET ${path} 200`, of);
  tokens.installation =
    (
      await ask('POST /app/installations/{installation_id}/access_tokens 201', {
        ...of,
        body: { repositories: ['shop'] },
      })
    ).token ?? '';
  await ask('GET /installation/repositories 200', { as: 'installation' });
  const manifest = JSON.stringify({
    url: 'http://127.0.0.1:1',
    name: 'App',
    hook_attributes: { url: 'http://127.0.0.1:1' },
  });
  await ask('POST /app-manifests/{code}/conversions 201', { code: stand.world.takeManifest('robin-field', manifest) });

  const main = (await ask(`GET ${R}/git/ref/{ref} 200`, { ref: 'heads/main' })) as { object?: { sha: string } };
  await ask(`POST ${R}/git/refs 201`, { body: { ref: 'refs/heads/change', sha: main.object?.sha } });
  const file = { path: 'new.txt', body: { message: 'New', content: 'eA==', branch: 'change' } };
  const written = (await ask(`PUT ${R}/contents/{path} 201`, file)) as {
    commit?: { sha: string };
    content?: { sha: string };
  };
  const at = { ref: 'change', sha: written.commit?.sha, username: 'robin-field' };
  await ask(`GET ${R}/contents/{path} 200`, { path: 'new.txt', query: '?ref=change' });
  await ask(`GET ${R}/contents/{path} 200`, { path: 'src' });
  for (const path of ['readme', 'branches', 'commits', 'commits/{ref}']) await ask(`GET ${R}/${path} 200`, at);
  await ask(`GET ${R}/branches/{branch} 200`, { branch: 'main' });
  await ask(`GET ${R}/compare/{basehead} 200`, { basehead: 'main...change' });
  await ask(`GET ${R}/git/matching-refs/{ref} 200`, { ref: 'heads/' });
  await ask(`GET ${R}/git/commits/{commit_sha} 200`, { commit_sha: at.sha });
  await ask(`GET ${R}/git/trees/{tree_sha} 200`, { tree_sha: 'main' });
  await ask(`GET ${R}/git/blobs/{file_sha} 200`, { file_sha: written.content?.sha });
  await ask(`GET ${R}/collaborators/{username}/permission 200`, at);

  await ask(`POST ${R}/pulls 201`, { body: { title: 'Change', head: 'change', base: 'main' } });
  await ask(`PATCH ${R}/pulls/{pull_number} 200`, { body: { title: 'Better' } });
  await ask(`POST ${R}/pulls/{pull_number}/reviews 200`, { body: { event: 'COMMENT', body: 'Fine' } });
  await ask(`POST ${R}/pulls/{pull_number}/comments 201`, {
    body: { body: 'Here', path: 'new.txt', line: 1, commit_id: at.sha },
  });
  await ask(`POST ${R}/pulls/{pull_number}/requested_reviewers 201`, { body: { reviewers: ['kim-reyes'] } });
  for (const path of ['', '/files', '/commits', '/reviews', '/comments', '/requested_reviewers'])
    await ask(`GET ${R}/pulls/{pull_number}${path} 200`);
  await ask(`GET ${R}/pulls 200`);

  await ask(`POST ${R}/issues 201`, { body: { title: 'Wrong price', labels: ['bug'] } });
  await ask(`POST ${R}/issues/{issue_number}/comments 201`, { body: { body: 'Me too' } });
  await ask(`POST ${R}/issues/{issue_number}/labels 200`, { body: { labels: ['bug'] } });
  for (const path of ['', '/{issue_number}', '/{issue_number}/comments']) await ask(`GET ${R}/issues${path} 200`);

  const { check_runs = [] } = (await ask(`GET ${R}/commits/{ref}/check-runs 200`, at)) as {
    check_runs?: { id: number }[];
  };
  await ask(`GET ${R}/check-runs/{check_run_id} 200`, { check_run_id: check_runs[0]?.id });
  await ask(`POST ${R}/statuses/{sha} 201`, { ...at, body: { state: 'success' } });
  for (const path of ['check-suites', 'status', 'statuses']) await ask(`GET ${R}/commits/{ref}/${path} 200`, at);
  await ask(`PUT ${R}/pulls/{pull_number}/merge 200`, { body: {} });
  await ask(`GET ${R}/pulls/{pull_number} 200`);

  expect([...new Set(found)]).toEqual([]);
  expect(Object.keys(contract.routes).filter((row) => !compared.has(row))).toEqual([]);
});
