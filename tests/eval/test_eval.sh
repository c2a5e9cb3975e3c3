#!/usr/bin/env bash
# Tasks from outside: during training, the same bytes for any number of threads; on a run, as text, TSV, JSON and files;
# with other lengths and encodings; what is misspelt.
set -u
cd "$(dirname "$0")/../.."
. tests/checks.sh
export OMP_NUM_THREADS=2
# expect STATUS FRAGMENT ARGS...: exit status, and FRAGMENT in the output or the messages
expect() {
    local want=$1 fragment=$2 status
    shift 2
    checks=$((checks + 1))
    "$R" "$@" >"$W/out" 2>&1 </dev/null
    status=$?
    [ $status -eq "$want" ] || { fail "ropewalk $*: exit $status, not $want: $(head -c 300 "$W/out")"; return; }
    grep -qF -- "$fragment" "$W/out" || fail "ropewalk $*: no '$fragment' in: $(head -c 600 "$W/out")"
}

cat >"$W/c.yaml" <<END
seed: 1
model: {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2}
position: {type: rope}
data:
  sources:
    - {task: {type: passkey, lengths: [32, 64]}, tokens: 64k, weight: 0.5}
    - {generate: copy_lag, tokens: 256k, weight: 0.5}
optim: {lr: 3e-3, batch_tokens: 512}
stages: [{tokens: 8k, length: 64}]
eval:
  every: 4k
  tokens: 2k
  tasks: [loss_by_position, {type: passkey, lengths: [32, 128], samples: 2}, {type: loss_by_context, chunks: 4},
          {type: attention, sequences: 2, repeated: 2}]
END
for threads in 1 2; do
    expect 0 "$W/runs$threads" train "$W/c.yaml" "runs=$W/runs$threads" --threads $threads --quiet
done
run=$(ls -d "$W"/runs1/*)
checks=$((checks + 1))
[ -s "$run/eval/8/passkey.json" ] && [ -s "$run/eval/16/loss_by_context.tsv" ] || fail "no results of tasks in $run/eval"
diff -r "$run/eval" "$W"/runs2/*/eval >"$W/diff" || fail "results depend on the threads: $(head -c 300 "$W/diff")"
cmp -s "$run/metrics.jsonl" "$W"/runs2/*/metrics.jsonl || fail 'metrics depend on the threads'
grep -q '"eval/passkey/nll"' "$run/summary.json" || fail 'no scalars of tasks in the summary'
# what reads held-out text is asked of the test split too, once
[ -s "$run/test/loss_by_context.json" ] && [ ! -e "$run/test/passkey.json" ] || fail "tasks on the test split: $(ls "$run/test")"
grep -q '"test/loss_by_context/gain/copy_lag"' "$run/summary.json" || fail 'no scalars of the test split in the summary'
grep -q '"test/' "$run/metrics.jsonl" && fail 'the test split is in the metrics'

grep -q '"eval/passkey/tokens_until_solved": null' "$run/summary.json" || fail 'the summary does not say that passkey is not solved'

# stopped twice, before and after an evaluation, and resumed: the same bytes
expect 75 'stopped at step' train "$W/c.yaml" "runs=$W/stopped" --threads 1 --quiet --stop-after 3000
expect 75 'stopped at step' train "$W/c.yaml" "runs=$W/stopped" --threads 1 --quiet --stop-after 5000
expect 0 "$W/stopped" train "$W/c.yaml" "runs=$W/stopped" --threads 1 --quiet
checks=$((checks + 1))
{ diff -r "$run/eval" "$W"/stopped/*/eval && cmp "$run/metrics.jsonl" "$W"/stopped/*/metrics.jsonl &&
    cmp "$run/summary.json" "$W"/stopped/*/summary.json; } >"$W/diff" || fail "a resumed run differs: $(head -c 300 "$W/diff")"

# in the middle of a curriculum tasks have their own lengths: what `eval` says of the checkpoint
expect 0 "$W/short" train "$W/c.yaml" "runs=$W/short" --threads 1 --quiet +checkpoint.every=4k \
    'stages=[{tokens: 8k, length: {type: linear, from: 16, to: 64}}]'
table() { awk '/^# table/ { on = 1 } on' "$1"; }
short=$(ls -d "$W"/short/*) first=$(ls "$W"/short/*/eval | sort -n | head -1)
"$R" eval "$short/checkpoints/$(printf %08d "$first")" --task '{type: passkey, lengths: [32, 128], samples: 2}' --tsv >"$W/passkey.tsv" 2>&1
checks=$((checks + 2))
table "$W/passkey.tsv" | cmp -s - <(table "$short/eval/$first/passkey.tsv") || fail "the task in training is not that of eval"
grep -q '^128	' "$W/passkey.tsv" || fail 'no row of 128 tokens in a stage of 16 to 64'

