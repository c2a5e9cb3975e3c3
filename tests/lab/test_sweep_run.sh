#!/usr/bin/env bash
# Sweeps from outside: run, skip, continue after kills, two schedulers, failures, limits, signals.
set -u
. "$(dirname "$0")/common.sh"

# ---- plan, run, skip ----
sweep first
status 0 "$R" sweep plan first.yaml --no-time
check 'plan: arms and what they share' has out 'initial weights, training tokens and their order, held-out tokens'
status 0 "$R" sweep run first.yaml -j 2
check 'run: result lines' has err 'complete  position=rope lr=1e-3 seed=1  test/loss'
check 'run: summary' has err '4 of 4 runs complete'
check 'run: folder on stdout' has out sweeps/first
status 0 "$R" sweep run first.yaml
check 'nothing is done twice' test "$(starts first)" = 4
status 0 "$R" sweep status first.yaml
check 'status' has out '100.0%         4  all'
status 0 "$R" sweep why sweeps/first 'position=nope lr=3e-3'
check 'why: complete' has out 'complete: `sweep run` skips it'
for run in sweeps/first/runs/*; do
    mean=$(awk -F'\t' 'NR > 1 { sum += $4; n += $3 } END { printf "%.9f", sum / n }' "$run/test_documents.tsv")
    check "documents: their mean is the test loss ($mean)" grep -q "\"test/loss\": $(printf %.6s "$mean")" "$run/summary.json"
done
check 'documents: the error over them' has sweeps/first/tables/results.txt '± documents'
check 'tables in five formats' test "$(ls sweeps/first/tables | wc -l)" = 10
status 0 "$R" sweep table first.yaml 'min eval/loss' --format md
check 'table: columns' has out 'min eval/loss'
status 0 "$R" sweep table first.yaml --runs --json
check 'table: JSON' has out '"complete"'
status 2 "$R" sweep table first.yaml 'min eval/los'
check 'table: nearest name' has err 'eval/loss'
status 0 "$R" sweep exec sweeps/first --index 2
check 'exec is idempotent' test "$(starts first)" = 4
status 2 "$R" sweep exec sweeps/first --index 4
check 'exec: message' has err 'the plan has 4 runs (0 to 3)'
status 2 "$R" sweep why sweeps/first nothing
status 2 "$R" sweep status sweeps/none
status 2 "$R" sweep rnu first.yaml
check 'did you mean' has err "did you mean 'run'?"

# ---- the file without the overrides of a run is another plan: what no longer belongs to it is said ----
sweep changed
status 0 "$R" sweep run changed.yaml 'seeds=[7]' '+exclude=[{optim.lr: 3e-3}]' --quiet
status 0 "$R" sweep slurm changed.yaml
check 'strangers are said' has err "2 runs in 'sweeps/changed/runs' are in no line of the plan"
status 0 "$R" sweep table sweeps/changed
check 'strangers count for nothing' has out '1 missing'

# ---- a sweep by hand is the same, whatever the number of threads ----
sweep hand
"$R" sweep plan hand.yaml --no-time >/dev/null 2>&1
for i in 3 1 0 2; do status 0 "$R" sweep exec hand.yaml --index $i --threads 2; done
check 'exec gives the same bytes' same first hand

# ---- kill -9 of the scheduler and of workers, then the same command ----
sed -i 's/tokens: 8k, length/tokens: 16k, length/' base.yaml
sweep whole
status 0 "$R" sweep run whole.yaml -j 2 --quiet
sweep cut
for i in 1 2 3; do
    "$R" sweep run cut.yaml -j 2 --quiet 2>/dev/null >&2 &
    scheduler=$!
    sleep 0.$((RANDOM % 5 + 2))
    if [ $((i % 2)) = 0 ]; then
        kill -9 $scheduler
    else
        worker=$(pgrep -P $scheduler | head -n 1)
        [ -z "$worker" ] || kill -9 "$worker"
        sleep 0.2
        kill -9 $scheduler
    fi 2>/dev/null
    wait $scheduler 2>/dev/null
done
status 0 "$R" sweep run cut.yaml -j 2
check 'all runs complete after kills' finished cut
check 'the same bytes after kills' same whole cut
check 'the same tables after kills' same_tables whole cut

# ---- two at once ----
sweep twice
"$R" sweep run twice.yaml -j 1 --quiet >/dev/null 2>&1 &
status 0 "$R" sweep run twice.yaml -j 1
wait $!
check 'two schedulers: each run once' test "$(starts twice)" = 4
check 'two schedulers: the same bytes' same whole twice

# ---- signals and time ----
sweep signal
begun() { until ls "sweeps/$1"/runs/*/metrics.jsonl >/dev/null 2>&1; do sleep 0.02; done; }
"$R" sweep run signal.yaml -j 2 >out 2>err &
begun signal
kill -TERM $!
wait $!
check 'SIGTERM: 75' test $? = 75
check 'SIGTERM: message' has err 'the same command goes on'
"$R" sweep why signal.yaml 0 >out
status 75 "$R" sweep run signal.yaml --time-budget 0.1 --quiet
"$R" sweep run signal.yaml -j 2 >out 2>err &
until "$R" sweep status signal.yaml | grep -q '^running'; do sleep 0.02; done
kill -INT $!
wait $!
check 'SIGINT: 130' test $? = 130
status 0 "$R" sweep run signal.yaml -j 2
check 'the same bytes after signals' same whole signal

