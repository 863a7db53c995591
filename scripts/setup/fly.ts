import * as z from 'zod';
import type { Vars } from '../dev-vars.ts';
import { askServer } from './ask-server.ts';

// What set-up asks the Machines API: whether the token reaches the organisation, and what else is in it. Machines for
// people are made by the relay, later.

const API = 'https://api.machines.dev';
const Apps = z.looseObject({ apps: z.array(z.looseObject({ name: z.string() })) });

export type FlyVerdict =
  | { kind: 'organisation'; apps: string[] }
  | { kind: 'wrong' }
  | { kind: 'no-organisation' }
  | { kind: 'unreachable'; reason: string };

const request = (answers: Vars, method: string, path: string, json?: unknown) =>
  askServer(`${(answers.FLY_API_URL || API).replace(/\/+$/, '')}${path}`, {
    method,
    headers: { authorization: `Bearer ${answers.FLY_API_TOKEN ?? ''}` },
    ...(json === undefined ? {} : { json }),
  });

export async function readOrganisation(answers: Vars): Promise<FlyVerdict> {
  const org = encodeURIComponent(answers.FLY_ORG ?? '');
  const answer = await request(answers, 'GET', `/v1/apps?org_slug=${org}`);
  if (answer.kind === 'unreachable') return answer;
  if (answer.status === 401) return { kind: 'wrong' };
  if (answer.status === 403 || answer.status === 404) return { kind: 'no-organisation' };
  const apps = Apps.safeParse(answer.body);
  if (answer.status !== 200 || !apps.success) return { kind: 'unreachable', reason: `status ${answer.status}` };
  return { kind: 'organisation', apps: apps.data.apps.map(({ name }) => name) };
}

export async function hasApp(answers: Vars, name: string): Promise<boolean> {
  const there = await request(answers, 'GET', `/v1/apps/${name}`);
  return there.kind === 'answer' && there.status === 200;
}

/** `taken`: somebody else has an app of that name. */
export async function createApp(answers: Vars, name: string): Promise<'there' | 'taken'> {
  const made = await request(answers, 'POST', '/v1/apps', { name, org_slug: answers.FLY_ORG });
  if (made.kind === 'unreachable') throw new Error(`Fly cannot be reached (${made.reason}).`);
  if (made.status === 201) return 'there';
  if (made.status === 422) return 'taken';
  throw new Error(`Fly refused to make the app ${name} (status ${made.status}).`);
}

/** Harmless when it is gone. */
export async function removeApp(answers: Vars, name: string): Promise<void> {
  const answer = await request(answers, 'DELETE', `/v1/apps/${name}?force=true`);
  if (answer.kind === 'unreachable') throw new Error(`Fly cannot be reached (${answer.reason}).`);
  if (answer.status >= 300 && answer.status !== 404) {
    throw new Error(`Fly refused to remove ${name} (status ${answer.status}).`);
  }
}

/** A region near the person's zone, to begin with: Fly's names for places that have the most machines. */
export function nearbyRegion(zone: string): string {
  const [continent = '', city = ''] = zone.split('/');
  if (continent === 'Europe' || continent === 'Africa') return 'fra';
  if (continent === 'Asia' || continent === 'Indian') return 'sin';
  if (continent === 'Australia' || continent === 'Pacific') return 'syd';
  if (['Los_Angeles', 'Vancouver', 'Tijuana', 'Denver', 'Phoenix'].includes(city)) return 'lax';
  return 'iad';
}
