#!/bin/sh
# Two users. The server keeps the rights it needs to start, look after and end what the agent's user runs; everything else
# runs as that one, and has none (vm/src/process/agent-user.ts). What belongs to whom is put right by the server at its start.
set -e
if [ "$(id -u)" = 0 ]; then
  server=$(id -u roost)
  AGENT_UID=$(id -u node)
  AGENT_GID=$(id -g node)
  export AGENT_UID AGENT_GID HOME=/nonexistent
  chown -h "$server:$server" "$DATA_DIR"
  rights=-all,+chown,+dac_override,+fowner,+kill,+setgid,+setuid
  exec setpriv --reuid="$server" --regid="$server" --clear-groups --no-new-privs \
    --inh-caps="$rights" --ambient-caps="$rights" --bounding-set="$rights" -- node vm/src/main.ts
fi
exec node vm/src/main.ts
