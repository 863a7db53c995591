import { DAY, MINUTE } from '../../units.ts';

// How accounts at git hosts are connected, and the bounds of it.

/** The operator's App, GitHub's device flow, or a token of the person's in our form. Other hosts have the form alone. */
export const CONNECT_WAYS = ['app', 'device', 'form'] as const;
export type ConnectWay = (typeof CONNECT_WAYS)[number];

/** How long the link to connect an account, and the code that ends it, work. */
export const CONNECT_FOR_MS = 10 * MINUTE;
/** Wrong codes, or tokens that the host refuses, after which a new link is needed. */
export const CONNECT_TRIES_MAX = 5;
/** How soon a host is asked again about a repository, and how often in all. */
export const LOOK_UP_RETRY_MS: readonly number[] = [3_000, 15_000];
export const LOOK_UP_TRIES_MAX = 3;
/** GitHub's own step when it is asked for the device flow's token too often. */
export const DEVICE_SLOWER_MS = 5_000;
/** The device flow's call is repeated when its outcome isn't known after this time. */
export const DEVICE_CALL_MS = 15_000;
/** A person is told this long before the end of a token that they made themselves. */
export const TOKEN_ENDS_MS = 7 * DAY;
