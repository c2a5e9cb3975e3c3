#!/bin/sh
# Train the base, go on from it with three encodings at four times the length, score all of them on texts up to sixteen
# times the base's length. Arms run side by side, one core each (ARMS at a time: default as many as there are cores).
# FIRST and SECOND are the budgets of the two stages, REWARM the second one's warming up, SEED the seed, SAMPLES the texts of a
# length and depth, ROPEWALK the program, RUNS where runs go. Needs nothing but a shell, awk and xargs; where gnuplot is missing,
# figures are left as tables and scripts.
set -eu
case ${ROPEWALK:-} in '' | /*) ;; */*) ROPEWALK=$PWD/$ROPEWALK ;; esac
cd "$(dirname "$0")/../.."
self=experiments/retrieval/run.sh config=experiments/retrieval/base.yaml
program=${ROPEWALK:-build/ropewalk} out=${OUT:-sweeps/retrieval}
export ROPEWALK="$program"
tasks='[{type: passkey, distinct: true, lengths: [64, 128, 256, 512, 1024, 2048, 4096], questions: 11, samples: '"${SAMPLES:-20}"'},
        {type: mqar, symbols: 16, lengths: [64, 128, 256, 512, 1024, 2048, 4096], samples: '"${SAMPLES:-20}"'}]'
first="{tokens: ${FIRST:-3M}, length: 256}"
second="tokens: ${SECOND:-500k}, length: 1024, mixer: {type: static, weights: [0, 0, 0.5, 0.5]}, lr: {action: restart, rewarm: ${REWARM:-64k}, scale: 0.3}"
mkdir -p "$out"

arm() {
    case $1 in
    base) stages="[$first]" ;;
    rope) stages="[$first, {$second}]" ;;
    abf) stages="[$first, {$second, position: {type: rope, rope_theta: 500000}}]" ;;
    yarn) stages="[$first, {$second, position: {type: yarn, factor: 4, original_max_position_embeddings: 256}}]" ;;
    esac
    run=$("$program" train "$config" "stages=$stages" "name=$1" "seed=${SEED:-1}" "runs=${RUNS:-runs}" --threads 1)
    "$program" eval "$run" --task "$tasks" --out "$out/$1" --threads 1 --quiet >"$out/$1.txt"
    # the base again, untrained beyond its length, under other encodings
    [ "$1" = base ] || return 0
    "$program" eval "$run" --task "$tasks" --out "$out/base-abf" --threads 1 --quiet \
        --position '{type: rope, rope_theta: 500000}' >"$out/base-abf.txt"
    "$program" eval "$run" --task "$tasks" --out "$out/base-yarn" --threads 1 --quiet \
        --position '{type: yarn, factor: 16, original_max_position_embeddings: 256}' >"$out/base-yarn.txt"
}
if [ $# -gt 0 ]; then
    arm "$1"
    exit
fi
# through cat: lines instead of bars, which would overwrite each other
rm -f "$out/failed"
{ echo "base rope abf yarn" | tr ' ' '\n' | xargs -P "${ARMS:-$(nproc)}" -n 1 sh "$self" 2>&1 || : >"$out/failed"; } | cat >&2
[ ! -e "$out/failed" ] || { echo "an arm failed: see above" >&2; exit 1; }

for task in passkey mqar; do
    echo
    echo "$task: accuracy (nll) by length; base: trained at 256; rope, abf, yarn: then at 1024"
    for name in base base-abf base-yarn rope abf yarn; do
        awk -F '\t' -v name="$name" '
            /^# table: / { inside = /lengths/; head = 1; next }
            inside && head { for (i = 1; i <= NF; i++) at[$i] = i; head = 0; if (name == "base") print_head = 1; next }
            inside && NF > 3 { length_of[++n] = $at["length"]; cell[n] = sprintf("%.3f (%.2f)", $at["accuracy"], $at["nll"]) }
            END {
                if (print_head) { printf "%-10s", "length"; for (i = 1; i <= n; i++) printf "%15s", length_of[i]; print "" }
                printf "%-10s", name; for (i = 1; i <= n; i++) printf "%15s", cell[i]; print ""
            }' "$out/$name/$task.tsv"
    done
done
for task in passkey mqar; do
    for name in base base-abf base-yarn rope abf yarn; do echo "$name=$out/$name/$task.json"; done |
        xargs "$program" plot retrieval_grid --out "$out/${task}_grid" --train-length 256 >/dev/null
done
echo
echo "grids of length x depth: $out/*/passkey.tsv and mqar.tsv, table 'grid'"
