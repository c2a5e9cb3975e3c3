#!/bin/sh
# What every mix draws of three sources: sh experiments/mixes/table.sh [CORPORA] (default corpora)
set -eu
cd "$(dirname "$0")/../.."
corpora=${1:-corpora}
row() {
    name=$1
    shift
    build/ropewalk data plan experiments/mixes/mix.yaml "data.sources[0].path=$corpora/books/*.txt" \
        "data.sources[1].path=$corpora/rfcs.jsonl" "data.sources[2].path=$corpora/tldr.jsonl" "$@" --quiet |
        awk -v name="$name" '
            $1 == "all" && $2 != "all" { share[++n] = $6 }
            $1 != "all" && $2 == "all" { source[++m] = $6; if ($7 > most) most = $7 }
            $2 != "all" && $7 + 0 > most + 0 { most = $7 }
            END { printf "%-34s %8s %8s %8s   %8s %8s %8s   %7s\n", name, source[1], source[2], source[3], share[1], share[2], share[3], most }'
}
printf '%-34s %8s %8s %8s   %8s %8s %8s   %7s\n' mix books rfcs tldr '<1024' '1024-8191' '>=8192' 'epochs'
row 'static (as configured)'
row 'temperature 1 (by size)' 'data.mixer={type: temperature}'
row 'temperature 3' 'data.mixer={type: temperature, temperature: 3}'
row 'unimax, 1 epoch' 'data.mixer={type: unimax, max_epochs: 1}'
row 'capped, 1 epoch' 'data.mixer={type: capped, max_epochs: 1}'
row 'piecewise (books last)' 'data.mixer={type: piecewise, parts: [{weights: [0, 1, 1]}, {from: 0.8, weights: [1, 0, 0]}]}'
row 'scheduled (cosine to books)' 'data.mixer={type: scheduled, to: [1, 0, 0], shape: cosine}'
row 'upsample, global, keep 0.2' 'data.mixer={type: upsample, threshold: 8192, conserve_sources: false}'
row 'upsample, per source, keep 0.2' 'data.mixer={type: upsample, threshold: 8192, conserve_sources: true}'
row 'upsample, (length/8192)^0.5, global' 'data.mixer={type: upsample, rule: power, power: 0.5, threshold: 8192, conserve_sources: false}'
row 'without long documents, global' 'data.mixer={type: upsample, rule: remove, threshold: 8192, conserve_sources: false}'
row 'upsample books to 0.6' 'data.mixer={type: upsample_sources, sources: [books], threshold: 8192}'
row 'sources of long documents' 'data.mixer={type: long_sources, threshold: 8192}'
row 'long/short 60/40' 'data.mixer={type: long_short, threshold: 8192, share: 0.6}'
row 'a share for each class' 'data.mixer={type: class_shares, shares: [0, 0, 1, 0, 0.2, 0.3, 0.3, 0.1, 0]}'
row 'repeats 1:2:4' 'data.mixer={type: repeats, repeats: [1, 2, 4]}'
