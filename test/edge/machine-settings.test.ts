import { env } from 'cloudflare:workers';
import { expect, test } from 'vitest';
import { readConfig, VERSION } from '../../src/config/config.ts';
import { flySettingsOf } from '../../src/objects/machine-provider.ts';
import * as ledger from '../../src/objects/stores/machine-ledger-store.ts';
import { directory, inDirectory } from './fly.ts';
import { OF_A_TEST, useOutside } from './relay.ts';

// The settings of every machine of a deployment, and the directory's rows about all machines.

useOutside();

test('a machine knows its relay by address and public key, and says whose it is; nothing secret is in it', () => {
  const fly = {
    MACHINE_PROVIDER: 'fly',
    FLY_API_TOKEN: 'fly-secret',
    FLY_ORG: 'o',
    FLY_IMAGE: 'registry.example.com/r:1',
  };
  const read = readConfig({ ...env, ...fly, IDLE_TIMEOUT_MS: '60000' });
  if (!read.ok) expect.fail(read.problems.join());
  const { deployment, version, env: given } = flySettingsOf(read.config);
  expect({ deployment, version }).toEqual({ deployment: 'relay.example.com', version: VERSION });
  const keys = [{ kty: 'OKP', crv: 'Ed25519', x: expect.any(String) }];
  expect({ ...given, RELAY_PUBLIC_KEYS: JSON.parse(given.RELAY_PUBLIC_KEYS) }).toEqual({
    RELAY_URL: 'https://relay.example.com',
    RELAY_PUBLIC_KEYS: keys,
    IDLE_TIMEOUT_MS: '60000',
  });
});

test('the operator sees every machine there may be: what is not seen would be taken for nobody’s', async () => {
  await inDirectory((sql) => {
    const numbers = 'WITH RECURSIVE all_of (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM all_of WHERE n < 10000)';
    const values = "'c' || n, 'roost-' || n, 'i', 's', NULL, 0";
    sql.exec(`${OF_A_TEST} ${numbers} INSERT INTO machines SELECT ${values} FROM all_of`);
  });
  expect((await directory().health()).machines).toHaveLength(10_000);
});

test('a conversation with a place among FLY_MAX_MACHINES keeps it, also under another name', async () => {
  const claim = (conversation: string, name: string) => directory().claimMachine(conversation, name, 1);
  await inDirectory((sql) => void sql.exec(`${OF_A_TEST} DELETE FROM machines`));
  expect([await claim('aa', 'roost-a'), await claim('aa', 'roost-a'), await claim('aa', 'roost-b')]).toEqual(
    Array(3).fill('taken'),
  );
  expect(await claim('bb', 'roost-c')).toBe('full');
});

test('of roll-outs only the newest is kept', async () => {
  const rollout = { image: 'i', state: 'all', first: null, beganAt: 1 } as const;
  const kept = await inDirectory((sql) => {
    for (const settings of ['one', 'two']) ledger.saveRollout(sql, { ...rollout, settings });
    return sql.exec('SELECT settings FROM rollouts').toArray();
  });
  expect(kept).toEqual([{ settings: 'two' }]);
});
