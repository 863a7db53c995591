// Reads the address of a repository as people type it: https, the two spellings of ssh, or `owner/name` at GitHub.

/** `path` has no slash at its ends and no `.git`: `owner/name`, at hosts with groups also `group/team/name`. */
export type RepositoryAddress = { host: string; path: string };
/** secret: a name or password in the address · insecure: neither https nor ssh · unreadable: anything else. */
export type AddressRefusal = 'secret' | 'insecure' | 'unreadable';

export const GITHUB = 'github.com';
const ADDRESS_CHARS = 500;
const SEGMENTS_MAX = 10;
/** A machine takes no longer path. */
const PATH_CHARS = 300;
const SEGMENT = /^[A-Za-z0-9_.][A-Za-z0-9_.-]{0,99}$/;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

export function readRepositoryAddress(typed: string): RepositoryAddress | { refused: AddressRefusal } {
  const text = typed.trim().replace(/^<(.*)>$/, '$1');
  if (text === '' || text.length > ADDRESS_CHARS || !/^[\x21-\x7e]+$/.test(text)) return { refused: 'unreadable' };
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  const rest = scheme === undefined ? text : text.slice(scheme.length + 3);
  if (/^[^/@]*:[^/@]*@/.test(rest)) return { refused: 'secret' };
  if (scheme === 'ssh') return addressOf(withoutUser(rest).replace(/^([^/:]+):\d{1,5}\//, '$1/'));
  if (scheme === 'https') return rest.split('/', 1)[0]?.includes('@') ? { refused: 'secret' } : addressOf(rest);
  if (scheme !== undefined) return { refused: /^(http|git|ftps?)$/.test(scheme) ? 'insecure' : 'unreadable' };
  const short = /^[\w-]+@([^/:@]+):([^/].*)$/.exec(text);
  if (short) return addressOf(`${short[1]}/${short[2]}`);
  const segments = text.split('/');
  const isHost = segments.length > 2 && (segments[0] ?? '').includes('.');
  return addressOf(isHost ? text : `${GITHUB}/${text}`);
}

/** The https address that git understands. */
export const cloneAddress = ({ host, path }: RepositoryAddress): string => `https://${host}/${path}.git`;

/** GitHub compares names without their case. Other hosts may have two repositories that differ in nothing else. */
export function isSameRepository(one: RepositoryAddress, other: RepositoryAddress): boolean {
  if (one.host !== other.host) return false;
  return one.path === other.path || (one.host === GITHUB && one.path.toLowerCase() === other.path.toLowerCase());
}

/** A name of a server, with its port if it has one: `git.example.com`, `git.example.com:8443`. */
export function isHostName(host: string): boolean {
  const [, name = '', port] = /^([^:]{1,253})(?::(\d{1,5}))?$/.exec(host) ?? [];
  const labels = name.split('.');
  if (labels.length < 2 || !labels.every((label) => LABEL.test(label))) return false;
  // An address of numbers is a machine in somebody's network, not a git host.
  return (
    !/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1) ?? '') &&
    (port === undefined || (Number(port) > 0 && Number(port) < 65_536))
  );
}

export const isSegment = (text: string): boolean => SEGMENT.test(text) && !/^\.+$/.test(text);

const withoutUser = (text: string): string => text.replace(/^[\w-]+@/, '');

function addressOf(text: string): RepositoryAddress | { refused: AddressRefusal } {
  const [server = '', ...segments] = text.split('/');
  const host = server
    .toLowerCase()
    .replace(/:443$/, '')
    .replace(/^www\.github\.com$/, GITHUB);
  // A browser's address may go on after the name.
  const inside = segments.map((segment) => segment.replace(/[?#].*$/, '')).filter((segment) => segment !== '');
  const named = host === GITHUB ? inside.slice(0, 2) : inside;
  const last = (named.at(-1) ?? '').replace(/(\.git)+$/i, '');
  const path = [...named.slice(0, -1), last];
  const isPath = path.length >= 2 && path.length <= SEGMENTS_MAX && path.every(isSegment);
  const whole = path.join('/');
  return isHostName(host) && isPath && whole.length <= PATH_CHARS ? { host, path: whole } : { refused: 'unreadable' };
}
