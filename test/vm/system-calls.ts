// The writes, syncs and sends of a process, from strace, in order. A write counts from its beginning, a sync from its
// end, because other threads may act in between. Pure.

export type Call =
  /** Bytes for a file. `whole`: the number of the event at which the call had returned. */
  | { is: 'write'; path: string; offset: number | null; data: Buffer; whole: number }
  | { is: 'truncate'; path: string; size: number; whole: number }
  /** Everything written before `from` is on the disk now. Of a folder: its names. Null: everything. */
  | { is: 'sync'; path: string | null; from: number }
  | { is: 'open'; path: string; isNew: boolean; isEmptied: boolean; whole: number }
  | { is: 'make folder'; path: string; whole: number }
  | { is: 'rename'; from: string; to: string; whole: number }
  | { is: 'remove'; path: string; whole: number }
  | { is: 'heard' | 'sent'; socket: string; data: string };

/** The system calls that strace records. */
export const TRACED = [
  ...[
    'openat',
    'write',
    'writev',
    'pwrite64',
    'pwritev',
    'fsync',
    'fdatasync',
    'ftruncate',
    'read',
    'sendto',
    'sendmsg',
  ],
  ...['rename', 'renameat', 'renameat2', 'unlink', 'unlinkat', 'mkdir', 'mkdirat', 'rmdir', 'sync', 'syncfs'],
];
/** Follows threads, names descriptors, and prints whole strings as hex digits. */
export const STRACE = ['-f', '-qq', '--seccomp-bpf', '-yy', '-xx', '-s', '33554432', '-e', `trace=${TRACED.join(',')}`];

type Line = { name: string; args: string; result: string; from: number; at: number };

export function readCalls(log: string): Call[] {
  const paths = new Map<string, string>();
  return joined(log).flatMap((line) => callOf(line, paths));
}

/** Joins calls that another thread interrupted; each is numbered by the lines where it began and ended. */
function joined(log: string): Line[] {
  const begun = new Map<string, { text: string; from: number }>();
  const lines: Line[] = [];
  for (const [at, line] of log.split('\n').entries()) {
    const [, pid = '', text = ''] = /^(\d+)\s+(.*)$/s.exec(line) ?? [];
    if (text.endsWith('<unfinished ...>')) {
      begun.set(pid, { text: text.slice(0, -'<unfinished ...>'.length), from: at });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>/.exec(text)?.[0];
    const before = resumed === undefined ? undefined : begun.get(pid);
    const whole = before ? `${before.text}${text.slice(resumed?.length)}` : text;
    const end = whole.lastIndexOf(') ');
    const name = /^\w+(?=\()/.exec(whole)?.[0];
    if (!name || end < 0) continue;
    const result = whole.slice(whole.indexOf('=', end) + 1).trim();
    if (!result.startsWith('-'))
      lines.push({ name, args: whole.slice(name.length + 1, end), result, from: before?.from ?? at, at });
  }
  return lines.sort((a, b) => orderOf(a) - orderOf(b));
}

/** Written data may be on the disk from the beginning of the call; everything else happens at its end. */
const orderOf = ({ name, from, at }: Line): number => (/^p?write|^send/.test(name) ? from : at);

function callOf({ name, args, result, from, at }: Line, paths: Map<string, string>): Call[] {
  const said = /^\d+<(.*?[^-])>/.exec(args)?.[1] ?? '';
  const path = said.startsWith('\\x') ? bytes(said).toString() : '';
  const strings = [...args.matchAll(/"((?:\\x[0-9a-f]{2})*)"/g)].map((match) => bytes(match[1] ?? ''));
  const named = (n: number): string => resolved(strings.at(n)?.toString() ?? '', paths);
  const isSocket = said.startsWith('TCP');
  const data = (): Buffer => Buffer.concat(strings).subarray(0, Number.parseInt(result, 10));
  switch (name) {
    case 'openat': {
      const [, number = '', where = ''] = /^(\d+)<(.*)>$/.exec(result) ?? [];
      const opened = bytes(where).toString();
      paths.set(number, opened);
      const isNew = args.includes('O_CREAT');
      return isNew ? [{ is: 'open', path: opened, isNew, isEmptied: args.includes('O_TRUNC'), whole: at }] : [];
    }
    case 'read':
      return isSocket ? [{ is: 'heard', socket: said, data: data().toString('latin1') }] : [];
    case 'write':
    case 'writev':
    case 'sendto':
    case 'sendmsg':
      if (isSocket) return [{ is: 'sent', socket: said, data: data().toString('latin1') }];
      return path === '' ? [] : [{ is: 'write', path, offset: null, data: data(), whole: at }];
    case 'pwrite64':
    case 'pwritev':
      return [{ is: 'write', path, offset: Number(args.slice(args.lastIndexOf(',') + 1)), data: data(), whole: at }];
    case 'fsync':
    case 'fdatasync':
      return [{ is: 'sync', path, from }];
    case 'sync':
    case 'syncfs':
      return [{ is: 'sync', path: null, from }];
    case 'ftruncate':
      return [{ is: 'truncate', path, size: Number(args.slice(args.lastIndexOf(',') + 1)), whole: at }];
    case 'mkdir':
    case 'mkdirat':
      return [{ is: 'make folder', path: named(0), whole: at }];
    case 'unlink':
    case 'unlinkat':
    case 'rmdir':
      return [{ is: 'remove', path: named(0), whole: at }];
    case 'rename':
    case 'renameat':
    case 'renameat2':
      return [{ is: 'rename', from: named(-2), to: named(-1), whole: at }];
    default:
      return [];
  }
}

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll('\\x', ''), 'hex');

/** A path through a descriptor leads where that descriptor does. */
const resolved = (path: string, paths: ReadonlyMap<string, string>): string =>
  path.replace(/^\/proc\/self\/fd\/(\d+)/, (way, fd: string) => paths.get(fd) ?? way);
