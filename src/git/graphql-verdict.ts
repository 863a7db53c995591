import { type Document, type Field, readDocument, type Selection, type Value } from './graphql-document.ts';
import { isMergeCommand } from './merge-commands.ts';
import { isOwnHead } from './own-head.ts';
import type { GitPermission } from './permissions.ts';

// Whether a GraphQL request to GitHub may go on: every operation of the document, whichever one is named to run. Root
// fields are a closed list. Below them, fields that lead to a person or to another repository show that one's own plain
// fields only, so nothing of other repositories is read. Ids in mutations are checked at the host before they count.

/** `ids`: nodes that must belong to the repository. */
export type GraphqlVerdict = { ids: string[]; needs: GitPermission | null } | { refused: string };

const IDS_MAX = 50;
const VALUE_DEPTH_MAX = 10;

/** Fields of the repository whose own fields may be asked for, too. */
const INSIDE = new Set(
  `nodes edges node pageInfo pullRequest pullRequests issue issues issueOrPullRequest ref refs target defaultBranchRef
  object commit commits history entries statusCheckRollup contexts checkSuite checkSuites checkRun checkRuns workflowRun
  workflow status statuses comments comment reviews review latestReviews latestOpinionatedReviews reviewRequests
  reviewThreads reviewThread thread files labels label milestone milestones reactionGroups autoMergeRequest
  autoMergeAllowed mergeCommit potentialMergeCommit headRef baseRef pullRequestTemplates issueTemplates contactLinks
  languages repositoryTopics topic latestRelease releases release releaseAssets authors pullRequestReview
  pullRequestReviewThread commentEdge requestedReviewersEdge`.split(/\s+/),
);
/** Fields that lead to a person, a group or another repository. */
const NAMED = new Set(
  `author authors owner assignees assignee user users actor creator mergedBy headRepository headRepositoryOwner
  baseRepository repository parent defaultBranchRef requestedReviewer requestedReviewers reviewer viewer committer enabledBy app
  organization closingIssuesReferences projectCards projectItems project column licenseInfo codeOfConduct
  branchProtectionRule mentionableUsers assignableUsers primaryLanguage fundingLinks templateRepository commenter editor submitter nodes edges
  node pageInfo`.split(/\s+/),
);
/** Fields that may lead to an issue of another repository. */
const LINKS = new Set(['closingIssuesReferences', 'parent']);
/** Fields with an issue's words. */
const CONTENT = /^(title|body)/;
/** With arguments these name any other one. */
const BY_NAME = new Set(['repository', 'organization', 'project', 'user']);
/** A credential, as `tempCloneToken` is. */
const SECRET = /token|secret|credential|password/i;

/**
 * inside: the repository's own · named: of another one · linked: the same, without an issue's words · plain: without
 * further fields · schema: GitHub's own.
 */
type Room = 'inside' | 'named' | 'linked' | 'plain' | 'schema';

/** What the repository has, and what else is harmless. */
const QUERIES: Readonly<Record<string, Room>> = {
  repository: 'inside',
  node: 'inside',
  nodes: 'inside',
  // Finds within the repository, or nothing.
  search: 'inside',
  viewer: 'plain',
  user: 'plain',
  rateLimit: 'plain',
  __type: 'schema',
  __schema: 'schema',
};

const MUTATIONS: Readonly<Record<string, GitPermission | null>> = {
  createPullRequest: null,
  updatePullRequest: null,
  closePullRequest: null,
  reopenPullRequest: null,
  markPullRequestReadyForReview: null,
  convertPullRequestToDraft: null,
  requestReviews: null,
  requestReviewsByLogin: null,
  addPullRequestReview: null,
  addPullRequestReviewComment: null,
  addPullRequestReviewThread: null,
  addPullRequestReviewThreadReply: null,
  updatePullRequestReviewComment: null,
  submitPullRequestReview: null,
  resolveReviewThread: null,
  unresolveReviewThread: null,
  createIssue: null,
  updateIssue: null,
  closeIssue: null,
  reopenIssue: null,
  addComment: null,
  updateIssueComment: null,
  addLabelsToLabelable: null,
  removeLabelsFromLabelable: null,
  addAssigneesToAssignable: null,
  removeAssigneesFromAssignable: null,
  addReaction: null,
  mergePullRequest: 'merge',
  enablePullRequestAutoMerge: 'merge',
  disablePullRequestAutoMerge: 'merge',
};
const REVIEWS = new Set(['addPullRequestReview', 'submitPullRequestReview']);
/** Ids of people and teams, who belong to no repository. */
const OF_PEOPLE = new Set(['assigneeIds', 'userIds', 'teamIds', 'botIds', 'clientMutationId']);
/** Named like ids, but the names of commits. */
const COMMITS = new Set(['expectedHeadOid', 'commitOID']);

