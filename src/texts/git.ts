import type { GitPermission } from '../git/permissions.ts';
import type { PushProblem } from '../git/push-commands.ts';

// What the agent reads when a request to a git host is refused, and what the person is asked.

const MIB = 2 ** 20;
const ASKED = 'The person has been asked. Go on with other work or end your turn; their answer comes as a message.';

const needs = {
  'push-default': (ref: string): string =>
    `The person hasn’t allowed pushes to the default branch (${ref}). Push a branch of your own and open a pull request.`,
  force: (ref: string): string =>
    `${ref} exists already, and its newest commit isn’t yours, so this push could overwrite the work of others. Push a new branch.`,
  delete: (ref: string): string => `The person hasn’t allowed deleting branches and tags (${ref}).`,
  merge: (ref: string): string =>
    `The person hasn’t allowed merging or approving pull requests (${ref}). Comment and request changes as you like.`,
} satisfies Record<GitPermission, (ref: string) => string>;

const allowed = {
  'push-default': 'push to the default branch',
  force: 'change branches and tags that somebody else pushed to, which can overwrite their work',
  delete: 'delete branches and tags',
  merge: 'merge and approve pull requests',
} satisfies Record<GitPermission, string>;

/** `asked`: the person is being asked · denied: they said no in this turn · cannot: nobody can be asked now. */
export type PermissionState = 'allowed' | 'asked' | 'denied' | 'cannot';

export const gitTexts = {
  /** What a permission covers, after “may I” or “always allowed”. */
  allowed,
  toAgent: {
    ended: 'This turn is over and can no longer use the repository.',
    removed: 'This person is no longer allowed to use Roost.',
    guest:
      'The person is a guest by now, and guests can’t use accounts at git hosts. An admin can make them a member (/role).',
    'no-repository': 'This project has no repository. The person can make one that has: /project new NAME ADDRESS',
    'other-repository': 'This project may only use its own repository. The person can make a project for another one.',
    'not-connected': 'The person’s account at this git host isn’t connected. They can connect it by texting /github.',
    'refused-by-host': 'The git host refused the person’s token. They can connect again by texting /github.',
    expired: 'The person’s connection to this git host is too old. They can connect again by texting /github.',
    unavailable:
      'The git host gave no access to this repository just now: it doesn’t answer, or the person’s account may no longer use it. Try again in a minute.',
    'too-many': 'Too many requests this minute. Try again in 30 seconds.',
    'used-up': 'This turn has used the git host as much as one turn may. Go on in the next turn.',
    unknown:
      'This request isn’t available through the relay. Use git, or gh for pull requests, issues, reviews and checks.',
    compressed: 'Send the body uncompressed.',
    unreadable: 'The relay can’t read this request. Send it in its plain form.',
    namespace: (ref: string): string => `${ref} is neither a branch nor a tag. Push branches and tags only.`,
    push: {
      'too-many-commands': 'This push has too many branches and tags. Push them in parts of at most 300.',
      certificate: 'Push without a signature of the push itself: git push --no-signed',
      options: 'Push without --push-option.',
      'no-report': 'This git is too old to push through the relay.',
      malformed: 'The relay can’t read this push. Push with git itself, uncompressed.',
    } satisfies Record<PushProblem, string>,
    tooLarge: (most: number): string =>
      `This push is larger than ${Math.floor(most / MIB)} MB. Push older commits first and the rest after them (git push origin COMMIT:refs/heads/BRANCH), or put large files into Git LFS.`,
    tooLargeRequest: (most: number): string =>
      `The request is larger than ${Math.floor(most / MIB)} MB. Send less at once.`,
    tooLargeAnswer: (most: number): string =>
      `The answer is larger than ${Math.floor(most / MIB)} MB. Ask for fewer entries at once (per_page).`,
    redirected:
      'The git host answered from another address, so the repository was renamed or moved. The person can make a new project with its new address.',
    down: 'The git host doesn’t answer. Try again in a minute.',
    'shows-credential': 'The git host’s answer has a credential in it, so the relay keeps it back.',
    'other-ids': 'This request names something outside this project’s repository.',
    graphql: (why: string): string => `The relay refuses this request: ${why}.`,
    needs: (permission: GitPermission, of: string, state: PermissionState): string => {
      const after = {
        allowed: 'The person has just allowed it: try again.',
        asked: ASKED,
        denied: 'They said no in this turn, so don’t try it again.',
        cannot: 'Ask the person whether they want it; then try again.',
      };
      return `${needs[permission](of)} ${after[state]}`;
    },
    /** The message of Roost to the agent after the person's yes. */
    nowAllowed: (permission: GitPermission): string =>
      `(From Roost, not from the person: they have allowed you to ${allowed[permission]} in this project from now on. Go on with what you were doing.)`,
  },
  mayI: (permission: GitPermission, project: string, of: string): string =>
    `In ${project}, may I ${allowed[permission]}? It’s about ${of}. If you allow it, it counts for this project until you remove it in /approvals.`,
  allow: 'Allow',
  notNow: 'Not now',
  yesOrNo: 'Answer yes or no.',
  permitted: (permission: GitPermission, project: string): string =>
    `OK, I may ${allowed[permission]} in ${project}. /approvals lists what you have allowed.`,
  notPermitted: 'OK, I won’t.',
} as const;
