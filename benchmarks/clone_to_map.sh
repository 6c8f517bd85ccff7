#!/bin/sh
# From an empty folder to a scored route on the map: clones this repository, runs `make run` with empty caches, waits for
# the address. Downloads included. Usage: sh benchmarks/clone_to_map.sh
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'kill -- "-$server" 2>/dev/null || true; rm -rf "$folder"' EXIT
started=$(date +%s)
git clone --quiet "$here" "$folder/clone"
cd "$folder/clone"
setsid env XDG_CACHE_HOME="$folder/cache" XDG_DATA_HOME="$folder/data" WORKBENCH_PORT=5098 make run >"$folder/log" 2>&1 &
server=$!
until grep -q "The workbench is open at" "$folder/log"; do
    kill -0 "$server" 2>/dev/null || { cat "$folder/log"; exit 1; }
    sleep 1
done
echo "address printed after $(($(date +%s) - started)) s"
"$here/.venv/bin/python" "$here/benchmarks/draw_to_card.py" --address http://127.0.0.1:5098/ --routes 1
echo "scored map in the browser after $(($(date +%s) - started)) s"
