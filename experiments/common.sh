# common.sh -- what the experiments' scripts share. Read with `.`; ROPEWALK, SIZE and OUT come from `ropewalk reproduce`, or
# are these.
set -eu
cd "$(dirname "$0")/../.."
ROPEWALK=${ROPEWALK:-build/ropewalk}
SIZE=${SIZE:-smoke}
OUT=${OUT:-sweeps/smoke/$(basename "$(dirname "$0")")}
mkdir -p "$OUT"
tab=$(printf '\t')

# One line a claim: claim, paper, ours, verdict, cost.
verdicts_begin() { printf 'claim\tpaper\tours\tverdict\tcost\n' >"$OUT/verdicts.tsv"; }
verdict() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" >>"$OUT/verdicts.tsv"; }

# agrees CLAIM PAPER OURS COST FORMAT: the two numbers are the same once written in FORMAT.
agrees() {
    ours=$(printf "$5" "$3")
    if [ "$(printf "$5" "$2")" = "$ours" ]; then verdict "$1" "$2" "$ours" agrees "$4"; else verdict "$1" "$2" "$ours" disagrees "$4"; fi
}
# holds CLAIM PAPER OURS COST CONDITION: CONDITION (of awk) decides.
holds() {
    if awk "BEGIN { exit !($5) }"; then verdict "$1" "$2" "$3" agrees "$4"; else verdict "$1" "$2" "$3" disagrees "$4"; fi
}
