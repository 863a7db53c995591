import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// A folder that agents read and only the server writes, first on their path. It has a `gh`: the real one speaks plain
// HTTP to `api.github.localhost` only through a proxy, and in the sandbox NO_PROXY excludes such names for every other
// program. And it has the list of names that git doesn't see in the sandbox.

const FOLDER = 'tools';
const IGNORED = 'ignored-in-the-sandbox';

/** The sandbox puts devices in the place of these, to which nobody can write; git refuses to add them. */
const DEVICES = [
  ...['.bash_profile', '.bashrc', '.profile', '.zprofile', '.zshrc', '.gitconfig', '.gitmodules', '.ripgreprc'],
  ...['.mcp.json', '.claude/', '.vscode', '.idea'],
];

const SCRIPT = (folder: string): string => `#!/bin/sh
# Leads gh through the connect proxy of the agent server, if the project has a repository at GitHub.
if [ -n "$ROOST_GH_PROXY" ]; then
  export HTTP_PROXY="$ROOST_GH_PROXY" http_proxy="$ROOST_GH_PROXY" NO_PROXY= no_proxy=
fi
IFS=:
for folder in $PATH; do
  if [ "$folder" != '${folder}' ] && [ -x "$folder/gh" ]; then exec "$folder/gh" "$@"; fi
done
echo 'gh is not installed on this computer. Ask the person to install it, or give them the link of the branch.' >&2
exit 127
`;

/** The folder of programs that the server puts before others; agents read it, and only the server writes. */
export const toolsFolderOf = (dataDir: string): string => join(dataDir, FOLDER);

/** A list for git's `core.excludesFile`. */
export const ignoredInSandbox = (dataDir: string): string => join(toolsFolderOf(dataDir), IGNORED);

/** Writes the folder anew. */
export function makeToolsFolder(dataDir: string): void {
  const folder = toolsFolderOf(dataDir);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  write(join(folder, 'gh'), SCRIPT(folder.replaceAll("'", `'\\''`)), 0o755);
  write(ignoredInSandbox(dataDir), DEVICES.map((name) => `/${name}\n`).join(''), 0o644);
}

function write(path: string, content: string, mode: number): void {
  writeFileSync(`${path}.new`, content);
  chmodSync(`${path}.new`, mode);
  renameSync(`${path}.new`, path);
}
