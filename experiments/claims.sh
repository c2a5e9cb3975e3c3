# claims.sh -- for experiments whose claims are sums of arms: after common.sh, read with `.`.

# run_arms SEEDS: the runs of sweep.yaml, with SEEDS seeds, where it says `tune:` every arm at its own best learning rate; at smoke size with two
# seeds and no tuning. Sets $arms, the folder of the reported runs, and $cost; keeps tables of both.
run_arms() {
    if [ "$data" = text ]; then
        TOKENIZER=$(bpe 512)
        export TOKENIZER
    fi
    tuned=
    grep -q '^tune:' "$here/sweep.yaml" && tuned='~tune'
    arms=$RUNS/$name
    if [ "$SIZE" = smoke ]; then
        # shellcheck disable=SC2086
        sweep sweep.yaml seeds=2 $tuned
        cost=$(cost "$arms")
    elif [ -z "$tuned" ]; then
        sweep sweep.yaml "seeds=$1"
        cost=$(cost "$arms")
    else
        sweep sweep.yaml "seeds=$1"
        arms=$RUNS/$name/best
        cost=$(cost "$arms" "$RUNS/$name/tune")
        for kept in txt md csv json; do cp "$RUNS/$name/tables/tuning.$kept" "$OUT/"; done
    fi
    for kept in txt md csv json; do cp "$arms/tables/results.$kept" "$OUT/"; done
    "$ROPEWALK" sweep table "$arms" --runs --format csv flops flops/exact flops/paper >"$OUT/runs.csv"
    rm -f "$OUT/claims.tsv"
    echo "$name on $data data: $cost" >&2
}

# claim TEXT PAPER CONTRAST METRIC EXPECT [FLAGS]: `sweep claim` as a row of verdicts.tsv, and of claims.tsv with all it said.
# $said is the verdict. While $void says something, that is why nothing can be decided, whatever the numbers.
void=
claim() {
    text=$1 paper=$2 contrast=$3 metric=$4 expect=$5
    shift 5
    "$ROPEWALK" sweep claim "$arms" "$contrast" --metric "$metric" --expect "$expect" "$@" >"$OUT/.claim"
    [ -s "$OUT/claims.tsv" ] || sed -n "1s/^/claim$tab/p" "$OUT/.claim" >"$OUT/claims.tsv"
    row=$(sed -n 2p "$OUT/.claim")
    rm "$OUT/.claim"
    printf '%s\t%s\n' "$text" "$row" >>"$OUT/claims.tsv"
    ours=$(printf '%s' "$row" | awk -F "$tab" '{ printf "%s [%s, %s] (n %s%s)", $3, $4, $5, $6, $11 ? "; diverged in " $11 : "" }')
    said=$(printf '%s' "$row" | cut -f 10)
    if [ -n "$void" ]; then said=undecided ours="$ours; $void"; fi
    verdict "$text" "$paper" "$ours" "$said" "$cost"
}

# mean_of ARM COLUMN: its mean over the seeds, of runs.csv.
mean_of() {
    awk -F , -v arm="$1" -v name="$2" '
        { gsub(/"/, ""); sub(/ \(.*/, "", $1) }
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i }
        $1 == arm { s += $c; n++ }
        END { printf "%.10g", s / n }' "$OUT/runs.csv"
}
# run_of ARM SEED: the folder of a run.
run_of() {
    awk -F , -v arm="$1" -v seed="$2" -v runs="$arms/runs" '
        { gsub(/"/, ""); sub(/ \(.*/, "", $1) } $1 == arm && $2 == seed { print runs "/" $3 }' "$OUT/runs.csv"
}