# ---- failures ----
sweep fails 'limits: {retries: 1}'
"$R" sweep plan fails.yaml --no-time >/dev/null 2>&1
id=$("$R" sweep status fails.yaml --json | grep -m 1 '"id"' | sed 's/.*: "//;s/".*//')
mkdir -p "sweeps/fails/runs/$id/metrics.jsonl" # a folder in the way: the system refuses
status 1 "$R" sweep run fails.yaml -j 2
check 'failed: tried again' has err 'retry     position=rope lr=1e-3 seed=1'
check 'failed: said' has err '1 of 4 runs failed'
check 'failed: the others are done' has err '3 of 4 runs complete, 1 failed'
status 0 "$R" sweep why fails.yaml 0
check 'why: failed' has out 'failed for good'
rmdir "sweeps/fails/runs/$id/metrics.jsonl"
status 1 "$R" sweep run fails.yaml
status 0 "$R" sweep run fails.yaml --retry-failed
check 'failed runs done again' same whole fails
status 2 env -C / "$R" sweep run "$W/none.yaml"
sweep alike 'limits: {retries: 0}'
"$R" sweep plan alike.yaml --no-time >/dev/null 2>&1
for id in $("$R" sweep status alike.yaml --json | sed -n 's/.*"id": "\(.*\)",/\1/p'); do mkdir -p "sweeps/alike/runs/$id/metrics.jsonl"; done
status 1 "$R" sweep run alike.yaml
check 'the first three fail: given up' has err 'the first runs have all failed, 1 of 4 are left'

# ---- early stopping: arms fall together, whoever comes first ----
for name in early late; do
    cat >$name.yaml <<END
base: base.yaml
parameters: {position: {value: rope}, eval.every: {value: 2k}, optim.lr: {values: [3e-3, 1e-5, 1e-3, 1e-4]}}
seeds: 2
early_terminate: {type: median, min_tokens: 4k, eta: 2}
END
done
status 0 "$R" sweep run early.yaml -j 2
check 'early: held at the rung' has err 'waits     lr=1e-5 seed=1 at 4096 tokens'
check 'early: said' has err 'pruned'
status 0 "$R" sweep run late.yaml -j 3 --quiet
"$R" sweep status early.yaml | sed 1d >a
"$R" sweep status late.yaml | sed 1d >b
check 'early: the same arms' cmp a b
check 'early: seeds share their fate' test "$(grep -c 'all$' a)" = 1 -a -z "$(awk '$3 == 1' a)"
status 0 "$R" sweep why early.yaml 2
check 'early: why' has out 'stopped early by a rule'
status 0 "$R" sweep run early.yaml --quiet
echo 'early_terminate: {type: median}' >bad.yaml
status 2 "$R" sweep plan bad.yaml
check 'early: what is missing' has err "early_terminate needs 'min_tokens'"
sed '/eval.every/s/2k/8k/' early.yaml >bad.yaml
status 2 "$R" sweep plan bad.yaml
check 'early: a rung without a value' has err 'no run is evaluated before its first rung: eval.every is 8192'

