import { tool } from '@anthropic-ai/claude-agent-sdk/core';
import * as z from 'zod';
import type { ApiAnswer, ApiRequest } from '../repository/github-api.ts';

// A tool in place of gh, for computers without it: GitHub's API for the project's repository, through the connect proxy
// like gh. The relay decides about each request. Keeps nothing.

/** Most characters of an answer that the agent gets: about ten thousand tokens. */
const SHOWN_MAX = 30_000;
const PATH_MAX = 2000;

/** Null: the relay or the host didn't answer in time. */
export type AskGithub = (request: ApiRequest) => Promise<ApiAnswer | null>;
type Said = { text: string; isError: boolean };

/** `repository`: `owner/name`. */
export function makeGithubTool(repository: string, ask: AskGithub) {
  return tool(
    'github_api',
    `Sends a request to GitHub's REST or GraphQL API for ${repository}, with the person's account: pull requests, reviews, comments, checks and issues. Open a pull request with POST repos/{owner}/{repo}/pulls and title, head, base, body. Files and branches are changed with git.`,
    {
      method: z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']),
      path: z.string().min(1).max(PATH_MAX).describe('such as repos/{owner}/{repo}/pulls?state=open, or graphql'),
      body: z.record(z.string(), z.unknown()).optional().describe('fields of the JSON body'),
    },
    async ({ method, path, body }) => {
      const target = pathOf(path, repository);
      const answer = await ask({ method, path: target, ...(method === 'GET' || !body ? {} : { body }) });
      const { text, isError } = sayAnswer(answer);
      return { content: [{ type: 'text' as const, text }], isError };
    },
  );
}

/** The path as people write it: with placeholders, a host or nothing before it. */
export const pathOf = (written: string, repository: string): string =>
  `/${written
    .trim()
    .replace(/^https?:\/\/api\.github\.com/i, '')
    .replace(/^\/+/, '')
    .replaceAll('{owner}/{repo}', repository)
    .toWellFormed()
    .replace(/[^\x21-\x7e]/gu, encodeURIComponent)}`;

export function sayAnswer(answer: ApiAnswer | null): Said {
  if (answer === null) return { text: 'GitHub or the relay didn’t answer. Try again.', isError: true };
  const { status, text } = answer;
  const shown = shortened(withoutAddresses(text));
  return { text: `${status}\n${shown}`, isError: status >= 400 };
}

function withoutAddresses(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), brief, 1);
  } catch {
    return text;
  }
}

/** Leaves out what only programs need: most of GitHub's answers are addresses of its API. */
function brief(key: string, value: unknown): unknown {
  if (key === 'node_id' || key === '_links' || (key.endsWith('_url') && key !== 'html_url')) return undefined;
  if (key === 'url' && typeof value === 'string' && value.includes('://api.')) return undefined;
  if (key === '' || typeof value !== 'object' || value === null) return value;
  if ('login' in value && 'type' in value) return value.login;
  if (key === 'repo' && 'full_name' in value) return value.full_name;
  return value;
}

const shortened = (text: string): string =>
  text.length <= SHOWN_MAX
    ? text
    : `${text.slice(0, SHOWN_MAX)}\n… (${text.length - SHOWN_MAX} more characters: ask for less, with per_page)`;
