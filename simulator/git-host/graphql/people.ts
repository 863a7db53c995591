import { sees } from '../access.ts';
import { accountOf } from '../api/views.ts';
import { siteUrl } from '../host.ts';
import { type Asked, connection, type PageArgs } from './context.ts';
import { repositoryNode } from './repositories.ts';

// Accounts as GraphQL shows them.

const nobody = (args: PageArgs) => connection([], args);

export function accountNode({ host, token }: Asked, login: string) {
  const { id, type, name, mails } = accountOf(host, login);
  const isBot = login.endsWith('[bot]');
  const kind = isBot ? 'Bot' : type;
  return {
    __typename: kind,
    id: `${{ Bot: 'BOT', User: 'U', Organization: 'O' }[kind]}_${login}`,
    databaseId: id,
    login: isBot ? login.slice(0, -'[bot]'.length) : login,
    name,
    email: mails.find(({ visibility }) => visibility === 'public')?.email ?? '',
    url: siteUrl(host, 'github.com', `/${login}`),
    avatarUrl: '',
    resourcePath: `/${login}`,
    organizations: nobody,
    repositories: ({ privacy, ...args }: PageArgs & { privacy?: string | null }) => {
      const own = host.store.records.repositories.filter((one) => one.owner === login && sees(host.store, token, one));
      const wanted = own.filter((one) => !privacy || one.private === (privacy === 'PRIVATE'));
      return connection(
        wanted.map((one) => repositoryNode({ host, token }, one)),
        args,
      );
    },
    projects: nobody,
    projectsV2: nobody,
    teams: nobody,
  };
}

export const accountConnection = (asked: Asked, logins: readonly string[]) => (args: PageArgs) =>
  connection(
    logins.map((login) => accountNode(asked, login)),
    args,
  );
