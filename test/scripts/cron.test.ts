import { createServer } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { startCron } from '../../scripts/local/cron.ts';
import { freePort } from '../../scripts/local/ports.ts';

/** Counts calls of the scheduled handler; `hold` keeps them open. */
async function relay(port: number): Promise<{ calls: () => number; most: () => number; hold: (yes: boolean) => void }> {
  let calls = 0;
  let open = 0;
  let most = 0;
  let holding = false;
  let held: (() => void)[] = [];
  const server = createServer((request, response) => {
    if (request.url !== '/cdn-cgi/local/scheduled') return void response.writeHead(404).end();
    calls++;
    most = Math.max(most, ++open);
    const answer = (): void => {
      open--;
      response.end('ok');
    };
    if (holding) held.push(answer);
    else answer();
  });
  await new Promise<void>((done) => server.listen(port, '127.0.0.1', done));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const hold = (yes: boolean): void => {
    holding = yes;
    for (const answer of held) answer();
    held = [];
  };
  return { calls: () => calls, most: () => most, hold };
}

test('calls at once, again and again, one at a time, and no more when it is ended', async () => {
  const port = await freePort();
  const { calls, most, hold } = await relay(port);
  hold(true);
  const end = startCron(() => Promise.resolve(port), 10);
  onTestFinished(end);
  await expect.poll(calls).toBe(1);
  await new Promise((done) => setTimeout(done, 100));
  expect(calls()).toBe(1);
  hold(false);
  await expect.poll(calls).toBeGreaterThan(3);
  expect(most()).toBe(1);
  end();
  await new Promise((done) => setTimeout(done, 50));
  const after = calls();
  await new Promise((done) => setTimeout(done, 100));
  expect(calls()).toBe(after);
});

test('a relay that is away is called again when it is back', async () => {
  const port = await freePort();
  onTestFinished(startCron(() => Promise.resolve(port), 10));
  await new Promise((done) => setTimeout(done, 50));
  const { calls } = await relay(port);
  await expect.poll(calls).toBeGreaterThan(1);
});
