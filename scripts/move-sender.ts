import { moveEverybody } from './production/move-sender.ts';
import { readProdVars } from './production/prod-vars.ts';

// `npm run move-sender`: moves everybody from one of our senders to another. Without --yes it only says what would
// happen.

process.exitCode = await moveEverybody(process.argv.slice(2), readProdVars(), {
  out: (line) => console.log(line),
  pause: (ms) => new Promise((done) => setTimeout(done, ms)),
});
