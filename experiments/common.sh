# common.sh -- what the experiments' scripts share. Read with `.`; the environment comes from `ropewalk reproduce`, or
# is this:
#   ROPEWALK  the program                       SIZE  smoke or full
#   CORPORA   a folder of real text; empty: generated data
#   JOBS      runs at a time                    RUNS  folder of the runs
#   OUT       folder of tables, figures and verdicts.tsv
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
name=${here##*/}
here=experiments/$name
ROPEWALK=${ROPEWALK:-build/ropewalk}
SIZE=${SIZE:-smoke}
CORPORA=${CORPORA:-}
JOBS=${JOBS:-$(nproc)}
export ROPEWALK SIZE CORPORA JOBS
if [ -n "$CORPORA" ]; then data=text; else data=generated; fi
RUNS=${RUNS:-sweeps/$SIZE/$name/$data}
if [ "$SIZE" = smoke ]; then
    OUT=${OUT:-sweeps/smoke/$name}
elif [ -e "$here/sweep.yaml" ]; then
    OUT=${OUT:-$here/results/$data}
else
    OUT=${OUT:-$here/results}
fi
mkdir -p "$OUT"
tab=$(printf '\t')

# One line a claim: claim, paper, ours, verdict, cost.
verdicts_begin() { printf 'claim\tpaper\tours\tverdict\tcost\n' >"$OUT/verdicts.tsv"; }
verdict() { printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$2" "$3" "$4" "$5" >>"$OUT/verdicts.tsv"; }

# agrees CLAIM PAPER OURS COST FORMAT: the two numbers are the same once written in FORMAT.
agrees() {
    ours=$(printf "$5" "$3")
    if [ "$(printf "$5" "$2")" = "$ours" ]; then verdict "$1" "$2" "$ours" agrees "$4"; else verdict "$1" "$2" "$ours" disagrees "$4"; fi
}
# holds CLAIM PAPER OURS COST CONDITION: CONDITION (of awk) decides.
holds() {
    if awk "BEGIN { exit !($5) }"; then verdict "$1" "$2" "$3" agrees "$4"; else verdict "$1" "$2" "$3" disagrees "$4"; fi
}

# ---- experiments that train ----

# bpe SIZE: a byte-pair vocabulary of the real text, learned once; prints its file.
bpe() {
    bpe_file=${RUNS%/*}/bpe$1.json
    if [ ! -s "$bpe_file" ]; then
        mkdir -p "${bpe_file%/*}"
        "$ROPEWALK" data tokenizer --vocab-size "$1" --out "$bpe_file.new" "$CORPORA"/books/*.txt "$CORPORA/rfcs.jsonl" "$CORPORA/tldr.jsonl" >&2
        mv "$bpe_file.new" "$bpe_file"
    fi
    echo "$bpe_file"
}

# fragments: of a run's configuration, at this size and on these data: base.yaml, then text.yaml, then smoke.yaml, where they
# are asked for and there; of this folder, or of $from (../encodings/).
from=
fragments() {
    list=${from}base.yaml
    if [ "$data" = text ]; then list="$list, ${from}text.yaml"; fi
    if [ "$SIZE" = smoke ] && [ -e "$here/${from}smoke.yaml" ]; then list="$list, ${from}smoke.yaml"; fi
    echo "base=[$list]"
}

# sweep FILE [KEY=VALUE ...]: plan a sweep file of this folder and do its runs, in RUNS/<its name>. The same command goes on
# after an interruption. SEEDS in the environment gives another number of them.
sweep() {
    file=$1
    shift
    if [ -n "${SEEDS:-}" ]; then set -- "$@" "seeds=$SEEDS"; fi
    "$ROPEWALK" sweep run "$here/$file" "$(fragments)" "$@" --out "$RUNS" -j "$JOBS" >&2
}

# The bodies of these three are subshells, so that `margin` and the like stay what they are in the script that calls.
# compared FOLDER METRIC GOAL MARGIN [COLUMN ...]: the sweep's arms against its baseline; one line an arm, separated by tabs:
# arm, n, mean, half, difference, half, adjusted p, wins, verdict (the error over documents, which some metrics have, is left
# out). Labels must hold no comma.
compared() (
    folder=$1 metric=$2 goal=$3 margin=$4
    shift 4
    "$ROPEWALK" sweep table "$folder" --metric "$metric" --goal "$goal" --practical-delta "$margin" --format csv "$@" |
        sed -e 's/"//g' -e "s/,/$tab/g" |
        awk -F "$tab" -v OFS="$tab" '
            NR == 1 { for (i = 1; i <= NF; i++) if ($i == "± documents") without = i; next }
            without { for (i = without; i < NF; i++) $i = $(i + 1); NF-- }
            { print }'
)

# keep NAME FOLDER METRIC GOAL MARGIN [COLUMN ...]: the same table as OUT/NAME.{txt,csv}.
keep() (
    table=$1 folder=$2 metric=$3 goal=$4 margin=$5
    shift 5
    for kept in text csv; do
        suffix=$kept
        [ "$kept" = text ] && suffix=txt
        "$ROPEWALK" sweep table "$folder" --metric "$metric" --goal "$goal" --practical-delta "$margin" --format "$kept" "$@" \
            >"$OUT/$table.$suffix"
    done
)

# keep_lengths TASK METRIC LENGTH FOLDER MARGIN LENGTH ...: as OUT/TASK-METRIC.*, the verdicts at the first length, columns for
# all others.
keep_lengths() (
    task=$1 what=$2 at=$3 folder=$4 margin=$5
    shift 5
    for length in "$@"; do
        shift
        set -- "$@" "eval/$task/$what/$length as $length"
    done
    keep "$task-$what" "$folder" "eval/$task/$what/$at" maximize "$margin" "eval/$task/nll/$at as nll $at" "$@"
)

# judge CLAIM PAPER EXPECTED ARM COST: reads lines of `compared`. EXPECTED (worse, better, equivalent) is the paper's direction
# of ARM against the baseline. The same direction, significantly: agrees; the other one, or a difference where the paper
# has none: disagrees; shown to lie within the margin: equivalent; else undecided. ARM: the beginning of a label.
judge() {
    awk -F "$tab" -v arm="$4" -v expected="$3" '
        index($1, arm) == 1 {
            ours = sprintf("%s%s (n %s)", $5, $6 == "" ? "" : " ± " $6, $2)
            if ($9 == "equivalent") v = "equivalent"
            else if ($9 == "better" || $9 == "worse") v = $9 == expected ? "agrees" : "disagrees"
            else v = "undecided"
            print ours "\t" v
            exit
        }' >"$OUT/.judged"
    IFS=$tab read -r ours found <"$OUT/.judged" || { ours="no arm '$4'" found=undecided; }
    rm -f "$OUT/.judged"
    verdict "$1" "$2" "$ours" "$found" "$5"
}

# cost FOLDER ...: what the runs of these sweeps were given; pasts that arms share count once.
cost() {
    for folder in "$@"; do
        awk -v runs="$folder/runs" '
            function number(key, line) {
                at = index(line, "\"" key "\": ")
                if (!at) return ""
                line = substr(line, at + length(key) + 4)
                sub(/[,}].*/, "", line)
                gsub(/"/, "", line)
                return line
            }
            {
                flops = number("flops", $0)
                past = number("after_tokens", $0)
                file = runs "/" number("id", $0) "/metrics.jsonl"
                while (past != "" && (getline line <file) > 0)
                    if (number("tokens", line) == past) { flops -= number("flops", line); break }
                close(file)
                printf "%d %.17g\n", number("tokens", $0), flops
            }' "$folder/plan.jsonl"
    done | awk -v parameters="$(sed -n 's/.*"parameters": \([0-9]*\),*/\1/p' "$1/sweep.json" | head -1)" '
        { n++; flops += $2; if ($1 > tokens) tokens = $1 }
        END { printf "%d runs, %.2g FLOPs, %.2g tokens per parameter", n, flops, tokens / parameters }'
}

# draw_runs FIGURE OUT FOLDER [ARGUMENT ...]: a figure of a sweep's runs, a curve an arm.
draw_runs() {
    figure=$1 picture=$2 folder=$3
    shift 3
    "$ROPEWALK" sweep table "$folder" --runs --format csv | sed -e 1d -e 's/"//g' >"$OUT/.runs"
    while IFS=, read -r arm seed id rest; do
        if [ -n "$seed$rest" ] && [ -e "$folder/runs/$id/summary.json" ]; then set -- "$@" "$arm=$folder/runs/$id"; fi
    done <"$OUT/.runs"
    rm -f "$OUT/.runs"
    draw "$figure" "$@" --out "$OUT/$picture"
}

# draw ARGUMENTS OF `plot`: a figure; without gnuplot its table and script remain. All figures of results/ again, from the
# tables beside them:
# for f in experiments/*/results/*/*.gp; do
#     (cd "${f%/*}" && gnuplot -e "terminal='svg'" "${f##*/}")
# done
draw() { "$ROPEWALK" plot "$@" --formats svg >&2 || echo "$name: a figure could not be drawn" >&2; }
