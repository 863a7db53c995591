import { createScheduledController } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { expect, test, vi } from 'vitest';
import { Directory } from '../../src/objects/directory.ts';
import worker from '../../src/worker/index.ts';
import { OURS, useOutside } from './relay.ts';

// The cron of the deployed Worker, when each person has a machine.

const fly = { FLY_API_TOKEN: 'token', FLY_ORG: 'edge-tests', FLY_IMAGE: 'registry.example.com/roost:1' };
Object.assign(env, fly, { MACHINE_PROVIDER: 'fly', MACHINE_URL: '', STATIC_SHARED: '' });
useOutside();

test('it compares the carrier’s list, and asks whose machines are to run what is wanted', async () => {
  const compared = vi.spyOn(Directory.prototype, 'watermark');
  const rolled = vi.spyOn(Directory.prototype, 'nextToRoll');
  await worker.scheduled(createScheduledController(), env);
  expect(compared).toHaveBeenCalledWith(OURS);
  expect(rolled).toHaveBeenCalledWith(expect.objectContaining({ image: fly.FLY_IMAGE }));
});
