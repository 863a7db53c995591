import { runChecks } from './checks.ts';

// `npm run check`: all checks that don't run the code.

const failed = runChecks(process.env);
if (failed > 0) console.log(`${failed} of the checks failed. See their output above.`);
process.exitCode = failed > 0 ? 1 : 0;
