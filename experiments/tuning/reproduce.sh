#!/bin/sh
# Tuning on short and on long records, with and without a loss on the prompt (Table 9), by the rule of README.md.
. "$(dirname "$0")/../common.sh"
. "$here/../claims.sh"
[ "$SIZE" = full ] || export BASE_TOKENS=24k TUNING_TOKENS=48k
run_arms 8
loss=test/judge/loss
if [ "$data" = generated ]; then
    keep accuracy "$arms" eval/passkey/accuracy/512 maximize 0.05 eval/passkey/accuracy/64 eval/passkey/accuracy/256 eval/passkey/nll/512
fi

verdicts_begin
table9='Qasper 22.3 short, 23.7 with plain text, 35.7 with long records, 38.9 with loss on their prompts'
claim 'Table 9: long records help with long texts (loss of the answer, long less short)' "$table9" 'long - short' $loss \
    below --margin 0.05
claim 'Table 9: they help more than as much plain text (long less plain)' "$table9" 'long - plain' $loss below --margin 0.05
claim 'Table 9: plain text beside short records helps a little (plain less short)' "$table9" 'plain - short' $loss \
    below --margin 0.05
claim 'Table 9: a loss on long prompts helps (long_prompt less long)' 'Qasper 38.9 against 35.7, QuALITY 77.3 against 59.3' \
    'long_prompt - long' $loss below --margin 0.05
claim 'the same with short records alone (short_prompt less short)' 'not reported' 'short_prompt - short' $loss below --margin 0.05
claim '2 x 2: loss on the prompt matters more with long records' 'not reported' 'long_prompt - long - short_prompt + short' $loss \
    below --margin 0.05
if [ "$data" = generated ]; then
    claim 'Table 9: long records, right answers at 512 tokens' "$table9" 'long - short' eval/passkey/accuracy/512 above --margin 0.05
    claim 'Table 9: loss on long prompts, right answers at 512 tokens' "$table9" 'long_prompt - long' eval/passkey/accuracy/512 \
        above --margin 0.05
fi
draw forest "$arms" --out "$OUT/forest"
