#!/usr/bin/env bash
# Every encoding trains 200 steps of a small model on the default corpus to below the entropy of its bytes, goes on at rows of four
# times the length, resumes exactly in the middle; prints the held-out losses at 1, 2, 4 and 8 times the training length.
#
#   slow_encodings.sh [TYPE ...]        default: every file of configs/position (a quarter of an hour on two quiet cores)
#
# STEPS=20 makes a trial of it (losses are then not expected to fall). The table stays in $OUT/losses.tsv (default
# /tmp/ropewalk-encodings-<pid>).
set -u
cd "$(dirname "$0")/../.."
R=${ROPEWALK:-$PWD/build/ropewalk}
OUT=${OUT:-/tmp/ropewalk-encodings-$$}
mkdir -p "$OUT"
# nats per byte of a model that knows of which source a byte is and how often each occurs there, and nothing else
UNIGRAM=$(for source in copy_lag keyed_records markov tree dyck; do
    "$R" data generate $source --tokens 256k --out "$OUT/$source.jsonl" 2>/dev/null || exit 1
    sed 's/^{"text": "//; s/"}$//' "$OUT/$source.jsonl" | od -An -v -tu1 | awk '
        { for (i = 1; i <= NF; i++) n[$i]++; all += NF }
        END { for (b in n) h -= n[b] / all * log(n[b] / all); print h }'
    rm "$OUT/$source.jsonl"
done | awk '{ h += $1 / 5 } END { print h }')
LENGTH=128 STEPS=${STEPS:-200} BATCH=2048
checks=0 failures=0
fail() {
    failures=$((failures + 1))
    echo "FAILED: $*"
}

# config NAME: a run of 200 steps of rows of LENGTH, then 10 of four times that
config() {
    cat <<END
seed: 1
name: $1
model: {hidden_size: 64, num_hidden_layers: 4, num_attention_heads: 2, head_dim: 64}
optim: {lr: 4e-3, warmup: 32k, batch_tokens: $BATCH}
stages:
  - {tokens: $((STEPS * BATCH)), length: $LENGTH}
  - {tokens: $((10 * BATCH)), length: $((4 * LENGTH))}
eval: {tokens: 32k, length: $LENGTH}
checkpoint: {every: $((STEPS * BATCH / 2))}
END
    cat "configs/position/$1.yaml"
}

# train NAME FOLDER: prints the run's folder
train() {
    "$R" train "$OUT/$1.yaml" "runs=$2" --quiet
}

# The same run again, stopped by a signal near the middle and started anew.
resumed() {
    local id=$2 log="$OUT/$1-again/$2/metrics.jsonl"
    train "$1" "$OUT/$1-again" >/dev/null 2>&1 &
    local child=$!
    while kill -0 $child 2>/dev/null; do
        [ -f "$log" ] && [ "$(wc -l <"$log")" -ge $((STEPS / 2 - 10)) ] && break
        sleep 0.1
    done
    kill -INT $child 2>/dev/null
    wait $child
    train "$1" "$OUT/$1-again" >/dev/null 2>&1
    cmp -s "$OUT/$1-runs/$id/metrics.jsonl" "$log" || return 1
    local last
    last=$(ls "$OUT/$1-runs/$id/checkpoints" | sort | tail -n 1)
    cmp -s "$OUT/$1-runs/$id/checkpoints/$last/model.safetensors" \
        "$OUT/$1-again/$id/checkpoints/$last/model.safetensors"
}

losses() {
    local list="" k
    for k in 1 2 4 8; do list="$list, {length: $((k * LENGTH))}"; done
    "$R" eval "$1" --override "[${list#, }]" --tokens 32k --split test --tsv --quiet |
        sed -n 's/^# loss: //p'
}

names=${*:-$(ls configs/position | sed 's/\.yaml$//')}
printf 'encoding\t1x\t2x\t4x\t8x\n' >"$OUT/losses.tsv"
for name in $names; do
    checks=$((checks + 3))
    config "$name" >"$OUT/$name.yaml"
    run=$(train "$name" "$OUT/$name-runs" 2>"$OUT/$name.log") || {
        failures=$((failures + 2)) # what follows was not tried either
        fail "$name does not train: $(tail -n 1 "$OUT/$name.log")"
        continue
    }
    loss=$(losses "$run" 2>>"$OUT/$name.log" |
        awk '{ printf "%s%.4f", (NR > 1 ? "\t" : ""), $1 }')
    printf '%s\t%s\n' "$name" "$loss" >>"$OUT/losses.tsv"
    [ "$(printf '%s' "$loss" | wc -w)" -eq 4 ] || fail "$name cannot be evaluated at every length"
    printf '%s' "$loss" | awk -v u=$UNIGRAM '{ exit !(NF && $1 < u) }' ||
        fail "$name: a loss of ${loss%%	*} is not below the entropy of the bytes of each source, $UNIGRAM"
    resumed "$name" "$(basename "$run")" || fail "$name does not resume exactly"
    rm -rf "$OUT/$name-runs" "$OUT/$name-again"
done
echo "held-out nats per byte at 1, 2, 4 and 8 times the training rows of $LENGTH (knowing the source and how often each byte occurs there: $UNIGRAM)"
column -t -s '	' "$OUT/losses.tsv" 2>/dev/null || cat "$OUT/losses.tsv"
echo "$(((checks - failures) * 100 / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
[ "$failures" -eq 0 ]
