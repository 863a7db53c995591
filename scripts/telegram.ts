import { parseArgs } from 'node:util';
import { readProdVars } from './production/prod-vars.ts';
import { leadTelegramHere } from './production/telegram-webhook.ts';

// `npm run telegram`: has Telegram call the deployed relay, with the settings of .prod.vars.

try {
  const { move } = parseArgs({ options: { move: { type: 'boolean', default: false } } }).values;
  const led = await leadTelegramHere(readProdVars(), move);
  if (led.ok) console.log(led.line);
  else console.error(led.line);
  process.exitCode = led.ok ? 0 : 1;
} catch {
  console.error('Usage: npm run telegram [-- --move]');
  process.exitCode = 2;
}
