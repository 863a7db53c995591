import * as z from 'zod/mini';
import { shownWords } from './shown-words.ts';

// A pull request, as the host's REST API and its webhooks describe it. Everything in it is foreign: words become one
// bounded line, and what doesn't have its shape is refused as a whole.

export type PullRequest = {
  number: number;
  title: string;
  branch: string;
  base: string;
  /** The id of the newest commit. */
  head: string;
  url: string;
  state: 'open' | 'merged' | 'closed';
  isDraft: boolean;
  /** Files and lines; null where the host doesn't say, as in lists. */
  files: number | null;
  added: number | null;
  removed: number | null;
};

export const TITLE_CHARS = 120;
const BRANCH_CHARS = 80;

export const Sha = z.string().check(z.regex(/^[0-9a-f]{40}([0-9a-f]{24})?$/));
const Count = z.optional(z.nullable(z.int().check(z.nonnegative())));
const Side = z.looseObject({ ref: z.string().check(z.maxLength(1000)), sha: Sha });
/** Of a repository, as the host describes it. */
export const DefaultBranch = z.optional(z.nullable(z.string().check(z.minLength(1), z.maxLength(255))));
const Base = z.extend(Side, { repo: z.optional(z.nullable(z.looseObject({ default_branch: DefaultBranch }))) });

export const PullRequestShape = z.looseObject({
  number: z.int().check(z.positive(), z.maximum(1_000_000_000)),
  title: z.string(),
  html_url: z.url({ protocol: /^https?$/ }).check(z.maxLength(500)),
  state: z.enum(['open', 'closed']),
  draft: z.optional(z.nullable(z.boolean())),
  merged: z.optional(z.nullable(z.boolean())),
  merged_at: z.optional(z.nullable(z.string())),
  head: Side,
  base: Base,
  changed_files: Count,
  additions: Count,
  deletions: Count,
});

export function pullRequestOf(said: z.infer<typeof PullRequestShape>): PullRequest {
  const isMerged = said.merged === true || said.merged_at != null;
  return {
    number: said.number,
    title: shownWords(said.title, TITLE_CHARS) || '(no title)',
    branch: shownWords(said.head.ref, BRANCH_CHARS),
    base: shownWords(said.base.ref, BRANCH_CHARS),
    head: said.head.sha,
    url: said.html_url,
    state: isMerged ? 'merged' : said.state,
    isDraft: said.draft === true,
    files: said.changed_files ?? null,
    added: said.additions ?? null,
    removed: said.deletions ?? null,
  };
}
