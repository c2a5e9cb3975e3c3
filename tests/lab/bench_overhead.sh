#!/usr/bin/env bash
# What a sweep costs beyond its runs: 18 runs by hand (`train`, one after another) and by `sweep run`, on a quiet machine.
set -u
. "$(dirname "$0")/common.sh"
ROUNDS=${ROUNDS:-3}
sed -i "s/tokens: 8k, length/tokens: ${TOKENS:-1M}, length/; s/every: 8k/every: 256k/; s/every: 2k/every: 256k/" base.yaml
ARMS=', {type: linear, factor: 4}' SEEDS=3
now() { date +%s.%N; }
for ((round = 1; round <= ROUNDS; round++)); do
    rm -rf runs sweeps
    sweep s$round
    begun=$(now)
    for seed in 1 2 3; do
        for lr in 1e-3 3e-3; do
            for position in rope nope '{type: linear, factor: 4}'; do
                "$R" train base.yaml "position=$position" optim.lr=$lr seed=$seed --quiet >/dev/null || exit 1
            done
        done
    done
    hand=$(now)
    "$R" sweep run s$round.yaml --quiet >/dev/null || exit 1
    echo "$begun $hand $(now)" | awk '{ printf "by hand %.2f s, sweep %.2f s: %+.2f %%\n", $2 - $1, $3 - $2, 100 * (($3 - $2) / ($2 - $1) - 1) }'
done
