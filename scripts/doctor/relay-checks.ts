import { explainError, serviceOfCode } from '../../src/channels/registry.ts';
import { readConfig, VERSION } from '../../src/config/config.ts';
import { ACCEPTED_VERSIONS, PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { HOLIDAYS_UNTIL } from '../../src/recurrence/holidays.ts';
import { type Answer, hostOf, Unreachable } from '../accounts/ask.ts';
import { relayVars } from '../production/prod-vars.ts';
import { type Check, type Finding, fail, LeftOut, ok, warn, worstOf } from './check.ts';
import type { DoctorContext } from './context.ts';
import type { Outage } from './relay.ts';

// Checks the relay itself: its configuration, whether it answers, its version and its bindings.

const DEPLOY = 'Run `npm run deploy`.';

async function configuration({ vars }: DoctorContext): Promise<Finding> {
  if (vars.LOCAL_MODE === '1') {
    return fail(
      'LOCAL_MODE is set',
      'Remove LOCAL_MODE from .prod.vars and from your environment: it is for local runs only.',
    );
  }
  const read = readConfig(relayVars(vars));
  if (read.ok) return ok('every setting is present and well-formed');
  return fail(
    read.problems.join('; '),
    'Correct this in .prod.vars (`npm run setup` asks for what is missing), then run `npm run deploy`.',
  );
}

async function relayReachable(context: DoctorContext): Promise<Finding> {
  const relay = context.relay();
  let answer: Answer;
  try {
    answer = await relay.healthz();
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return fail(
      error.message,
      `Check that PUBLIC_URL in .prod.vars is the Worker’s address and that the Worker is deployed. ${DEPLOY}`,
    );
  }
  if (answer.status !== 200) {
    return fail(
      `${hostOf(relay.url)} answers /healthz with status ${answer.status}`,
      `Something else runs there, or nothing yet. ${DEPLOY}`,
    );
  }
  const door = await relay.door().catch(() => null);
  if (door?.status === 503) {
    return fail(
      'it is deployed but not configured',
      `${DEPLOY} It sends the settings of .prod.vars to the Worker; \`npx wrangler tail\` shows which are missing.`,
    );
  }
  if (!context.vars.OPERATOR_TOKEN) {
    return warn(
      'it answers, but without OPERATOR_TOKEN it can’t report its state',
      `\`npm run setup\` generates one and deploys it.`,
    );
  }
  if (door?.status === 200) return ok(`${hostOf(relay.url)} answers`);
  if (door?.status === 401 || door?.status === 404) {
    return fail(
      'it answers, but refuses the OPERATOR_TOKEN of .prod.vars',
      `${DEPLOY} It sends this token to the Worker.`,
    );
  }
  return fail(
    `it answers, but can’t report its state (${door?.status ?? 'no answer'})`,
    'Run `npx wrangler tail`, then run this again: the relay logs why.',
  );
}

async function versionSkew(context: DoctorContext): Promise<Finding> {
  const { version, protocol } = await context.relay().health();
  const findings: Finding[] = [];
  if (!ACCEPTED_VERSIONS.includes(protocol)) {
    findings.push(fail(`the relay uses protocol ${protocol}, this checkout ${PROTOCOL_VERSION}`, DEPLOY));
  }
  if (version !== VERSION) findings.push(warn(`the relay is ${version}, this checkout ${VERSION}`, DEPLOY));
  const calendar = judgeHolidays(Date.now());
  if (calendar) findings.push(calendar);
  const behind = await machinesOfAnother(context, version);
  if (behind > 0) {
    findings.push(
      warn(
        `${count(behind, 'machine')} created by another version than ${version}`,
        'They change when they are idle. If this lasts for a day, run `npm run doctor -- --only rollout`.',
      ),
    );
  }
  return worstOf(findings, ok(`relay and checkout are both ${version}`));
}

/** Pure. Warns in the last year of the table of public holidays, and after it. */
export function judgeHolidays(now: number): Finding | null {
  if (new Date(now).getUTCFullYear() < HOLIDAYS_UNTIL) return null;
  return warn(
    `“except holidays” in schedules knows no public holidays after ${HOLIDAYS_UNTIL}`,
    'Update to a newer release, then run `npm run deploy`.',
  );
}

async function machinesOfAnother(context: DoctorContext, version: string): Promise<number> {
  try {
    const fly = context.fly();
    const ours = (await fly.apps()).filter(({ deployment }) => deployment === fly.deployment);
    return ours.flatMap(({ machines }) => machines).filter((one) => one.version !== null && one.version !== version)
      .length;
  } catch (error) {
    if (error instanceof LeftOut) return 0;
    throw error;
  }
}

async function buckets(context: DoctorContext): Promise<Finding> {
  const { bindings } = await context.relay().health();
  const missing = [
    ...(bindings.media ? [] : [{ name: 'MEDIA', bucket: 'roost-media', without: 'people get no files' }]),
    ...(bindings.archive
      ? []
      : [{ name: 'ARCHIVE', bucket: 'roost-archive', without: 'whatever a machine loses is gone' }]),
  ];
  return worstOf(
    missing.map(({ name, bucket, without }) =>
      warn(
        `${name} is not bound, so ${without}`,
        `Run \`npm run setup\`: it creates the bucket ${bucket} if it is missing. Then run \`npm run deploy\`.`,
      ),
    ),
    ok('MEDIA and ARCHIVE are bound'),
  );
}

async function alerts(context: DoctorContext): Promise<Finding> {
  const { alerts_last_day: many } = await context.relay().health();
  if (many === 0) return ok('none in the last 24 hours');
  return warn(
    `${many >= 100 ? '100 or more' : many} in the last 24 hours`,
    `Read them: curl -H "Authorization: Bearer $OPERATOR_TOKEN" ${context.relay().url}/operator/alerts. Each says what to do.`,
  );
}

async function outages(context: DoctorContext): Promise<Finding> {
  const relay = context.relay();
  return judgeOutages((await relay.health()).outages, Date.now(), relay.url);
}

const STATUS_PAGES = 'status.twilio.com and t.me/BotNews';
const serviceOf = (code: number | null): string => (code === null ? 'the service' : serviceOfCode(code));

/** Pure. Messages that are refused now, by our senders. A refused account stays refused until somebody acts. */
export function judgeOutages(known: readonly Outage[] | undefined, now: number, url: string): Finding {
  const lasting = (known ?? []).filter(({ over_at: over }) => over === null);
  const findings = lasting.map(({ sender, began_at: began, failure, code, waiting }) => {
    const minutes = count(Math.max(1, Math.round((now - Date.parse(began)) / 60_000)), 'minute');
    const why = code === null ? 'no answer, or an error of its own' : `${code}: ${explainError(code)}`;
    const wait = `${count(waiting, 'conversation')} ${waiting === 1 ? 'waits' : 'wait'}`;
    const detail = `Replies from our ${sender} have been refused or unanswered for ${minutes} (${why}); ${wait}`;
    const retry = `To try at once: curl -X POST -H "Authorization: Bearer $OPERATOR_TOKEN" ${url}/operator/outages/retry.`;
    if (failure === 'account') return fail(detail, `Mend this at ${serviceOf(code)}. ${retry}`);
    return warn(
      detail,
      `They leave in order once the service accepts them; ${STATUS_PAGES} show the services’ own troubles. ${retry}`,
    );
  });
  return worstOf(findings, ok('none: replies are taken'));
}

export const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

export const relayChecks: readonly Check[] = [
  { name: 'configuration', title: 'Configuration', run: configuration },
  { name: 'relay-reachable', title: 'Relay', run: relayReachable },
  { name: 'version-skew', title: 'Versions', run: versionSkew },
  { name: 'buckets', title: 'Buckets', run: buckets },
  { name: 'outages', title: 'Outages', run: outages },
  { name: 'alerts', title: 'Alerts', run: alerts },
];
