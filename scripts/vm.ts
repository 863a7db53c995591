import { runAlone } from './one-part.ts';

// `npm run vm`.

await runAlone('agent');
