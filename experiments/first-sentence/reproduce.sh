#!/bin/sh
# Fig. 5b and Fig. 7 at our scale: the first sentence, from how far back? The arms of ../encodings (run now if they are not
# there), and what their answer needs: the past alone, a control, a long part without long records.
. "$(dirname "$0")/../common.sh"
from=../encodings/
if [ "$data" = text ]; then
    BPE=$(bpe 512)
    export BPE
fi
arms=${ENCODINGS:-sweeps/$SIZE/encodings/$data}
SIZE=$SIZE RUNS=$arms OUT=$OUT/encodings sh experiments/encodings/reproduce.sh >/dev/null
arms=$arms/encodings
if [ "$SIZE" = full ]; then
    arms=$arms/best
else
    export RECORDS=8k SHORT=16k LONG=12k REWARM=4k
    SEEDS=${SEEDS:-2}
fi
rm -rf "$OUT/encodings"
sweep sweep.yaml
runs=$RUNS/$name
cost=$(cost "$runs")

# ROUGE-L at the long length with verdicts, beside it that at every other length; the passkey for comparison.
lengths="48 96 192 384 576 1152 1536"
# shellcheck disable=SC2086
{
    keep_lengths first_sentence rouge_l 768 "$arms" 0.05 $lengths
    mv "$OUT/first_sentence-rouge_l.txt" "$OUT/encodings.txt"
    mv "$OUT/first_sentence-rouge_l.csv" "$OUT/encodings.csv"
    keep_lengths first_sentence rouge_l 768 "$runs" 0.05 $lengths
    keep_lengths passkey accuracy 768 "$runs" 0.05 $lengths
}

# mean FOLDER ARM COLUMN: "mean half n" of a column that `compared` has, of the arm whose label begins so.
mean() {
    compared "$1" "$3" maximize 0.05 | awk -F "$tab" -v arm="$2" 'index($1, arm) == 1 { printf "%s%s (n %s)", $3, $4 == "" ? "" : " ± " $4, $2; exit }'
}
# gate FOLDER ARM COLUMN: is its mean at least 0.95?
gate() {
    compared "$1" "$3" maximize 0.05 | awk -F "$tab" -v arm="$2" 'index($1, arm) == 1 { passes = $3 >= 0.95; exit } END { exit !passes }'
}
rouge=eval/first_sentence/rouge_l
verdicts_begin
passed=yes
gate "$runs" past $rouge/96 || passed=no
gate "$runs" control $rouge/768 || passed=no
verdict 'gate: the past inside 96 tokens, the control at 768, ROUGE-L of at least 0.95' 'about 1' \
    "past $(mean "$runs" past $rouge/96), control $(mean "$runs" control $rouge/768)" "$([ $passed = yes ] && echo agrees || echo undecided)" "$cost"
# claim FOLDER ARM LENGTH EXPECTED CLAIM PAPER: against the folder's baseline, if the gate was passed.
claim() {
    if [ $passed = yes ]; then
        compared "$1" $rouge/"$3" maximize 0.05 | judge "$5" "$6" "$4" "$2" "$cost"
    else
        verdict "$5" "$6" 'the gate was not passed' undecided "$cost"
    fi
}
claim "$arms" RoPE 768 worse 'RoPE against ABF at 768 (8 x the past), ROUGE-L' 'RoPE about 0, ABF about 1'
claim "$arms" RoPE 192 worse 'RoPE against ABF at 192 (2 x the past), ROUGE-L' 'RoPE falls at 1 to 2 x the past'
claim "$arms" PI 768 worse 'PI against ABF at 768, ROUGE-L' 'PI about 0.6 to 1 at the end, ABF about 1'
claim "$arms" 'xPos ABF' 768 equivalent 'xPos ABF against ABF at 768, ROUGE-L' 'text: only ABF holds; figure: both about 1'
claim "$arms" 'xPos ABF' 1536 equivalent 'xPos ABF against ABF at 1536 (2 x the rows), ROUGE-L' 'no better (Fig. 9b)'
claim "$runs" 'short records' 768 worse 'without long records against with them, at 768, ROUGE-L' 'about 0.6 to 0.7 against 1 (Fig. 7)'
claim "$runs" control 768 equivalent 'long from the first token against continued, at 768, ROUGE-L' 'not reported'
cat "$OUT"/*.txt "$OUT/verdicts.tsv" >&2
draw_runs retrieval_by_length encodings "$arms" task=first_sentence
draw_runs retrieval_by_length records "$runs" task=first_sentence
