#!/bin/sh
# The decay of raw attention scores with distance, for the four encodings of the paper; no training.
. "$(dirname "$0")/../common.sh"
compare='compare={RoPE: {type: rope}, RoPE PI: {type: linear, factor: 8}, RoPE ABF: {type: rope, rope_theta: 500000}, xPos ABF: {type: xpos, rope_theta: 500000}}'
all=$(mktemp)
trap 'rm -f "$all"' EXIT
"$ROPEWALK" analyze decay "$compare" head_dim=128 length=32769 >"$all"
"$ROPEWALK" plot decay "$compare" head_dim=128 length=32769 --formats svg --out "$OUT/decay" >&2

# value ROW COLUMN; mean and deviation over rows [FROM, TO), every 7th: "mean deviation"
value() { awk -v d="$1" -v c="$2" '$1 == d { print $c; exit }' "$all"; }
window() {
    awk -F"$tab" -v from="$1" -v to="$2" -v c="$3" '
        /^[0-9]/ && $1 >= from && $1 < to && ($1 - from) % 7 == 0 { n++; s += $c; q += $c * $c }
        END { m = s / n; printf "%.3f %.3f\n", m, sqrt(q / n - m * m) }' "$all"
}
verdicts_begin
agrees 'score at distance 0 (axis of Fig. 4: "near 11")' 11.3137 "$(value 0 2)" none %.4f
holds 'RoPE decays most: its mean score over 4096-8191 is the lowest' 'RoPE below PI, xPos ABF and ABF' \
    "RoPE $(window 4096 8192 2 | cut -d' ' -f1), PI $(window 4096 8192 3 | cut -d' ' -f1), ABF $(window 4096 8192 4 | cut -d' ' -f1), xPos ABF $(window 4096 8192 5 | cut -d' ' -f1)" none \
    "$(window 4096 8192 2 | cut -d' ' -f1) < $(window 4096 8192 5 | cut -d' ' -f1) && $(window 4096 8192 2 | cut -d' ' -f1) < $(window 4096 8192 3 | cut -d' ' -f1)"
holds 'raising the base reduces the decay: ABF above RoPE over 16384-32767' 'ABF above RoPE' \
    "ABF $(window 16384 32768 4 | cut -d' ' -f1), RoPE $(window 16384 32768 2 | cut -d' ' -f1)" none \
    "$(window 16384 32768 4 | cut -d' ' -f1) > $(window 16384 32768 2 | cut -d' ' -f1)"
holds 'xPos smooths the oscillation: deviation of xPos ABF below ABF over 16384-32767' 'smoother' \
    "xPos ABF $(window 16384 32768 5 | cut -d' ' -f2), ABF $(window 16384 32768 4 | cut -d' ' -f2)" none \
    "$(window 16384 32768 5 | cut -d' ' -f2) < $(window 16384 32768 4 | cut -d' ' -f2)"
holds 'xPos keeps the long-range score of ABF' 'about as ABF' \
    "mean over 16384-32767: xPos ABF $(window 16384 32768 5 | cut -d' ' -f1), ABF $(window 16384 32768 4 | cut -d' ' -f1)" none \
    "$(window 16384 32768 5 | cut -d' ' -f1) > 0.75 * $(window 16384 32768 4 | cut -d' ' -f1)"
