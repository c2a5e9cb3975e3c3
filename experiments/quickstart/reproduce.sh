#!/bin/sh
# What `make demo` runs, at either size, in sweeps/quickstart, where its runs are found again. One seed, so nothing is decided.
. "$(dirname "$0")/../common.sh"
verdicts_begin
if [ "$data" = text ]; then
    verdict 'the demonstration has generated records alone' 'not in the paper' 'not run on text' undecided none
    exit
fi
sh "$here/run.sh" >&2
runs=sweeps/quickstart
cp "$runs"/tables/*.tsv "$OUT"
for kind in gp tsv svg; do
    if [ -e "$runs/figures/loss_by_position.$kind" ]; then cp "$runs/figures/loss_by_position.$kind" "$OUT"; fi
done
cost=$(cost $runs)
# rise ARM: of its loss, from the last positions that it was trained on to the last of rows eight times as long
rise() {
    awk -F "$tab" -v arm="$1" '
        NR == 1 { for (i = 2; i <= NF; i++) if ($i == arm) c = i }
        $1 == 127 { before = $c }
        $1 == 1023 { printf "%+.3f nats (n 1)", $c - before }' "$runs/tables/copy_lag.tsv"
}
for arm in rope linear nope alibi; do
    case $arm in rope | linear) predicted=rises ;; *) predicted=stays ;; esac
    verdict "$arm: loss of copy_lag up to position 1023 less that up to 127, trained on rows of 128" \
        "not in the paper; predicted: $predicted" "$(rise $arm)" undecided "$cost"
done
