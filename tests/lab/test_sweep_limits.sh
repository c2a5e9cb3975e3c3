#!/usr/bin/env bash
# What ends runs early, from outside: a timeout, the first failure, a second interrupt, memory that the machine lacks.
set -u
. "$(dirname "$0")/common.sh"

# ---- a run past its timeout has failed for good; it goes on from its checkpoint when asked ----
sweep whole
status 0 "$R" sweep run whole.yaml -j 2 --quiet
cat >slow.yaml <<END
base: base.yaml
parameters: {position: {values: [rope, nope]}, stages: {value: [{tokens: 1G, length: 64}]}, checkpoint.every: {value: 16k}}
limits: {timeout: 1s, retries: 3, alike: 0}
END
saved() { ls -d sweeps/"$1"/runs/*/checkpoints/* 2>/dev/null | cut -d/ -f4 | sort -u | wc -l; }
# on a busy machine a second may pass before training begins: twice as long, until both have saved
limit=1
while status 1 "$R" sweep run slow.yaml -j 2 && [ "$(saved slow)" -lt 2 ] && [ $limit -lt 32 ]; do
    limit=$((2 * limit))
    sed -i "s/timeout: [0-9]*s/timeout: ${limit}s/" slow.yaml
    rm -rf sweeps/slow
done
check 'timeout: said' has err "timeout   position=rope seed=1: not done after $limit s"
check 'timeout: counted' has err '0 of 2 runs complete, 2 failed'
check 'timeout: not tried again' test "$(starts slow)" = 2
status 0 "$R" sweep status slow.yaml
check 'timeout: status' test "$(grep -c '^timeout' out)" = 2
status 0 "$R" sweep why slow.yaml 0
check 'timeout: why' has out "not done after $limit s"
tokens() { tail -qn 1 sweeps/slow/runs/*/metrics.jsonl | sed 's/.*"tokens": \([0-9]*\).*/\1/' | head -n 1; }
before=$(tokens)
status 1 "$R" sweep run slow.yaml -j 2 --quiet
check 'timeout: left alone' test "$(starts slow)" = 2
again=$limit
until [ "$(tokens)" -gt "$before" ] || [ $again -ge 64 ]; do
    again=$((2 * again))
    status 1 "$R" sweep run slow.yaml -j 2 --retry-failed --timeout $again
done
check 'timeout: the flag is stronger than the file' has err "not done after $again s"
check "timeout: goes on from the checkpoint ($before, $(tokens))" test "$(tokens)" -gt "$before"
check 'timeout: resumed, not begun again' grep -q resumed sweeps/slow/runs/*/train.log

# ---- the first failure stops the others, which save ----
sweep first 'limits: {retries: 0}'
sed -i 's/^parameters:/parameters:\n  stages: {value: [{tokens: 1G, length: 64}]}/' first.yaml
"$R" sweep plan first.yaml --no-time >/dev/null 2>&1
blocked=$("$R" sweep status first.yaml --json | sed -n 's/.*"id": "\(.*\)",/\1/p' | sed -n 4p)
mkdir -p "sweeps/first/runs/$blocked/metrics.jsonl" # a folder in the way: the system refuses
status 1 "$R" sweep run first.yaml -j 4 --fail-fast
check 'fail-fast: said' has err 'a run failed: 3 running, saving'
check 'fail-fast: which' has err 'position=nope lr=3e-3 seed=1'
check 'fail-fast: what is left' has err '0 of 4 runs complete, 1 failed, 3 left'
check 'fail-fast: the others have saved' test "$(saved first)" = 3
sed -i 's/retries: 0/retries: 0, on_failure: stop/' first.yaml
status 1 "$R" sweep run first.yaml -j 4 --retry-failed
check 'on_failure: stop is the same' has err 'a run failed: 3 running, saving'

# ---- a second interrupt kills; workers that hear nothing cannot hold it up ----
sweep twice
sed -i 's/^parameters:/parameters:\n  checkpoint.every: {value: 512}/' twice.yaml
cp twice.yaml undisturbed.yaml
status 0 "$R" sweep run undisturbed.yaml -j 2 --quiet
"$R" sweep run twice.yaml -j 2 >out 2>err &
scheduler=$!
both_train() { [ "$(pgrep -P $scheduler | wc -l)" = 2 ] && ls sweeps/twice/runs/*/metrics.jsonl >/dev/null 2>&1; }
await both_train
workers=$(pgrep -P $scheduler)
kill -STOP $workers
kill -INT $scheduler
await has err 'press again to kill'
sleep 0.3
check 'first interrupt: waits for its workers' kill -0 $scheduler
kill -INT $scheduler
wait $scheduler
check 'second interrupt: 130' test $? = 130
for worker in $workers; do check 'second interrupt: no worker is left' test ! -e "/proc/$worker"; done
status 0 "$R" sweep run twice.yaml -j 2
check 'killed by hand: the same bytes' same undisturbed twice
check 'killed by hand: no failure is counted' test -z "$(grep -l '"failed"' sweeps/twice/runs/*/attempts.jsonl)"

# ---- more memory than there is ----
cat >large.yaml <<END
base: base.yaml
parameters: {model: {value: {hidden_size: 65536, num_attention_heads: 512, num_hidden_layers: 1000}}, position: {values: [rope, nope]}}
END
status 2 "$R" sweep run large.yaml -j 2
check 'memory: refused before a run begins' has err 'GiB does not fit this machine, which has'
check 'memory: no run has begun' test ! -e sweeps/large/runs
report
