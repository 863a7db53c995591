import { bucketNames, createBucket } from './cloudflare.ts';
import { BUCKETS, deployRelay, relayAnswers, relayFingerprint } from './deploy-relay.ts';
import { SetupProblem, type Step, type World } from './step.ts';
import { relayWords } from './words.ts';

// What is made at Cloudflare. Each thing is looked for, noted, then made: one that was there before is used and never noted.

const accountOf = (world: World): string => world.answers().CLOUDFLARE_ACCOUNT_ID ?? '';

export const bucketsStep: Step = {
  name: 'buckets',
  title: relayWords.bucketsTitle,
  changes: () => [relayWords.bucketsChange(BUCKETS)],
  async isDone(world) {
    const there = await bucketNames(world.answers());
    return BUCKETS.every((name) => there.includes(name));
  },
  async perform(world) {
    const there = await bucketNames(world.answers());
    for (const name of BUCKETS.filter((one) => !there.includes(one))) {
      world.record.add({ kind: 'bucket', id: name, account: accountOf(world) });
      await createBucket(world.answers(), name);
    }
    return relayWords.buckets(BUCKETS);
  },
};

export const relayStep: Step = {
  name: 'relay',
  title: relayWords.relayTitle,
  changes: (answers) => [relayWords.relayChange(answers.WORKER_NAME ?? 'roost')],
  async isDone(world) {
    const answers = world.answers();
    if (world.record.done('relay') !== relayFingerprint(answers)) return false;
    return (await relayAnswers(answers.PUBLIC_URL ?? '', 0)).ok;
  },
  async perform(world) {
    const answers = world.answers();
    const url = answers.PUBLIC_URL ?? '';
    world.record.add({ kind: 'worker', id: answers.WORKER_NAME ?? '', account: accountOf(world) });
    world.screen.note(relayWords.deploying);
    const deployed = await deployRelay(answers);
    if (!deployed.ok) throw new SetupProblem(relayWords.deployFailed(deployed.reason));
    const answering = await relayAnswers(url);
    if (!answering.ok) throw new SetupProblem(relayWords.silent(url, answering.reason));
    world.record.markDone('relay', relayFingerprint(answers));
    return relayWords.deployed(url);
  },
};
