#!/bin/sh
# The paper's four mixes (Tables 7 and 8), and source mix crossed with document length, by the rule of README.md.
. "$(dirname "$0")/../common.sh"
. "$here/../claims.sh"
if [ "$data" = text ]; then
    # what `data plan` says of the long mix: its share of documents of 4096 tokens or more
    export LONG_DOCUMENT=4096 LONG_SHARE=0.807
    of=test/loss_by_context
    use="0.5 $of/gain/books + 0.5 $of/gain/rfcs" gate=0.005 little=0.003
    short="0.5 $of/nll_at_64/books + 0.5 $of/nll_at_64/rfcs"
    late="0.5 $of/nll_at_448/books + 0.5 $of/nll_at_448/rfcs"
    what='L(64) - L(448)' small=0.02
else
    use='0.5 eval/passkey/accuracy/512 + 0.5 eval/mqar/accuracy/512' gate=0.5 little=0.05
    short='0.5 eval/passkey/nll/64 + 0.5 eval/mqar/nll/64'
    late='0.5 eval/passkey/nll/512 + 0.5 eval/mqar/nll/512'
    what='answers at 512 tokens' small=0.05
fi
run_arms 6
if [ "$data" = text ]; then
    keep by_context "$arms" test/loss minimize 0.02 $of/gain/books $of/gain/rfcs $of/nll_at_64/books $of/nll_at_448/books \
        $of/nll_at_64/rfcs $of/nll_at_448/rfcs test/tldr/loss
else
    keep by_length "$arms" eval/passkey/accuracy/512 maximize 0.05 eval/passkey/accuracy/64 eval/passkey/accuracy/128 \
        eval/passkey/accuracy/256 eval/mqar/accuracy/64 eval/mqar/accuracy/512
fi

verdicts_begin
table7='NarrativeQA +23.7, Qasper +43.6 against +18.2, +38.1 %'
claim "gate: the long mix learns to use far context, $what above $gate" needed long "$use" above --than $gate
[ "$said" = agrees ] || void='the gate is not passed'
claim "Table 7: the long mix uses far context more than the base mix ($what)" "$table7" 'long - base' "$use" above --margin $little
first=$said
[ -n "$void" ] || [ "$first" = agrees ] || void='there is no advantage to keep'
claim 'Table 7: without its long documents the long mix keeps more than half of that' \
    'QuALITY +67.1 between +60.3 and +75.5; Qasper +39.1 between +38.1 and +43.6' 'remove - 0.5 long - 0.5 base' "$use" \
    above --margin $little
[ "$void" != 'there is no advantage to keep' ] || void=
claim 'Table 7: upsampling the long documents of the base mix brings nothing' \
    'Qasper +36.8 against +38.1; NarrativeQA +22.2 against +18.2' 'upsample - base' "$use" equal --margin $little
claim 'sources matter more than document length (effect of sources less effect of length, 2 x 2)' \
    'quality over length distribution' 'long_cut - base' "$use" above --margin $little
claim '2 x 2: effect of the sources, long mix less base mix' positive \
    '0.5 long + 0.5 long_cut - 0.5 base - 0.5 base_cut' "$use" above --margin $little
claim '2 x 2: effect of length, whole documents less the same text cut' small \
    '0.5 long + 0.5 base - 0.5 long_cut - 0.5 base_cut' "$use" equal --margin $little
claim '2 x 2: the effect of length is the same in both mixes' 'not asked' \
    'long - long_cut - base + base_cut' "$use" equal --margin $little
void=
claim 'effect of length on the loss with far context, whole less cut' 'not asked' \
    '0.5 long + 0.5 base - 0.5 long_cut - 0.5 base_cut' "$late" below --margin $small
claim 'Table 8: short context does not suffer from removing long documents (loss at 64 tokens)' 'MMLU 46.25 against 46.30' \
    'remove - base' "$short" not_above --margin $small --family 2
claim 'Table 8: nor from upsampling them' 'MMLU 46.25 against 46.30' 'upsample - base' "$short" not_above --margin $small --family 2
claim 'Table 8: the long mix is best at short context too' 'MMLU 48.62 against 46.30' 'long - base' "$short" below --margin $small
draw forest "$arms" --out "$OUT/forest"
