#!/bin/sh
# Two users. The server keeps the rights it needs to start, watch and end the processes of the agent's user; everything
# else runs as the agent's user, without rights (vm/src/process/agent-user.ts). At its start the server corrects the
# owners of files.
set -e
# A small young generation: the server's garbage is little, and the default grows to three times its live memory.
set -- node --max-semi-space-size=1 vm/dist/main.mjs
if [ "$(id -u)" = 0 ]; then
  server=$(id -u roost)
  AGENT_UID=$(id -u node)
  AGENT_GID=$(id -g node)
  export AGENT_UID AGENT_GID HOME=/nonexistent
  chown -h "$server:$server" "$DATA_DIR"
  rights=-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid
  exec setpriv --reuid="$server" --regid="$server" --clear-groups --no-new-privs \
    --inh-caps="$rights" --ambient-caps="$rights" --bounding-set="$rights" -- "$@"
fi
exec "$@"
