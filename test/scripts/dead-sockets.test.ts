import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeDeadSockets } from '../../scripts/local/dead-sockets.ts';

test.skipIf(process.platform !== 'linux')('sockets that nobody listens on are removed, and nothing else', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'roost-sockets-'));
  for (const name of ['roost-door-living', 'roost-door-killed', 'roost-door-notes.txt']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'roost-door-killed', 'door'), '');
  writeFileSync(join(folder, 'claude-http-0123456789abcdef.sock'), '');
  const server = createServer().listen(join(folder, 'roost-door-living', 'door'));
  await once(server, 'listening');
  expect(removeDeadSockets(folder)).toBe(0);
  expect(removeDeadSockets(folder, Date.now() + 60_000)).toBe(2);
  expect(readdirSync(folder).sort()).toEqual(['roost-door-living', 'roost-door-notes.txt']);
  server.close();
  rmSync(folder, { recursive: true });
});
