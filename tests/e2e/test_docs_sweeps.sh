#!/usr/bin/env bash
# The page on sweeps: its example, every command as it stands there, and its error message, on runs that are small.
set -u
cd "$(dirname "$0")/../.."
. tests/checks.sh
root=$PWD page=$PWD/docs/sweeps.md
mkdir -p "$W/bin" "$W/experiments/quickstart"
ln -s "$R" "$W/bin/ropewalk"
export PATH=$W/bin:$PATH OMP_NUM_THREADS=2
cd "$W" || exit 1

# the fragment that the page names, but for its budget
sed -e 's/tokens: 4M, length: 128/tokens: 4k, length: 64/' -e 's/every: 1M, tokens: 64k/every: 2k, tokens: 1k/' \
    -e 's/{generate: \([a-z_]*\)}/{generate: \1, tokens: 20k}/g' -e 's/hidden_size: 64/hidden_size: 32/' -e 's/warmup: 64k/warmup: 1k/' \
    "$root/experiments/quickstart/base.yaml" >experiments/quickstart/base.yaml
cp experiments/quickstart/base.yaml base.yaml
echo 'optim: {clip: 0.5}' >real-text.yaml
awk '/^```yaml/ { on = 1; next } /^```/ && on { exit } on' "$page" >sweep.yaml
grep -q '^parameters:' sweep.yaml || fail 'the page has no example'

# commands of all blocks; a word of explanation stands behind three blanks
commands() { awk '/^```/ { on = !on; next } on && /^ropewalk/' "$page" | sed 's/   .*//'; }
while IFS= read -r line; do
    checks=$((checks + 1))
    eval "$line" >out 2>err </dev/null && [ -z "$(grep -E 'error|ropewalk:' err)" ] || fail "$line: $(tail -c 400 err)"
done < <(commands)
checks=$((checks + 3))
[ $checks -gt 10 ] || fail "only $checks commands"
[ "$(ls sweeps/sweep/runs | wc -l)" = 18 ] || fail "the example is not 18 runs: $(ls sweeps/sweep/runs | wc -l)"
[ -s sweeps/sweep/slurm.sh ] && [ -s sweeps/sweep/tables/results.md ] || fail 'files are not where the page says'

# the message about a key that is none
checks=$((checks + 1))
sed -i 's/optim.lr: {/optim.lrr: {/' sweep.yaml
ropewalk sweep plan sweep.yaml --no-time >out 2>err && fail 'an unknown key is accepted'
message=$(awk '/^```/ { on = !on; next } on && /^sweep.yaml:/ { print; getline; print; getline; print; exit }' "$page")
head -n 3 err >first
[ "$message" = "$(cat first)" ] || fail "the page shows: $message, not: $(cat first)"

report
