import type { Role } from '../../input/roles.ts';

/**
 * Who uses the operator's page or API. `by`: how they came in. `id`: as the audit names them: a person's id, `operator`,
 * or an e-mail address of Cloudflare Access. `session`: null without one.
 */
export type Operator = {
  by: 'token' | 'session' | 'access';
  id: string;
  role: Role;
  name: string | null;
  session: string | null;
};
