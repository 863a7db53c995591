import { actorOf } from '../api/answers.ts';
import { type Command, judgePush, NOTHING } from '../git/push-rules.ts';
import type { GitHost } from '../host.ts';
import type { Repository, Token } from '../records.ts';
import { afterRefs } from './after-push.ts';

/** Makes, moves or deletes a ref without a push, by the rules of a push. Returns why it is refused, or null. */
export async function changeRef(
  host: GitHost,
  repository: Repository,
  token: Token,
  command: Command,
): Promise<string | null> {
  const [verdict] = await judgePush(host, repository, token, [command]);
  if (verdict?.refused) return verdict.refused;
  const { old, new: next, ref } = command;
  const change = next === NOTHING ? ['-d', ref, old] : [ref, next, old];
  await host.git.ask(host.store.bareFolder(repository), ['update-ref', ...change]);
  await afterRefs(host, repository, actorOf(host, token), [command]);
  return null;
}
