#!/usr/bin/env bash
# Every command of the README, of the pages under docs/ and of the man page, typed as it stands there, in a folder with small
# copies of what the pages speak of: configurations with few tokens, the pages themselves as books, runs and sweeps of the names
# used. Counts of tokens in the commands are cut, too. A command that the page calls an error must be one, and ids that it is said
# to print must be those. Left out: docs/sweeps.md, make, other programs (sbatch, tensorboard) and scripts of experiments, which have
# tests of their own.
set -u
cd "$(dirname "$0")/../.."
. tests/checks.sh
root=$PWD
export PATH=$W/bin:$PATH OMP_NUM_THREADS=2 NO_COLOR=1
cd "$W" || exit 1
fail() { failures=$((failures + 1)); printf 'FAILED: %s: %s\n%s\n' "$page" "$1" "$(tail -c 400 err)"; }

# ---- the world of the pages ----
shrink='s/(tokens|every|warmup): *[0-9.]+[kM]?/\1: 4k/g; s/(batch_tokens|warmup): 4k/\1: 1k/g; s/hidden_size: *[0-9]+/hidden_size: 32/
        s/num_hidden_layers: *[0-9]+/num_hidden_layers: 2/; s/num_attention_heads: *[0-9]+/num_attention_heads: 2/; s/, intermediate_size: *[0-9]+//'
mkdir -p bin build books corpora/books corpora/rfcs runs tests experiments/quickstart experiments/mixes
ln -s "$R" bin/ropewalk && ln -s "$R" build/ropewalk && ln -s "$root/tests/golden" tests/golden
cp -r "$root/configs" configs && sed -i -E "$shrink" configs/*.yaml
cp "$root"/experiments/quickstart/base.yaml experiments/quickstart/
sed -i -E "$shrink" experiments/quickstart/base.yaml
sed -E "$shrink" "$root/experiments/mixes/mix.yaml" >experiments/mixes/mix.yaml
i=0
for page in "$root"/docs/*.md "$root"/*.md "$root"/experiments/*/README.md "$root"/LICENSE; do
    i=$((i + 1))
    cp "$page" "books/$i.txt" && cp "$page" "corpora/books/$i.txt"
done
cat books/*.txt >book.txt && cp book.txt tinyshakespeare.txt
lines() { tr -d '"\\\t\r' <book.txt | awk 'length > 40 { print "{\"text\": \"" $0 "\"}" }'; }
lines >rfcs.jsonl && cp rfcs.jsonl notes.jsonl && cp rfcs.jsonl corpora/ && cp rfcs.jsonl corpora/tldr.jsonl && gzip -c rfcs.jsonl >dump.jsonl.gz
printf '{"context": "The key is 7.", "question": "What is the key?", "answers": ["7"]}\n' >questions.jsonl
cp -r tests/golden/llama/default MODEL
# IDS.npy: five tokens
{
    printf '\223NUMPY\1\0\166\0'
    printf "%-117s\n" "{'descr': '<i4', 'fortran_order': False, 'shape': (1, 5), }"
    printf '\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5\0\0\0'
} >IDS.npy
trained=$(ropewalk train configs/text.yaml 'data.sources[0].path=books/*.txt' 'stages=[{tokens: 4k, length: 32}]' --quiet 2>err) ||
    { page=setup; fail 'a run on the books'; }
for name in 0123456789ab 123456789abc 23456789abcd BIG SMALL; do cp -r "$trained" "runs/$name"; done
cat >mini.yaml <<END
model: {hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 1, intermediate_size: 16}
position: rope
data: {sources: [{name: books, path: books/1*.txt}, {name: rfcs, path: rfcs.jsonl}]}
optim: {batch_tokens: 512}
stages: [{tokens: 2k, length: 32}]
eval: {tokens: 1k}
END
printf 'base: [mini.yaml]\nparameters: {position: {values: [rope, alibi]}}\nseeds: 2\nmetric: {name: test/loss, goal: minimize}\n' >sweep.yaml
sed 's/alibi/{type: yarn, factor: 4, original_max_position_embeddings: 8}/' sweep.yaml >positions.yaml
printf 'base: [mini.yaml]\nmethod: list\ninclude: [{name: long, optim.lr: 1e-3}, {name: switch20, optim.lr: 2e-3}]\nseeds: 2\nmetric: {name: test/loss, goal: minimize}\n' >curriculum.yaml
sed 's/include:.*/include: [{name: a, optim.lr: 1e-3}, {name: b, optim.lr: 2e-3}, {name: c, optim.lr: 3e-3}]/' curriculum.yaml >mix.yaml
for name in positions curriculum mix; do
    ropewalk sweep run $name.yaml --quiet >out 2>err || { page=setup; fail "the sweep $name"; }
