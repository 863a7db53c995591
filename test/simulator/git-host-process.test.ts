import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PktReader } from '../../simulator/git-host/git/pkt-line.ts';
import { startGitHost } from '../../simulator/git-host/server.ts';
import { readGitHostSettings } from '../../simulator/git-host/settings.ts';
import { openGitHost } from './git-host-stand.ts';

// The stand-in for git hosts as a process: its settings, and what is there after a restart.

const SHOP = 'robin-field/shop';

test('accounts, tokens, repositories and issues are there after a restart', async () => {
  const stand = await openGitHost();
  const { token } = stand.world.addToken({ kind: 'classic', login: 'robin-field', scopes: ['repo'] });
  stand.world.openIssue(SHOP, 'kim-reyes', 'Wrong price');
  await stand.stop();
  const next = await startGitHost({ port: 0, folder: join(stand.folder, 'host') });
  const ask = async (path: string): Promise<unknown> => {
    const response = await fetch(`${next.apiUrl}/repos/${SHOP}${path}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    return response.json();
  };
  expect(await ask('/issues/1')).toMatchObject({ title: 'Wrong price', user: { login: 'kim-reyes' } });
  expect(await ask('/commits')).toMatchObject([{ commit: { message: 'Begin' } }]);
  await next.stop();
  await stand.close();
});

test('every wrong setting of the process is named at once', () => {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const good = { GIT_HOST_STATE: '/state', PUBLIC_URL: 'http://127.0.0.1:8787/', GITHUB_APP_ID: '7' };
  const read = (more: Record<string, string>) => readGitHostSettings({ ...good, ...more }, '/root');
  const settings = read({ GITHUB_APP_PRIVATE_KEY: Buffer.from(pem).toString('base64'), GITHUB_WEBHOOK_SECRET: 'x' });
  expect(settings).toMatchObject({ app: { id: 7, privateKey: pem, webhookUrl: 'http://127.0.0.1:8787/webhooks/git' } });
  expect(read({ GITHUB_APP_PRIVATE_KEY: 'nothing' })).toMatchObject({
    problems: [expect.stringContaining('GITHUB_APP_PRIVATE_KEY')],
  });
  const bad = readGitHostSettings({ GIT_HOST_PORT: 'x', PUBLIC_URL: 'nowhere' }, '/root');
  expect(bad.ok ? [] : bad.problems.map((one) => one.split(' ')[0]).sort()).toEqual([
    'GIT_HOST_PORT',
    'GIT_HOST_STATE',
    'PUBLIC_URL',
  ]);
});

test('a packet line that begins with no length is an error; lines in pieces are read', () => {
  const reader = new PktReader();
  expect(reader.read(Buffer.from('0007a'))).toEqual([]);
  expect(reader.read(Buffer.from('bc0000'))).toEqual([Buffer.from('abc'), null]);
  expect(() => new PktReader().read(Buffer.from('zz09hello'))).toThrow('four hex digits');
});
