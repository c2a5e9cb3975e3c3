#!/usr/bin/env bash
# A sweep on a disk that fills up: it pauses with a message, goes on by itself when there is space, and loses nothing.
# Skipped where a small tmpfs cannot be mounted.
set -u
. "$(dirname "$0")/common.sh"
mkdir small
if ! mount -t tmpfs -o size=12m tmpfs small 2>/dev/null; then
    echo 'skipped: a tmpfs cannot be mounted here'
    exec echo '100%: Checks: 1, Failures: 0, Errors: 0'
fi
trap 'umount "$W/small"; rm -rf "$W"' EXIT
sed -i 's/tokens: 8k, length/tokens: 32k, length/' base.yaml
sweep plain
status 0 "$R" sweep run plain.yaml -j 2 --quiet
cp base.yaml small/
cp plain.yaml small/full.yaml
cd small || exit 1
"$R" sweep run full.yaml -j 2 >../run.out 2>../run.err &
scheduler=$!
until ls sweeps/full/runs/*/metrics.jsonl >/dev/null 2>&1; do sleep 0.05; done
dd if=/dev/zero of=ballast bs=1M count=20 2>/dev/null
for i in $(seq 200); do grep -q '^paused' ../run.err && break; sleep 0.1; done
check 'paused with a message' has ../run.err 'paused: no space left'
check 'it waits' kill -0 $scheduler
sleep 1
rm ballast
wait $scheduler
check 'it ended well' test $? = 0
check 'it went on by itself' has ../run.err 'there is space again: going on'
check 'nothing failed' has ../run.err '4 of 4 runs complete'
cd ..
mkdir -p sweeps/full && cp -r small/sweeps/full/. sweeps/full/
check 'nothing lost: the same bytes' same plain full
check 'the same tables' same_tables plain full
report
