#!/usr/bin/env bash
# Thumbnails and gallery data over loopback with wrk, keep-alive, 64 connections; nginx serves the same bytes as files.
# Server and load generator share the machine.
set -euo pipefail
cd "$(dirname "$0")/../.."
likeness=$PWD/build/release/apps/likeness
duration=5
[ "${1:-}" = --large ] && duration=30
photos=${LIKENESS_SHARED:-}/photos/main
[ -d "$photos" ] || photos=/usr/share/backgrounds/mate
[ -d "$photos" ] || { echo "skipped: no photos (LIKENESS_SHARED, or the package mate-backgrounds)"; exit 0; }

work=$(mktemp -d)
chmod 755 "$work"  # nginx gives up root in its workers
pids=()
cleanup() { for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$work"; }
trap cleanup EXIT
"$likeness" --data "$work/data" --json import "$photos" >/dev/null 2>&1 || [ $? -eq 1 ]
port=$((20000 + RANDOM % 20000)) other=$((20000 + RANDOM % 20000))
"$likeness" --data "$work/data" serve --listen 127.0.0.1:$port >"$work/serve.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do curl -fs "http://127.0.0.1:$port/readyz" >/dev/null && break; sleep 0.1; done

mkdir -p "$work/files/i" "$work/logs"
curl -fs "http://127.0.0.1:$port/api/v1/layout" >"$work/files/layout.json"
curl -fs "http://127.0.0.1:$port/api/v1/images?limit=100" >"$work/files/images.json"
ids=$(sed 's/.*"ids":\[\([^]]*\)\].*/\1/; s/,/\n/g' "$work/files/layout.json" | head -100)
for id in $ids; do curl -fs "http://127.0.0.1:$port/i/$id/thumb" -o "$work/files/i/$id.jpg"; done
cat >"$work/nginx.conf" <<CONF
worker_processes 2; pid $work/nginx.pid; error_log $work/logs/error.log;
events { worker_connections 512; }
http { access_log off; sendfile on; keepalive_requests 1000000; open_file_cache max=1000; types { image/jpeg jpg; application/json json; }
  server { listen 127.0.0.1:$other; root $work/files; } }
CONF
nginx -c "$work/nginx.conf" -p "$work" -g 'daemon off;' &
pids+=($!)
for _ in $(seq 50); do curl -fs "http://127.0.0.1:$other/layout.json" >/dev/null && break; sleep 0.1; done

list=$(echo $ids | tr ' ' ',')
cat >"$work/thumbs.lua" <<LUA
local ids = {$list}
local form = os.getenv("FORM")
local at = 0
request = function() at = at % #ids + 1; return wrk.format("GET", string.format(form, ids[at])) end
LUA
row() { # NAME, wrk's arguments
  local name=$1; shift
  wrk -t1 -c64 -d${duration}s --latency "$@" | awk -v name="$name" '
    /50%/ { p50 = $2 } /99%/ { p99 = $2 } /Requests\/sec/ { rate = $2 } /Transfer\/sec/ { transfer = $2 } /Non-2xx/ { bad = $NF }
    END { printf "| %s | %.0f | %s | %s | %s | %d |\n", name, rate, p50, p99, transfer, bad }'
}
size=$(du -cb "$work"/files/i/*.jpg | tail -1 | cut -f1)
echo "$(echo "$ids" | wc -l) thumbnails of $((size / $(echo "$ids" | wc -l) / 1024)) KB on average; 64 connections, ${duration} s each"
echo
echo "| what | requests/s | p50 | p99 | bytes/s | errors |"
echo "|---|---|---|---|---|---|"
FORM="/i/%d/thumb" row "Likeness: thumbnail" -s "$work/thumbs.lua" "http://127.0.0.1:$port"
FORM="/i/%d.jpg" row "nginx: the same files" -s "$work/thumbs.lua" "http://127.0.0.1:$other"
row "Likeness: gallery data, 100 images" "http://127.0.0.1:$port/api/v1/images?limit=100"
row "nginx: the same JSON as a file" "http://127.0.0.1:$other/images.json"
row "Likeness: layout of the whole gallery" "http://127.0.0.1:$port/api/v1/layout"
