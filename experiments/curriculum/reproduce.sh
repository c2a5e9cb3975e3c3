#!/bin/sh
# Long rows throughout against switches from short ones (Tables 10 and 11, Fig. 6), by the rule of README.md.
. "$(dirname "$0")/../common.sh"
. "$here/../claims.sh"
[ "$SIZE" = full ] || export LONG_FLOPS=2.541e10
run_arms 5
if [ "$data" = text ]; then
    margin=0.02 far='0.5 test/loss_by_context/nll_at_448/books + 0.5 test/loss_by_context/nll_at_448/rfcs'
    keep by_context "$arms" test/loss_by_context/nll_at_448/books minimize $margin test/loss_by_context/nll_at_64/books \
        test/loss_by_context/nll_at_64/rfcs test/loss_by_context/nll_at_448/rfcs
else
    margin=0.05 far='0.5 eval/passkey/nll/512 + 0.5 eval/mqar/nll/512'
    keep accuracy "$arms" eval/passkey/accuracy/512 maximize 0.05 eval/mqar/accuracy/512 eval/passkey/nll/512 eval/mqar/nll/512 \
        eval/passkey/accuracy/64 eval/mqar/accuracy/64
fi
keep switch "$arms" test/loss minimize $margin switch/1/spike switch/1/deviation switch/1/recovery_tokens

verdicts_begin
if [ "$data" = text ]; then
    claim 'gate: long rows make use of what is farther away than a short one, L(64) - L(448) of novels above 0.02' needed \
        long 'test/loss_by_context/nll_at_64/books - test/loss_by_context/nll_at_448/books' above --than 0.02
else
    claim 'gate: long rows make use of what is farther away than a short one, passkeys at 512 tokens above 0.5' needed \
        long eval/passkey/accuracy/512 above --than 0.5
fi
gate=$said
paper='no worse: CC 7.67, then 7.59 7.59 7.59; books 6.52, then 6.46 6.46 6.49'
for p in 20 40 80; do
    claim "Table 11: a switch at $p % ends at the loss of long rows" "$paper" \
        "switch$p - long" test/loss not_above --margin $margin --family 3
done
paper='Qasper 28.6, then 28.1 27.0 25.0; NarrativeQA 18.5, then 20.0 20.1 18.5'
[ "$gate" = agrees ] || void='the gate is not passed'
for p in 20 40 80; do
    claim "Table 10: a switch at $p % serves far context as well" "$paper" \
        "switch$p - long" "$far" not_above --margin $margin --family 3
done
void=
for p in 40 80; do
    claim "a switch at $p % ends lower than long rows at equal FLOPs" 'implied: as good for fewer FLOPs' \
        "switch${p}_flops - long" test/loss below --margin $margin --family 2
done
claim 'Fig. 6: the loss spikes at the switch (at 40 %: spike less the deviation before it)' 'a jump at the switch' \
    switch40 'switch/1/spike - switch/1/deviation' above
five=$(mean_of long tokens | awk '{ printf "%d", 0.05 * $1 }')
recovered=$("$ROPEWALK" sweep claim "$arms" switch40 --metric switch/1/recovery_tokens | awk -F "$tab" 'NR == 2 { print $6 }')
[ "$recovered" -ge 4 ] || void='fewer than 4 seeds are back at all'
claim 'Fig. 6: it is gone within 5 % of training (at 40 %: tokens until then, less 5 %)' 'a few thousand of 100k steps' \
    switch40 switch/1/recovery_tokens below --than "$five"

# What a switch at 80 % saves, by three counts.
saved() { echo "$(mean_of long "$1") $(mean_of switch80 "$1")" | awk '{ printf "%.1f", 100 * (1 - $2 / $1) }'; }
about_40() { holds "$1" "$2" "$(saved "$3") %" "$cost" "$(saved "$3") > 38 && $(saved "$3") < 42"; }
about_40 'Table 10: a switch at 80 % saves about 40 % (count of the paper)' '40.0 %' flops/paper
about_40 'the same with causal attention and the output head' 'not reported' flops
about_40 'the same as computed: documents and windows counted' 'not reported' flops/exact

# Fig. 6, right: one seed.
draw learning_curves "long=$(run_of long 1)" "switch20=$(run_of switch20 1)" "switch40=$(run_of switch40 1)" \
    "switch80=$(run_of switch80 1)" --out "$OUT/loss"
draw forest "$arms" --out "$OUT/forest"
