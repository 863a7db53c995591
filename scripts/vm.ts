import { runAlone } from './one-part.ts';

// `npm run vm`.

runAlone(
  (parts) => parts.agent,
  (ports) => ports.machine ?? null,
);
