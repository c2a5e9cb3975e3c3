#!/bin/sh
# Writes rope/README.md from the registry and from the head of each file: make docs.
set -eu
program=${1:-build/ropewalk}
deviation() { # the sentences after "Deviation:", up to the laws
    sed -n '1,/^ \*\//p;/\*\/$/q' "rope/$1.c" | sed 's/^ \* \{0,1\}//; s/ \*\/$//' | tr '\n' ' ' |
        sed -n 's/.*Deviation: \(.*\) Laws:.*/\1/p' | sed 's/  */ /g; s/ *$//; s/|/\\|/g'
}
cat <<'END'
# Position encodings

One variant, one file, headed by its formula and its source; `encodings.def` is the list. This page is made from the
registry by `make docs`. `ropewalk list encodings --options` prints every option with its default and bounds, and
`configs/position/` has a fragment of each, ready for a run.

Laws are what the test suite holds a type to: *shift* (logits stay when all positions move), *norm* (rotation keeps
lengths, up to the magnitude), *rope at factor 1* (to the bit), *length-dependent* (tables follow the present length), *decay*
(a bias never grows with distance). Hooks are those of `src/model/position.h`. Cost is a training step beside rope's
(6 x 256, 4 heads, rows of 1024; `make bench-encodings` measures it here), where it is not about the same.

| encoding | what it does | hooks | laws | source | deviation | cost |
| --- | --- | --- | --- | --- | --- | --- |
END
"$program" list encodings --tsv | tail -n +2 | while IFS="$(printf '\t')" read -r line; do
    field() { printf '%s\n' "$line" | cut -f "$1"; }
    name=$(field 1) aliases=$(field 2) paper=$(field 4)
    printf '| [%s](%s.c)%s | %s | %s | %s | %s | %s | %s |\n' "$name" "$name" \
        "${aliases:+ (also $aliases)}" "$(field 3)" "$(field 5)" "$(field 6)" "$paper" \
        "$(deviation "$name")" "$(field 7)"
done
cat <<'END'

## Not here, and what they would need

- **PaTH** (arXiv:2505.16381) multiplies a product of Householder reflections, one per token between query and key, into
  each logit. No hook sees the tokens between two positions but as a sum; it needs a transition state per chunk of keys, and a
  cache that is rewritten at every step.
- **TAPA** (arXiv:2509.12635) takes two products of parts of q and k and modulates one by the cosine of the other times a
  power of the distance. It needs a second product beside q . k in the tile, with an adjoint of its own.
END
