// The advice for a computer on which no sandbox works: the reason, the command that installs one on this system, and
// how to start without one. Pure.

/** Chosen by ID and ID_LIKE in /etc/os-release. */
const INSTALLERS: readonly [RegExp, string][] = [
  [/\b(debian|ubuntu|linuxmint|pop|raspbian)\b/, 'sudo apt install bubblewrap socat'],
  [/\b(fedora|rhel|centos|rocky|almalinux|amzn)\b/, 'sudo dnf install bubblewrap socat'],
  [/\b(arch|manjaro|endeavouros)\b/, 'sudo pacman -S bubblewrap socat'],
  [/\b(opensuse[\w-]*|suse|sles)\b/, 'sudo zypper install bubblewrap socat'],
  [/\balpine\b/, 'sudo apk add bubblewrap socat'],
  [/\bvoid\b/, 'sudo xbps-install -S bubblewrap socat'],
  [/\bgentoo\b/, 'sudo emerge sys-apps/bubblewrap net-misc/socat'],
  [/\bnixos\b/, 'nix-shell -p bubblewrap socat'],
];

export type System = { platform: string; osRelease: string };

/** The command that installs the sandbox's packages; null where it is not known. */
export function installCommand({ platform, osRelease }: System): string | null {
  if (platform !== 'linux') return null;
  const names = [...osRelease.slice(0, 10_000).matchAll(/^ID(?:_LIKE)?="?([\w .-]*)"?$/gm)].map(([, ids]) => ids);
  const ids = names.join(' ').toLowerCase();
  return INSTALLERS.find(([system]) => system.test(ids))?.[1] ?? null;
}

/** The install command, or a hint where there is none. */
function howToInstall(reason: string, system: System): string {
  const command = installCommand(system);
  if (/is not installed$/.test(reason)) {
    if (command !== null) return ` Install one: ${command}`;
    return system.platform === 'linux' ? ' Install bubblewrap and socat.' : '';
  }
  return system.platform === 'linux'
    ? " bubblewrap needs user namespaces, which this system doesn't allow you to use."
    : '';
}

export function noSandbox(reason: string, system: System, args: readonly string[]): string {
  const without = `npm start -- ${[...args.filter((arg) => arg !== '--unconfined'), '--unconfined'].join(' ')}`;
  return [
    `Can't start: the agent's commands run in a sandbox, and none works here (${reason}).`,
    ...[howToInstall(reason, system).trim()].filter((line) => line !== ''),
    `Or start without one: ${without}`,
    'Then the agent asks before it changes anything, but a command you approve can read and change anything you can.',
  ].join('\n');
}

/** For sandboxes that can't take a project's own programs: what won't start, and what to do. */
export function programsHint({ platform }: System): string {
  const first = "Hooks and tool servers that a project brings along won't start: ";
  if (platform !== 'linux') return `${first}the sandbox of this system can't confine them. Everything else works.`;
  return [
    `${first}this computer's bubblewrap is older than 0.8. Everything else works.`,
    'To use them, update bubblewrap and start again. You may need a newer release of your system; "bwrap --version" shows what you have.',
  ].join('\n');
}

/** For runs that need no sandbox: tells people in advance that `--real` will. */
export function sandboxHint(reason: string, system: System): string {
  const command = installCommand(system);
  const first =
    command === null || !/is not installed$/.test(reason) ? `see docs/operate.md, "With a real model"` : command;
  return `For the real Claude you'll need a sandbox, and none works here yet (${reason}): ${first}`;
}
