import type { PermissionUpdate } from '@anthropic-ai/claude-agent-sdk/core';

// Decides what "Always" may cover. A rule is offered only for a tool use that is useful again, removes nothing, reaches
// nobody and runs nothing else; the person is asked about all others each time. A final `*` matches anything.

const MOST = 200;
/** One command of plain words: no shell syntax, no look-alike characters. */
const PLAIN = /^[\w./:@%+,=-]+(?: (?:[\w./:@%+,=-]+|"[\w ./:@%+,=-]*"|'[\w ./:@%+,=-]*'))*$/;
/** Programs that remove, overwrite, run other programs, reach others or change permissions. */
const NEVER = new Set(
  `rm rmdir unlink shred truncate dd mv cp ln install mkfs chmod chown chgrp sudo su doas env xargs eval exec source command builtin
   . sh bash zsh dash fish ksh csh tcsh busybox python python2 python3 perl ruby node deno php lua awk gawk sed osascript pwsh powershell
   ssh scp sftp rsync curl wget nc ncat netcat telnet ftp socat dig nslookup ping docker podman kubectl helm terraform tofu
   pulumi ansible aws gcloud az flyctl fly heroku vercel netlify wrangler gh glab npx bunx uvx pipx kill pkill killall
   shutdown reboot systemctl service launchctl crontab at batch nohup setsid time timeout nice watch parallel tee find fd
   mount umount iptables useradd usermod passwd apt apt-get dnf yum brew snap pip java dotnet tsx ts-node
   uv poetry conda nix psql mysql mariadb sqlite3 mongosh redis-cli ed ex vi vim nvim emacs gdb expect script tmux screen ssh-keygen
   ssh-add gpg openssl mail sendmail http https aria2c lynx w3m chroot unshare nsenter stdbuf flock strace open xdg-open
   fdisk parted wipefs trash srm rename setfacl chattr defaults`.split(/\s+/),
);
/** Words that turn a harmless command into one that removes, forces or publishes. */
const FORCES =
  /(?:^| )(?:--?force\S*|-\w*[fD]\w*|--delete\S*|-d|--hard|--mirror|--prune\S*|--no-verify|publish|unpublish|deploy|destroy|drop|delete|del|uninstall|remove|rm|prune|purge|reset|clean|gc|--amend|restore|revert|filter-branch|rebase|checkout|switch|stash|exec|x|dlx|config|remote|link|login|logout|token|adduser|owner|access)(?: |$)|\s\+|\s:\S/;
/** Commands that may be followed by anything: they build, check and test, which is what the person allows. */
const OPEN_ENDED =
  /^(?:(?:npm|pnpm|yarn|bun) (?:test|run [\w:.-]+)|npm t|make(?: [\w-]+)?|cargo (?:build|test|check|clippy|fmt)|go (?:build|test|vet)|pytest|vitest|jest|tsc|eslint|prettier|biome(?: \w+)?|ruff(?: \w+)?|mypy|git (?:add|commit))$/;

/** A path that may be outside the project. */
const LEADS_OUT = /(?:^|[\s"'=:,@])\/|\.\./;

/** The rule for a tool use, or null if the person is asked each time. */
export function alwaysRuleOf(
  tool: string,
  input: Readonly<Record<string, unknown>>,
  suggestions: readonly PermissionUpdate[],
): string | null {
  const { command, host, url, file_path } = input;
  if (tool === 'Bash' && typeof command === 'string') return ruleForCommand(command, suggestions);
  if (tool === 'SandboxNetworkAccess' && typeof host === 'string') return withPort(host);
  if (tool === 'WebFetch' && typeof url === 'string') return pagesOf(url);
  if (tool === 'WebSearch') return 'WebSearch';
  if (tool !== 'Read' || typeof file_path !== 'string') return null;
  return file_path.length <= MOST && /^[\x20-\x7e]+$/.test(file_path) ? `Read(${file_path})` : null;
}

function ruleForCommand(command: string, suggestions: readonly PermissionUpdate[]): string | null {
  if (command.length > MOST || !PLAIN.test(command)) return null;
  const words = command.split(' ');
  const program = words[0]?.split('/').at(-1) ?? '';
  if (program === '' || program.includes('=') || isNever(program.toLowerCase()) || FORCES.test(command)) return null;
  const prefix = suggestedPrefix(suggestions);
  const isCovered = prefix !== null && (command === prefix || command.startsWith(`${prefix} `));
  if (!isCovered || !OPEN_ENDED.test(prefix)) return `Bash(${command})`;
  return LEADS_OUT.test(command.slice(prefix.length)) ? null : `Bash(${prefix} *)`;
}

/** Ignores a version or kind: "python3.12" counts as python, "mkfs.ext4" as mkfs. */
const isNever = (program: string): boolean =>
  [program, program.split('.')[0] ?? '', program.replace(/[\d.]+$/, '')].some((name) => NEVER.has(name));

/** The prefix in the agent's own suggestion, if that is exactly one command's beginning. */
function suggestedPrefix(suggestions: readonly PermissionUpdate[]): string | null {
  const rules = suggestions.flatMap((update) => (update.type === 'addRules' ? update.rules : []));
  const [rule] = rules;
  if (rules.length !== 1 || rule?.toolName !== 'Bash') return null;
  return /^(.+?)(?: \*|:\*)$/.exec(rule.ruleContent ?? '')?.[1] ?? null;
}

const withPort = (host: string): string | null =>
  /^(?:[a-z\d-]+\.)+[a-z\d-]+:\d{1,5}$/i.test(host) && host.length <= MOST ? `SandboxNetworkAccess(${host})` : null;

function pagesOf(address: string): string | null {
  if (!/^https:\/\/[\x21-\x7e]+$/.test(address) || !URL.canParse(address)) return null;
  const { protocol, hostname, port, username, password } = new URL(address);
  if (protocol !== 'https:' || username !== '' || password !== '' || hostname.length > MOST) return null;
  return `WebFetch(https://${hostname}:${port || '443'})`;
}
