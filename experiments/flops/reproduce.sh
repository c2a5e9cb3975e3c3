#!/bin/sh
# What a switch from short to long rows saves (Table 10), by the paper's count and by the causal one.
. "$(dirname "$0")/../common.sh"
counts=$(mktemp)
trap 'rm -f "$counts"' EXIT
"$ROPEWALK" analyze flops >"$counts"
"$ROPEWALK" plot flops --formats svg --out "$OUT/flops" >&2
cell() { awk -F"$tab" -v row="$1" -v name="$2" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR == row + 1 { print $c }' "$counts"; }
verdicts_begin
row=0
for paper in 3.783e+22 3.405e+22 3.026e+22 2.270e+22; do
    row=$((row + 1))
    agrees "Table 10, FLOPs of: $(cell $row name)" $paper "$(cell $row flops)" none %.3e
done
holds 'a switch at 80 % saves about 40 %' 'about 40 %' "$(cell 4 saving | awk '{ printf "%.1f %%", 100 * $1 }')" none "$(cell 4 saving) > 0.35 && $(cell 4 saving) < 0.45"
holds 'the same with causal attention counted once' 'not reported' "$(cell 4 saving_causal | awk '{ printf "%.1f %%", 100 * $1 }')" none "$(cell 4 saving_causal) > 0.35"
