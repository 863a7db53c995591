#!/bin/sh
# A fresh volume belongs to root: it is given to an ordinary user, and everything else runs as that one.
set -e
if [ "$(id -u)" = 0 ]; then
  user=node
  if [ "$(stat -c %U "$DATA_DIR")" != "$user" ]; then
    # The folder itself last: cut off in between, the next start does it again.
    find "$DATA_DIR" -mindepth 1 -maxdepth 1 -exec chown -hR "$user:" {} +
    chown "$user:" "$DATA_DIR"
  fi
  exec setpriv --reuid="$user" --regid="$(id -g "$user")" --init-groups sh "$0"
fi
mkdir -p "$HOME/.local/bin"
exec node vm/src/main.ts
