#!/bin/sh
# The spread of equal runs, and which of the paper's differences five seeds can find.
. "$(dirname "$0")/../common.sh"
if [ "$data" = text ]; then
    BPE=$(bpe 512)
    export BPE
fi
if [ "$SIZE" = full ]; then seeds=8; else seeds=2; fi
SEEDS=${SEEDS:-$seeds}
"$ROPEWALK" sweep noise "$here/sweep.yaml" "$(fragments)" --seeds "$SEEDS" --out "$RUNS" -j "$JOBS" --json >"$OUT/noise.json"
sweep sweep.yaml
cost=$(cost "$RUNS/$name/noise" "$RUNS/$name")
keep paired "$RUNS/$name" test/loss minimize 0

# number FILE KEY: a number of a JSON file
number() { sed -n "s/.*\"$2\": \([-0-9.e+]*\).*/\1/p" "$1" | head -1; }
short() { awk -v x="$1" 'BEGIN { printf "%.3g", x }'; }
sd=$(number "$OUT/noise.json" sd) low=$(number "$OUT/noise.json" sd_low) high=$(number "$OUT/noise.json" sd_high)
twin=$(number "$OUT/noise.json" twin_sd)
# Of a run, beside arm and seed; known as well as the deviation over seeds is, which has as many degrees of freedom.
paired=$(sed -n 's/.*Noise of a run beside arm and seed: \([0-9.e-]*[0-9]\).*/\1/p' "$OUT/paired.txt")
# Four arms with five seeds, in units of that noise: the plan of ../encodings.
units=$("$ROPEWALK" sweep plan experiments/encodings/sweep.yaml --no-time --json --out "$RUNS/plan" 2>/dev/null |
    sed -n 's/.*"detectable_in_noise": \([0-9.]*\).*/\1/p')
needs=$(short "$(awk "BEGIN { print $units * $paired }")")
least=$(short "$(awk "BEGIN { print $units * $paired * $low / $sd }")")
most=$(short "$(awk "BEGIN { print $units * $paired * $high / $sd }")")

# found CLAIM PAPER DIFFERENCE EXPECTED (yes, no): do five seeds find it? Within the interval of what they need nobody knows.
found() {
    answer=$(awk "BEGIN { print ($most <= $3 ? \"yes\" : ($least > $3 ? \"no\" : \"\")) }")
    ours="$needs nats are needed ($least to $most)"
    if [ -z "$answer" ]; then
        verdict "$1" "$2" "$ours" undecided "$cost"
    elif [ "$answer" = "$4" ]; then
        verdict "$1" "$2" "$ours" agrees "$cost"
    else
        verdict "$1" "$2" "$ours" disagrees "$cost"
    fi
}
verdicts_begin
holds 'deviation of equal runs over seeds, nats' '0.03 to 0.05 (a pilot elsewhere; the paper has single runs)' \
    "$(short "$sd") ($(short "$low") to $(short "$high"), n $SEEDS); paired by seed $(short "$paired"), twins $(short "$twin")" "$cost" "$low <= 0.05 && $high >= 0.03"
found 'five seeds find RoPE against ABF' '0.035 nats (Table 5, books)' 0.035 yes
found 'five seeds find a curriculum against a constant length' '0.009 nats (Table 11, books)' 0.009 no
found 'five seeds find PI against ABF' '0.0028 nats (Table 5, books)' 0.0028 no
found 'five seeds find xPos ABF against ABF' '0.0013 nats (Table 5, books)' 0.0013 no
cat "$OUT/noise.json" "$OUT/paired.txt" "$OUT/verdicts.tsv" >&2
