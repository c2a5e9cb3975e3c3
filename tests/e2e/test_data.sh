#!/usr/bin/env bash
# ropewalk data from outside: encode and decode, a vocabulary learned, a preparation that is killed, a run on what it made.
set -u
cd "$(dirname "$0")/../.."
. tests/checks.sh
BPE=$PWD/tests/golden/tokenizers/bpe4096.json
export OMP_NUM_THREADS=2
# is WANTED WHAT: the last output
is() { checks=$((checks + 1)); [ "$1" = "$2" ] || fail "'$2' is not '$1'"; }
# expect STATUS FRAGMENT ARGS...: the exit status; FRAGMENT in the messages
expect() {
    local want=$1 fragment=$2 status
    shift 2
    checks=$((checks + 1))
    "$R" "$@" >"$W/out" 2>"$W/err" </dev/null
    status=$?
    [ $status -eq "$want" ] || { fail "ropewalk $*: exit $status, not $want: $(head -c 300 "$W/err")"; return; }
    [ -z "$fragment" ] || grep -qF -- "$fragment" "$W/err" || fail "ropewalk $*: no '$fragment' in: $(head -c 600 "$W/err")"
}

# ---- encode and decode ----
is '72 105 10' "$(echo Hi | "$R" data encode --tokenizer bytes)"
is '' "$(printf '' | "$R" data encode --tokenizer "$BPE")"
is '40 399 79 12 1106 1' "$(printf 'Hello, world!' | "$R" data encode --tokenizer "$BPE" -)"
is '0' "$(printf '<|endoftext|>' | "$R" data encode --tokenizer "$BPE")"
is 'Hello' "$(echo 72 101 108 108 111 | "$R" data decode --tokenizer bytes)"
head -c 200000 /dev/urandom >"$W/random"
for t in bytes "$BPE"; do
    "$R" data encode --tokenizer "$t" "$W/random" >"$W/ids" && "$R" data decode --tokenizer "$t" "$W/ids" >"$W/back"
    checks=$((checks + 1))
    cmp -s "$W/random" "$W/back" || fail "random bytes do not come back from $t"
done
expect 2 '--tokenizer is missing' data encode
expect 2 "unknown tokenizer 'none.json'" data encode --tokenizer none.json
expect 2 "unknown job 'encod': did you mean 'encode'?" data encod
expect 2 'missing job' data
echo 1 2 300 >"$W/ids"
expect 1 'ids:1: error: id 300 is not in [0, 257)' data decode --tokenizer bytes "$W/ids"
echo 1 two >"$W/ids"
expect 1 "ids:1: error: 'two' is no token id" data decode --tokenizer bytes "$W/ids"
for job in encode decode tokenizer prepare inspect generate; do
    expect 0 '' data $job --help
    grep -q examples: "$W/out" || fail "data $job --help shows no examples"
done

# ---- a vocabulary of one's own, and a corpus prepared with it, killed again and again ----
mkdir "$W/text"
for i in 1 2 3 4 5 6; do
    for j in $(seq 4000); do echo "line $j of file $i: $((i * j * 7919 % 1000)) and some words that repeat, and repeat"; done
done | split -l 4000 - "$W/text/part-" --additional-suffix=.txt
expect 0 '' data tokenizer --vocab-size 500 --out "$W/own.json" "$W/text"
expect 0 '' data prepare --tokenizer "$W/own.json" --shard-tokens 20k --out "$W/whole" "$W/text"
expect 2 '--out is missing' data prepare "$W/text"
for delay in 0.02 0.03 0.04 0.05 0.06 0.08 0.1 0.15; do
    (timeout -s KILL $delay "$R" data prepare --tokenizer "$W/own.json" --shard-tokens 20k --out "$W/killed" "$W/text"
        true) >/dev/null 2>&1
    # timeout does not wait for what it kills
    [ ! -e "$W/killed/lock" ] || flock "$W/killed/lock" true
