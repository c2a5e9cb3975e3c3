#!/usr/bin/env bash
# The paper's training-free analyses run again, and what `reproduce` says of wrong names, sizes and broken results.
set -u
cd "$(dirname "$0")/../.."
. tests/checks.sh
tab=$(printf '\t')
# expect STATUS FRAGMENT ARGS...: the exit status, FRAGMENT in stdout or stderr
expect() {
    local want=$1 fragment=$2 status
    shift 2
    checks=$((checks + 1))
    "$R" "$@" >"$W/out" 2>"$W/err" </dev/null
    status=$?
    [ $status -eq "$want" ] || { fail "ropewalk $*: exit $status, not $want: $(tail -c 400 "$W/err")"; return; }
    cat "$W/out" "$W/err" | grep -qF -- "$fragment" || fail "ropewalk $*: no '$fragment' in: $(cat "$W/out" "$W/err" | head -c 600)"
}

cp -r experiments "$W/experiments"
rm -rf "$W"/experiments/*/results
cd "$W" || exit 1
expect 0 'granularity' reproduce
expect 0 '"name": "flops"' reproduce --json
expect 2 "unknown experiment 'decya': did you mean 'decay'?" reproduce decya
expect 2 "--size 'huge' is neither smoke nor full" reproduce decay --size huge
# Options that would go unheard.
expect 2 'reproduce: --results runs nothing: no --size beside it' reproduce --results --size full
expect 2 'reproduce: --results runs nothing: no --corpora beside it' reproduce --results decay --corpora corpora
expect 2 'reproduce: --results runs nothing: no -j beside it' reproduce --results -j 2
expect 2 'reproduce: --json is of the list alone: no --results beside it' reproduce --results --json
expect 2 'reproduce: --json is of the list alone: no experiment beside it' reproduce decay --json
expect 2 'reproduce: --markdown is of tables: name an experiment, --all or --results' reproduce --markdown
expect 2 'reproduce: --size is of runs: name an experiment or --all' reproduce --size smoke
expect 2 'reproduce: --all and experiments by name exclude each other' reproduce --all decay
expect 0 '3.783e+22' reproduce decay granularity flops
checks=$((checks + 1))
[ "$(grep -cw agrees out)" -ge 14 ] || fail "verdicts: $(cat out)"
# What the paper says holds but for xPos at its own scale base, and for savings once attention is counted as it is computed.
checks=$((checks + 1))
[ "$(grep disagrees out | cut -f1,2 | tr '\n' ' ')" = "decay${tab}xPos keeps the long-range score of ABF flops${tab}the same with causal attention counted once " ] || fail "disagreements: $(grep disagrees out)"
checks=$((checks + 1))
[ -e experiments/decay/results ] && fail "smoke wrote into experiments"
mkdir -p experiments/broken
printf 'printf "claim\\tpaper\\n" >"$OUT/verdicts.tsv"\n' >experiments/broken/reproduce.sh
expect 1 'verdicts.tsv:1: 2 cells, not 5' reproduce broken
echo 'exit 3' >experiments/broken/reproduce.sh
expect 1 'reproduce.sh: exit status 3' reproduce broken
echo 'exit 75' >experiments/broken/reproduce.sh
expect 75 'the same command goes on' reproduce broken
# What an experiment is told: one that trains (it has a sweep.yaml), at both sizes, on both corpora.
mkdir -p experiments/told corpora/books
touch experiments/told/sweep.yaml corpora/rfcs.jsonl
printf 'printf "claim\\tpaper\\tours\\tverdict\\tcost\\n$SIZE\\t$OUT\\t$RUNS\\t[$CORPORA]\\t[${JOBS:-}]\\n" >"$OUT/verdicts.tsv"\n' >experiments/told/reproduce.sh
told() { printf 'told\t%s\t%s\t%s\t%s\t%s' "$@"; }
expect 0 "$(told smoke sweeps/smoke/told sweeps/smoke/told/generated '[]' '[]')" reproduce told
expect 0 "$(told full experiments/told/results/generated sweeps/full/told/generated '[]' '[3]')" reproduce told --size full -j 3
expect 2 "no 'corpora/tldr.jsonl': --corpora names a folder with books/*.txt" reproduce told --corpora corpora
touch corpora/tldr.jsonl
expect 0 "$(told full experiments/told/results/text sweeps/full/told/text '[corpora]' '[]')" reproduce told --size full --corpora corpora
# The final table from results that are there.
rm -rf experiments/broken
mkdir -p experiments/decay/results experiments/curriculum/results/text
printf 'claim\tpaper\tours\tverdict\tcost\na | b\t1\t2\tagrees\tnone\n' | tee experiments/decay/results/verdicts.tsv >experiments/curriculum/results/text/verdicts.tsv
expect 0 "decay${tab}a | b${tab}1${tab}2${tab}agrees${tab}none" reproduce --results
expect 0 '| curriculum (text) | a \| b | 1 | 2 | agrees | none |' reproduce --results --markdown
expect 0 'granularity: no results at full size' reproduce --results granularity
mkdir "$W/none" && cd "$W/none" || exit 1
expect 2 "no folder 'experiments' here" reproduce
report
