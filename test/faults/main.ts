import { randomInt } from 'node:crypto';
import { channelNames } from './channels.ts';
import { VARIANTS } from './variants/index.ts';
import { readWish, usage } from './wish.ts';

// `npm run faults`: real processes, killed at chosen points, and a check of what each phone shows in the end. Exits
// with 1 when something was found, with 2 for impossible options.

const names = { variants: VARIANTS.map(({ name }) => name), channels: channelNames() };
const wish = readWish(process.argv.slice(2), names, randomInt(2 ** 32));
if ('problem' in wish) {
  console.error(`${wish.problem}\n\n${usage(names)}`);
  process.exit(2);
}
try {
  // Imported only now, because reading it takes a while.
  const { grant } = await import('./runs.ts');
  process.exit(await grant(wish));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
