import { sealSecret } from '../../src/links/sealed-secret.ts';
import { vars } from './relay.ts';

// An account at GitHub that a person has connected, as the rows have it.

export const SECRETS_KEY = 'A'.repeat(43);
export const TOKEN = 'github_pat_theSecretOfThePerson';

/** The statement that connects it, for this object. */
export async function accountRow(object: string): Promise<string> {
  Object.assign(vars, { SECRETS_KEY });
  const sealed = await sealSecret(
    { current: SECRETS_KEY },
    { object, host: 'github.com' },
    JSON.stringify({ token: TOKEN }),
  );
  return `INSERT INTO connections (host, kind, state, login, sealed, connected_at)
    VALUES ('github.com', 'token', 'good', 'ada', '${sealed}', 1)`;
}
