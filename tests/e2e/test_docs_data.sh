#!/usr/bin/env bash
# Every command of the pages on data and mixes, typed as it stands there, over small files of the names that they use.
set -u
cd "$(dirname "$0")/../.."
root=$PWD
R=${ROPEWALK:-$PWD/build/ropewalk}
W=$(mktemp -d /tmp/ropewalk-docs.XXXXXX)
trap 'rm -rf "$W"' EXIT
mkdir -p "$W/build" "$W/books" "$W/corpora"
ln -s "$R" "$W/build/ropewalk"
mkdir "$W/configs" && ln -s "$root/experiments" "$W"
sed -e 's/2M/16k/; s/warmup: 64k/warmup: 1k/' -e 's/512k, tokens: 64k/8k, tokens: 2k/' "$root/configs/tiny.yaml" >"$W/configs/tiny.yaml"
export PATH=$W/build:$PATH OMP_NUM_THREADS=2
unset OMP_PROC_BIND
cd "$W" || exit 1
checks=0 failures=0
fail() { failures=$((failures + 1)); printf 'FAILED: %s\n' "$*"; }

cp "$root/tests/golden/tokenizers/bpe4096.json" .
text() { awk -v n="$1" 'BEGIN { srand(n); for (i = 0; i < 9000; i++) printf "%c%c%s", 97 + int(26 * rand()), 97 + int(26 * rand()), i % 11 ? " " : ".\n" }'; }
for i in 1 2 3; do text $i >books/$i.txt; done
cp books/1.txt book.txt
for i in $(seq 30); do printf '{"text": "memo %d: %s"}\n' "$i" "$(text "$i" | head -c $((i * 300)) | tr '\n' ' ')"; done >rfcs.jsonl
gzip -c rfcs.jsonl >dump.jsonl.gz
zstd -q rfcs.jsonl -o rfcs.jsonl.zst 2>/dev/null || true
ln -s "$W/books" corpora/books
for c in rfcs tldr; do cp rfcs.jsonl corpora/$c.jsonl; done

for page in data mixes; do
    while IFS= read -r line; do
        case $line in *.zst*) [ -e rfcs.jsonl.zst ] || continue ;; esac
        checks=$((checks + 1))
        eval "$line" >out 2>err </dev/null && [ -z "$(grep -E 'error|ropewalk:' err)" ] || fail "$page: $line: $(tail -c 400 err)"
        # what a command is said to print stands behind it
        case $line in *'# '[0-9]*) [ "$(cat out)" = "${line##*# }" ] || fail "$page: $line: prints $(cat out)" ;; esac
    done < <(awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on && NF' "$root/docs/$page.md")
done
checks=$((checks + 1))
[ $checks -gt 9 ] || fail "only $checks commands"
echo "100%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
