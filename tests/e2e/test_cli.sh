#!/usr/bin/env bash
# The program from outside: exit statuses and messages, bad inputs one by one, training that is stopped, killed and resumed.
set -u
cd "$(dirname "$0")/../.."
. tests/checks.sh
export OMP_NUM_THREADS=2

# expect STATUS FRAGMENT ARGS...: the exit status; FRAGMENT in the messages (stderr)
expect() {
    local want=$1 fragment=$2 status
    shift 2
    checks=$((checks + 1))
    "$R" "$@" >"$W/out" 2>"$W/err" </dev/null
    status=$?
    [ $status -eq "$want" ] || { fail "ropewalk $*: exit $status, not $want: $(head -c 300 "$W/err")"; return; }
    [ -z "$fragment" ] || grep -qF -- "$fragment" "$W/err" || fail "ropewalk $*: no '$fragment' in: $(head -c 600 "$W/err")"
}
# shows FRAGMENT ARGS...: exit 0 and FRAGMENT in the data (stdout)
shows() {
    local fragment=$1
    shift
    expect 0 '' "$@"
    grep -qF -- "$fragment" "$W/out" || fail "ropewalk $*: no '$fragment' on stdout"
}
# config TEXT: a small run with the lines of TEXT in place of the sections of the same name
config() {
    printf '%s\n' "$1" >"$W/extra"
    cat >"$W/base" <<END
seed: 1
model: {hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2}
position: {type: rope}
data: {sources: [{name: text, path: $W/text/*.txt}]}
optim: {lr: 3e-3, batch_tokens: 512}
stages: [{tokens: 10k, length: 64}]
eval: {tokens: 1k}
checkpoint: {every: 2k, keep: 2}
runs: $W/runs
END
    local keys
    keys=$(sed -nE 's/^([a-z_]+):.*/\1/p' "$W/extra" | paste -sd'|')
    { [ -n "$keys" ] && grep -vE "^($keys):" "$W/base" || cat "$W/base"; cat "$W/extra"; } >"$W/c.yaml"
}
# bad FRAGMENT TEXT: check refuses a configuration with exit 2
bad() {
    config "$2"
    expect 2 "$1" check "$W/c.yaml"
}

mkdir -p "$W/text"
for i in 1 2 3; do for j in $(seq 400); do echo "line $j of file $i: $((i * j * 7919 % 1000))"; done >"$W/text/$i.txt"; done

# ---- the command line ----
expect 2 'usage: ropewalk VERB'
expect 2 "unknown verb 'trian': did you mean 'train'?" trian
expect 2 "unknown flag '--jsno': did you mean '--json'?" list encodings --jsno
expect 2 "unknown family 'encodigns': did you mean 'encodings'?" list encodigns
expect 2 '--threads 0 is not in' doctor --threads 0
expect 2 "--threads 'x' is not a whole number" doctor --threads x
expect 2 'needs a value' sample x --prompt
expect 2 'takes no value' list encodings --json=1
expect 2 'missing operand' train
expect 2 'unexpected operand' doctor now
shows 'usage: ropewalk VERB' --help
shows 'examples:' train --help
for verb in train check eval sample logits parity analyze plot list doctor help version; do shows 'examples:' $verb --help; done
shows 'ropewalk 0' --version
for family in encodings mixers lengths tasks analyses figures; do
    shows '[' list $family --json
    python3 -c "import json,sys; [x['name'] + x['summary'] for x in json.load(sys.stdin)]" <"$W/out" 2>/dev/null ||
        ! command -v python3 >/dev/null || fail "list $family --json is not an array of name and summary"
done
shows '3.783e+22' analyze flops
shows '"attention_factor": 1,' analyze frequencies --json position=rope head_dim=8
shows '"plain": true' analyze decay --json position=rope length=4 head_dim=8
expect 2 "unknown analysis 'decya': did you mean 'decay'?" analyze decya
expect 2 'it takes no config=FILE' analyze decay config=x.yaml
shows '"kernels"' doctor --json
checks=$((checks + 1))
"$R" list encodings >/dev/full 2>"$W/err" && fail 'writing to a full disk succeeded'
grep -q 'cannot write to standard output' "$W/err" || fail 'no message about a full standard output'

# ---- configurations ----
expect 2 'No such file or directory' check "$W/none.yaml"
: >"$W/empty.yaml"
expect 2 'the file is empty' check "$W/empty.yaml"
printf 'seed: 1\nname: \xff\xfe\n' >"$W/c.yaml"
expect 2 'c.yaml:2:' check "$W/c.yaml"
printf 'model:\n\thidden_size: 32\n' >"$W/c.yaml"
expect 2 'tab' check "$W/c.yaml"
printf 'seed: 1\nseed: 2\n' >"$W/c.yaml"
expect 2 'c.yaml:2:1: error' check "$W/c.yaml"
printf 'seed: [1\n' >"$W/c.yaml"
expect 2 'c.yaml:' check "$W/c.yaml"
printf 'seed: 1\n---\nseed: 2\n' >"$W/c.yaml"
expect 2 'c.yaml:2:' check "$W/c.yaml"
bad "did you mean 'seed'" 'sede: 3'
bad "did you mean 'hidden_size'" 'model: {hiden_size: 32, num_hidden_layers: 1, num_attention_heads: 2}'
bad "did you mean 'rope_theta'" 'position: {type: rope, rope_teta: 10}'
bad "did you mean 'rope'" 'position: {type: roep}'
bad "did you mean 'length'" 'stages: [{tokens: 10k, lenght: 64}]'
bad "did you mean 'weight'" "data: {sources: [{path: $W/text/1.txt, wieght: 2}]}"
bad "did you mean 'warmup'" 'optim: {warmpu: 1k}'
bad 'hidden_size' 'model: {hidden_size: big, num_hidden_layers: 1, num_attention_heads: 2}'
bad 'hidden_size' 'model: {hidden_size: 1.5, num_hidden_layers: 1, num_attention_heads: 2}'
bad 'num_hidden_layers' 'model: {hidden_size: 32, num_hidden_layers: -1, num_attention_heads: 2}'
bad 'num_hidden_layers' 'model: {hidden_size: 32, num_attention_heads: 2}'
bad 'head_dim' 'model: {hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 3}'
bad 'an even number' 'model: {hidden_size: 30, num_hidden_layers: 1, num_attention_heads: 2}'
bad 'num_key_value_heads' 'model: {hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 4, num_key_value_heads: 3}'
bad 'sliding_window' 'model: {hidden_size: 32, num_hidden_layers: 1, num_attention_heads: 2, sliding_window: -4}'
bad "'lr' is -1, must be" 'optim: {lr: -1, batch_tokens: 512}'
bad 'betas' 'optim: {betas: [0.9]}'
bad 'schedule' 'optim: {schedule: cosinus}'
bad 'warm-up' 'optim: {warmup: 20k}'
bad 'length' 'stages: [{tokens: 10k}]'
bad 'longer than a step' 'stages: [{tokens: 10k, length: 1024}]
optim: {batch_tokens: 512}'
bad 'stages' 'stages: []'
bad 'plain rope' 'position: {type: linear, factor: 1}'
bad 'factor' 'position: {type: linear}'
bad 'rotary' 'position: [{type: rope}, {type: linear, factor: 2}]'
bad 'unknown task' 'eval: {tasks: [crossword]}'
config ''
expect 1 'no file matches' check "$W/c.yaml" "data.sources[0].path=$W/text/*.text"
expect 2 'argument' check "$W/c.yaml" model.hidden_sise=3
expect 2 'vocab_size' check "$W/c.yaml" model.vocab_size=100
: >"$W/nothing.txt"
expect 1 'holds no text' check "$W/c.yaml" "data.sources[0].path=$W/nothing.txt"
printf '{"text": "good"}\n{"text": 3}\n' >"$W/bad.jsonl"
expect 1 'bad.jsonl:2:' check "$W/c.yaml" "data.sources[0].path=$W/bad.jsonl"
printf 'a\0b\xff\xfe' >"$W/binary.txt"
shows 'binary' check "$W/c.yaml" "data.sources[0].path=[$W/text/*.txt, $W/binary.txt]" data.sources[0].name=binary
shows 'inv_freq' check "$W/c.yaml" --json

# every configuration that is shipped
for file in configs/*.yaml experiments/*/base.yaml; do
    sources=$(grep -q 'path:' "$file" && echo "data.sources[0].path=$W/text/*.txt")
    shows '# schedule' check "$file" $sources
done

# ---- models and arrays ----
G=tests/golden/llama/default
expect 2 "no such folder" logits "$W/none" ids.npy "$W/o.npy"
expect 2 'config.json' logits "$W/text" ids.npy "$W/o.npy"
expect 1 'No such file' logits $G "$W/none.npy" "$W/o.npy"
printf 'not numpy' >"$W/x.npy"
expect 1 'is not a .npy file' logits $G "$W/x.npy" "$W/o.npy"
npy() { # npy FILE ROWS LENGTH ESCAPED-BYTES: int32
    local header="{'descr': '<i4', 'fortran_order': False, 'shape': ($2, $3), }"
    { printf '\x93NUMPY\x01\x00\x76\x00'; printf '%-117s\n' "$header"; printf "$4"; } >"$1"
}
npy "$W/ids.npy" 1 3 '\x01\0\0\0\x02\0\0\0\x03\0\0\0'
npy "$W/out.npy" 1 3 '\x01\0\0\0\x02\0\0\0\x01\x01\0\0'
npy "$W/short.npy" 2 3 '\x01\0\0\0\x02\0\0\0\x03\0\0\0'
expect 0 '' logits $G "$W/ids.npy" "$W/o.npy"
[ "$(stat -c %s "$W/o.npy")" = $((128 + 3 * 257 * 4)) ] || fail 'logits: wrong size'
expect 1 'id 257 at [0][2] is not in [0, 257)' logits $G "$W/out.npy" "$W/o2.npy"
expect 1 'asks for 24 bytes of data, the file has 12' logits $G "$W/short.npy" "$W/o2.npy"
expect 1 'Not a directory' logits $G "$W/ids.npy" "$W/ids.npy/o"
[ -e "$W/o2.npy" ] && fail 'a refused call left a file'
shows 'within the tolerances' parity $G
mkdir "$W/hf"
cp $G/*.json $G/*.safetensors "$W/hf"
truncate -s -100 "$W/hf/model.safetensors"
expect 1 'model.safetensors' parity "$W/hf"
cp $G/model.safetensors "$W/hf"
printf '\xff\xff\xff\xff\xff\0\0\0' | dd of="$W/hf/model.safetensors" conv=notrunc status=none
expect 1 'a header of' parity "$W/hf"
cp $G/model.safetensors "$W/hf"
sed -i 's/"losses": \[/"losses": [ 7,/' "$W/hf/adamw.json"
expect 1 '' parity "$W/hf"
grep -q ABOVE "$W/out" || fail 'parity does not show what is above its tolerance'
for change in 's/"attention_bias": false/"attention_bias": true/' 's/"silu"/"gelu"/' 's/"default"/"wavy"/' \
    's/"model_type": "llama"/"model_type": "gpt2"/' 's/"hidden_size": 64,//' 's/"hidden_size": 64/"hidden_size": 1/'; do
    sed "$change" $G/config.json >"$W/hf/config.json"
    "$R" logits "$W/hf" "$W/ids.npy" "$W/o.npy" 2>"$W/err" && fail "config.json with $change was accepted"
    grep -q "$W/hf" "$W/err" || fail "$change: $(cat "$W/err")"
    checks=$((checks + 1))
done
sed 's/"use_cache": true/"use_cache": true, "swizzle": 1/' $G/config.json >"$W/hf/config.json"
expect 0 "unknown key 'swizzle' is ignored" logits "$W/hf" "$W/ids.npy" "$W/o.npy"

# ---- training ----
config ''
T="train $W/c.yaml --quiet"
sums() { (cd "$1" && sha256sum metrics.jsonl checkpoints/*/*); }
shows "$W/runs/" $T
run=$(cat "$W/out")
sums "$run" >"$W/sums"
mv "$W/runs" "$W/straight"
expect 75 'stopped at step' $T --stop-after 3000
expect 2 'belongs to no run' eval "$W/hf" --length 64
expect 0 '' $T
sums "$run" | cmp -s - "$W/sums" || fail 'a stopped and resumed run differs'
expect 0 '' $T
shows 'position' eval "$run"
shows '"by_position"' eval "$run" --json --length 128 --position '{type: linear, factor: 2}'
expect 2 "did you mean 'alibi'" eval "$run" --position alibbi
expect 2 'neither dev nor test' eval "$run" --split train
shows 'line' sample "$run" --prompt line --tokens 8 --temperature 0
expect 0 '' logits "$run" "$W/ids.npy" "$W/o.npy"
"$R" sample "$run" --seed 5 --tokens 20 >"$W/a"
"$R" sample "$run" --seed 5 --tokens 20 --threads 1 | cmp -s - "$W/a" || fail 'a sample depends on the threads'

# signals: 75 and 130, resumable
for signal in TERM INT; do
    rm -rf "$W/runs"
    config 'stages: [{tokens: 400k, length: 64}]'
    checks=$((checks + 1))
    # a job in the background ignores SIGINT unless job control is on
    set -m
    "$R" train "$W/c.yaml" --quiet >"$W/out" 2>"$W/err" &
    pid=$!
    set +m
    for i in $(seq 100); do [ -n "$(find "$W/runs" -name model.safetensors 2>/dev/null)" ] && break; sleep 0.05; done
    kill -$signal $pid
    wait $pid
    status=$?
    [ $status -eq $([ $signal = TERM ] && echo 75 || echo 130) ] || fail "SIG$signal: exit $status"
    grep -q 'the same command goes on from there' "$W/err" || fail "SIG$signal: $(cat "$W/err")"
done

# damaged checkpoints: the one before is taken; none left is not a reason to begin again
rm -rf "$W/runs"
config ''
expect 75 'stopped' $T --stop-after 8000
newest() { ls -d "$run"/checkpoints/0* | tail -n 1; }
truncate -s -5 "$(newest)/state.safetensors"
expect 0 'is skipped' train "$W/c.yaml"
sums "$run" | cmp -s - "$W/sums" || fail 'a run that lost its newest checkpoint differs'
rm -rf "$W/runs"
expect 75 'stopped' $T --stop-after 8000
for c in "$run"/checkpoints/0*; do
    printf 'X' | dd of="$c/model.safetensors" bs=1 seek=$(($(stat -c %s "$c/model.safetensors") - 50)) conv=notrunc status=none
done
expect 1 'can be read: --fresh' $T
expect 1 'damaged' eval "$run"
[ -e "$(newest)/model.safetensors" ] || fail 'damaged checkpoints were removed'
expect 0 '' $T --fresh
sums "$run" | cmp -s - "$W/sums" || fail 'a fresh run differs'

# a changed configuration is another run, and another run's checkpoint is refused
rm -rf "$W/runs"
expect 75 'stopped' $T --stop-after 5000
expect 75 'stopped' $T --stop-after 5000 seed=2
[ "$(ls "$W/runs" | wc -l)" = 2 ] || fail 'a changed seed did not make another run'
other=$(ls -d "$W"/runs/* | grep -v "$run")
rm -rf "$other/checkpoints"
cp -r "$run/checkpoints" "$other/checkpoints"
expect 1 'belongs to run' train "$W/c.yaml" seed=2

# no room: the old checkpoint stays, and the run goes on when there is room
rm -rf "$W/runs"
expect 75 'stopped' $T --stop-after 3000
checks=$((checks + 1))
(ulimit -f 16; "$R" $T) >"$W/out" 2>"$W/err" && fail 'a checkpoint was written without room'
grep -q 'cannot save checkpoint' "$W/err" || fail "no room: $(cat "$W/err")"
find "$W/runs" -name '*.tmp' | grep -q . && fail 'temporary files were left'
expect 0 '' $T
sums "$run" | cmp -s - "$W/sums" || fail 'a run that had no room differs'
expect 1 'a file is in the way' $T runs=/dev/null/runs
expect 1 'cannot' $T runs=/proc/runs

# a run that diverges is a result
expect 1 'diverged at step' $T optim.lr=10 optim.clip=0 optim.eps=0 model.rms_norm_eps=1e-30 optim.weight_decay=10
expect 1 'diverged at step' $T optim.lr=10 optim.clip=0 optim.eps=0 model.rms_norm_eps=1e-30 optim.weight_decay=10

report
