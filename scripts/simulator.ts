import { runAlone } from './local/one-part.ts';

// `npm run simulator`.

await runAlone('simulator');
