import type { GitRequest } from '../../git/git-request.ts';
import { PacketWatch } from '../../git/packet-lines.ts';

// What of a host's answer goes back to the machine: some headers, and bodies without a credential in them.

const RETURNED =
  /^(content-type|cache-control|expires|pragma|etag|last-modified|retry-after|x-ratelimit-.*|x-github-media-type|x-github-request-id|x-oauth-scopes)$/;
/** The largest answer that is read as a whole before it goes back. */
export const HELD_ANSWER_MAX = 2 ** 20;
/** JSON that passes is held back by this much: longer than a credential, or GitHub's token for cloning with its name. */
const HELD_CHARS = 4096;

/** `api`: where the API is. */
export function headersOf(upstream: Response, { kind, path }: GitRequest, api: string): Headers {
  const headers = new Headers([...upstream.headers].filter(([name]) => RETURNED.test(name)));
  const link = upstream.headers.get('link');
  // Pages after the first one are at an address that names the repository by its number.
  if (kind === 'rest' && link !== null && path !== null) {
    headers.set(
      'link',
      link
        .replaceAll(`<${api}/`, '<https://api.github.com/')
        .replace(/\/repositories\/\d{1,20}(?=[/?>])/g, `/repos/${path}`),
    );
  }
  return headers;
}

export const isJson = ({ headers }: Response): boolean =>
  /^application\/(\S+\+)?json\b/.test(headers.get('content-type') ?? '');

/**
 * An answer on its way. `pass`: what goes back of a piece; throws when nothing of the answer may go on. `end`: its last
 * bytes. `watch`: of an answer that can end with words in the middle.
 */
export type Passage = {
  pass: (piece: Uint8Array) => Uint8Array;
  end: () => Uint8Array | null;
  watch: Pick<PacketWatch, 'finish' | 'error'> | null;
};

/** `see`: gets each piece. */
export function plainPassage(see: (piece: Uint8Array) => void): Passage {
  const pass = (piece: Uint8Array): Uint8Array => {
    see(piece);
    return piece;
  };
  return { pass, end: () => null, watch: null };
}

/** What git reads: references and packs. */
export function packetPassage(): Passage {
  const watch = new PacketWatch();
  return { ...plainPassage((piece) => watch.read(piece)), watch };
}

/** JSON of an API, without GitHub's token for cloning. It breaks off before the credential would be shown. */
export function jsonPassage(authorization: string): Passage {
  const decoder = new TextDecoder();
  const secrets = secretsOf(authorization);
  let held = '';
  const take = (text: string, kept: number): Uint8Array => {
    const all = withoutCloneToken(held + text);
    if (shows(all, secrets)) throw new CredentialShown();
    const passing = wholeSigns(all.slice(0, Math.max(0, all.length - kept)));
    held = all.slice(passing.length);
    return new TextEncoder().encode(passing);
  };
  return {
    pass: (piece) => take(decoder.decode(piece, { stream: true }), HELD_CHARS),
    end: () => take(decoder.decode(), 0),
    watch: null,
  };
}

/** Without the first half of a sign that two characters make: the second half is still held back. */
const wholeSigns = (text: string): string => (/[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text);

export class CredentialShown extends Error {
  override message = 'the answer shows the credential';
}

/** A token for cloning that GitHub adds to what it says of a repository. */
const withoutCloneToken = (json: string): string =>
  json.replace(/"temp_clone_token"\s*:\s*"[^"]*"/g, '"temp_clone_token":null');

/** The credential in the forms in which it was sent. */
function secretsOf(authorization: string): string[] {
  const [, scheme = '', value = ''] = /^(\S+) (.+)$/.exec(authorization) ?? [];
  const token = scheme === 'Basic' ? decode(value).replace(/^[^:]*:/, '') : value;
  return [value, token].filter((secret) => secret !== '');
}

const shows = (text: string, secrets: readonly string[]): boolean => secrets.some((secret) => text.includes(secret));

function decode(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return '';
  }
}
