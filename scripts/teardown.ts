import { parseArgs } from 'node:util';
import { SANDBOX } from './accounts/twilio.ts';
import type { Vars } from './local/dev-vars.ts';
import { hasProdVars, readProdVars, writeProdVars } from './production/prod-vars.ts';
import { useOwnTemp } from './setup/own-temp.ts';
import { openRecord } from './setup/record.ts';
import { plainScreen, type Screen, terminalScreen } from './setup/screen.ts';
import { Interrupted } from './setup/step.ts';
import { problemWords } from './setup/words.ts';
import { type Item, machineItem, machinesOf, planTeardown } from './teardown/plan.ts';
import { type Removed, remove } from './teardown/remove.ts';
import { teardownWords as words } from './teardown/words.ts';

// `npm run teardown`: lists what setup created, asks, and removes exactly that. Each thing is taken off the record once
// it is gone, so that teardown can be stopped anywhere and run again.

const OPTIONS = {
  'dry-run': { type: 'boolean' },
  yes: { type: 'boolean' },
  'with-data': { type: 'boolean' },
} as const;

async function main(): Promise<number> {
  let flags: { 'dry-run'?: boolean; yes?: boolean; 'with-data'?: boolean };
  try {
    flags = parseArgs({ options: OPTIONS }).values;
  } catch {
    console.error(words.usage);
    return 2;
  }
  const answers = readProdVars();
  const mayAsk = process.stdin.isTTY && !flags.yes && !flags['dry-run'];
  const screen = mayAsk ? terminalScreen() : plainScreen();
  screen.title(words.title);
  try {
    const items = await planTeardown(answers, openRecord(), flags['with-data']);
    if (items.length === 0) {
      screen.end(words.nothing);
      return 0;
    }
    if (!hasProdVars(answers)) {
      screen.problem(words.noAnswers);
      return 1;
    }
    screen.note([words.list, ...items.map(({ title }) => `  ${title}`)].join('\n'));
    if (flags['dry-run']) {
      screen.end(words.dryRun);
      return 0;
    }
    if (!flags.yes) {
      if (!mayAsk) {
        screen.problem(words.needsYes);
        return 1;
      }
      const name = answers.WORKER_NAME ?? 'roost';
      if ((await screen.ask({ message: words.ask(name) })) !== name) {
        screen.end(words.notTyped);
        return 1;
      }
    }
    return await removeAll(items, answers, screen, flags['with-data'] ?? false);
  } catch (error) {
    if (error instanceof Interrupted) screen.end(words.interrupted);
    else screen.problem(problemWords(error));
    return error instanceof Interrupted ? 130 : 1;
  }
}

async function removeAll(items: Item[], answers: Vars, screen: Screen, withData: boolean): Promise<number> {
  const record = openRecord();
  const kept: string[] = [];
  const failed: string[] = [];
  const one = async (item: Item): Promise<void> => {
    const removed = await remove(item, answers, withData).catch((error: unknown): Removed => {
      return { kind: 'failed', reason: words.failed(item.thing, problemWords(error)) };
    });
    if (removed.kind === 'kept') return void kept.push(item.id);
    if (removed.kind === 'failed') {
      failed.push(item.thing);
      return screen.problem(removed.reason);
    }
    if (item.entry) record.remove(item.entry);
    // The next relay needs its own test message.
    if (item.kind === 'worker')
      for (const step of ['agreement', 'relay', 'sandbox', 'hello']) record.markDone(step, '');
    const named = (removed.forget ?? []).filter((name) => readProdVars({})[name]);
    if (named.length > 0) writeProdVars(Object.fromEntries(named.map((name) => [name, ''])));
    screen.done(removed.note);
  };
  for (const item of items) {
    await one(item);
    // A schedule may have made the relay create a machine meanwhile.
    if (item.kind === 'worker') {
      for (const id of await machinesOf(answers)) {
        await one(machineItem(id));
      }
    }
  }
  if ((answers.TWILIO_SENDERS ?? '').split(',').includes(SANDBOX)) screen.warn(words.sandbox);
  if (failed.length > 0) screen.end(words.again(failed));
  else screen.end(kept.length > 0 ? words.kept(kept) : words.done);
  return failed.length === 0 ? 0 : 1;
}

useOwnTemp(words.interrupted);
process.exitCode = await main();
