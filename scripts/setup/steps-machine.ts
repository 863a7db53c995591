import { randomBytes } from 'node:crypto';
import type { JWK } from 'jose';
import { publicPart } from '../../src/protocol/tokens.ts';
import { ask, Unreachable } from '../accounts/ask.ts';
import { createApp, flyOf, readOrganisation } from '../accounts/fly.ts';
import type { Vars } from '../dev-vars.ts';
import { signingKey } from '../local-vars.ts';
import { buildImage, findBuilder } from './image.ts';
import { type Question, SetupProblem, type Step } from './step.ts';
import { imageWords, machineWords, relayWords, words } from './words.ts';

// Where the agent runs: a machine per person on Fly, whose image is built or named here, or one machine that somebody runs.

export const keysStep: Step = {
  name: 'keys',
  title: relayWords.keysTitle,
  changes: () => [relayWords.keysChange],
  isDone: async (world) => Boolean(world.answers().MACHINE_SIGNING_KEY && world.answers().OPERATOR_TOKEN),
  async perform(world) {
    const { MACHINE_SIGNING_KEY, OPERATOR_TOKEN } = world.answers();
    world.save({
      MACHINE_SIGNING_KEY: MACHINE_SIGNING_KEY || signingKey(),
      OPERATOR_TOKEN: OPERATOR_TOKEN || randomBytes(32).toString('base64url'),
    });
    return relayWords.keys;
  },
};

const provider: Question = {
  name: 'MACHINE_PROVIDER',
  message: machineWords.provider,
  choices: async () => [
    { value: 'fly', label: machineWords.fly, hint: machineWords.flyHint },
    { value: 'static', label: machineWords.static, hint: machineWords.staticHint },
  ],
  shape: (value) => (['fly', 'static'].includes(value) ? undefined : 'is neither fly nor static'),
};

export const appPrefix = (answers: Vars): string => answers.FLY_APP_PREFIX || 'roost';
/** Fly keeps images in apps; this one never has a machine. */
const imageApp = (answers: Vars): string => `${appPrefix(answers)}-images-${answers.FLY_ORG ?? ''}`.slice(0, 63);

const flyQuestions: Question[] = [
  {
    name: 'FLY_ORG',
    message: machineWords.org,
    where: machineWords.orgWhere,
    shape: (value) => (/^[a-z0-9-]{1,60}$/.test(value) ? undefined : machineWords.badOrg),
  },
  {
    name: 'FLY_API_TOKEN',
    message: machineWords.token,
    where: machineWords.tokenWhere,
    isSecret: true,
    shape: (value) => (value.length >= 8 ? undefined : machineWords.badToken),
    async check(value, world) {
      const answers: Vars = { ...world.answers(), FLY_API_TOKEN: value };
      const apps = await readOrganisation(answers);
      if (apps === 'wrong') return { ok: false, problem: machineWords.wrong };
      if (apps === 'no-organisation') return { ok: false, problem: machineWords.noOrganisation, again: ['FLY_ORG'] };
      if ('status' in apps) return { ok: false, problem: words.strange('Fly', apps.status) };
      const others = apps.filter((name) => !name.startsWith(`${appPrefix(answers)}-`));
      const org = answers.FLY_ORG ?? '';
      if (others.length > 0 && world.record.done('fly-shared') !== org) {
        world.screen.warn(machineWords.notAlone(others));
        if (world.screen.asks && !(await world.screen.confirm(machineWords.goOnAnyway, false))) {
          return { ok: false, problem: machineWords.orgWhere, again: ['FLY_ORG'] };
        }
        world.record.markDone('fly-shared', org);
      }
      return { ok: true, note: machineWords.organisation(org) };
    },
  },
  {
    name: 'FLY_REGION',
    message: machineWords.region,
    where: machineWords.regionWhere,
    initial: async (world) => nearbyRegion(world.answers().DEFAULT_TIMEZONE ?? ''),
    shape: (value) => (/^[a-z]{3}(,[a-z]{3}){0,9}$/.test(value) ? undefined : machineWords.badRegion),
  },
];

