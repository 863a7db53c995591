// Asks GitHub to which repository the nodes of a GraphQL request belong. An id says nothing by itself, and a person's
// own token reaches everything that the person reaches.

const TYPES =
  'PullRequest Issue IssueComment PullRequestReview PullRequestReviewComment PullRequestReviewThread Label Milestone';
const QUERY = `query($ids:[ID!]!){nodes(ids:$ids){... on Repository{nameWithOwner}${TYPES.split(' ')
  .map((type) => `... on ${type}{repository{nameWithOwner}}`)
  .join('')}}}`;
const ASK_MS = 15_000;

type Node = { nameWithOwner?: unknown; repository?: { nameWithOwner?: unknown } | null } | null;

/**
 * own: each node is in the repository `path` · other: at least one isn't · refused: the host refused the credential. Throws
 * when the host doesn't answer.
 */
export async function findOwnerOf(
  ids: readonly string[],
  path: string,
  { url, headers }: { url: string; headers: Record<string, string> },
): Promise<'own' | 'other' | 'refused'> {
  if (ids.length === 0) return 'own';
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY, variables: { ids } }),
    redirect: 'manual',
    signal: AbortSignal.timeout(ASK_MS),
  });
  if (!response.ok) {
    void response.body?.cancel().catch(() => undefined);
    return response.status === 401 ? 'refused' : 'other';
  }
  const { data } = (await response.json()) as { data?: { nodes?: Node[] } | null };
  const names = (data?.nodes ?? []).map((node) => String(node?.nameWithOwner ?? node?.repository?.nameWithOwner));
  const areOwn = names.length === ids.length && names.every((name) => name.toLowerCase() === path.toLowerCase());
  return areOwn ? 'own' : 'other';
}
