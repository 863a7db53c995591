import type { Vars } from '../local/dev-vars.ts';
import { type Answer, addressOf, ask } from './ask.ts';

// The model's API with the key of the answers. Listing models costs nothing.

const API = 'https://api.anthropic.com';

export function askModels({ ANTHROPIC_API_URL, ANTHROPIC_API_KEY = '' }: Vars, limit: number): Promise<Answer> {
  const headers = { 'x-api-key': ANTHROPIC_API_KEY, 'anthropic-version': '2023-06-01' };
  return ask(`${addressOf(ANTHROPIC_API_URL, API)}/v1/models?limit=${limit}`, { headers });
}