done
expect 0 '' data prepare --tokenizer "$W/own.json" --shard-tokens 20k --out "$W/killed" "$W/text"
checks=$((checks + 1))
diff -r "$W/whole" "$W/killed" >"$W/diff" || fail "a killed preparation ends elsewhere: $(head -3 "$W/diff")"
gzip -c "$W/text/part-aa.txt" | "$R" data prepare --out "$W/input" --quiet - >"$W/out" || fail 'standard input cannot be prepared'
grep -q '1 documents' "$W/out" || fail "standard input is not one document: $(cat "$W/out")"
expect 0 '' data inspect "$W/killed" --verify --samples 1
grep -q '^documents  *6$' "$W/out" || fail "inspect does not count 6 documents: $(head -3 "$W/out")"
expect 0 '' data generate copy_lag --tokens 10k --out "$W/lag.jsonl"
expect 0 '' data inspect "$W/lag.jsonl" --json
expect 0 '' data generate '{type: passkey, lengths: [256, 512]}' --tokens 2k --out "$W/passkey.jsonl"
printf 'Hemp was combed and spun\nby hand in the lane. It was laid. The lane | was long #1; and the rope was, too. %.0s' {1..40} >"$W/book.txt"
expect 0 '' data generate "{type: first_sentence, text: $W/book.txt, lengths: [200, 300]}" --tokens 2k --out "$W/first.jsonl"
is '0' "$(grep -cvE '^\{"text": "(Hemp was combed and spun by hand in the lane.|The lane   was long #1; and the rope was, too.) [^|]*\|\1"\}$' "$W/first.jsonl")"
expect 2 "book.txt', first nine tenths: no sentence of 20 to 50 bytes has 3800 bytes behind it" \
    data generate "{type: first_sentence, text: $W/book.txt, lengths: [101, 3800]}"
for task in mqar mqar_forgetting mqar_compositional; do
    expect 0 '' data generate $task --tokens 2k --out "$W/mqar.jsonl"
    is '0' "$(grep -cv '^{"tokens": \[[0-9]' "$W/mqar.jsonl")"
done
expect 0 '' data generate cumulative_parity --tokens 2k --out "$W/parity.jsonl"
is '0' "$(grep -cvE '^\{"text": "[01]+=[01]' "$W/parity.jsonl")"
expect 2 "unknown generator 'copylag'" data generate copylag
printf 'xx' | dd of="$W/killed/shard-00001.bin" bs=1 seek=2000 conv=notrunc 2>/dev/null
expect 1 'is not what the manifest says' data inspect "$W/killed" --verify

# ---- a run on it ----
cat >"$W/c.yaml" <<END
model: {hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2}
position: {type: rope}
data: {sources: [{name: text, path: $W/whole}], tokenizer: $W/whole}
optim: {lr: 3e-3, batch_tokens: 512}
stages: [{tokens: 4k, length: 64}]
eval: {tokens: 1k}
runs: $W/runs
END
expect 0 '' train "$W/c.yaml"
run=$(cat "$W/out")
expect 0 '' sample "$run" --prompt 'line 3 of' --tokens 8 --temperature 0
grep -q '^line 3 of' "$W/out" || fail "a sample does not begin with its prompt: $(cat "$W/out")"
expect 0 '' eval "$run" --tokens 1k
# the same text, encoded by the run itself, is the same run but for its paths
sed "s|path: $W/whole|path: $W/text/*.txt|" "$W/c.yaml" >"$W/d.yaml"
expect 0 '' train "$W/d.yaml"
checks=$((checks + 1))
cmp -s "$run/metrics.jsonl" "$(cat "$W/out")/metrics.jsonl" || fail 'text and its preparation train differently'
# logits over its vocabulary: 2 rows of 3 ids as .npy
{
    printf '\223NUMPY\001\000v\000%-117s\n' "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 3), }"
    printf '\001\000\000\000\377\000\000\000\363\001\000\000\000\000\000\000\002\000\000\000\144\000\000\000'
} >"$W/ids.npy"
expect 0 '' logits "$run" "$W/ids.npy" "$W/logits.npy"
checks=$((checks + 1))
grep -qaF "'shape': (2, 3, 500)" "$W/logits.npy" || fail "logits are not [2][3][500]: $(head -c 128 "$W/logits.npy")"
is $((128 + 2 * 3 * 500 * 4)) "$(wc -c <"$W/logits.npy")"
sed 's/\xf3\x01\x00\x00/\xf4\x01\x00\x00/' "$W/ids.npy" >"$W/ids2.npy"
expect 1 "id 500 at [0][2] is not in [0, 500)" logits "$run" "$W/ids2.npy" "$W/logits.npy"
expect 2 "say \`tokenizer: $W/whole\`" train "$W/c.yaml" data.tokenizer="$BPE"

report
