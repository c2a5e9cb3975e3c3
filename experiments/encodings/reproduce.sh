#!/bin/sh
# Tables 5 and 6 and Fig. 5 at our scale: four encodings for a long continuation of one short past.
. "$(dirname "$0")/../common.sh"
if [ "$data" = text ]; then
    BPE=$(bpe 512)
    export BPE
    texts="books rfcs"
else
    texts="copy_lag keyed_records"
fi
first=${texts%% *}
if [ "$SIZE" = full ]; then
    sweep sweep.yaml "metric.name=test/$first/loss"
    runs=$RUNS/$name/best all="$RUNS/$name/tune $RUNS/$name/best"
    cp "$RUNS/$name/tables/tuning.md" "$RUNS/$name/tables/tuning.csv" "$OUT"
else
    export RECORDS=8k SHORT=16k LONG=12k REWARM=4k
    sweep sweep.yaml seeds=2 '~tune' "metric.name=test/$first/loss"
    runs=$RUNS/$name all=$RUNS/$name
fi
# shellcheck disable=SC2086
cost=$(cost $all)

# Tables: the loss of each text and of each task inside and beyond the long length; retrieval at every length (Fig. 5b).
for text in $texts; do
    keep "loss-$text" "$runs" "test/$text/loss" minimize 0.01 "eval/$text/loss as dev" 'flops as FLOPs' 'tokens as tokens'
done
keep_lengths first_sentence rouge_l 768 "$runs" 0.05 48 96 192 384 576 1152 1536
keep_lengths passkey accuracy 768 "$runs" 0.05 48 96 192 384 576 1152 1536

verdicts_begin
# claim_loss TEXT ARM EXPECTED PAPER
claim_loss() {
    compared "$runs" "test/$1/loss" minimize 0.01 | judge "$2 against ABF, test loss of $1 in nats" "$4" "$3" "$2" "$cost"
}
for text in $texts; do
    claim_loss "$text" RoPE worse 'worse: +0.035 nats (6.548 / 6.323 on books)'
    claim_loss "$text" PI equivalent 'about equal: +0.0028 nats (6.341 / 6.323)'
    claim_loss "$text" 'xPos ABF' equivalent 'about equal: +0.0013 nats (6.331 / 6.323)'
done
# The passkey says something only where ABF has learned it.
passkey() {
    if compared "$runs" eval/passkey/accuracy/768 maximize 0.05 | awk -F "$tab" 'NR == 1 { exit !($3 >= 0.95) }'; then
        compared "$runs" eval/passkey/accuracy/768 maximize 0.05 | judge "$1 against ABF, passkey at the long length" "$3" "$2" "$1" "$cost"
    else
        verdict "$1 against ABF, passkey at the long length" "$3" 'ABF itself is below 0.95' undecided "$cost"
    fi
}
passkey RoPE worse 'all but RoPE are perfect'
passkey PI equivalent 'both perfect'
passkey 'xPos ABF' equivalent 'both perfect'
cat "$OUT"/*.txt "$OUT/verdicts.tsv" >&2
draw forest "$runs" --out "$OUT/forest"
draw learning_curves "$runs/runs" --out "$OUT/learning_curves"
