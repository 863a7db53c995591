import { links } from '../setup/links.ts';

// Every sentence that `npm run teardown` prints.

export const teardownWords = {
  title: 'Roost: teardown',
  usage: 'Usage: npm run teardown [-- --dry-run | --yes] [--with-data]',
  noAnswers: 'There is no .prod.vars, so there are no tokens to remove things with. Put it back, then run this again.',
  nothing: 'Nothing to remove: nothing that setup created is left.',
  list: 'This will be removed for good:',
  dryRun: 'This was a dry run: nothing was removed.',
  ask: (name: string) => `Type the Worker’s name (${name}) to remove all of it`,
  notTyped: 'That is not the name. Nothing was removed.',
  needsYes: 'This needs a terminal, because it asks before it removes anything. Without one, add --yes.',
  interrupted: 'Stopped. Run `npm run teardown` to remove the rest.',
  webhook: (id: string) => `the webhook of ${id}`,
  webhookTitle: (id: string) => `the webhook of ${id}: restored to what it was`,
  webhookChanged: (id: string) => `Somebody changed the webhook of ${id} since, so it is left alone.`,
  webhookBack: (id: string) => `Restored the webhook of ${id}.`,
  botWebhook: (id: string) => `the webhook and menu of the bot ${id} at Telegram`,
  botWebhookTitle: (id: string) =>
    `the webhook and menu of the bot ${id} at Telegram; a webhook that it had before setup isn’t put back, because Telegram doesn’t reveal its secret`,
  flyIsSilent: (org: string) =>
    `Fly doesn’t say which machines are in ${org}, so this stopped: machines cost money until they are removed. Check the network and FLY_API_TOKEN in .prod.vars, then run it again. If the organisation is gone, remove FLY_API_TOKEN from .prod.vars to remove the rest.`,
  flyMachineTitle: (name: string) => `Fly app ${name}: a machine with its volume and all its files`,
  flyApp: (name: string) => `Fly app ${name}`,
  worker: (name: string) => `Worker ${name}`,
  workerTitle: (name: string) => `Worker ${name}, with every conversation in it`,
  bucket: (name: string) => `R2 bucket ${name}`,
  bucketTitle: (name: string, withData: boolean) =>
    `R2 bucket ${name}${withData ? ', with every file in it' : ', if it is empty'}`,
  template: (name: string) => `message template ${name}`,
  file: (name: string) => `the file ${name}`,
  removed: (thing: string) => `Removed ${thing}.`,
  sandbox: `The sandbox’s webhook can’t be changed from here: empty it under Sandbox settings at ${links.sandbox}`,
  elsewhere: (what: string, account: string) =>
    `Couldn’t remove ${what}: it was created in ${account}, but .prod.vars names another account. Put that account back into .prod.vars, or remove it there by hand.`,
  failed: (what: string, reason: string) => `Couldn’t remove ${what}. ${reason}`,
  again: (things: readonly string[]) =>
    `Not removed: ${things.join(', ')}. Fix the problem above, then run \`npm run teardown\` again.`,
  done: 'Done. Delete .prod.vars when you no longer need your answers, and revoke its tokens where you created them.',
  kept: (names: readonly string[]) =>
    `Done. Kept: ${names.join(', ')} (${names.length === 1 ? 'holds' : 'hold'} files; \`npm run teardown -- --with-data\` removes ${names.length === 1 ? 'it' : 'them'}).`,
} as const;
