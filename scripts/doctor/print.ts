import type { Examined, Status } from './check.ts';

// How findings are printed. Pure.

const SIGNS: Record<Status, string> = { ok: '✓', warn: '!', fail: '✗', skip: '–' };
const TITLE_WIDTH = 16;

export function line({ status, title, detail, fix }: Examined): string {
  const first = `${SIGNS[status]} ${title.padEnd(TITLE_WIDTH)} ${detail}`;
  return fix === undefined ? first : `${first}\n    ${fix}`;
}

/** For scripts: the same, without the words of the table. */
export const asJson = (all: readonly Examined[]): string =>
  JSON.stringify(
    all.map(({ name, status, detail, fix }) => ({ name, status, detail, fix: fix ?? null })),
    null,
    2,
  );

export function closing(all: readonly Examined[]): string {
  const count = (status: Status): number => all.filter((one) => one.status === status).length;
  const [failed, warned, left] = [count('fail'), count('warn'), count('skip')];
  const parts = [
    `${count('ok')} fine`,
    ...(warned > 0 ? [`${warned} to look at`] : []),
    ...(failed > 0 ? [`${failed} wrong`] : []),
    ...(left > 0 ? [`${left} left out`] : []),
  ];
  return `${parts.join(', ')}.`;
}
