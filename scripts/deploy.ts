import { parseArgs } from 'node:util';
import { confirm, isCancel } from '@clack/prompts';
import { deploy } from './deploy/deploy-version.ts';
import { deployWords as words } from './deploy/words.ts';
import { hasProdVars, NO_PROD_VARS, namesFromEnvironment, readProdVars } from './production/prod-vars.ts';
import { useOwnTemp } from './setup/own-temp.ts';

// `npm run deploy`: puts this checkout and .prod.vars on Cloudflare as the relay. If the new version doesn't work, the
// previous one comes back. Keeps no state.

const WAIT_SECONDS = 60;

type Options = { 'dry-run': boolean; yes: boolean; waitMs: number };

function readOptions(): Options | null {
  const boolean = { type: 'boolean', default: false } as const;
  const options = {
    'dry-run': boolean,
    yes: boolean,
    'non-interactive': boolean,
    wait: { type: 'string', default: String(WAIT_SECONDS) },
  } as const;
  try {
    const { values } = parseArgs({ options });
    if (!/^\d{1,4}$/.test(values.wait)) return null;
    return {
      'dry-run': values['dry-run'],
      yes: values.yes || values['non-interactive'],
      waitMs: Number(values.wait) * 1000,
    };
  } catch {
    return null;
  }
}

async function main(): Promise<number> {
  const options = readOptions();
  if (!options) return refuse(words.usage);
  const vars = readProdVars();
  if (!hasProdVars(vars)) return refuse(NO_PROD_VARS);
  const asks = !options.yes && !options['dry-run'];
  if (asks && !process.stdin.isTTY) return refuse(words.askFirst);
  const fromEnvironment = namesFromEnvironment();
  if (fromEnvironment.length > 0) console.log(words.fromEnvironment(fromEnvironment));
  return deploy({
    vars,
    dryRun: options['dry-run'],
    waitMs: options.waitMs,
    say: (line) => console.log(line),
    consent: asks ? isAgreed : null,
  });
}

async function isAgreed(message: string): Promise<boolean> {
  const answer = await confirm({ message });
  return !isCancel(answer) && answer;
}

function refuse(line: string): number {
  console.error(line);
  return 1;
}

useOwnTemp(words.stoppedHalfway);
process.exitCode = await main().catch((error: unknown) =>
  refuse(error instanceof Error ? error.message : String(error)),
);
