#!/bin/sh
# A test suite in shell. Any number of such scripts may start at once: one builds, the others wait for it.
set -eu
image=$(stoker warm)
name=$(stoker name greets)
trap 'docker rm --force --volumes "$name" >/dev/null' EXIT
trap 'exit 130' INT TERM

docker run --detach --network none --name "$name" "$image" sleep 600 >/dev/null
greeting=$(docker exec "$name" cat /greeting)
[ "$greeting" = Hello. ] || { echo "not ok: the greeting is '$greeting'" && exit 1; }
echo "ok: it greets"
