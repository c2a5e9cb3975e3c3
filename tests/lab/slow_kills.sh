#!/usr/bin/env bash
# A 3 x 2 x 3-seed sweep, its scheduler and workers killed with SIGKILL at twenty random moments and continued each time
# by the same command: the tables are those of an undisturbed sweep, byte for byte.
set -u
. "$(dirname "$0")/common.sh"
KILLS=${KILLS:-20}
sed -i 's/tokens: 8k, length/tokens: 256k, length/' base.yaml
ARMS=', {type: linear, factor: 4}' SEEDS=3
sweep whole
sweep cut
status 0 "$R" sweep run whole.yaml -j 2 --quiet
for ((i = 1; i <= KILLS; i++)); do
    "$R" sweep run cut.yaml -j 2 --quiet >/dev/null 2>&1 &
    scheduler=$!
    sleep 0.$((RANDOM % 8 + 2))
    # workers first, or the scheduler first, or one of them alone
    workers=$(pgrep -P $scheduler)
    case $((i % 3)) in
    0) kill -9 $scheduler $workers ;;
    1) kill -9 $scheduler ;;
    2) kill -9 ${workers%%$'\n'*} && sleep 0.2 && kill -9 $scheduler ;;
    esac 2>/dev/null
    wait $scheduler 2>/dev/null
done
status 0 "$R" sweep run cut.yaml -j 2 --retry-failed
check 'all runs complete' finished cut
check 'the same bytes' same whole cut
check 'the same tables' same_tables whole cut
echo "killed $KILLS times, $(starts cut) starts for 18 runs"
report
