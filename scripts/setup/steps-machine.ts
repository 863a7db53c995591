import { randomBytes } from 'node:crypto';
import { createApp, flyOf, readOrganisation } from '../accounts/fly.ts';
import type { Vars } from '../local/dev-vars.ts';
import { signingKey } from '../local/generated-vars.ts';
import { imageWords, machineWords, relayWords } from './creation-words.ts';
import { buildImage, findBuilder } from './image.ts';
import { links } from './links.ts';
import { type Question, SetupProblem, type Step, Trouble } from './step.ts';
import { words } from './words.ts';

// Where the agent runs: a machine for each person on Fly, with an image that is built or named here, or one machine
// that people run themselves (steps-agent-server.ts).

export const keysStep: Step = {
  name: 'keys',
  title: relayWords.keysTitle,
  minutes: 0,
  changes: () => [relayWords.keysChange],
  isNoted: ({ answers }) =>
    ['MACHINE_SIGNING_KEY', 'OPERATOR_TOKEN', 'SECRETS_KEY'].every((name) => Boolean(answers()[name])),
  isDone: async (context) => keysStep.isNoted?.(context) ?? false,
  async perform(context) {
    const { MACHINE_SIGNING_KEY, OPERATOR_TOKEN, SECRETS_KEY } = context.answers();
    context.save({
      MACHINE_SIGNING_KEY: MACHINE_SIGNING_KEY || signingKey(),
      OPERATOR_TOKEN: OPERATOR_TOKEN || randomBytes(32).toString('base64url'),
      SECRETS_KEY: SECRETS_KEY || randomBytes(32).toString('base64url'),
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
  shape: (value) => (['fly', 'static'].includes(value) ? undefined : machineWords.badProvider),
};

export const appPrefix = (answers: Vars): string => answers.FLY_APP_PREFIX || 'roost';
/** Fly keeps images in apps; this one never has a machine. */
const imageApp = (answers: Vars): string => `${appPrefix(answers)}-images-${answers.FLY_ORG ?? ''}`.slice(0, 63);

const flyQuestions = ({ FLY_ORG: org = '' }: Vars): Question[] => [
  {
    name: 'FLY_ORG',
    message: machineWords.org,
    where: machineWords.orgWhere,
    link: links.flyOrganizations,
    shape: (value) => (/^[a-z0-9-]{1,60}$/.test(value) ? undefined : machineWords.badOrg),
  },
  {
    name: 'FLY_API_TOKEN',
    message: machineWords.token,
    where: machineWords.tokenWhere(org),
    link: links.flyTokens(org),
    isSecret: true,
    shape: (value) => (value.length >= 8 ? undefined : machineWords.badToken),
    async check(value, context) {
      const answers: Vars = { ...context.answers(), FLY_API_TOKEN: value };
      const apps = await readOrganisation(answers);
      if (apps === 'wrong') return { ok: false, problem: machineWords.wrong(org) };
      if (apps === 'no-organisation') return { ok: false, problem: machineWords.noOrganisation, again: ['FLY_ORG'] };
      if ('status' in apps) throw new Trouble(words.trouble('Fly', apps.status));
      const others = apps.filter((name) => !name.startsWith(`${appPrefix(answers)}-`));
      if (others.length > 0 && context.record.done('fly-shared') !== org) {
        context.screen.warn(machineWords.notAlone(others));
        if (context.screen.asks && !(await context.screen.confirm(machineWords.goOnAnyway, false))) {
          return { ok: false, problem: machineWords.otherOrg, again: ['FLY_ORG'] };
        }
        context.record.markDone('fly-shared', org);
      }
      return { ok: true, note: machineWords.organisation(org) };
    },
  },
  {
    name: 'FLY_REGION',
    message: machineWords.region,
    where: machineWords.regionWhere,
    initial: async (context) => nearbyRegion(context.answers().DEFAULT_TIMEZONE ?? ''),
    shape: (value) => (/^[a-z]{3}(,[a-z]{3}){0,9}$/.test(value) ? undefined : machineWords.badRegion),
  },
];

/** The first choices: Fly's regions with the most machines. */
export function nearbyRegion(zone: string): string {
  const [continent = '', city = ''] = zone.split('/');
  if (continent === 'Europe' || continent === 'Africa') return 'fra';
  if (continent === 'Asia' || continent === 'Indian') return 'sin';
  if (continent === 'Australia' || continent === 'Pacific') return 'syd';
  if (['Los_Angeles', 'Vancouver', 'Tijuana', 'Denver', 'Phoenix'].includes(city)) return 'lax';
  return 'iad';
}

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

export const machineStep: Step = {
  name: 'machine',
  title: machineWords.title,
  minutes: 6,
  questions(answers) {
    if (answers.MACHINE_PROVIDER === undefined) return [provider];
    if (answers.MACHINE_PROVIDER === 'fly') return [provider, ...flyQuestions(answers)];
    return /[,*]/.test(answers.ALLOWED_SENDERS ?? '') ? [provider, shared] : [provider];
  },
};

const onFly = (answers: Vars): boolean => answers.MACHINE_PROVIDER === 'fly';

export const imageChoiceStep: Step = {
  name: 'image',
  title: imageWords.choiceTitle,
  minutes: 1,
  applies: onFly,
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
};

export const imageStep: Step = {
  name: 'build',
  title: imageWords.title,
  minutes: 10,
  applies: onFly,
  changes: (answers) => (answers.FLY_IMAGE ? [] : [imageWords.change(imageApp(answers))]),
  isNoted: ({ answers }) => Boolean(answers().FLY_IMAGE),
  isDone: async (context) => Boolean(context.answers().FLY_IMAGE),
  async perform(context) {
    const builder = findBuilder();
    if (!builder) throw new SetupProblem(imageWords.cannot);
    const answers = context.answers();
    const app = imageApp(answers);
    const entry = { kind: 'fly-app', id: app, account: answers.FLY_ORG ?? '' } as const;
    // An existing app holds another deployment's images: it is used and never recorded, so teardown leaves it.
    const there = await flyOf(answers).app(app);
    if (there.kind === 'busy') throw new Error(`${there.reason}.`);
    if (there.kind !== 'ok') {
      context.record.add(entry);
      if ((await createApp(answers, app)) === 'taken') {
        context.record.remove(entry);
        throw new SetupProblem(imageWords.appTaken(app));
      }
    }
    context.screen.note(imageWords.building(builder));
    const built = await buildImage(builder, app, answers.FLY_API_TOKEN ?? '');
    if (!built.ok) throw new SetupProblem(imageWords.failed(builder, built.tail));
    context.save({ FLY_IMAGE: built.image });
    return imageWords.built(built.image);
  },
};
