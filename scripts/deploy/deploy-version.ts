import { randomBytes } from 'node:crypto';
import type { Vars } from '../local/dev-vars.ts';
import { relayVars } from '../production/prod-vars.ts';
import { checkout, labels, packageVersion, problemsOf } from './before.ts';
import { reportRelayHealth } from './relay-check.ts';
import { end, rollBack } from './roll-back.ts';
import { deployWords as words } from './words.ts';
import { activeVersion, forgottenNames, removeNames, upload, workerName } from './worker.ts';

// A deployment from its checks to its end: when the new version doesn't work, the previous one is restored. Prints one
// line per step; keeps nothing.

export type DeployOptions = {
  vars: Vars;
  dryRun: boolean;
  /** The time after which the new version must work everywhere. */
  waitMs: number;
  say: (line: string) => void;
  /** Asks before anything changes. Null: nobody is asked. */
  consent: ((question: string) => Promise<boolean>) | null;
};

export async function deploy({ vars, dryRun, waitMs, say, consent }: DeployOptions): Promise<number> {
  const problems = problemsOf(vars);
  if (problems.length > 0) return end(say, words.incomplete(problems));
  const [version, code, url] = [packageVersion(), checkout(), vars.PUBLIC_URL ?? ''];
  say(words.code(version, code.commit === null ? words.noGit : words.commit(code.commit, code.changes)));
  say(words.configuration(Object.keys(relayVars(vars)).length));

  const label = { ...labels(code, version), mark: randomBytes(8).toString('hex') };
  // Nobody should agree to a relay that doesn't build. Without a question the upload's own build is enough: wrangler
  // builds before it changes anything.
  const trial = dryRun || consent ? upload(vars, { ...label, dryRun: true }) : null;
  const [builds, before] = await Promise.all([trial, activeVersion(vars)]);
  if (builds?.ok === false) return end(say, words.doesNotBuild(builds.reason));
  if (builds) say(words.builds);
  if (!before.ok) return end(say, words.unchanged(before.reason));
  say(before.value === null ? words.first(workerName(vars)) : words.runsNow(before.value));
  const forgotten = before.value === null ? { ok: true as const, value: [] } : await forgottenNames(vars);
  if (!forgotten.ok) return end(say, words.unchanged(forgotten.reason));

  if (dryRun) return end(say, words.dryRun(workerName(vars), url, forgotten.value), 0);
  if (consent && !(await consent(words.ask(workerName(vars), url)))) return end(say, words.stopped);

  say(words.deploying);
  const verdict = await change(vars, label, forgotten.value, say);
  if (verdict.kind === 'overtaken') {
    const isUnchanged = verdict.active === before.value;
    return end(say, isUnchanged ? words.unchanged(verdict.reason) : words.overtaken(verdict.active));
  }
  if (verdict.kind === 'refused') {
    // Nothing was uploaded, so a version that runs now is somebody else's.
    if (isBuildFailure(verdict.reason)) return end(say, words.doesNotBuild(verdict.reason));
    const now = await activeVersion(vars);
    // Wrangler may fail after it has deployed: then the new version may already run, in part or whole.
    if (now.ok && now.value === before.value) return end(say, words.unchanged(verdict.reason));
    say(words.fails(verdict.reason));
    return rollBack(vars, before.value, waitMs, say);
  }
  say(words.checking(url));
  const works = await reportRelayHealth(vars, { own: true, version, deployment: label.mark }, waitMs);
  const active = await activeVersion(vars);
  // Going back now would undo somebody else's deployment.
  if (active.ok && active.value !== verdict.version) return end(say, words.overtaken(active.value));
  if (!works.ok) {
    say(words.fails(words.silent(works.reason)));
    return rollBack(vars, before.value, waitMs, say);
  }
  say(words.works);
  return end(say, words.done(verdict.version, url), 0);
}

type Changed =
  | { kind: 'deployed'; version: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'overtaken'; active: string | null; reason: string };

/** Wrangler's own words: it builds before it changes anything. */
export const isBuildFailure = (reason: string): boolean => /\bBuild failed with \d+ errors?\b/.test(reason);

/** Uploads the new version without the names that no longer have a value. */
async function change(
  vars: Vars,
  label: { tag: string; message: string; mark: string },
  forgotten: readonly string[],
  say: DeployOptions['say'],
): Promise<Changed> {
  const uploaded = await upload(vars, label);
  if (!uploaded.ok) return { kind: 'refused', reason: uploaded.reason };
  const active = await activeVersion(vars);
  if (!active.ok) return { kind: 'refused', reason: active.reason };
  if (active.value !== uploaded.value) {
    const reason = words.notActive(uploaded.value, active.value ?? 'none');
    return { kind: 'overtaken', active: active.value, reason };
  }
  say(words.deployed(uploaded.value));
  if (forgotten.length === 0) return { kind: 'deployed', version: uploaded.value };
  const removed = await removeNames(vars, forgotten);
  const after = removed.ok ? await activeVersion(vars) : removed;
  if (!after.ok) return { kind: 'refused', reason: after.reason };
  say(words.unset(forgotten));
  return { kind: 'deployed', version: after.value ?? uploaded.value };
}
