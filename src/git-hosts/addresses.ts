import { GITHUB } from '../git/repository-address.ts';

// The addresses of git hosts: the real ones, or those of a stand-in.

/** `web`: with `{host}` where the name of the host belongs. `api`: of GitHub. */
export type HostAddresses = { web: string; api: string };

export const webOf = ({ web }: HostAddresses, host: string): string => web.replaceAll('{host}', host);

export const isGitHub = (host: string): boolean => host === GITHUB;
