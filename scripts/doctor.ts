import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { type Examined, examine, LeftOut } from './doctor/check.ts';
import { describe, orphansNow, removeOrphans, stillThere } from './doctor/orphans.ts';
import { asJson, closing, line } from './doctor/print.ts';
import { count } from './doctor/relay-checks.ts';
import { beginRolloutAnew } from './doctor/rollout.ts';
import { CHECKS } from './doctor/table.ts';
import { withoutSecrets, worldOf } from './doctor/world.ts';
import { prodVarsPath, readProdVars } from './prod-vars.ts';

// `npm run doctor`: looks at a deployment and says what is wrong and what to do. Reads only, wakes no machine; with
// --fix orphans it removes what is paid for and used by nobody, with --fix rollout it has a failed change of machines tried
// again, both after asking. Exits with 0 (fine), 1 (something is wrong) or 2 (it could not look).

const USAGE = `npm run doctor -- [--only name,name] [--json]
npm run doctor -- --fix orphans|rollout [--yes]
Checks: ${CHECKS.map(({ name }) => name).join(', ')}`;

const CANNOT = 2;

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (options === null) return CANNOT;
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const vars = readProdVars();
  if (!existsSync(prodVarsPath()) && !vars.PUBLIC_URL) {
    complain('There is no .prod.vars, so there is no deployment to look at. Run `npm run setup` first.');
    return CANNOT;
  }
  const tell = (text: string): void => console.log(withoutSecrets(text, vars));
  if (options.fix === 'orphans') return fixOrphans(tell, options.yes);
  if (options.fix === 'rollout') return fixRollout(tell, options.yes);

  const checks = options.only ? CHECKS.filter(({ name }) => options.only?.includes(name)) : CHECKS;
  const found: Examined[] = [];
  for await (const one of examine(checks, worldOf(vars))) {
    found.push(one);
    if (!options.json) tell(line(one));
  }
  tell(options.json ? asJson(found) : `\n${closing(found)}`);
  return found.some(({ status }) => status === 'fail') ? 1 : 0;
}

type Options = { only: string[] | null; json: boolean; fix: 'orphans' | 'rollout' | null; yes: boolean; help: boolean };

function readOptions(args: string[]): Options | null {
  try {
    const { values } = parseArgs({
      args,
      options: {
        only: { type: 'string' },
        json: { type: 'boolean', default: false },
        fix: { type: 'string' },
        yes: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    const only = values.only?.split(',').map((name) => name.trim()) ?? null;
    const unknown = only?.find((name) => !CHECKS.some((check) => check.name === name));
    if (unknown !== undefined) throw new Error(`There is no check named ${unknown}.`);
    const { fix = null, json, yes, help } = values;
    if (fix !== null && fix !== 'orphans' && fix !== 'rollout') {
      throw new Error('Only orphans and rollout can be fixed from here.');
    }
    return { only, json, fix, yes, help };
  } catch (error) {
    complain(`${error instanceof Error ? error.message : 'These options are not known.'}\n${USAGE}`);
    return null;
  }
}

async function fixOrphans(tell: (text: string) => void, yes: boolean): Promise<number> {
  const look = () => orphansNow(worldOf(readProdVars()));
  const { orphans, known } = await look();
  const listed = describe(orphans);
  if (listed.length === 0) {
    tell('There is nothing to remove.');
    return 0;
  }
  tell(
    `The relay knows ${count(known, 'machine')}. On Fly, paid for and used by no conversation:\n${listed.map((one) => `  ${one}`).join('\n')}`,
  );
  const words = `remove ${listed.length}`;
  if (!yes && !(await agreed(`What is on their volumes is gone for good. Type ${words} to remove them: `, words))) {
    tell('Nothing was removed.');
    return process.stdin.isTTY ? 0 : CANNOT;
  }
  // Looked at again: a moment ago is not now.
  const outcomes = await removeOrphans(worldOf(readProdVars()), stillThere(orphans, (await look()).orphans));
  for (const { done, problem } of outcomes)
    tell(problem === null ? `✓ removed ${done}` : `✗ ${done} is still there: ${problem}`);
  return outcomes.some(({ problem }) => problem !== null) ? 1 : 0;
}

async function fixRollout(tell: (text: string) => void, yes: boolean): Promise<number> {
  const outcome = await beginRolloutAnew(worldOf(readProdVars()), yes ? async () => true : agreed);
  tell(outcome?.told ?? 'Nothing was changed.');
  if (outcome === null) return process.stdin.isTTY ? 0 : CANNOT;
  return outcome.isDone ? 0 : 1;
}

async function agreed(question: string, words: string): Promise<boolean> {
  if (!process.stdin.isTTY) {
    complain('Nobody is there to be asked. To do it without asking, add --yes.');
    return false;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return (await terminal.question(question)).trim() === words;
  } finally {
    terminal.close();
  }
}

const complain = (text: string): void => console.error(text);

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  const reason = error instanceof LeftOut || error instanceof Error ? error.message : 'something went wrong';
  complain(withoutSecrets(reason, readProdVars()));
  return CANNOT;
});
