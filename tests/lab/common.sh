# Shared by the scripts that run sweeps: a scratch folder, checks, a small base.
cd "$(dirname "$0")/../.."
. tests/checks.sh
cd "$W" || exit 1
# status WANT COMMAND...: the command ends so; stdout and stderr in out, err
status() {
    local want=$1 got
    shift
    checks=$((checks + 1))
    "$@" >out 2>err </dev/null
    got=$?
    [ $got -eq "$want" ] || fail "$*: status $got, not $want: $(tail -c 400 err)"
}
has() { grep -qF -- "$2" "$1"; }
# await COMMAND...: until it succeeds, for a minute at most
await() {
    local end=$((SECONDS + 60))
    until "$@"; do
        [ $SECONDS -lt $end ] || { fail "waited a minute for: $*"; return 1; }
        sleep 0.02
    done
}
# finished SWEEP: every run complete, once
finished() { ! "$R" sweep status "sweeps/$1" --json | grep '"state"' | grep -qv complete; }
starts() { cat "sweeps/$1"/runs/*/attempts.jsonl | grep -cE '"event": ?"start"'; }
# same A B: all results are the same, byte for byte
same() {
    local a b
    for a in sweeps/"$1"/runs/*; do
        b=sweeps/$2/runs/$(basename "$a")
        cmp -s "$a/metrics.jsonl" "$b/metrics.jsonl" && cmp -s "$a/summary.json" "$b/summary.json" || return 1
    done
    [ "$(ls "sweeps/$1/runs")" = "$(ls "sweeps/$2/runs")" ]
}
# same_tables A B: byte for byte, but for the sweep's own name
same_tables() {
    local t
    for t in sweeps/"$1"/tables/*; do
        sed "s/\b$1\b/NAME/g" "$t" | cmp -s - <(sed "s/\b$2\b/NAME/g" "sweeps/$2/tables/$(basename "$t")") || return 1
    done
}

cat >base.yaml <<END
model: {hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2}
data: {sources: [{generate: copy_lag, tokens: 20k}]}
optim: {lr: 3e-3, batch_tokens: 512}
stages: [{tokens: ${TOKENS:-8k}, length: 64}]
eval: {every: 8k, tokens: 512}
checkpoint: {every: 2k}
END
# sweep NAME [MORE]: a file of that name, two encodings, two rates
sweep() {
    cat >"$1.yaml" <<END
base: base.yaml
parameters:
  position: {values: [rope, nope${ARMS:-}]}
  optim.lr: {values: [1e-3, 3e-3]}
seeds: ${SEEDS:-1}
${2:-}
END
}
