import { saysMerge } from './merge-commands.ts';
import { isOwnHead } from './own-head.ts';
import type { GitPermission } from './permissions.ts';

// The routes of GitHub's REST API that the agent may use, below `/repos/{owner}/{name}`. The list is closed: contents
// and refs are written by a push alone, and settings, keys, hooks, secrets, checks, workflows and releases not at all.

const READS = `
  /
  /assignees
  /branches
  /branches/:ref
  /check-runs/:n
  /check-runs/:n/annotations
  /check-suites/:n
  /check-suites/:n/check-runs
  /commits
  /commits/:ref
  /commits/:ref/check-runs
  /commits/:ref/check-suites
  /commits/:ref/comments
  /commits/:ref/pulls
  /commits/:ref/status
  /commits/:ref/statuses
  /compare/:own
  /contents
  /contents/*
  /git/blobs/:sha
  /git/commits/:sha
  /git/matching-refs/*
  /git/ref/*
  /git/refs
  /git/tags/:sha
  /git/trees/:ref
  /issues
  /issues/:n
  /issues/:n/comments
  /issues/:n/events
  /issues/:n/labels
  /issues/comments
  /issues/comments/:n
  /labels
  /languages
  /milestones
  /milestones/:n
  /pulls
  /pulls/:n
  /pulls/:n/comments
  /pulls/:n/commits
  /pulls/:n/files
  /pulls/:n/merge
  /pulls/:n/requested_reviewers
  /pulls/:n/reviews
  /pulls/:n/reviews/:n
  /pulls/:n/reviews/:n/comments
  /pulls/comments
  /pulls/comments/:n
  /readme
  /releases
  /releases/:n
  /releases/latest
  /releases/tags/:ref
  /tags
  /actions/jobs/:n
  /actions/runs
  /actions/runs/:n
  /actions/runs/:n/jobs
  /actions/workflows
  /actions/workflows/:n
`;

const WRITES = `
  POST /issues
  PATCH /issues/:n
  POST /issues/:n/assignees
  POST /issues/:n/comments
  POST /issues/:n/labels
  PATCH /issues/comments/:n
  POST /pulls
  PATCH /pulls/:n
  POST /pulls/:n/comments
  POST /pulls/:n/comments/:n/replies
  POST /pulls/:n/requested_reviewers
  POST /pulls/:n/reviews
  PUT /pulls/:n/reviews/:n
  POST /pulls/:n/reviews/:n/events
  PATCH /pulls/comments/:n
`;

/** Writes that the person has to allow. */
const PERMITTED: Readonly<Record<string, GitPermission>> = {
  'PUT /pulls/:n/merge': 'merge',
};

type RestRoute = { body: 'none' | 'json'; needs: GitPermission | null };
type Known = RestRoute & { method: string; pattern: RegExp };

const NAMES: Readonly<Record<string, string>> = {
  ':n': '\\d{1,19}',
  ':sha': '[0-9a-f]{7,64}',
  ':ref': '[^/]+',
  // With a colon these are of a fork.
  ':own': '(?:(?!%3[aA])[^/:])+',
  '*': '.+',
};

const known = (line: string, needs: GitPermission | null): Known => {
  const [method = '', path = ''] = line.split(' ');
  const inside = path === '/' ? '' : path.replace(/:\w+|\*/g, (name) => NAMES[name] ?? name);
  const body = method === 'GET' || method === 'DELETE' ? 'none' : 'json';
  return { method, pattern: new RegExp(`^${inside}$`), body, needs };
};

const lines = (text: string): string[] => text.split('\n').flatMap((line) => line.trim() || []);

let routes: readonly Known[] | undefined;

/** `rest`: what follows the repository's name, with its slash. */
export function findRestRoute(method: string, rest: string): RestRoute | null {
  routes ??= [
    ...lines(READS).map((path) => known(`GET ${path}`, null)),
    ...lines(WRITES).map((line) => known(line, null)),
    ...Object.entries(PERMITTED).map(([line, needs]) => known(line, needs)),
  ];
  const route = routes.find((each) => each.method === method && each.pattern.test(rest));
  return route ? { body: route.body, needs: route.needs } : null;
}

/** An approval in the person's name lets a pull request be merged, and so does a bot: they need the same permission. */
export function needsOfBody(rest: string, body: unknown): GitPermission | null {
  const isReview = /^\/pulls\/\d+\/reviews(\/\d+\/events)?$/.test(rest);
  const event = typeof body === 'object' && body !== null ? (body as { event?: unknown }).event : null;
  const isApproval = isReview && String(event).toUpperCase() === 'APPROVE';
  return isApproval || saysMerge(body) ? 'merge' : null;
}

/** Whether the body of a write names nothing of another repository than `path`. */
export function isOwnBody(rest: string, body: unknown, path: string): boolean {
  if (rest !== '/pulls' || typeof body !== 'object' || body === null) return true;
  const { head, head_repo } = body as { head?: unknown; head_repo?: unknown };
  return isOwnHead(head, path) && (head_repo == null || head_repo === path.split('/')[1]);
}
