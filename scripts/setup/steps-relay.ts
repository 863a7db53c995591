import { createHash } from 'node:crypto';
import { bucketNames, createBucket } from '../accounts/cloudflare.ts';
import { packageVersion } from '../deploy/before.ts';
import { deploy } from '../deploy/deploy-version.ts';
import { reportRelayHealth } from '../deploy/relay-check.ts';
import { production } from '../deploy/worker.ts';
import type { Vars } from '../local/dev-vars.ts';
import { relayVars } from '../production/prod-vars.ts';
import { relayWords } from './creation-words.ts';
import { type SetupContext, SetupProblem, type Step } from './step.ts';

// The steps at Cloudflare: storage, and the relay, which is deployed as by `npm run deploy`. Each thing is looked for,
// recorded, then created; a thing that already existed is used and never recorded.

/** A new address takes up to a minute to work everywhere. */
const WAIT_MS = 90_000;

const accountOf = (context: SetupContext): string => context.answers().CLOUDFLARE_ACCOUNT_ID ?? '';

/** The buckets that the relay is bound to, whatever its address. */
const wantedBuckets = (): string[] => production({ PUBLIC_URL: 'https://relay.example.com' }).buckets;

export const bucketsStep: Step = {
  name: 'buckets',
  title: relayWords.bucketsTitle,
  minutes: 1,
  changes: () => [relayWords.bucketsChange(wantedBuckets())],
  // The relay is deployed after the buckets.
  isNoted: ({ record }) => Boolean(record.done('relay')),
  async isDone(context) {
    const there = await bucketNames(context.answers());
    return wantedBuckets().every((name) => there.includes(name));
  },
  async perform(context) {
    const there = await bucketNames(context.answers());
    for (const name of wantedBuckets().filter((one) => !there.includes(one))) {
      context.record.add({ kind: 'bucket', id: name, account: accountOf(context) });
      await createBucket(context.answers(), name);
    }
    return relayWords.buckets(wantedBuckets());
  },
};

/** A fingerprint of the relay's values, which reveals nothing about them. */
const fingerprint = (answers: Vars): string =>
  createHash('sha256')
    .update(JSON.stringify([answers.WORKER_NAME, Object.entries(relayVars(answers)).sort()]))
    .digest('hex');

export const relayStep: Step = {
  name: 'relay',
  title: relayWords.relayTitle,
  minutes: 2,
  changes: (answers) => [relayWords.relayChange(answers.WORKER_NAME ?? 'roost')],
  isNoted: ({ answers, record }) => record.done('relay') === fingerprint(answers()),
  async isDone(context) {
    const answers = context.answers();
    if (context.record.done('relay') !== fingerprint(answers)) return false;
    return (await reportRelayHealth(answers, { own: true, version: packageVersion() }, 0)).ok;
  },
  async perform(context) {
    const answers = context.answers();
    context.record.add({ kind: 'worker', id: answers.WORKER_NAME ?? '', account: accountOf(context) });
    context.screen.note(relayWords.deploying);
    const lines: string[] = [];
    const say = (line: string): void => void lines.push(line);
    const code = await deploy({ vars: answers, dryRun: false, waitMs: WAIT_MS, say, consent: null });
    if (code !== 0) throw new SetupProblem(lines.join('\n'));
    context.record.markDone('relay', fingerprint(answers));
    return relayWords.deployed(answers.PUBLIC_URL ?? '');
  },
};
