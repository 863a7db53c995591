import { sealLink, unsealLink } from './signed-link.ts';

// What opens the operator's page: the link of a login, and the token of a session in its cookie. The directory says
// whether either still counts. `person`: the id of a home, or 64 hex digits that stand for the operator's token.

export type LoginRef = { person: string; link: string };
export type SessionRef = { person: string; session: string };

const LOGIN = 'roost operator login 1';
const SESSION = 'roost operator session 1';
type Key = { d: string };

export function loginUrl(publicUrl: string, key: Key, ref: LoginRef & { expiresAt: number }): string {
  const { person, link, expiresAt } = ref;
  return `${publicUrl}/operator/login/${sealLink(LOGIN, key, { conversation: person, item: link, expiresAt })}`;
}

/** The token's content, `expired` after its time, or null when `loginUrl` did not make it with this key. */
export function openLogin(token: string, key: Key, now: number): LoginRef | 'expired' | null {
  const ref = unsealLink(LOGIN, key, token, now);
  return ref === null || ref === 'expired' ? ref : { person: ref.conversation, link: ref.item };
}

export const sealSession = (key: Key, { person, session, expiresAt }: SessionRef & { expiresAt: number }): string =>
  sealLink(SESSION, key, { conversation: person, item: session, expiresAt });

/** The token's content, `expired` after its time, or null when `sealSession` did not make it with this key. */
export function openSession(token: string, key: Key, now: number): SessionRef | 'expired' | null {
  const ref = unsealLink(SESSION, key, token, now);
  return ref === null || ref === 'expired' ? ref : { person: ref.conversation, session: ref.item };
}
