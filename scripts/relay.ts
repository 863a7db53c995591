import { runAlone } from './one-part.ts';

// `npm run relay`.

runAlone(
  (parts) => parts.relay,
  (ports) => ports.relay ?? null,
);
