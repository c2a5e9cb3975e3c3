#!/bin/sh
# Fakes N finished runs from a real one, and times what looks at many: sh tests/bench/fake_runs.sh [N]
# The first `runs ls` builds the index, the second finds it up to date.
set -eu
n=${1:-2000}
ropewalk=${ROPEWALK:-build/ropewalk}
folder=$(mktemp -d)
[ -n "${KEEP:-}" ] || trap 'rm -rf "$folder"' EXIT
run=$("$ropewalk" train configs/tiny.yaml 'stages[0].tokens=16k' optim.warmup=1k --quiet "runs=$folder/real")
mkdir "$folder/runs"
i=0
while [ "$i" -lt "$n" ]; do
    id=$(printf '%012x' "$i")
    mkdir "$folder/runs/$id"
    cp "$run/config.yaml" "$run/summary.json" "$run/status.json" "$run/metadata.json" \
        "$run/metrics.jsonl" "$folder/runs/$id"
    sed -i "s/^seed: .*/seed: $i/" "$folder/runs/$id/config.yaml"
    i=$((i + 1))
done
seconds() {
    begin=$(date +%s.%N)
    "$@" >/dev/null
    end=$(date +%s.%N)
    echo "$(echo "$end - $begin" | bc) s  ropewalk $(echo "$*" | cut -d' ' -f2-)"
}
seconds "$ropewalk" runs ls "$folder/runs"
seconds "$ropewalk" runs ls "$folder/runs"
seconds "$ropewalk" runs ls "$folder/runs" --where 'seed >= 100 and optim.lr > 1e-3' --sort -eval/loss
seconds "$ropewalk" runs ls "$folder/runs" --changed
seconds "$ropewalk" runs sql 'SELECT count(*) FROM facts' --dir "$folder/runs"
