import { accessSync, chmodSync, constants, mkdirSync, renameSync, writeFileSync } from 'node:fs';
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
if [ -n "$ROOST_GH_PROXY" ]; then echo 'gh is not installed on this computer. Use the tool github_api.' >&2
else echo 'gh is not installed on this computer.' >&2; fi
exit 127
`;

/** The folder of programs that the server puts before others; agents read it, and only the server writes. */
export const toolsFolderOf = (dataDir: string): string => join(dataDir, FOLDER);

/** A list for git's `core.excludesFile`. */
export const ignoredInSandbox = (dataDir: string): string => join(toolsFolderOf(dataDir), IGNORED);

/** Whether agents find a gh beside our wrapper. `hidden`: folders that the sandbox hides from their commands. */
export function hasGh(folders: readonly string[], dataDir: string, hidden: readonly string[] = []): boolean {
  const own = toolsFolderOf(dataDir);
  const isHidden = (path: string): boolean => hidden.some((folder) => `${path}/`.startsWith(`${folder}/`));
  return folders.some((folder) => folder !== own && !isHidden(folder) && isProgram(join(folder, 'gh')));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

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
