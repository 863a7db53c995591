import * as z from 'zod/mini';
import { parseJson } from '../parse-json.ts';
import type { GitRequest } from './git-request.ts';

// Recognises the answer to a request that opened a pull request, by REST or as gh does it by GraphQL.

const PullNumber = z.int().check(z.positive(), z.maximum(1_000_000_000));
const Made = z.looseObject({ number: PullNumber });
const Created = z.looseObject({
  data: z.looseObject({
    createPullRequest: z.looseObject({
      pullRequest: z.looseObject({ number: z.optional(PullNumber), url: z.optional(z.string()) }),
    }),
  }),
});

type Asked = Pick<GitRequest, 'kind' | 'target'>;
const PULLS = /^\/repos\/[^/?]+\/[^/?]+\/pulls$/;
const MUTATION = 'createPullRequest';

/** Whether a request with a body may open one; its answer then says so. `body`: of GraphQL. */
export const mayOpenPull = ({ kind, target }: Asked, body = ''): boolean =>
  (kind === 'rest' && PULLS.test(target)) || (kind === 'graphql' && body.includes(MUTATION));

/** The number of the pull request that the host has made; null for any other answer. */
export function openedPull(
  { kind, target }: Asked,
  { method, status, json }: { method: string; status: number; json: string },
): number | null {
  if (kind === 'rest' && method === 'POST' && status === 201 && PULLS.test(target)) {
    return Made.safeParse(parseJson(json)).data?.number ?? null;
  }
  // Most answers are none, and are not parsed.
  if (kind !== 'graphql' || status !== 200 || !json.includes(`"${MUTATION}"`)) return null;
  const made = Created.safeParse(parseJson(json)).data?.data.createPullRequest.pullRequest;
  const inUrl = /\/pull\/([1-9]\d{0,8})$/.exec(made?.url ?? '')?.[1];
  return made?.number ?? (inUrl === undefined ? null : Number(inUrl));
}
