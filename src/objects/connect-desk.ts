import { capabilitiesOf } from '../channels/registry.ts';
import { maskAddress } from '../conversation/access/change.ts';
import { openConnecting } from '../conversation/repositories/connect.ts';
import type { ConnectStep } from '../conversation/state/connection-events.ts';
import type { Connecting } from '../conversation/state/connections.ts';
import { answerAddressOf } from '../conversation/state/person.ts';
import { readAccount } from '../git-hosts/account.ts';
import { authorizeUrl, installUrl, readInstallations, takeUserToken } from '../git-hosts/github-app.ts';
import { newCode, printCode } from '../input/access-code.ts';
import type { AccountAnswer, AccountForm, AccountPage } from './account-page.ts';
import { type Credential, connectionsOf } from './connections.ts';
import type { LaneContext } from './lanes/lane-context.ts';

// The page where a person connects an account: what it shows, and what its button does. The account is theirs once they
// text the code that the page ends with.

const TOKEN = /^[\x21-\x7e]{8,1000}$/;
const USER = /^[^\s:\p{Cc}]{1,100}$/u;
/** Bitbucket takes access tokens beside this name; GitLab and others take any name. */
const OTHER_USER = { 'bitbucket.org': 'x-token-auth' } as Readonly<Record<string, string>>;

export class ConnectDesk {
  readonly #calls: LaneContext;

  constructor(calls: LaneContext) {
    this.#calls = calls;
  }

  /** Null when the link is used up, or its time is over. */
  page(link: string): AccountPage | null {
    const connecting = this.#open(link, ['link']);
    return connecting && this.#pageOf(connecting);
  }

  /** The button of the page. Null when the link is used up. */
  async press(link: string, form: AccountForm): Promise<AccountAnswer | null> {
    const connecting = this.#open(link, ['link']);
    if (connecting === null) return null;
    return connecting.way === 'app' ? this.#goToHost(connecting) : this.#takeToken(connecting, form);
  }

  /** The person comes back from GitHub. Null when nobody waits for them. */
  async comeBack(link: string, code: string): Promise<AccountAnswer | null> {
    const connecting = this.#open(link, ['away']);
    const { gitHubApp, gitHosts, accountState } = this.#calls.services();
    if (connecting === null || gitHubApp === null) return null;
    const token = await takeUserToken(gitHosts, gitHubApp, { code }, this.#calls.realNow());
    if (typeof token === 'string') return { refused: token };
    // Only what GitHub says of this person's own token counts, never an id that the browser brings.
    const installations = await readInstallations(gitHosts, `Bearer ${token.token}`);
    if (typeof installations === 'string') return { refused: installations };
    if (installations.length === 0) {
      const state = accountState(link, this.#calls.toRealTime(connecting.expiresAt));
      return { install: installUrl(gitHosts, gitHubApp, state) };
    }
    return this.#keep(connecting, 'app', token, null);
  }

  #goToHost(connecting: Connecting): AccountAnswer {
    const { gitHubApp, gitHosts, accountState } = this.#calls.services();
    if (gitHubApp === null) return { refused: 'down' };
    this.#step(connecting.id, { is: 'away' });
    const state = accountState(connecting.id, this.#calls.toRealTime(connecting.expiresAt));
    return { go: authorizeUrl(gitHosts, gitHubApp, state) };
  }

  async #takeToken(connecting: Connecting, form: AccountForm): Promise<AccountAnswer | null> {
    const [token, user] = [form.token.trim(), form.user.trim()];
    if (!TOKEN.test(token)) return { refused: 'empty' };
    const named = USER.test(user) ? user : (OTHER_USER[connecting.host] ?? null);
    return this.#keep(connecting, 'token', { token, ...(named === null ? {} : { user: named }) }, named);
  }

  /** Asks the host whose the token is, seals it, and gives the person a code. */
  async #keep(
    connecting: Connecting,
    kind: 'app' | 'token',
    credential: Credential,
    user: string | null,
  ): Promise<AccountAnswer | null> {
    const { id, host, step } = connecting;
    const read = await readAccount(this.#calls.services().gitHosts, host, credential.token, user);
    if ('refused' in read) {
      if (read.refused !== 'down' && read.refused !== 'limited') this.#step(id, { is: 'wrong' });
      return read;
    }
    const { login, name, email, expiresAt } = read.account;
    // Other hosts than GitHub may want the account's name beside the token.
    const named = kind === 'token' && host !== 'github.com' ? { user: credential.user ?? login } : {};
    const sealed = await connectionsOf(this.#calls).seal(host, { ...credential, ...named });
    if (sealed === null) return { refused: 'down' };
    // Another press of the same button may have been faster.
    if (this.#open(id, [step]) === null) return null;
    const code = newCode(() => crypto.getRandomValues(new Uint8Array(1))[0] ?? 0);
    const until = kind === 'app' ? null : expiresAt;
    this.#step(id, { is: 'found', found: { kind, login, name, email, sealed, expiresAt: until, code } });
    return { code: printCode(code), login, host, sender: this.#pageOf(connecting).sender };
  }

  #open(link: string, steps: readonly Connecting['step'][]): Connecting | null {
    const { isHome, load, now } = this.#calls;
    const connecting = isHome() ? openConnecting(load(), now()) : null;
    return connecting?.id === link && steps.includes(connecting.step) ? connecting : null;
  }

  #step(id: string, step: ConnectStep): void {
    this.#calls.apply({ type: 'connect-step', id, step });
  }

  #pageOf({ host, way }: Connecting): AccountPage {
    const { conversation } = this.#calls.load();
    return {
      host,
      way,
      masked: maskAddress(answerAddressOf(conversation), capabilitiesOf),
      sender: conversation.sender,
    };
  }
}
