#!/usr/bin/env bash
# Mixes from outside: the plan and what training makes of it, caps, leakage, the loss above the best possible.
set -u
cd "$(dirname "$0")/../.."
. tests/checks.sh
export OMP_NUM_THREADS=1
# expect STATUS FRAGMENT ARGS...: the exit status; FRAGMENT in what was printed or said
expect() {
    local want=$1 fragment=$2 status
    shift 2
    checks=$((checks + 1))
    "$R" "$@" >"$W/out" 2>"$W/err" </dev/null
    status=$?
    [ $status -eq "$want" ] || { fail "ropewalk $*: exit $status, not $want: $(head -c 300 "$W/err")"; return; }
    cat "$W/out" "$W/err" | grep -qF -- "$fragment" || fail "ropewalk $*: no '$fragment' in: $(head -c 900 "$W/out" "$W/err")"
}
# near A B MARGIN WHAT
near() {
    checks=$((checks + 1))
    awk -v a="$1" -v b="$2" -v m="$3" 'BEGIN { d = a - b; exit !(a != "" && b != "" && d <= m && -d <= m) }' || fail "$4: $1, not $2"
}

cat >"$W/mix.yaml" <<END
model: {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 16}
position: {type: rope}
data:
  length_classes: [600, 2048]
  sources: [{generate: copy_lag, tokens: 200k}, {generate: tree, tokens: 300k}, {generate: markov, tokens: 100k}]
optim: {batch_tokens: 1k}
stages: [{tokens: 40k, length: 128}, {tokens: 20k, length: 64, mixer: {type: static, weights: [0, 1, 3]}}]
eval: {tokens: 4k}
runs: $W/runs
END

# ---- what is planned is what the metrics say in the end ----
for mixer in static '{type: upsample, threshold: 2048, conserve_sources: true}' '{type: unimax, max_epochs: 1}'; do
    expect 0 '# mix' data plan "$W/mix.yaml" "data.mixer=$mixer"
    cp "$W/out" "$W/plan"
    expect 0 '' train "$W/mix.yaml" "data.mixer=$mixer" --quiet
    line=$(grep '"stage": 1' "$(cat "$W/out")/metrics.jsonl" | tail -n 1)
    for source in copy_lag tree markov; do
        for class in 0-599 600-2047 2048-; do
            planned=$(awk -v s=$source -v c=$class '$1 == s && $2 == c { print $5 }' "$W/plan")
            given=$(printf '%s' "$line" | sed "s|.*\"data/$source/$class/tokens\": \([0-9]*\),.*|\1|")
            near "$given" "$planned" 128 "$mixer: tokens of $source $class"
        done
    done
done
expect 0 '"epochs"' data plan "$W/mix.yaml" --json
expect 0 '# mix' check "$W/mix.yaml"
expect 0 'it follows losses' data plan "$W/mix.yaml" 'data.mixer={type: odm}'

# ---- what cannot be ----
for verb in 'data plan' check train; do
    # shellcheck disable=SC2086
    expect 2 'more than its max_epochs 0.05: at these shares at most' $verb "$W/mix.yaml" 'data.sources[2].max_epochs=0.05'
done
expect 2 'threshold 4096 is no edge of data.length_classes (which has 2): add it there' \
    check "$W/mix.yaml" 'data.mixer={type: upsample, threshold: 4096, conserve_sources: true}'
expect 2 'conserve_sources' check "$W/mix.yaml" 'data.mixer={type: upsample, threshold: 2048}'
expect 2 'length_classes: 512 does not rise after 600' check "$W/mix.yaml" 'data.length_classes=[600, 512]'

for verb in 'data plan' check train; do
    # shellcheck disable=SC2086
    expect 2 "stage 'stage1': mixer skill_it learns from evaluations, and there is none before the stage ends: eval.every is 0, the stage 40960 tokens" \
        $verb "$W/mix.yaml" 'data.mixer={type: skill_it}'
done
expect 0 '' check "$W/mix.yaml" 'data.mixer={type: odm, rule: naive_validation}' +eval.every=20k
expect 2 'mixer odm learns from evaluations' check "$W/mix.yaml" 'data.mixer={type: odm, rule: naive_validation}' +eval.every=40k

# ---- a budget in seconds: every mixer goes through it ----
for mixer in static '{type: scheduled, to: [0, 0, 1]}' '{type: unimax, max_epochs: 1}' '{type: capped, max_epochs: 1}' '{type: odm, rule: ema}'; do
    expect 0 '' train "$W/mix.yaml" "data.mixer=$mixer" 'stages=[{seconds: 0.2, length: 128}, {seconds: 0.1, length: 64}]' --quiet
done
# both stages
checks=$((checks + 1))
grep -q '"stage": 1' "$(cat "$W/out")/metrics.jsonl" || fail 'no second stage in seconds'

# ---- loss above the best ----
expect 0 '' train "$W/mix.yaml" --quiet
run=$(cat "$W/out")
expect 0 'excess_by_position' eval "$run"
checks=$((checks + 1))
grep -q '"eval/tree/excess": ' "$run/metrics.jsonl" || fail 'no excess in the metrics'

# ---- leakage ----
for i in $(seq 60); do
    printf '{"text": "page %d says that %s and so on"}\n' "$i" "$(for k in $(seq 20); do printf 'w%d ' $((i * 31 % 17 * 100 + k)); done)"
done >"$W/pages.jsonl"
expect 0 'pages/dev                pages/train' data leakage "$W/mix.yaml" "data.sources=[{path: $W/pages.jsonl}]"
checks=$((checks + 1))
grep -q 'pages/dev .*(100.00%)' "$W/out" || fail "pages repeat each other: $(cat "$W/out")"
expect 2 'words 65 is not in [1, 64]' data leakage "$W/mix.yaml" --words 65

report
