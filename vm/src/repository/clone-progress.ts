// What git says on the way of a clone, and what people read of it. Pure.

export type Phase = 'fetching' | 'joining' | 'writing';
export type Progress = { phase: Phase; percent: number };

const PHASES: Record<string, Phase> = {
  'Receiving objects': 'fetching',
  'Resolving deltas': 'joining',
  'Updating files': 'writing',
  'Filtering content': 'writing',
};
const PROGRESS = /^(?:remote: )?([A-Z][a-z]+ [a-z]+):\s{1,8}(\d{1,3})% \(/;

/** Null for a line that tells no progress of ours; git's own server counts and compresses first. */
export function readProgress(line: string): Progress | null {
  const [, name = '', percent = ''] = PROGRESS.exec(line) ?? [];
  const phase = PHASES[name];
  return phase === undefined ? null : { phase, percent: Math.min(100, Number(percent)) };
}

/** A line that git repeats with other numbers. */
export const isProgress = (line: string): boolean => PROGRESS.test(line);

export function describeProgress(name: string, { phase, percent }: Progress): string {
  if (phase === 'fetching') return `Cloning ${name}: ${percent} %`;
  if (phase === 'joining') return `Cloning ${name}: putting the history together, ${percent} %`;
  return `Cloning ${name}: writing the files, ${percent} %`;
}

const REASON_MAX = 600;
/** git's words for a connection that ended too early, by where it was in the protocol. */
const BROKE_OFF =
  /expected flush after ref listing|early EOF|hung up unexpectedly|unexpected disconnect|expected '?packfile|invalid index-pack output|transfer closed/i;

/** Why git failed: what the server said if it said anything, else git's own words. */
export function reasonIn(lines: readonly string[]): string {
  const said = lines.flatMap((line) => {
    const words = line.startsWith('remote:') ? line.slice('remote:'.length).trim() : '';
    return words === '' ? [] : [words];
  });
  const fatal = lines
    .findLast((line) => /^(fatal|error): /.test(line))
    ?.replace(/^(fatal|error): (remote error: )?/, '');
  const own = fatal ?? lines.at(-1) ?? 'git ended without a word';
  const reason = said.length > 0 ? said.join(' ') : BROKE_OFF.test(own) ? 'the connection broke off' : own;
  return reason
    .replace(/[\p{Cc}\p{Cf}]+/gu, ' ')
    .slice(0, REASON_MAX)
    .trim();
}
