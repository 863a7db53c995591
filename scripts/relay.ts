import { runAlone } from './one-part.ts';

// `npm run relay`.

await runAlone('relay');
