import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LargeRepository, startLargeRepository } from './large-repository.ts';

// A large clone and a large push stream through the relay whole, in memory that doesn't grow with them. How fast they are
// is a figure of the bench (bench/connect.ts).

/** What workerd may take for a stream of any length: its buffers, and garbage that isn't collected yet. */
const MOST = 64 * 2 ** 20;

let own: LargeRepository;
beforeAll(async () => {
  own = await startLargeRepository();
});
afterAll(() => own.stop());

test.runIf(process.platform === 'linux').each([
  ['a clone of 300 MB', 'clone'],
  ['a push of 90 MB', 'push'],
] as const)('%s', async (_name, way) => {
  expect(await own.growthDuring(() => own[way]())).toBeLessThan(MOST);
});