/** To begin with: Fly's names for places that have the most machines. */
export function nearbyRegion(zone: string): string {
  const [continent = '', city = ''] = zone.split('/');
  if (continent === 'Europe' || continent === 'Africa') return 'fra';
  if (continent === 'Asia' || continent === 'Indian') return 'sin';
  if (continent === 'Australia' || continent === 'Pacific') return 'syd';
  if (['Los_Angeles', 'Vancouver', 'Tijuana', 'Denver', 'Phoenix'].includes(city)) return 'lax';
  return 'iad';
}

function staticQuestions(answers: Vars): Question[] {
  const several = /[,*]/.test(answers.ALLOWED_SENDERS ?? '');
  const shared: Question = {
    name: 'STATIC_SHARED',
    message: machineWords.shared,
    choices: async () => [
      { value: 'no', label: machineWords.untrusted },
      { value: 'trusted', label: machineWords.trusted },
    ],
    check: async (value) =>
      value === 'trusted' ? { ok: true } : { ok: false, problem: machineWords.notTrusted, again: ['MACHINE_PROVIDER'] },
  };
  const address: Question = {
    name: 'MACHINE_URL',
    message: machineWords.url,
    where: machineWords.urlWhere(answers.PUBLIC_URL ?? '', publicKeys(answers)),
    shape: (value) => (/^https?:\/\/\S+$/.test(value) ? undefined : machineWords.badMachineUrl),
    async check(value) {
      const said = await ask(`${value.replace(/\/+$/, '')}/healthz`).then(
        ({ status }) => `status ${status}`,
        (error: unknown) => (error instanceof Unreachable ? error.reason : String(error)),
      );
      return said === 'status 200'
        ? { ok: true, note: machineWords.answers }
        : { ok: false, problem: machineWords.silent(said) };
    },
  };
  return several ? [shared, address] : [address];
}

/** Drawn before anybody is asked; a preview may come earlier. */
function publicKeys({ MACHINE_SIGNING_KEY }: Vars): string {
  return MACHINE_SIGNING_KEY ? JSON.stringify([publicPart(JSON.parse(MACHINE_SIGNING_KEY) as JWK)]) : '…';
}

export const machineStep: Step = {
  name: 'machine',
  title: machineWords.title,
  questions(answers) {
    if (answers.MACHINE_PROVIDER === undefined) return [provider];
    return [provider, ...(answers.MACHINE_PROVIDER === 'fly' ? flyQuestions : staticQuestions(answers))];
  },
};

export const imageStep: Step = {
  name: 'image',
  title: imageWords.title,
  applies: (answers) => answers.MACHINE_PROVIDER === 'fly',
  questions() {
    const builder = findBuilder();
    return [
      {
        name: 'FLY_IMAGE',
        message: imageWords.image,
        where: builder ? imageWords.canBuild(builder) : imageWords.noBuilder,
        ...(builder ? { initial: async () => '' } : {}),
        shape: (value) => (/^[^\s@]+(:[\w.-]+|@sha256:[0-9a-f]{64})$/.test(value) ? undefined : imageWords.bad),
      },
    ];
  },
  changes: (answers) => (answers.FLY_IMAGE ? [] : [imageWords.change(imageApp(answers))]),
  isDone: async (world) => Boolean(world.answers().FLY_IMAGE),
  async perform(world) {
    const builder = findBuilder();
    if (!builder) throw new SetupProblem(imageWords.cannot);
    const answers = world.answers();
    const app = imageApp(answers);
    const entry = { kind: 'fly-app', id: app, account: answers.FLY_ORG ?? '' } as const;
    // One that was there before holds another deployment's images: it is used and never noted, so teardown leaves it.
    const there = await flyOf(answers).app(app);
    if (there.kind === 'busy') throw new Error(`${there.reason}.`);
    if (there.kind !== 'ok') {
      world.record.add(entry);
      if ((await createApp(answers, app)) === 'taken') {
        world.record.remove(entry);
        throw new SetupProblem(imageWords.appTaken(app));
      }
    }
    world.screen.note(imageWords.building(builder));
    const built = await buildImage(builder, app, answers.FLY_API_TOKEN ?? '');
    if (!built.ok) throw new SetupProblem(imageWords.failed(builder, built.tail));
    world.save({ FLY_IMAGE: built.image });
    return imageWords.built(built.image);
  },
};
