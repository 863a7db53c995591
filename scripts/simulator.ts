import { runAlone } from './one-part.ts';

// `npm run simulator`.

await runAlone('simulator');
