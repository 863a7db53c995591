import { type Check, type Finding, LeftOut, ok, warn, worstOf } from './check.ts';
import type { DoctorContext } from './context.ts';
import { findOrphans } from './orphans.ts';
import { count } from './relay-checks.ts';

// Checks the machines on Fly. Reads only Fly's API and the relay's ledger, because a request to a machine would wake
// it.

async function imageDigest(context: DoctorContext): Promise<Finding> {
  context.fly();
  const image = context.value('FLY_IMAGE');
  const { configuration, machines, rollout } = await context.relay().health();
  const findings: Finding[] = [];
  if (!image.includes('@sha256:')) {
    findings.push(
      warn(
        'FLY_IMAGE is a tag, which can change',
        'Set FLY_IMAGE in .prod.vars to the image with its digest (name@sha256:…), then run `npm run deploy`.',
      ),
    );
  } else if (configuration.image !== null && configuration.image !== image) {
    findings.push(warn('the relay creates machines from another image than .prod.vars names', 'Run `npm run deploy`.'));
  }
  const others = (machines ?? []).filter((one) => one.image !== null && one.image !== configuration.image);
  // The check `rollout` reports on a change in progress.
  if (others.length > 0 && rollout?.image !== configuration.image) {
    findings.push(
      warn(
        `${count(others.length, 'machine')} still on another image than the relay’s`,
        'Machines change when they are idle and somebody writes. If this lasts for days, run `npm run doctor -- --only alerts`.',
      ),
    );
  }
  const rolling = others.length > 0 ? `; ${count(others.length, 'machine')} still to change` : '';
  return worstOf(findings, ok(`pinned by digest${rolling}`));
}

async function orphans(context: DoctorContext): Promise<Finding> {
  const fly = context.fly();
  // Fly first: everything on its list was in the relay’s ledger before it was created.
  const apps = await fly.apps();
  const { machines } = await context.relay().health();
  // With an empty ledger every machine would look unused.
  if (machines === null)
    throw new LeftOut('the deployed relay doesn’t create machines on Fly yet: run `npm run deploy`');
  const found = findOrphans(apps, machines, fly.deployment);
  const findings: Finding[] = [];
  if (found.apps.length > 0 || found.volumes.length > 0) {
    const what = [
      ...(found.apps.length > 0 ? [count(found.apps.length, 'app')] : []),
      ...(found.volumes.length > 0 ? [count(found.volumes.length, 'volume')] : []),
    ].join(' and ');
    findings.push(
      warn(
        `paid for but not used by any conversation: ${what}`,
        'To list and remove them: `npm run doctor -- --fix orphans`.',
      ),
    );
  }
  if (found.unclaimed.length > 0) {
    findings.push(
      warn(
        `${count(found.unclaimed.length, 'app')} without a machine, so the owner is unknown: ${found.unclaimed.map(({ name }) => name).join(', ')}`,
        'If no other relay uses this organisation, remove each one: `fly apps destroy <name>`.',
      ),
    );
  }
  return worstOf(findings, ok(`none among ${count(apps.length, 'app')}`));
}

export const flyChecks: readonly Check[] = [
  { name: 'image-digest', title: 'Image', run: imageDigest },
  { name: 'orphans', title: 'Orphans', run: orphans },
];
