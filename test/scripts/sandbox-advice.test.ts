import { expect, test } from 'vitest';
import { installCommand, noSandbox, programsHint, sandboxHint } from '../../scripts/local/sandbox-advice.ts';

const linux = (osRelease: string) => ({ platform: 'linux', osRelease });

test.each([
  ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', 'sudo apt install bubblewrap socat'],
  ['PRETTY_NAME="Debian GNU/Linux 13"\nID=debian\n', 'sudo apt install bubblewrap socat'],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'sudo dnf install bubblewrap socat'],
  ['ID=fedora\n', 'sudo dnf install bubblewrap socat'],
  ['ID=arch\n', 'sudo pacman -S bubblewrap socat'],
  ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', 'sudo zypper install bubblewrap socat'],
  ['ID=alpine\n', 'sudo apk add bubblewrap socat'],
  ['ID=nixos\n', 'nix-shell -p bubblewrap socat'],
  ['ID=tiny\nVARIANT_ID=debian\n', null],
  ['', null],
])('the command of this system: %j', (osRelease, command) => {
  expect(installCommand(linux(osRelease))).toBe(command);
});

test('what is missing, the command for it, and the whole line to go on without', () => {
  const said = noSandbox('bubblewrap is not installed', linux('ID=ubuntu\n'), ['--real', '--twilio']);
  expect(said.split('\n')).toEqual([
    "Can't start: the agent's commands run in a sandbox, and none works here (bubblewrap is not installed).",
    'Install one: sudo apt install bubblewrap socat',
    'Or start without one: npm start -- --real --twilio --unconfined',
    'Then the agent asks before it changes anything, but a command you approve can read and change anything you can.',
  ]);
  expect(noSandbox('bwrap isn’t allowed to create one here', linux('ID=ubuntu\n'), ['--real'])).not.toContain('apt');
  expect(noSandbox('sandbox-exec is not installed', { platform: 'darwin', osRelease: '' }, ['--real'])).not.toMatch(
    /bubblewrap|Install/,
  );
});

test('a run that needs no sandbox mentions in advance what the real model needs', () => {
  expect(sandboxHint('socat is not installed', linux('ID=fedora\n'))).toBe(
    "For the real Claude you'll need a sandbox, and none works here yet (socat is not installed): sudo dnf install bubblewrap socat",
  );
});

test('where bubblewrap is too old for the programs of a project: what won’t start, and what to do', () => {
  const said = programsHint(linux('ID=ubuntu\n'));
  expect(said).toMatch(
    /won't start: this computer's bubblewrap is older than 0\.8\. Everything else works\.\nTo use them, update/,
  );
  expect(programsHint({ platform: 'darwin', osRelease: '' })).not.toMatch(/bubblewrap/);
});
