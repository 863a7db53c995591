import { parseArgs } from 'node:util';
import { VERSION } from '../../src/config/config.ts';
import { addressOf } from '../accounts/ask.ts';
import { flyAddress } from '../accounts/fly.ts';
import { LeftOut } from '../doctor/check.ts';
import { doctorContextOf, withoutSecrets } from '../doctor/context.ts';
import type { Print } from '../doctor/print.ts';
import { readProdVars } from '../production/prod-vars.ts';
import { flyRound, PAUSES, type Pauses } from './fly-round.ts';
import { modelRound, telegramRound, twilioRound } from './key-round.ts';
import { asMarkdown, inWords, newReport } from './record.ts';

// `npm run live` from its arguments to its exit code.

const TWILIO = ['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'];
const NEEDED = ['ANTHROPIC_API_KEY', 'FLY_API_TOKEN', 'FLY_ORG', 'FLY_IMAGE'];
const USAGE = `npm run live -- --yes-spend-money
It reads your accounts at Twilio and Telegram, lists models, and creates one machine on Fly, which it then removes. This costs a few cents.
It needs, in .prod.vars or the environment: ${TWILIO.join(', ')} (or TELEGRAM_BOT_TOKEN), ${NEEDED.join(', ')}.`;
const NOT_BEGUN = 2;

/** The exit code: 0 all as documented, 1 something differs or failed, 2 not started. */
export const runLive = (args: string[], print: Print, pauses: Partial<Pauses>): Promise<number> =>
  main(args, print, pauses).catch((thrown: unknown) => {
    print.error(thrown instanceof LeftOut || thrown instanceof Error ? thrown.message : 'Something went wrong.');
    return NOT_BEGUN;
  });

async function main(args: string[], { out, error }: Print, pauses: Partial<Pauses>): Promise<number> {
  if (!hasConsent(args)) {
    error(USAGE);
    return NOT_BEGUN;
  }
  const vars = readProdVars();
  const hasBot = Boolean(vars.TELEGRAM_BOT_TOKEN);
  const isOnTwilio = !hasBot || Boolean(vars.TWILIO_ACCOUNT_SID);
  const missing = [...(isOnTwilio ? TWILIO : []), ...NEEDED].filter((name) => !vars[name]);
  if (missing.length > 0) {
    error(`Not started: ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} not set.\n${USAGE}`);
    return NOT_BEGUN;
  }
  const tell = (text: string): void => out(withoutSecrets(text, vars));
  const { value } = doctorContextOf(vars);
  const report = newReport((line) => tell(inWords(line)));
  const begun = new Date().toISOString();

  if (isOnTwilio) await twilioRound(vars, report);
  if (hasBot) await telegramRound(vars, report);
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
  const problem = await flyRound(wish, report, { ...PAUSES, ...pauses }).then(
    () => null,
    (thrown: unknown) => (thrown instanceof Error ? thrown.message : 'something went wrong'),
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
