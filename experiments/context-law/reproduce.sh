#!/bin/sh
# Loss against context for three sizes (Fig. 1, section 3.1), by the rule of README.md.
. "$(dirname "$0")/../common.sh"
. "$here/../claims.sh"
if [ "$data" = text ]; then source=books smallest=64 margin=0.003; else source=tree smallest=4 margin=0.001; fi
run_arms 6
of=test/loss_by_context
columns=
for c in 2 4 8 16 64 448; do columns="$columns $of/nll_at_$c/$source"; done
# shellcheck disable=SC2086
keep by_context "$arms" $of/nll_at_448/$source minimize 0.01 $columns $of/beta/$source $of/rmse/$source

# Every run's fits, with intervals from resampled documents; those of the best possible losses too, where they are known.
{
    printf 'arm\tseed\t'
    sed -n '/^# table: fit/{n;p;q;}' "$(run_of T 1)/test/loss_by_context.tsv"
    for arm in R T S; do
        for run in "$arms"/runs/*/; do
            seed=$(awk -F , -v id="$(basename "$run")" '{ gsub(/"/, "") } $3 == id { print $1 "\t" $2 }' "$OUT/runs.csv")
            case $seed in
            "$arm"*) sed -n '/^# table: fit/,/^$/p' "$run/test/loss_by_context.tsv" | sed -e 1,2d -e '/^$/d' -e "s/^/$seed$tab/" ;;
            esac
        done
    done
} >"$OUT/fits.tsv"

verdicts_begin
no_form=
for arm in R T S; do
    claim "section 3.1: L(c) is a power law plus a constant ($arm; rmse less 5 % of L(2) - L(448))" 'fits the curves' $arm \
        "$of/rmse/$source - 0.05 $of/nll_at_2/$source + 0.05 $of/nll_at_448/$source" below --family 3
    [ "$said" = agrees ] || no_form='the form does not hold for every size'
done
for pair in 'T - R' 'S - T'; do
    claim "Fig. 1: the larger model is better with 448 tokens of context ($pair)" 'ordered by size' "$pair" \
        "$of/nll_at_448/$source" below --margin 0.01 --family 2
done
for pair in 'T - R' 'S - T'; do
    claim "Fig. 1: the larger model gains more from context, L($smallest) - L(448) ($pair)" 'ordered by size' "$pair" \
        "$of/nll_at_$smallest/$source - $of/nll_at_448/$source" above --margin $margin --family 2
done
void=$no_form
for pair in 'T - R' 'S - T'; do
    claim "Fig. 1: beta grows with size ($pair)" '0.45, 0.48, 0.50, 0.51 for 7B, 13B, 34B, 70B' "$pair" "$of/beta/$source" \
        above --margin 0.03 --family 2
done
draw loss_by_context "R=$(run_of R 1)/test/loss_by_context.json" "T=$(run_of T 1)/test/loss_by_context.json" \
    "S=$(run_of S 1)/test/loss_by_context.json" --out "$OUT/loss_by_context"
