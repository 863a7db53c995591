import { runAlone } from './local/one-part.ts';

// `npm run relay`.

await runAlone('relay');
