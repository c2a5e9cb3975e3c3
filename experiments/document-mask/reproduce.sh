#!/bin/sh
# Does attention across the documents of a row help or hurt? Three trainings that differ in mask and positions alone.
. "$(dirname "$0")/../common.sh"
if [ "$data" = text ]; then
    BPE=$(bpe 512)
    export BPE
    texts="rfcs tldr"
else
    texts="copy_lag keyed_records"
fi
first=${texts%% *}
if [ "$SIZE" = full ]; then
    sweep sweep.yaml
    runs=$RUNS/$name/best
    cost=$(cost "$RUNS/$name/tune" "$runs")
    cp "$RUNS/$name/tables/tuning.md" "$RUNS/$name/tables/tuning.csv" "$OUT"
else
    export RECORDS=8k LONG=24k
    SEEDS=${SEEDS:-2}
    sweep sweep.yaml '~tune'
    runs=$RUNS/$name
    cost=$(cost "$runs")
fi

# Accuracy at the long length with verdicts, beside it that at every length.
for task in passkey first_sentence; do keep_lengths $task accuracy 768 "$runs" 0.05 48 96 192 384 576; done
keep context "$runs" "eval/loss_by_context/nll_at_640/$first" minimize 0.01
for text in $texts; do keep "loss-$text" "$runs" "test/$text/loss" minimize 0.01 'flops/exact as FLOPs' 'tokens as tokens'; done

verdicts_begin
# Above the gate somewhere, or the task was not learned and says nothing.
learned() {
    compared "$runs" "eval/$1/accuracy/768" maximize 0.05 | awk -F "$tab" '$3 >= 0.95 { yes = 1 } END { exit !yes }'
}
# claim TASK: both papers' directions, on one measurement.
claim() {
    if learned "$1"; then
        compared "$runs" "eval/$1/accuracy/768" maximize 0.05 >"$OUT/.compared"
        judge "no mask against mask and reset: accuracy of $1 at 768" 'worse (ProLong, SkyLadder)' worse 'no mask' "$cost" <"$OUT/.compared"
        judge "no mask against mask and reset: accuracy of $1 at 768" 'better (Dataset Decomposition)' better 'no mask' "$cost" <"$OUT/.compared"
        judge "mask alone against mask and reset: accuracy of $1 at 768" 'not reported' equivalent 'mask alone' "$cost" <"$OUT/.compared"
        rm -f "$OUT/.compared"
    else
        verdict "no mask against mask and reset: accuracy of $1 at 768" 'worse (ProLong, SkyLadder) or better (Dataset Decomposition)' \
            'no arm reaches 0.95' undecided "$cost"
    fi
}
claim passkey
claim first_sentence
compared "$runs" "eval/loss_by_context/nll_at_640/$first" minimize 0.01 |
    judge "no mask against mask and reset: loss of $first after 640 tokens of the same document" 'worse (SkyLadder: lowest loss with a mask)' worse 'no mask' "$cost"
cat "$OUT"/*.txt "$OUT/verdicts.tsv" >&2
draw_runs retrieval_by_length retrieval "$runs" task=passkey
draw forest "$runs" --out "$OUT/forest"
