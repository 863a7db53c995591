import { readPrivateKey } from '../../src/git-hosts/github-app.ts';
import { type Check, fail, ok, warn } from './check.ts';

// Whether people can connect accounts at git hosts, by the settings alone.

export const gitAccountsCheck: Check = {
  name: 'git-accounts',
  title: 'Git hosts',
  async run({ vars }) {
    if (!vars.SECRETS_KEY)
      return warn(
        'nobody can connect an account, because SECRETS_KEY is not set',
        '`npm run setup` generates it; then `npm run deploy`.',
      );
    if (vars.GITHUB_APP_ID) {
      try {
        readPrivateKey(vars.GITHUB_APP_PRIVATE_KEY ?? '');
      } catch {
        return fail(
          'the key of the GitHub App is not PKCS#8',
          'Convert it with `openssl pkcs8 -topk8 -nocrypt`, or make another App with `npm run github-app`.',
        );
      }
      return ok(`accounts by the GitHub App ${vars.GITHUB_APP_SLUG ?? ''}, and by tokens`);
    }
    return ok(vars.GITHUB_CLIENT_ID ? 'accounts by GitHub’s device flow, and by tokens' : 'accounts by tokens');
  },
};
