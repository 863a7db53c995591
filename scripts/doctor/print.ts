import type { Examined, Finding, Status } from './check.ts';

// Prints findings: as lines for people, or as one JSON array for scripts. With --json it prints nothing else, on every
// path.

const SIGNS: Record<Status, string> = { ok: '✓', warn: '!', fail: '✗', skip: '–' };
const TITLE_WIDTH = 16;

export type Report = {
  /** One check. */
  finding(one: Examined): void;
  /** One result in two forms: words for people, a finding for scripts. */
  say(text: string, name: string, finding: Finding): void;
  /** For people only. */
  note(text: string): void;
  /** Why nothing was checked; on stderr for people. */
  refuse(detail: string, fix?: string): void;
  end(): void;
};

/** Standard output and standard error, a text at a time. */
export type Print = { out(text: string): void; error(text: string): void };

/** `safe` removes secrets from printed text. */
export function openReport(isJson: boolean, { out, error }: Print, safe: (text: string) => string): Report {
  const found: Examined[] = [];
  const print = (text: string): void => out(safe(text));
  const keep = (name: string, finding: Finding): void => void found.push({ name, title: name, ...finding });
  if (isJson) {
    return {
      finding: (one) => void found.push(one),
      say: (_, name, finding) => keep(name, finding),
      note() {},
      refuse: (detail, fix) => keep('doctor', { status: 'fail', detail, ...(fix === undefined ? {} : { fix }) }),
      end: () => print(asJson(found)),
    };
  }
  return {
    finding: (one) => print(line(one)),
    say: print,
    note: print,
    refuse: (detail, fix) => error(safe(fix === undefined ? detail : `${detail}\n${fix}`)),
    end() {},
  };
}

function line({ status, title, detail, fix }: Examined): string {
  const first = `${SIGNS[status]} ${title.padEnd(TITLE_WIDTH)} ${detail}`;
  return fix === undefined ? first : `${first}\n    ${fix}`;
}

const asJson = (all: readonly Examined[]): string =>
  JSON.stringify(
    all.map(({ name, status, detail, fix }) => ({ name, status, detail, fix: fix ?? null })),
    null,
    2,
  );

export function closing(all: readonly Examined[]): string {
  const count = (status: Status): number => all.filter((one) => one.status === status).length;
  const [failed, warned, skipped] = [count('fail'), count('warn'), count('skip')];
  const parts = [
    `${count('ok')} passed`,
    ...(warned > 0 ? [`${warned} warning${warned === 1 ? '' : 's'}`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return `${parts.join(', ')}.`;
}
