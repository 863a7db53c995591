import type { Vars } from '../dev-vars.ts';
import { askServer } from './ask-server.ts';

// Whether a model key works. Listing models costs nothing.

const API = 'https://api.anthropic.com';

export type KeyVerdict = 'works' | 'wrong' | { unreachable: string };

export async function readModelKey(answers: Vars): Promise<KeyVerdict> {
  const base = (answers.ANTHROPIC_API_URL || API).replace(/\/+$/, '');
  const headers = { 'x-api-key': answers.ANTHROPIC_API_KEY ?? '', 'anthropic-version': '2023-06-01' };
  const answer = await askServer(`${base}/v1/models?limit=1`, { headers });
  if (answer.kind === 'unreachable') return { unreachable: answer.reason };
  if (answer.status === 200) return 'works';
  return answer.status === 401 || answer.status === 403 ? 'wrong' : { unreachable: `status ${answer.status}` };
}