# seeds of an arm
expect 0 "$W/seeds" train "$W/c.yaml" "runs=$W/seeds" --quiet seed=2
seeds=$(ls -d "$W"/seeds/*)
expect 0 '# all models together' eval "$run" "$seeds" --task '{type: loss_by_context, chunks: 4}' --out "$W/pooled"
expect 0 '"over_models"' eval "$run" "$seeds" --task passkey --json
expect 2 'is named twice' eval "$run" "$seeds" "$run"
expect 2 "is named twice, as '$run/checkpoints/$(ls "$run/checkpoints" | tail -n 1)'" eval "$run" "$run/checkpoints/$(ls "$run/checkpoints" | tail -n 1)"
expect 2 'there is no layer 2: they are 0 to 1' eval "$run" --task '{type: attention_maps, layers: [1, 2]}'
expect 2 'there is no head 0.5: they are 0 to 1' eval "$run" --task '{type: attention_maps, heads: [0.5]}'
checks=$((checks + 1))
[ -s "$W/pooled/loss_by_context.tsv" ] && [ -s "$W/pooled/model-2/loss_by_context.json" ] || fail 'no results of pooled models'
mkdir -p "$seeds/eval/999999" "$seeds/test" && touch "$seeds/test/old.json"
expect 0 "$W/seeds" train "$W/c.yaml" "runs=$W/seeds" --quiet seed=2 --fresh
checks=$((checks + 1))
[ ! -e "$seeds/eval/999999" ] && [ ! -e "$seeds/test/old.json" ] || fail 'results of before --fresh stay'
expect 0 "$W/other" train "$W/c.yaml" "runs=$W/other" --quiet seed=3 optim.lr=1e-3 name=other
expect 2 'several models are the seeds of one arm, and differ in nothing else' eval "$run" "$W"/other/*
expect 2 "has optim.lr 0.003, '" eval "$run" "$W"/other/*
expect 0 "$W/long" train "$W/c.yaml" "runs=$W/long" --quiet 'stages=[{tokens: 1k, length: 128}]'
expect 2 'was trained at 64 tokens' eval "$run" "$W"/long/*
expect 2 '--override takes one model' eval "$run" "$seeds" --override '[{length: 128}]'

expect 0 '# gate: ' eval "$run" --task passkey
expect 0 '"by_context"' eval "$run" --task '{type: loss_by_context, chunks: 4}' --json
expect 0 'table: grid' eval "$run" --task '{type: mqar, lengths: [64], samples: 2}' --tsv
expect 0 'mode: strided' eval "$run" --task perplexity --length 128 --position '{type: linear, factor: 4}'
expect 0 'rope' eval "$run" --task '[{type: attention, sequences: 2, repeated: 2}, {type: copy, samples: 1}]' --out "$W/o"
checks=$((checks + 1))
[ -s "$W/o/attention.json" ] && [ -s "$W/o/copy.tsv" ] || fail 'eval --out wrote no files'
# a window as long as the row changes nothing, a short one does
for w in 0 64 4; do
    expect 0 '"loss"' eval "$run" --task "{type: loss_by_position, window: $w}" --json
    grep -v '"options"' "$W/out" >"$W/window$w"
done
checks=$((checks + 2))
cmp -s "$W/window0" "$W/window64" || fail 'a window of the whole row changes losses'
cmp -s "$W/window0" "$W/window4" && fail 'a window of 4 keys changes nothing'
expect 0 '"weight"' eval "$run" --task '{type: attention_maps, cells: 4, layers: [1], heads: [0]}' --json
checks=$((checks + 1))
[ "$(grep -c '"weight"' "$W/out")" -eq 20 ] || fail "attention_maps: not 10 cells of each source"
expect 0 'bos: 66' eval "$run" --task perplexity --bos 66
expect 2 'passkey: puts no token before its texts' eval "$run" --task passkey --bos 66
expect 2 'no token of a vocabulary of 257' eval "$run" --task perplexity --bos 300
expect 2 "did you mean 'passkey'" eval "$run" --task passkye
expect 2 "did you mean 'lengths'" eval "$run" --task '{type: passkey, lenghts: [64]}'
expect 2 'lengths must ascend' eval "$run" --task '{type: passkey, lengths: [64, 32]}'
expect 2 '`loss` is for training' eval "$run" --task '{type: passkey, loss: all}'
expect 2 'lengths must ascend' check "$W/c.yaml" 'eval.tasks=[{type: mqar, lengths: [64, 32]}]'
expect 2 '`samples` is for evaluation' train "$W/c.yaml" 'data.sources[0].task.samples=3'

report