# ---- tuning: the same grid for every arm, then every arm at its best ----
cat >tuned.yaml <<END
base: base.yaml
parameters: {position: {values: [nope, rope]}}
baseline: {position: rope}
tune: {parameters: {optim.lr: {values: [1e-3, 1e-2, 1]}}, seeds: [11]}
END
status 0 "$R" sweep run tuned.yaml -j 2
check 'tune: the table' has sweeps/tuned/tables/tuning.txt 'lr=1e-2'
status 2 "$R" plot tuning sweeps/first --out tuning
check 'tune: no figure of what was not tuned' has err "sweep 'first' has not been tuned"
GNUPLOT=/nowhere status 0 "$R" plot tuning sweeps/tuned --out tuning
check 'tune: the figure, a line an arm' grep -qF "array name[2] = ['position=nope', 'position=rope']" tuning.gp
check 'tune: its best' grep -qF 'array best_x[2] = [0.01, 0.01]' tuning.gp
check 'tune: each at its best' has sweeps/tuned/best/tables/results.txt 'position=nope (lr=1e-2)'
check 'tune: the baseline stays' test "$(sed -n 2p sweeps/tuned/best/tables/results.csv | cut -c1-13)" = position=rope
status 0 "$R" sweep run tuned.yaml tune.shared=false name=unshared -j 2
check 'tune: no answer at the shared value' test ! -e sweeps/unshared/runs
check 'tune: the same answer without it' same unshared/best tuned/best
check 'overrides: the folder says what was run' has sweeps/unshared/sweep.yaml 'shared: false'
status 2 "$R" sweep slurm sweeps/unshared --time 1:00:00
check 'slurm: no runs that nobody asked for' has err 'asks for its tuning alone'
status 2 "$R" sweep run sweeps/unshared seeds=3
check 'overrides: not of a folder' has err "'sweeps/unshared' is planned already: 'seeds=3'"
status 2 "$R" sweep plan tuned.yaml seedz=3
check 'overrides: unknown keys' has err "argument 1:1: error: unknown key 'seedz'"
status 0 "$R" sweep table tuned.yaml --metric eval/loss --goal maximize --practical-delta 9 --format csv
check 'table: another metric' has out 'eval/loss (higher is better)'
status 2 "$R" sweep table tuned.yaml --goal maximize
check 'table: a goal of nothing' has err 'need --metric'
sed 's/1e-3, 1e-2, 1\]/1e-4, 3e-4, 1e-3]/' tuned.yaml >edge.yaml
status 2 "$R" sweep run edge.yaml -j 2 --quiet
check 'tune: an optimum at the edge' has err "'position=nope': optim.lr = 1e-3"
status 0 "$R" sweep run edge.yaml tune.edge_is_error=false name=edge_noted -j 2
check 'tune: the edge is marked' has sweeps/edge_noted/tables/tuning.txt 'lr=1e-3 (edge)'
status 0 "$R" sweep claim sweeps/edge_noted/best 'position=nope - position=rope' --expect above
check 'claim: by the names that arms had before' test "$(sed -n 2p out | cut -f1,6)" = "position=nope - position=rope	1"
status 2 "$R" sweep claim sweeps/edge_noted 'position=nope' --expect upward
check 'claim: an unknown expectation' has err "--expect 'upward' is none of below, above"
sed 's/1e-3, 1e-2, 1\]/1e-3, 1]/' tuned.yaml >two.yaml
status 2 "$R" sweep plan two.yaml
check 'tune: two values are all edge' has err 'three are the least'
status 0 "$R" sweep plan two.yaml tune.edge_is_error=false --no-time
# Generated tasks differ by seed, and the plan knows it.
sed -e 's/{generate: copy_lag, tokens: 2k}/{task: {type: passkey, lengths: [16, 64]}, tokens: 4k}/' base.yaml >tasks.yaml
sed -e 's/base.yaml/tasks.yaml/' edge.yaml | grep -v tune >passkeys.yaml
status 0 "$R" sweep run passkeys.yaml seeds=2 -j 2

# ---- a past in common is trained once, and changes no byte ----
cat >forks.yaml <<END
base: base.yaml
parameters:
  position: {value: rope}
  stages: {value: [{tokens: 8k, length: 64}, {tokens: 4k, length: 64}]}
  stages[1].position: {values: [rope, nope]}
  optim.schedule: {value: constant}
END
status 0 "$R" sweep plan forks.yaml --no-time
check 'forks: planned' has out '1 arms begin from the fork of another'
status 0 "$R" sweep run forks.yaml -j 2
check 'forks: used' grep -q 'forked at step 16' sweeps/forks/runs/*/train.log
check 'forks: removed at the end' test ! -e sweeps/forks/forks
for run in sweeps/forks/runs/*; do
    status 0 "$R" train "$run/config.yaml" runs=alone --quiet
    check 'forks: the same bytes' cmp "$run/metrics.jsonl" "alone/$(basename "$run")/metrics.jsonl"
done

# ---- noise ----
status 0 "$R" sweep noise first.yaml --seeds 2 -j 2 --json
check 'noise: both spreads' has out '"twin_sd"'
SEEDS=2 sweep first
status 0 "$R" sweep plan first.yaml --no-time
check 'plan: what the seeds find' has out 'times the noise of a run = '

# ---- a diverged run is a result ----
cat >diverged.yaml <<END
base: base.yaml
parameters: {position: {value: rope}, optim.lr: {values: [1e-3, 10]}, optim.clip: {value: 0}, optim.weight_decay: {value: 10}}
END
status 0 "$R" sweep run diverged.yaml -j 2
check 'diverged: said' has err '1 of 2 runs complete, 1 diverged'
check 'diverged: why' has err "is not finite"
status 0 "$R" sweep run diverged.yaml
check 'diverged: not tried again' test "$(starts diverged)" = 2
report
