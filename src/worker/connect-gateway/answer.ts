import type { GitRequest } from '../../git/git-request.ts';

// What of a host's answer goes back to the machine: some headers, and bodies without a credential in them.

const RETURNED =
  /^(content-type|cache-control|expires|pragma|etag|last-modified|retry-after|x-ratelimit-.*|x-github-media-type|x-github-request-id|x-oauth-scopes)$/;
/** Asked for: JSON of an API, which is read as a whole. */
export const API_ANSWER_MAX = 10 * 2 ** 20;

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

/** A token for cloning that GitHub adds to what it says of a repository. */
export const withoutCloneToken = (json: string): string =>
  json.replace(/"temp_clone_token"\s*:\s*"[^"]*"/g, '"temp_clone_token":null');

/** Whether the text has the credential in it, in one of the forms in which it was sent. */
export function showsCredential(text: string, authorization: string): boolean {
  const [, scheme = '', value = ''] = /^(\S+) (.+)$/.exec(authorization) ?? [];
  const token = scheme === 'Basic' ? decode(value).replace(/^[^:]*:/, '') : value;
  return [value, token].some((secret) => secret !== '' && text.includes(secret));
}

function decode(base64: string): string {
  try {
    return atob(base64);
  } catch {
    return '';
  }
}
