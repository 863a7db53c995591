import * as z from 'zod';
import { createFlyApi } from '../../src/machines/fly/api.ts';
import type { Vars } from '../local/dev-vars.ts';
import { addressOf, ask, bearer } from './ask.ts';

// The Fly organisation of the answers, by the relay's own calls; and whether the token reaches it at all. Machines for
// people are made by the relay.

export const flyAddress = ({ FLY_API_URL }: Vars): string => addressOf(FLY_API_URL, 'https://api.machines.dev');
export const flyOf = (vars: Vars) => createFlyApi({ apiUrl: flyAddress(vars), token: vars.FLY_API_TOKEN ?? '' });

const Apps = z.looseObject({ apps: z.array(z.looseObject({ name: z.string() })) });

/** The names of its apps. */
export async function readOrganisation(
  vars: Vars,
): Promise<string[] | 'wrong' | 'no-organisation' | { status: number }> {
  const url = `${flyAddress(vars)}/v1/apps?org_slug=${encodeURIComponent(vars.FLY_ORG ?? '')}`;
  const { status, json } = await ask(url, { headers: bearer(vars.FLY_API_TOKEN) });
  if (status === 401) return 'wrong';
  if (status === 403 || status === 404) return 'no-organisation';
  const apps = Apps.safeParse(json);
  return status === 200 && apps.success ? apps.data.apps.map(({ name }) => name) : { status };
}

/** `taken`: somebody else has an app of that name. */
export async function createApp(vars: Vars, name: string): Promise<'made' | 'taken'> {
  const made = await flyOf(vars).createApp({ name, org: vars.FLY_ORG ?? '' });
  if (made.kind === 'ok') return 'made';
  if (made.kind === 'taken') return 'taken';
  throw new Error(`${made.reason}.`);
}

/** Harmless when it no longer exists. */
export async function removeApp(vars: Vars, name: string): Promise<void> {
  const removed = await flyOf(vars).deleteApp(name);
  if (removed.kind !== 'ok' && removed.kind !== 'absent') throw new Error(`${removed.reason}.`);
}
