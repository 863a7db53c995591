export type System = { platform: string; arch: string; libc: 'glibc' | 'musl' | undefined; node: string };
export type Lock = {
  packages: Record<
    string,
    {
      version?: string;
      dev?: boolean;
      devOptional?: boolean;
      optional?: boolean;
      link?: boolean;
      os?: string[];
      cpu?: string[];
      libc?: string[];
    }
  >;
};
export function downloadMb(forTests: boolean): number;
export function isTestScript(script: string): boolean;
export function hasTestPackages(installed: Lock | undefined): boolean;
export function bringsNode(system: System): boolean;
export function nodeProblem(system: System): string | undefined;
export function installProblem(
  lock: Lock,
  installed: Lock | undefined,
  system: System,
  forTests: boolean,
): string | undefined;
