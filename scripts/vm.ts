import { runAlone } from './local/one-part.ts';

// `npm run vm`.

await runAlone('agent');