/** `path`: `owner/name` of the repository. */
export function judgeGraphql(body: unknown, path: string): GraphqlVerdict {
  const { query, variables = null } =
    typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const document = typeof query === 'string' && !Array.isArray(body) ? readDocument(query) : null;
  const isGiven = typeof variables === 'object' && !Array.isArray(variables);
  if (document === null || document.operations.length === 0 || !isGiven)
    return { refused: 'the request is unreadable' };
  const judge = new Judge(document, path);
  for (const { type, selections, defaults } of document.operations) {
    const values: Values = { given: (variables ?? {}) as Record<string, unknown>, defaults: defaultsOf(defaults) };
    for (const field of judge.fieldsOf(selections)) {
      const refused = type === 'mutation' ? judge.mutation(field, values) : judge.query(field, values);
      if (refused !== null) return { refused };
    }
  }
  if (judge.ids.size > IDS_MAX) return { refused: 'the request names too many ids' };
  return { ids: [...judge.ids], needs: judge.needs };
}

/** The body as the host gets it: without what else the agent's body may have had. */
export function graphqlBody(body: unknown): string {
  const { query, variables, operationName } = body as Record<string, unknown>;
  return JSON.stringify({ query, variables, operationName });
}

/** Of the variables. */
type Values = { given: Readonly<Record<string, unknown>>; defaults: Readonly<Record<string, unknown>> };

class Judge {
  readonly ids = new Set<string>();
  needs: GitPermission | null = null;
  readonly #document: Document;
  readonly #path: string;
  readonly #seen = new Set<string>();
  /** A comment has a command for a bot. */
  #saysMerge = false;

  constructor(document: Document, path: string) {
    this.#document = document;
    this.#path = path.toLowerCase();
  }

  /** The fields of a root, those of fragments included. */
  fieldsOf(selections: readonly Selection[], seen = new Set<string>()): Field[] {
    return selections.flatMap((each) => {
      if (each.kind === 'field') return [each];
      if (each.kind === 'inline') return this.fieldsOf(each.selections, seen);
      if (seen.has(each.name)) return [];
      seen.add(each.name);
      const fragment = this.#document.fragments.get(each.name);
      return fragment ? this.fieldsOf(fragment, seen) : [UNKNOWN];
    });
  }

