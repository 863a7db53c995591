import { runChecks } from './checks.ts';

// `npm run check`: everything that can be said about the code without running it.

const failed = runChecks(process.env);
if (failed > 0) console.log(`${failed} of the checks failed. See their output above.`);
process.exitCode = failed > 0 ? 1 : 0;
