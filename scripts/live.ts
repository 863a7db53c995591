import { parseArgs } from 'node:util';
import { VERSION } from '../src/config/config.ts';
import { addressOf } from './accounts/ask.ts';
import { flyAddress } from './accounts/fly.ts';
import { LeftOut } from './doctor/check.ts';
import { doctorContextOf, withoutSecrets } from './doctor/context.ts';
import { flyRound, PAUSES } from './live/fly-round.ts';
import { modelRound, twilioRound } from './live/key-round.ts';
import { asMarkdown, inWords, newReport } from './live/record.ts';
import { readProdVars } from './production/prod-vars.ts';

// `npm run live`: one round against the real Twilio, Fly and Anthropic, for people who have accounts. Everything else
// is only tested against stand-ins; this shows where the real services differ. Costs a few cents and removes what it
// created. Exit codes: 0 all as documented, 1 something differs or failed, 2 not started.

const NEEDED = [
  'TWILIO_ACCOUNT_SID',
  'TWILIO_AUTH_TOKEN',
  'ANTHROPIC_API_KEY',
  'FLY_API_TOKEN',
  'FLY_ORG',
  'FLY_IMAGE',
];
const USAGE = `npm run live -- --yes-spend-money
It reads your Twilio account, lists models, and creates one machine on Fly, which it then removes. This costs a few cents.
It needs, in .prod.vars or the environment: ${NEEDED.join(', ')}.`;
const NOT_BEGUN = 2;

/** The polling interval in milliseconds, for tests against a faster stand-in. */
const everyMs = Number(process.env.ROOST_LIVE_EVERY_MS ?? PAUSES.everyMs);

const interrupted = new AbortController();

async function main(args: string[]): Promise<number> {
  if (!hasConsent(args)) {
    console.error(USAGE);
    return NOT_BEGUN;
  }
  const vars = readProdVars();
  const missing = NEEDED.filter((name) => !vars[name]);
  if (missing.length > 0) {
    console.error(`Not started: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set.\n${USAGE}`);
    return NOT_BEGUN;
  }
  const tell = (text: string): void => console.log(withoutSecrets(text, vars));
  const { value } = doctorContextOf(vars);
  const report = newReport((line) => tell(inWords(line)));
  const begun = new Date().toISOString();

  await twilioRound(vars, report);
  await modelRound(vars, report);
  const wish = {
    apiUrl: flyAddress(vars),
    token: value('FLY_API_TOKEN'),
    org: value('FLY_ORG'),
    image: value('FLY_IMAGE'),
    region: (vars.FLY_REGION || 'iad').split(',')[0]?.trim() ?? 'iad',
    memoryMb: Number(vars.FLY_MEMORY_MB || 1024),
    volumeGb: 1,
    machinesUrl: addressOf(vars.FLY_MACHINES_URL, 'https://{app}.fly.dev'),
    relayUrl: vars.PUBLIC_URL || 'https://relay.example.com',
  };
  const problem = await flyRound(wish, report, { ...PAUSES, everyMs, given: interrupted.signal }).then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : 'something went wrong'),
  );
  tell(`\n${asMarkdown(report.lines, { version: VERSION, at: begun })}`);
  if (problem !== null) tell(`\nThe round ended early: ${problem}`);
  return problem !== null || report.lines.some(({ differs }) => differs) ? 1 : 0;
}

function hasConsent(args: string[]): boolean {
  try {
    return parseArgs({ args, options: { 'yes-spend-money': { type: 'boolean' } } }).values['yes-spend-money'] === true;
  } catch {
    return false;
  }
}

// Ctrl-C must not leave a machine behind: the round stops, and everything it created is removed.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    interrupted.abort();
    console.error('Stopping: removing what was created on Fly first. This takes a moment.');
  });
}

process.exitCode = await main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof LeftOut || error instanceof Error ? error.message : 'Something went wrong.');
  return NOT_BEGUN;
});
