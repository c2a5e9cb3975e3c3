#!/usr/bin/env bash
# Large input, for make check-all: a line of 200 MB, and a text of 130 MB, each prepared within a gigabyte of memory.
set -u
cd "$(dirname "$0")/../.."
. tests/checks.sh
BPE=$PWD/tests/golden/tokenizers/bpe4096.json

words() { seq 1 100000 | sed 's/.*/the whale & came up, and the sea was & times as wide; /' | tr -d '\n'; }
words >"$W/piece"
{
    printf '{"text": "before"}\n{"text": "'
    for _ in $(seq 35); do cat "$W/piece"; done
    printf '"}\n{"text": "behind"}\n'
} >"$W/line.jsonl"
for _ in $(seq 25); do cat "$W/piece"; done >"$W/long.txt"

# prepared NAME INPUT DOCUMENTS: within 1 GiB of data (pages of mapped files do not count), and exact
prepared() {
    checks=$((checks + 1))
    (ulimit -d 1048576; "$R" data prepare --quiet --threads 2 --tokenizer "$BPE" --out "$W/$1" "$W/$2") >"$W/out" ||
        { fail "$2 is not prepared: $(cat "$W/out")"; return; }
    grep -q ": $3 documents" "$W/out" || fail "$2 is not $3 documents: $(cat "$W/out")"
    "$R" data inspect --verify "$W/$1" >/dev/null || fail "$1 is damaged"
}
prepared lines line.jsonl 3
prepared text long.txt 1
checks=$((checks + 1))
ids=$("$R" data encode --ordinary --tokenizer "$BPE" "$W/long.txt" | wc -w)
grep -q "\"tokens\": $((ids + 1))," "$W/text/manifest.json" || fail "a text in pieces is not $ids tokens"

# 100 MB of one letter: no word is that long
checks=$((checks + 1))
head -c 100000000 /dev/zero | tr '\0' a >"$W/a.txt"
"$R" data prepare --quiet --tokenizer "$BPE" --out "$W/a" "$W/a.txt" 2>"$W/err" && fail 'a word of 100 MB is encoded'
grep -q 'a.txt: error: 100000000 bytes without a place to cut them' "$W/err" || fail "$(cat "$W/err")"

report
