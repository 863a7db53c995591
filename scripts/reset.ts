import { rmSync } from 'node:fs';
import { folders, readDevVars } from './local/folders.ts';
import { planRun } from './local/plan.ts';
import { portIsFree } from './local/ports.ts';
import { currentRun } from './local/run-lock.ts';

// `npm run reset`: deletes the conversations, sessions, projects, chats and logs of local runs. Keys in .dev.vars stay.

const run = currentRun(folders.state);
const planned = planRun(readDevVars(), { real: false, twilio: false }, {}, folders.state);
const busy = planned.ok && !(await portIsFree(planned.plan.ports.relay));
if (run || busy) {
  const who = run ? `process ${run.pid}, ${run.url}` : 'something is using the relay’s port';
  console.error(`Roost is running (${who}). Stop it first, then run this again.`);
  process.exitCode = 1;
} else {
  rmSync(folders.state, { recursive: true, force: true, maxRetries: 3 });
  console.log(`Removed ${folders.state}. .dev.vars is unchanged.`);
}
