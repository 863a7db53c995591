import { createInterface } from 'node:readline/promises';
import { runDoctor } from './doctor/run.ts';

// `npm run doctor`: checks a deployment, and says what is wrong and how to fix it. It only reads and wakes no machine.
// With --fix orphans it removes what costs money on Fly and is used by nobody, with --fix rollout it retries a failed
// change of machines; both ask first.

async function question(text: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await terminal.question(text);
  } finally {
    terminal.close();
  }
}

process.exitCode = await runDoctor(process.argv.slice(2), {
  out: (text) => console.log(text),
  error: (text) => console.error(text),
  question: process.stdin.isTTY ? question : null,
});
