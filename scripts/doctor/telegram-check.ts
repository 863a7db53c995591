import { callBot } from '../../src/channels/telegram/api.ts';
import { SECRET_HEADER, webhookSecretOf } from '../../src/channels/telegram/verify.ts';
import { judgeWebhook, webhookUrlOf } from '../../src/channels/telegram/watch.ts';
import { addressOf, ask } from '../accounts/ask.ts';
import { type Check, type Finding, fail, LeftOut, ok, warn, worstOf } from './check.ts';
import type { DoctorContext } from './context.ts';

// Checks the Telegram bot: its token, where its texts go, and that the relay takes Telegram's secret and no other. An
// empty object is no update, so no conversation is touched.

const ANSWER_MS = 8_000;
const LEAD = 'Run `npm run telegram`.';

async function telegram(context: DoctorContext): Promise<Finding> {
  const { TELEGRAM_BOT_TOKEN: token = '', TELEGRAM_WEBHOOK_SECRET: set, TELEGRAM_API_URL: api } = context.vars;
  if (token === '') return ok('off: no bot is set (TELEGRAM_BOT_TOKEN)');
  const [id = ''] = token.split(':');
  const key = JSON.parse(context.value('MACHINE_SIGNING_KEY')) as { d: string };
  const secret = webhookSecretOf(set || undefined, key, id);
  const bot = { id, token, apiUrl: addressOf(api, 'https://api.telegram.org'), secret };
  const url = webhookUrlOf(context.value('PUBLIC_URL'));
  const answer = await callBot(bot, 'getWebhookInfo', {}, ANSWER_MS);
  if (answer.kind === 'unknown') throw new LeftOut(`Telegram doesn’t answer (${answer.reason})`);
  const found = judgeWebhook(answer, url, Date.now());
  if (found.kind === 'revoked')
    return fail(
      'Telegram doesn’t know the bot’s token',
      'Ask @BotFather for it, put it into .prod.vars as TELEGRAM_BOT_TOKEN, then run `npm run deploy` and `npm run telegram`.',
    );
  const findings: Finding[] = [await judgeSecret(url, secret)];
  if (found.kind === 'unset') findings.push(fail('the bot’s texts go nowhere: its webhook isn’t set', LEAD));
  if (found.kind === 'elsewhere')
    findings.push(
      fail('the bot’s texts go to another address', 'To bring them here, run `npm run telegram -- --move`.'),
    );
  if (found.kind === 'failing') {
    const why = found.reason === '' ? '' : ` (${found.reason})`;
    findings.push(warn(`texts wait at Telegram: ${found.waiting}${why}`, `${LEAD} Then look at the relay’s log.`));
  }
  return worstOf(findings, ok(''));
}

async function judgeSecret(url: string, secret: string): Promise<Finding> {
  const post = (headers: Record<string, string>) =>
    ask(url, { method: 'POST', json: {}, headers, withinMs: ANSWER_MS }).catch(() => {
      throw new LeftOut('the relay doesn’t say (see relay-reachable)');
    });
  const [taken, refused] = await Promise.all([post({ [SECRET_HEADER]: secret }), post({})]);
  if (taken.status === 404) return fail('the relay has no bot', 'Run `npm run deploy`.');
  if (refused.status !== 403)
    return fail(
      `an update without the secret gets status ${refused.status}, not 403`,
      'Anyone could pretend to be Telegram. Make sure that PUBLIC_URL is the relay, then run `npm run deploy`.',
    );
  if (taken.status !== 200)
    return fail(
      'the relay refuses the secret of .prod.vars',
      'Run `npm run deploy`, then `npm run telegram`: relay and Telegram must have the same secret.',
    );
  return ok(`the bot’s texts reach the relay, and only with its secret`);
}

export const telegramCheck: Check = { name: 'telegram', title: 'Telegram', run: telegram };