done
cp -r sweeps/positions/runs/* runs/
ids=($(cd sweeps/positions/runs && echo *))
cp -r "runs/${ids[0]}" runs/255e92924324
cp tests/golden/tokenizers/bpe4096.json .

# ---- the commands ----
# Of a block of shell: one at a time, however many lines it has.
commands() { awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on && NF' "$1"; }
skipped='^ *(make|sh|time|sbatch|git|cd|man) |tensorboard'
if command -v zstd >/dev/null; then zstd -q rfcs.jsonl; else skipped="$skipped|\.zst"; fi
type_line() {
    local line expected=0 status
    line=$(printf '%s' "$1" | sed -E 's/\b(256k|1M|96k|16M|64k)\b/4k/g; s/--vocab-size [0-9]+/--vocab-size 512/; s/warmup: 32k/warmup: 1k/; s/batch_tokens: 4k/batch_tokens: 1k/; s/^seeds: 3/seeds: 2/; s/chunks: 32/chunks: 2/; s/1024, 4096/512/; s/length: 4096/length: 512/
        s/--watch//; s/ -j [0-9]+//; s/for theta in .*; do/for theta in 1000 1000000; do/')
    line=${line//runs\/RUN/$previous}
    line=${line//diff 255e 9c69/diff ${ids[0]} ${ids[1]}}
    [[ $line =~ '# an error' ]] && expected=2
    checks=$((checks + 1))
    eval "$line" >out 2>err </dev/null
    status=$?
    # a reader that stops early (head) is no failure of the command before it
    if [ $status -ne $expected ] && [ $status -ne 141 ]; then
        fail "exit $status of: $line"
    elif [ $expected -eq 0 ] && grep -E '^ropewalk:|: error:' err | grep -vq 'Broken pipe'; then
        fail "$line"
    elif [[ $line =~ '# '([0-9]+(' '[0-9]+)+)$ ]] && [ "$(cat out)" != "${BASH_REMATCH[1]}" ]; then
        fail "$line: prints $(cat out)"
    fi
    [[ $(tail -n 1 out) == runs/* ]] && previous=$(tail -n 1 out)
}
previous=$trained
read_page() {
    local line part='' unfinished
    while IFS= read -r line; do
        part=${part:+$part$'\n'}$line
        # complete: no open quote, loop, continuation or text to the end of a word
        [[ $part != *\\ ]] && unfinished=$(bash -n <<<"$part" 2>&1) && [ -z "$unfinished" ] || continue
        [[ $part =~ $skipped ]] || type_line "$part"
        part=''
    done
    [ -z "$part" ] || fail "an open command: $part"
}
for page in README.md docs/tutorial.md docs/data.md docs/mixes.md docs/curricula.md docs/encodings.md docs/evaluation.md docs/analyses.md \
    docs/figures.md docs/statistics.md CONTRIBUTING.md ARCHITECTURE.md; do
    read_page < <(commands "$root/$page")
done
page=docs/ropewalk.1
read_page < <(sed -n '/EXAMPLES/,/^\.fi/p' "$root/$page" | sed 's/\\-/-/g' | grep '^ropewalk')
checks=$((checks + 1))
[ -s decay.tsv ] && [ -s schedule.gp ] && [ -s OUT.npy ] && [ -s keys.txt ] || fail 'files are not where the pages say'
report
