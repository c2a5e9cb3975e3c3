#!/bin/sh
# Train one model for each encoding (a sweep: done runs are skipped, cut ones go on), evaluate at eight times the training
# length, print a table for each source, draw a figure.
set -eu
cd "$(dirname "$0")/../.."
program=${ROPEWALK:-build/ropewalk} sweep=experiments/quickstart/sweep.yaml out=sweeps/quickstart
train=128 length=1024
arms="rope nope alibi linear" # in the order of the sweep
mkdir -p "$out/tables" "$out/figures"

# `exec` does nothing with a run that is done, and says where it is
evaluate() {
    run=$("$program" sweep exec "$out" --index "$2" --quiet)
    "$program" eval "$run" --length $length --tokens 256k --split test --threads 1 --quiet \
        --out "$out/tables/$1" >"$out/tables/$1.txt"
}
if [ $# -gt 0 ]; then
    evaluate "$@"
    exit
fi
cores=$(nproc)
echo "training $arms on generated records, rows of $train tokens" >&2
rm -rf "$out"/tables/*
"$program" sweep run "$sweep" -j "${JOBS:-$([ "$cores" -lt 4 ] && echo "$cores" || echo 4)}" >/dev/null
index=0
for name in $arms; do
    echo "$name $index"
    index=$((index + 1))
done | xargs -P "$cores" -n 2 sh "$0"
for name in $arms; do
    [ -s "$out/tables/$name.txt" ] || { echo "no result for $name: see above" >&2 && exit 1; }
done

# One table a source: last position of the bucket, then the loss of each arm.
by_position() { sed -n '/^by_position$/,/^$/p' "$out/tables/$1.txt"; }
sources=$(by_position rope | awk '$1 == "position" { $1 = ""; print }')
tables="" column=1
for source in $sources; do
    column=$((column + 1))
    table=$out/tables/$source.tsv
    tables="$tables $table"
    for name in $arms; do
        by_position "$name" | awk -v c=$column -v name="$name" '$1 ~ /^[0-9]/ { n = split($1, r, "-"); print name, r[n], $c }'
    done | awk -v arms="$arms" '
        { loss[$1, $2] = $3; if (!($2 in seen) && $2 > 0) order[++n] = $2; seen[$2] = 1 }
        END {
            k = split(arms, arm, " "); printf "position"
            for (j = 1; j <= k; j++) printf "\t%s", arm[j]
            for (i = 1; i <= n; i++) { printf "\n%d", order[i]; for (j = 1; j <= k; j++) printf "\t%s", loss[arm[j], order[i]] }
            print ""
        }' >"$table"
done

echo
echo "held-out loss in nats per token (lower is better; knowing nothing costs ln 16 = 2.773), up to each position of a row;"
echo "trained on rows of $train tokens"
for source in $sources; do
    echo
    echo "$source"
    awk -F '\t' '{ for (i = 1; i <= NF; i++) printf "%10s", $i; print "" }' "$out/tables/$source.tsv"
done
echo
sources=""
for name in $arms; do sources="$sources $name=$out/tables/$name/loss_by_position.json"; done
# shellcheck disable=SC2086
figure=$("$program" plot loss_by_position $sources --out "$out/figures/loss_by_position")
echo "figure: $figure (and .png, .pdf; the script and the table stand beside it)"
