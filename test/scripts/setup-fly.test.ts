import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { machineConfig } from '../../src/machines/fly/machine-config.ts';
import { newName } from '../../src/machines/fly/names.ts';
import { PERSON, SENDER, type SetupStand, startSetupStand } from './setup-stand.ts';
import { ACCOUNT, KEYS, ORG } from './stand-ins.ts';

// Setup with a machine per person on Fly, without questions, and its teardown: removes the machines of that relay and
// leaves everything else in the organisation.

const DIGEST = `sha256:${'c'.repeat(64)}`;
const IMAGES_APP = `roost-images-${ORG}`;
const IMAGE = `registry.fly.io/${IMAGES_APP}@${DIGEST}`;
const LONG_MS = 180_000;

let stand: SetupStand;
beforeAll(async () => {
  stand = await startSetupStand(IMAGE);
  // In place of flyctl: prints what it prints after a push.
  mkdirSync(join(stand.folder, 'bin'));
  const flyctl = join(stand.folder, 'bin', 'flyctl');
  writeFileSync(flyctl, `#!/bin/sh\necho "pushing manifest for registry.fly.io/${IMAGES_APP}:0.1.0@${DIGEST}"\n`);
  chmodSync(flyctl, 0o755);
});
afterAll(() => stand.stop());

const given = (): Record<string, string> => ({
  ...KEYS,
  TWILIO_ACCOUNT_SID: ACCOUNT,
  TWILIO_SENDERS: SENDER,
  ADMIN_SENDERS: PERSON,
  PUBLIC_URL: stand.cloudflare.workerUrl,
  MACHINE_PROVIDER: 'fly',
  FLY_ORG: ORG,
  NUDGE_TEMPLATE: 'no',
  PATH: `${join(stand.folder, 'bin')}:${process.env.PATH}`,
});

async function askFly(path: string, json: object): Promise<{ id: string }> {
  const response = await fetch(`${stand.fly.apiUrl}/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${KEYS.FLY_API_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(json),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as { id: string };
}

/** As a relay creates one, asleep. */
async function machineOf(deployment: string): Promise<string> {
  const name = newName('roost');
  await askFly('/apps', { name, org_slug: ORG, network: name });
  const { id: volume } = await askFly(`/apps/${name}/volumes`, { name: 'data', region: 'fra', size_gb: 3 });
  const metadata = { roost_deployment: deployment, roost_version: '0.1.0' };
  const config = machineConfig({ image: IMAGE, memoryMb: 1024, env: {}, metadata, volume });
  await askFly(`/apps/${name}/machines`, { region: 'fra', config, skip_launch: true });
  return name;
}

test(
  'with a wrong token or another organisation it stops and says what to do',
  async () => {
    const wrong = stand.run(['--non-interactive'], { ...given(), FLY_API_TOKEN: 'FlyV1 fm2_another-token' });
    expect(await wrong.exit).toBe(1);
    await wrong.said('Fly doesn’t accept this token.');
    const elsewhere = stand.run(['--non-interactive'], { ...given(), FLY_ORG: 'another-team' });
    expect(await elsewhere.exit).toBe(1);
    await elsewhere.said('This token can’t reach that organisation.');
    expect(await stand.made()).toMatchObject({ workers: [], buckets: [] });
  },
  LONG_MS,
);

test(
  'from the environment alone to a relay that answers; teardown takes that relay’s machines with it',
  async () => {
    await askFly('/apps', { name: 'somebodys-shop', org_slug: ORG });
    const run = stand.run(['--non-interactive'], given());
    expect(await run.exit).toBe(0);
    await run.said(`Built registry.fly.io/${IMAGES_APP}@sha256:`);
    expect(stand.fly.world.apps().map(({ name }) => name)).toContain(IMAGES_APP);
    await run.said('That organisation has other apps: somebodys-shop.');
    await run.said(`The relay answers at ${stand.cloudflare.workerUrl}`);
    for (const secret of Object.values(KEYS)) {
      expect(run.written).not.toContain(secret);
      expect([...run.commandLines].filter((line) => line.includes(secret))).toEqual([]);
    }

    const ours = await machineOf(new URL(stand.cloudflare.workerUrl).host);
    const others = await machineOf('another-relay.example.com');
    const teardown = stand.teardown(['--yes'], given());
    expect(await teardown.exit).toBe(0);
    expect(teardown.screen).toContain(ours);
    expect(teardown.screen).not.toContain(others);
    expect(
      stand.fly.world
        .apps()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([others, 'somebodys-shop'].sort());
    expect(await stand.made()).toEqual({ workers: [], buckets: [], templates: 0, webhook: null });
  },
  LONG_MS,
);
