export type System = { platform: string; arch: string; libc: 'glibc' | 'musl' | undefined; node: string };
export type Lock = {
  packages: Record<
    string,
    { version?: string; optional?: boolean; link?: boolean; os?: string[]; cpu?: string[]; libc?: string[] }
  >;
};
export const DOWNLOAD_MB: number;
export function bringsNode(system: System): boolean;
export function nodeProblem(system: System): string | undefined;
export function installProblem(lock: Lock, installed: Lock | undefined, system: System): string | undefined;
