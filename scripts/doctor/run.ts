import { parseArgs } from 'node:util';
import { hasProdVars, NO_PROD_VARS, readProdVars } from '../production/prod-vars.ts';
import { type Examined, examine, fail, LeftOut, ok, warn } from './check.ts';
import { doctorContextOf, withoutSecrets } from './context.ts';
import { describe, orphansNow, removeOrphans, stillThere } from './orphans.ts';
import { closing, openReport, type Print, type Report } from './print.ts';
import { count } from './relay-checks.ts';
import { beginRolloutAnew } from './rollout.ts';
import { CHECKS } from './table.ts';

// `npm run doctor` from its arguments to its exit code: runs the checks, or fixes one thing after asking.

/** `question`: null when nobody is there to answer. */
export type Terminal = Print & { question: ((text: string) => Promise<string>) | null };

const USAGE = `npm run doctor -- [--only name,name] [--json]
npm run doctor -- --fix orphans|rollout [--yes]
Checks: ${CHECKS.map(({ name }) => name).join(', ')}`;

const CANNOT = 2;

/** The exit code: 0 all fine, 1 something is wrong, 2 it could not check. */
export async function runDoctor(args: string[], terminal: Terminal): Promise<number> {
  const report = openReport(args.includes('--json'), terminal, (text) => withoutSecrets(text, readProdVars()));
  const code = await main(args, report, terminal).catch((error: unknown) => {
    report.refuse(error instanceof LeftOut || error instanceof Error ? error.message : 'Something went wrong.');
    return CANNOT;
  });
  report.end();
  return code;
}

async function main(args: string[], report: Report, terminal: Terminal): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    report.refuse(options, USAGE);
    return CANNOT;
  }
  if (options.help) {
    report.say(USAGE, 'doctor', { status: 'skip', detail: USAGE });
    return 0;
  }
  const vars = readProdVars();
  if (!hasProdVars(vars)) {
    report.refuse(NO_PROD_VARS);
    return CANNOT;
  }
  const agree = agreement(options, report, terminal);
  if (options.fix === 'orphans') return fixOrphans(report, agree);
  if (options.fix === 'rollout') return fixRollout(report, agree);

  const checks = options.only ? CHECKS.filter(({ name }) => options.only?.includes(name)) : CHECKS;
  const found: Examined[] = [];
  for await (const one of examine(checks, doctorContextOf(vars))) {
    found.push(one);
    report.finding(one);
  }
  report.note(`\n${closing(found)}`);
  return found.some(({ status }) => status === 'fail') ? 1 : 0;
}

type Options = { only: string[] | null; json: boolean; fix: 'orphans' | 'rollout' | null; yes: boolean; help: boolean };

/** A sentence when the options are wrong. */
function readOptions(args: string[]): Options | string {
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
    if (unknown !== undefined) return `There is no check named ${unknown}.`;
    const { fix = null, json, yes, help } = values;
    if (fix !== null && fix !== 'orphans' && fix !== 'rollout')
      return 'Only orphans and rollout can be fixed from here.';
    return { only, json, fix, yes, help };
  } catch (error) {
    return error instanceof Error ? error.message : 'Unknown options.';
  }
}

/** `unasked`: there is no terminal to ask in. */
type Agreement = (question: string, words: string) => Promise<'yes' | 'no' | 'unasked'>;

function agreement({ yes, json }: Options, report: Report, { question: ask }: Terminal): Agreement {
  return async (question, words) => {
    if (yes) return 'yes';
    // A question would break the JSON; with --json the finding says that --yes is missing.
    if (json) return 'unasked';
    if (ask === null) {
      report.refuse('This needs a terminal. To go ahead without being asked, add --yes.');
      return 'unasked';
    }
    return (await ask(question)).trim() === words ? 'yes' : 'no';
  };
}

async function fixOrphans(report: Report, agree: Agreement): Promise<number> {
  const look = () => orphansNow(doctorContextOf(readProdVars()));
  const { orphans, known } = await look();
  const listed = describe(orphans);
  if (listed.length === 0) {
    report.say('There is nothing to remove.', 'orphans', ok('nothing to remove'));
    return 0;
  }
  report.note(
    `The relay knows ${count(known, 'machine')}. On Fly, paid for but not used by any conversation:\n${listed.map((one) => `  ${one}`).join('\n')}`,
  );
  const words = `remove ${listed.length}`;
  const agreed = await agree(`Everything on their volumes will be lost. Type ${words} to remove them: `, words);
  if (agreed !== 'yes') {
    report.say(
      'Nothing was removed.',
      'orphans',
      warn(`not removed: ${listed.join('; ')}`, 'Add --yes to remove them.'),
    );
    return agreed === 'no' ? 0 : CANNOT;
  }
  // Checked again, because the state may have changed.
  const outcomes = await removeOrphans(doctorContextOf(readProdVars()), stillThere(orphans, (await look()).orphans));
  for (const { done, problem } of outcomes) {
    if (problem === null) report.say(`✓ removed ${done}`, 'orphans', ok(`removed ${done}`));
    else
      report.say(`✗ ${done} is still there: ${problem}`, 'orphans', fail(`${done} is still there: ${problem}`, AGAIN));
  }
  return outcomes.some(({ problem }) => problem !== null) ? 1 : 0;
}

const AGAIN = 'Run this again in a minute.';

async function fixRollout(report: Report, agree: Agreement): Promise<number> {
  const outcome = await beginRolloutAnew(doctorContextOf(readProdVars()), agree);
  if (outcome.kind === 'done') {
    report.say(outcome.told, 'rollout', ok(outcome.told));
    return 0;
  }
  if (outcome.kind === 'failed') {
    report.say(outcome.told, 'rollout', fail(outcome.told, AGAIN));
    return 1;
  }
  report.say('Nothing was changed.', 'rollout', warn('nothing was changed', 'Add --yes to try the change again.'));
  return outcome.kind === 'declined' ? 0 : CANNOT;
}
