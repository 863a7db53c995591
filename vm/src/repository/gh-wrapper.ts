import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// A `gh` that comes first on the agent's path. The real one speaks plain HTTP to `api.github.localhost` only through a
// proxy, and in the sandbox NO_PROXY excludes such names for every other program.

const FOLDER = 'tools';

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

/** Writes the folder anew. */
export function makeToolsFolder(dataDir: string): void {
  const folder = toolsFolderOf(dataDir);
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const path = join(folder, 'gh');
  writeFileSync(`${path}.new`, SCRIPT(folder.replaceAll("'", `'\\''`)), { mode: 0o755 });
  renameSync(`${path}.new`, path);
}
