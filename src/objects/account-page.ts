import type { ConnectWay } from '../conversation/policy/connections.ts';
import type { AccountRefusal } from '../git-hosts/account.ts';

// What the page where an account is connected shows, takes and answers.

/** `masked`: of the chat that the account is for. `sender`: our address there. */
export type AccountPage = { host: string; way: ConnectWay; masked: string; sender: string };
export type AccountForm = { token: string; user: string };
/** `code`: to be texted. `go`: the address at the host that is next. `install`: the same, with a page of ours before. */
export type AccountAnswer =
  | { code: string; login: string; host: string; sender: string }
  | { go: string }
  | { install: string }
  | { refused: AccountRefusal | 'empty' };
