#!/bin/sh
# A fresh volume belongs to root; everything after this line runs as an ordinary user.
set -e
mkdir -p "$DATA_DIR/home"
[ "$(stat -c %U "$DATA_DIR/home")" = node ] || chown -R node:node "$DATA_DIR"
exec setpriv --reuid=node --regid=node --init-groups node vm/src/main.ts
