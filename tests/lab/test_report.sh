#!/usr/bin/env bash
# The report of a sweep: whole, valid, self-contained, the same bytes twice, with and without gnuplot; hostile text stays text.
set -u
TOKENS=2k SEEDS='[1, 2]'
. "$(dirname "$0")/common.sh"
sweep one 'description: "<script>alert(1)</script> & more"
baseline: {position: rope, optim.lr: 1e-3}
metric: {name: test/loss, goal: minimize, practical_delta: 0.01}'
status 0 "$R" sweep run one.yaml --quiet
status 0 "$R" sweep report sweeps/one
check 'the report says where it is' has out sweeps/one/report.html
report=sweeps/one/report.html
for part in 'id="verdicts"' 'id="table"' 'id="curves"' 'id="factors"' 'id="incomplete"' 'id="cost"' 'id="methods"' \
    'id="repeat"' 'every run is complete' 'is the baseline' "Dunnett" 'ropewalk sweep run' 'data:text/csv;base64,' \
    "default-src 'none'" '&lt;script&gt;alert(1)&lt;/script&gt; &amp; more'; do
    check "the report has $part" has $report "$part"
done
check 'no script' test "$(grep -ci '<script' $report)" = 0
check 'nothing from elsewhere' test "$(grep -oE '(src|href)="[^"]{0,5}' $report | grep -vcE '"(data:|#)')" = 0
if command -v gnuplot >/dev/null; then
    check 'pictures' test "$(grep -c 'data:image/svg+xml;base64,' $report)" -ge 4
    for f in forest factors learning_curves schedule; do
        for s in tsv gp svg pdf png; do check "figures/$f.$s" test -s "sweeps/one/figures/$f.$s"; done
    done
    status 0 "$R" plot forest sweeps/one --term
    check 'a figure in the terminal' has out difference
fi
if command -v gnuplot >/dev/null; then
    status 0 "$R" plot sweep_scatter sweeps/one x=eval/loss --out scatter
    check 'runs of the scatter' has scatter.tsv '# sweep_scatter	runs	'
fi
status 2 "$R" plot sweep_scatter sweeps/one
check 'what a scatter needs' has err 'x=COLUMN says what the metric is held against'
status 2 "$R" plot forest sweeps/one x=eval/loss
# over a base: the smallest one for heads of 16 channels and rows of 64 tokens is 1707
printf 'base: [base.yaml]\nparameters: {position: {value: {type: rope}}, position.rope_theta: {values: [1000, 10000]}}\nseeds: 1\nmetric: {name: test/loss, goal: minimize}\n' >theta.yaml
status 0 "$R" sweep run theta.yaml --quiet
status 0 "$R" plot sweep_curve sweeps/theta --formats svg --out theta
check 'the bound of the base' grep -qE '^# sweep_curve	bound	170[67]' theta.tsv
status 0 "$R" plot sweep_curve sweeps/one --formats svg --out rates
check 'no bound of a rate' grep -qE '^# sweep_curve	bound	$' rates.tsv
cp $report first.html
status 0 "$R" sweep report sweeps/one
check 'the same bytes again' cmp -s $report first.html
if command -v tidy >/dev/null; then check 'valid HTML' tidy -q -e $report; fi
status 0 "$R" sweep report sweeps/one --anonymous --html anonymous.html
check 'no processor in the anonymous one' test "$(grep -c '<dt>cpu' anonymous.html)" = 0
rm -rf sweeps/one/figures
GNUPLOT=/nonexistent status 0 "$R" sweep report sweeps/one
check 'a line of advice' has err 'apt-get install gnuplot-nox'
check 'tables without gnuplot' has $report 'id="verdicts"'
check 'scripts without gnuplot' test -s sweeps/one/figures/forest.gp
# a run without a result is told, with the end of its log
run=$(ls -d sweeps/one/runs/* | head -n 1)
rm -f "$run/summary.json" "$run/status.json" && rm -rf "$run/checkpoints"
status 0 "$R" sweep report sweeps/one
check 'what is missing' has $report 'of 2048 tokens'
# what a figure has no room for is said
{
    echo "model: {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 1}"
    echo "data: {sources: ["
    for i in $(seq 17); do echo "  {name: s$i, generate: copy_lag, tokens: 6k},"; done
    echo "]}"
    echo "optim: {lr: 3e-3, batch_tokens: 512}"
    echo "stages: [{tokens: 512, length: 64}]"
    echo "eval: {every: 512, tokens: 64, tasks: [loss_by_position]}"
} >many.yaml
printf "base: many.yaml\nparameters: {position: {values: [rope, nope]}}\nbaseline: {position: rope}\nseeds: 1\n" >domains.yaml
status 0 "$R" sweep run domains.yaml --quiet
status 0 "$R" sweep report sweeps/domains
check "more domains than there is room for" has sweeps/domains/report.html "domain_table&#39;: more than 16 domains in one figure"
status 2 "$R" sweep report sweeps/none
report
