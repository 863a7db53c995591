/**
 * Whether the head of a new pull request is a branch of this repository (`path`), or isn't named. Clients name a branch
 * of a fork `owner:branch`.
 */
export function isOwnHead(head: unknown, path: string): boolean {
  if (head == null) return true;
  if (typeof head !== 'string') return false;
  const owner = head.includes(':') ? head.slice(0, head.indexOf(':')) : null;
  return owner === null || owner.toLowerCase() === path.split('/', 1)[0]?.toLowerCase();
}
