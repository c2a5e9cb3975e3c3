#!/bin/sh
# Every arm for every seed, at equal tokens and at equal FLOPs; then the tables. ONE run at a time, or JOBS=n of them side by
# side (one thread each). Complete runs are skipped, so the same command goes on after an interruption.
set -eu
cd "$(dirname "$0")/../.."
here=experiments/curriculum-pilot program=${ROPEWALK:-build/ropewalk} out=${OUT:-sweeps/curriculum-pilot}
seeds=${SEEDS:-1 2 3} tokens=${TOKENS:-1M} jobs=${JOBS:-1}
arms="constant switch20 switch40 switch80 linear skyladder"
mkdir -p "$out/tables" "$out/log"

stages() {
    case $1 in
    constant) echo 'stages=[{length: 1024}]' ;;
    switch*) echo "stages=[{name: short, fraction: 0.${1#switch}, length: 128}, {name: long, length: 1024}]" ;;
    linear) echo 'stages=[{length: {type: linear, from: 128, to: 1024, over: 0.64, multiple: 64}}]' ;;
    skyladder) echo 'stages=[{length: 1024, window: {type: linear, from: 32, to: 1024, over: 0.64}}]' ;;
    esac
}
budget() {
    if [ "$1" = flops ]; then echo "budget={tokens: 0, flops: $2}"; else echo "budget={tokens: $tokens}"; fi
}
if [ "${1:-}" = one ]; then
    arm=$2 fair=$3 seed=$4 flops=$5
    dir=$("$program" train $here/base.yaml "$(stages "$arm")" "$(budget "$fair" "$flops")" "seed=$seed" \
        "name=$arm-$fair-$seed" "runs=$out/runs" --threads 1 --quiet 2>>"$out/log/$arm-$fair-$seed")
    printf '%s %s %s %s\n' "$arm" "$fair" "$seed" "$dir" >"$out/log/$arm-$fair-$seed.dir"
    exit
fi

# What the control costs is what everybody gets.
flops=$("$program" check $here/base.yaml "budget={tokens: $tokens}" --json | sed -n 's/^ *"flops": \([0-9.e+]*\),*$/\1/p' | tail -1)
[ -n "$flops" ]
for seed in $seeds; do
    for fair in tokens flops; do
        for arm in $arms; do
            [ "$arm-$fair" = constant-flops ] || echo "$arm $fair $seed $flops"
        done
    done
done | xargs -P "$jobs" -L 1 sh "$0" one

cat "$out"/log/*.dir >"$out/log/runs"
awk -v out="$out/tables" -v arms="$arms" -f $here/tables.awk "$out/log/runs"
cat "$out/tables/results.txt"
