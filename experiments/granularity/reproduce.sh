#!/bin/sh
# How far apart encodings keep neighbouring positions (Appendix B): the theorem's sums, their limits, the closest pair.
. "$(dirname "$0")/../common.sh"
compare='compare={RoPE: {type: rope}, PI 1/4: {type: linear, factor: 4}, PI 1/8: {type: linear, factor: 8}, ABF: {type: rope, rope_theta: 500000}}'
facts=$(mktemp)
trap 'rm -f "$facts"' EXIT
"$ROPEWALK" analyze granularity "$compare" head_dim=128 length=32768 span=64 >"$facts"
"$ROPEWALK" plot granularity "$compare" head_dim=128 length=32768 span=64 --formats svg --out "$OUT/granularity" >&2
"$ROPEWALK" plot helix --formats svg --out "$OUT/helix" >&2

fact() { awk -F"$tab" -v name="# $1" -v key="$2" '$1 == name && $2 == key { print $3; exit }' "$facts"; }
verdicts_begin
agrees 'theorem 1, ABF: (ln b + ln beta)^-1' 0.076 "$(fact ABF sine_approx)" none %.3f
agrees 'theorem 1, PI 1/4: alpha / ln b' 0.027 "$(fact 'PI 1/4' sine_approx)" none %.3f
holds 'exact limit of the mean of sines: ABF over PI 1/4' 'ratio 2.8 by the approximation' \
    "$(printf '%.4f / %.4f' "$(fact ABF sine_limit)" "$(fact 'PI 1/4' sine_limit)")" none \
    "$(fact ABF sine_limit) / $(fact 'PI 1/4' sine_limit) > 2"
holds 'the closest pair of positions under ABF are neighbours' 'assumed' "distance $(fact ABF closest)" none "$(fact ABF closest) == 1"
holds 'ABF keeps neighbours apart as RoPE does; PI 1/8 does not (chord of the closest pair)' 'ABF near RoPE, PI much closer' \
    "$(printf 'RoPE %.3f, ABF %.3f, PI 1/8 %.3f' "$(fact RoPE closest_chord)" "$(fact ABF closest_chord)" "$(fact 'PI 1/8' closest_chord)")" none \
    "$(fact ABF closest_chord) > 0.8 * $(fact RoPE closest_chord) && $(fact 'PI 1/8' closest_chord) < 0.2 * $(fact RoPE closest_chord)"
