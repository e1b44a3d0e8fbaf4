#!/usr/bin/env bash
# Import of 12-megapixel JPEGs with everything, durable, on one core and on all; beside it the original's steps by the usual
# tools on one core. Photos: the development set's high-resolution ones, cut and scaled to 4000x3000.
set -euo pipefail
cd "$(dirname "$0")/../.."
likeness=$PWD/build/release/apps/likeness
[ -d "${LIKENESS_SHARED:-}/photos/highres" ] || { echo "skipped: the development photos are not here (LIKENESS_SHARED)"; exit 0; }

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/photos"
i=0
for photo in "$LIKENESS_SHARED"/photos/highres/*.jpg; do
  vipsthumbnail "$photo" --size 4000x3000 --smartcrop centre -o "$work/photos/$(printf %03d $i).jpg[Q=90,strip]"
  i=$((i + 1))
done
bytes=$(du -cb "$work"/photos/*.jpg | tail -1 | cut -f1)
echo "$i JPEGs of 4000x3000, $((bytes / i / 1024)) KB each"

seconds() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", b - a }'; }
now() { date +%s.%N; }

# import CPUS THREADS: one row, and the stages of the summary
import() {
  rm -rf "$work/data"
  local start end peak
  ( taskset -c "$1" "$likeness" --data "$work/data" --json import -j "$2" --on-duplicate keep "$work/photos" >"$work/out.$2" 2>/dev/null; true ) &
  local job=$! rss top=0
  start=$(now)
  while kill -0 $job 2>/dev/null; do
    rss=$(ps -e -o rss=,args= | awk -v me="$work/data" '/decode-worker/ || index($0, me) { sum += $1 } END { print int(sum / 1024) }')
    [ "${rss:-0}" -gt $top ] && top=$rss
    sleep 0.05
  done
  wait $job
  end=$(now)
  peak=$top
  awk -v n="$i" -v s="$(seconds "$start" "$end")" -v mp=12 -v name="Likeness, $2 core(s)" -v peak="$peak" \
    'BEGIN { printf "| %s | %.1f | %.1f | %.0f | %.0f | %s |\n", name, s, n / s, n * mp / s, 1000 * s / n, peak }'
}

echo
echo "| what | seconds | images/s | megapixels/s | ms an image | peak MB, all processes |"
echo "|---|---|---|---|---|---|"
import 0 1
[ "$(nproc)" -gt 1 ] && import "0-$(($(nproc) - 1))" "$(nproc)"

start=$(now)
mkdir "$work/usual"
for photo in "$work"/photos/*.jpg; do
  name=$(basename "$photo")
  sha256sum "$photo" >/dev/null
  taskset -c 0 vipsthumbnail "$photo" --size 750x750\> -o "$work/usual/thumb-$name[Q=80]"
  taskset -c 0 jpegtran -copy none -optimize -progressive -outfile "$work/usual/$name" "$photo"
done
tools=$(seconds "$start" "$(now)")
read -r decode hash colour akaze points < <(taskset -c 0 build/release/bench/usual_features "$work"/photos/*.jpg)
awk -v n="$i" -v t="$tools" -v d="$decode" -v h="$hash" -v c="$colour" -v a="$akaze" -v p="$points" 'BEGIN {
  s = t + d + h + c + a
  printf "| usual tools, 1 core (not durable) | %.1f | %.1f | %.0f | %.0f | |\n", s, n / s, n * 12 / s, 1000 * s / n
  printf "\nUsual tools, ms an image: vipsthumbnail and jpegtran %.0f, decode %.0f, DCT hash %.0f, histogram %.0f, AKAZE %.0f (%d points).\n",
    1000 * t / n, 1000 * d / n, 1000 * h / n, 1000 * c / n, 1000 * a / n, p / n }'
echo
echo "Likeness' own CPU by stage (summary of the one-core run):"
tail -1 "$work/out.1"
