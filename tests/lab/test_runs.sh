#!/usr/bin/env bash
# What runs leave behind, asked from outside: runs ls, diff, sql; export; main effects.
set -u
. "$(dirname "$0")/common.sh"

SEEDS=3 TOKENS=4k sweep grid 'metric: {name: test/loss, practical_delta: 0.5}'
status 0 "$R" sweep run grid.yaml -j 2 --quiet

# ---- runs ----
status 0 "$R" runs ls sweeps/grid
check 'ls: twelve runs' test "$(wc -l <out)" = 13
check 'ls: an index' test -f sweeps/grid/index.sqlite
status 0 "$R" runs ls sweeps/grid --where 'position[0].type=nope and optim.lr>2e-3' --format csv --columns seed
check 'ls: a condition' test "$(tail -n +2 out | cut -d, -f6 | sort | tr -d '\n')" = 123
status 0 "$R" runs ls sweeps/grid --changed --json
check 'ls: what differs' has out '"optim.lr"'
check 'ls: and not what is the same' test "$(grep -c 'hidden_size' out)" = 0
status 2 "$R" runs ls sweeps/grid --where 'eval/los<3'
check 'ls: nearest key' has err "did you mean 'eval/loss'?"
status 2 "$R" runs ls nowhere
check 'ls: no folder' has err "'nowhere' is no folder of runs"
status 2 "$R" runs ls sweeps/grid --format xml
check 'ls: formats' has err "--format 'xml' is none of text, md, tex, csv, json"
set -- sweeps/grid/runs/*
status 0 "$R" runs diff "$1" "$2"
check 'diff: facts' has out 'facts differ'
status 0 "$R" runs diff "$(basename "$1")" "$(basename "$1" | cut -c1-9)" --runs sweeps/grid/runs
check 'diff: the same' has out 'byte for byte'
status 0 "$R" runs sql 'SELECT status, count(*) AS n FROM runs GROUP BY status' --dir sweeps/grid --format csv
check 'sql' has out 'complete,12'
status 2 "$R" runs sql 'DELETE FROM runs' --dir sweeps/grid
check 'sql: read only' has err 'only SELECT is answered'
status 2 "$R" runs
status 2 "$R" runs lss
check 'runs: nearest job' has err "did you mean 'ls'?"
status 0 "$R" runs --help
check 'runs: jobs' has out 'diff'

# ---- export ----
status 0 "$R" export tensorboard sweeps/grid --out tb --tokens
check 'one event file a run' test "$(find tb -name 'events.out.tfevents.*' | wc -l)" = 12
find tb -type f -exec cksum {} + | sort >first
status 0 "$R" export tensorboard sweeps/grid --out tb --tokens
check 'exported again: the same bytes' test "$(find tb -type f -exec cksum {} + | sort)" = "$(cat first)"
status 0 "$R" export csv "$1"
check 'csv: heading' test "$(head -c 17 out)" = step,tokens,stage
check 'csv: a row a step' test "$(wc -l <out)" = "$(($(tail -1 out | cut -d, -f1) + 1))"
status 2 "$R" export csv nothing
check 'csv: no run' has err "'nothing' is no run folder"

# ---- factor by factor ----
status 0 "$R" sweep table grid.yaml --effects
check 'effects' has out 'position x optim.lr'
report
