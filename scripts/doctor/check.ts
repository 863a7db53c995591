import { ZodError } from 'zod';
import type { DoctorContext } from './context.ts';

// Defines a check and runs checks: in parallel, each with a time limit, so that none hides another. A check reports
// only on the thing it is named after. If something else it needs is missing, it is skipped and says what.

export type Status = 'ok' | 'warn' | 'fail' | 'skip';
/** `fix`: what to do, as a sentence with the command or place. */
export type Finding = { status: Status; detail: string; fix?: string };
/** `withinMs`: for checks that take longer than usual. */
export type Check = { name: string; title: string; withinMs?: number; run(context: DoctorContext): Promise<Finding> };
export type Examined = { name: string; title: string } & Finding;

export const CHECK_WITHIN_MS = 10_000;

/** The check is impossible; the message says why. */
export class LeftOut extends Error {}

/** In the order of the table; each finding as soon as it and the ones before it are known. */
export async function* examine(
  checks: readonly Check[],
  context: DoctorContext,
  withinMs = CHECK_WITHIN_MS,
): AsyncGenerator<Examined> {
  const running = checks.map(async (check) => {
    const { name, title } = check;
    return { name, title, ...(await bounded(check, context, check.withinMs ?? withinMs)) };
  });
  for (const one of running) yield await one;
}

async function bounded(check: Check, context: DoctorContext, withinMs: number): Promise<Finding> {
  let clock: NodeJS.Timeout | undefined;
  const late = new Promise<Finding>((resolve) => {
    const seconds = Math.round(withinMs / 1000);
    const detail = `no answer within ${seconds} s`;
    clock = setTimeout(
      () => resolve({ status: 'fail', detail, fix: 'Check the network, then run this again.' }),
      withinMs,
    );
  });
  try {
    return await Promise.race([check.run(context), late]);
  } catch (error) {
    if (error instanceof LeftOut) return { status: 'skip', detail: error.message };
    const said =
      error instanceof Error && !(error instanceof ZodError) ? error.message : 'an answer could not be understood';
    return { status: 'fail', detail: said, fix: BROKEN };
  } finally {
    clearTimeout(clock);
  }
}

const BROKEN = 'Run this again. If it keeps happening, open an issue with this line.';

export const ok = (detail: string): Finding => ({ status: 'ok', detail });
export const warn = (detail: string, fix: string): Finding => ({ status: 'warn', detail, fix });
export const fail = (detail: string, fix: string): Finding => ({ status: 'fail', detail, fix });

/** The worst state of several findings, with all their sentences. */
export function worstOf(findings: readonly Finding[], otherwise: Finding): Finding {
  const rank: Record<Status, number> = { fail: 3, warn: 2, ok: 1, skip: 0 };
  const sorted = [...findings].sort((a, b) => rank[b.status] - rank[a.status]);
  const [worst] = sorted;
  if (!worst) return otherwise;
  const troubles = sorted.filter(({ status }) => status === 'fail' || status === 'warn');
  const told = troubles.length > 0 ? troubles : sorted;
  const fixes = [...new Set(told.flatMap(({ fix }) => fix ?? []))];
  const detail = told.map((one) => one.detail).join('; ');
  return { status: worst.status, detail, ...(fixes.length > 0 ? { fix: fixes.join(' ') } : {}) };
}
