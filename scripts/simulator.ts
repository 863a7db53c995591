import { runAlone } from './one-part.ts';

// `npm run simulator`.

runAlone(
  (parts) => parts.simulator,
  (ports) => ports.simulator ?? null,
);