  query({ name, args, selections }: Field, values: Values): string | null {
    if (name === '__typename') return null;
    const room = Object.hasOwn(QUERIES, name) ? QUERIES[name] : undefined;
    if (room === undefined) return `the field ${name} isn’t available through the relay`;
    if (name === 'repository') {
      const [owner, repo] = [args.owner, args.name].map((arg) => resolve(arg, values));
      if (typeof owner !== 'string' || typeof repo !== 'string') return 'the repository isn’t named';
      if (`${owner}/${repo}`.toLowerCase() !== this.#path) return 'that is another repository';
    }
    if (name === 'search') {
      const asked = resolve(args.query, values);
      if (resolve(args.type, values) !== 'ISSUE') return 'only issues and pull requests are searched';
      if (typeof asked !== 'string' || !staysInside(asked, this.#path))
        return `a search needs repo:${this.#path}, and no OR, NOT or parentheses`;
    }
    if (name === 'node' || name === 'nodes') {
      const asked = [resolve(args[name === 'node' ? 'id' : 'ids'], values)].flat();
      for (const id of asked) if (typeof id === 'string') this.ids.add(id);
      if (!asked.every((id) => typeof id === 'string')) return 'the id isn’t named';
    }
    return this.#below(selections ?? [], room);
  }

  mutation({ name, args, selections }: Field, values: Values): string | null {
    if (name === '__typename') return null;
    const needs = Object.hasOwn(MUTATIONS, name) ? MUTATIONS[name] : undefined;
    if (needs === undefined) return `the mutation ${name} isn’t available through the relay`;
    const input = resolve(args.input, values);
    if (typeof input !== 'object' || input === null || Array.isArray(input) || Object.keys(args).length !== 1)
      return 'the input isn’t readable';
    if (!this.#collect(input, 0)) return 'the input isn’t readable';
    if (!isOwnHead((input as { headRefName?: unknown }).headRefName, this.#path))
      return 'a pull request is made from a branch of this repository';
    const isApproval = REVIEWS.has(name) && String((input as { event?: unknown }).event).toUpperCase() === 'APPROVE';
    this.needs ??= isApproval || this.#saysMerge ? 'merge' : needs;
    return this.#below(selections ?? [], 'inside');
  }

  /** Null: every field may be asked for. */
  #below(selections: readonly Selection[], room: Room): string | null {
    for (const each of selections) {
      const refused = each.kind === 'field' ? this.#field(each, room) : this.#spread(each, room);
      if (refused !== null) return refused;
    }
    return null;
  }

  #field({ name, args, selections }: Field, room: Room): string | null {
    const refused = `the field ${name} isn’t available through the relay`;
    if (room === 'schema') return null;
    if (selections === null) return SECRET.test(name) || (room === 'linked' && CONTENT.test(name)) ? refused : null;
    if (room === 'plain' || (BY_NAME.has(name) && Object.keys(args).length > 0)) return refused;
    if (room === 'inside' && INSIDE.has(name)) return this.#below(selections, 'inside');
    const isLinked = room === 'linked' || LINKS.has(name);
    return NAMED.has(name) ? this.#below(selections, isLinked ? 'linked' : 'named') : refused;
  }

  /** Each fragment is read once in each room, so that circles end. */
  #spread(each: Exclude<Selection, Field>, room: Room): string | null {
    if (each.kind === 'inline') return this.#below(each.selections, room);
    const fragment = this.#document.fragments.get(each.name);
    if (!fragment) return `there is no fragment ${each.name}`;
    const key = `${room} ${each.name}`;
    if (this.#seen.has(key)) return null;
    this.#seen.add(key);
    return this.#below(fragment, room);
  }

  /** Notes the ids in a mutation's input. False if it can't be read. */
  #collect(value: unknown, depth: number, key = ''): boolean {
    if (depth > VALUE_DEPTH_MAX) return false;
    const isId = (/ids?$/i.test(key) && !COMMITS.has(key)) || key === 'inReplyTo';
    if (key === 'body' && isMergeCommand(value)) this.#saysMerge = true;
    if (typeof value === 'string' && isId && !OF_PEOPLE.has(key)) this.ids.add(value);
    // The host takes a number for an id as well.
    if (typeof value === 'number' && isId) return false;
    if (Array.isArray(value)) return value.every((item) => this.#collect(item, depth + 1, key));
    if (typeof value !== 'object' || value === null) return true;
    return Object.entries(value).every(([name, item]) => this.#collect(item, depth + 1, name));
  }
}

/** Every word of a search narrows it, unless it is an operator or names where to look. Quoted words name nothing. */
function staysInside(query: string, path: string): boolean {
  const text = query.toLowerCase();
  const unquoted = text.replace(/"[^"]*"/g, 'quoted');
  const isPlain = !/[()\\“”„‟＂]|(?:^|\s)-?(?:or|not|and)(?:\s|$)/.test(text) && !unquoted.includes('"');
  return isPlain && [text, unquoted].every((each) => placesIn(each).join(' ') === `repo:${path}`);
}

const placesIn = (search: string): string[] =>
  search.split(/\s+/).filter((word) => /(?:^|[^a-z])(?:repo|repository|org|user|owner|enterprise):/.test(word));

const UNKNOWN: Field = { kind: 'field', name: 'unknown', args: {}, selections: null };

const defaultsOf = (defaults: Readonly<Record<string, Value>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(defaults).map(([name, value]) => [name, resolve(value, { given: {}, defaults: {} })]),
  );

/** Undefined: not given. */
function resolve(value: Value | undefined, values: Values): unknown {
  switch (value?.kind) {
    case undefined:
      return undefined;
    case 'variable':
      return [values.given, values.defaults].find((each) => Object.hasOwn(each, value.name))?.[value.name];
    case 'scalar':
      return value.value;
    case 'list':
      return value.items.map((item) => resolve(item, values));
    case 'object':
      return Object.fromEntries(Object.entries(value.fields).map(([name, item]) => [name, resolve(item, values)]));
  }
}
