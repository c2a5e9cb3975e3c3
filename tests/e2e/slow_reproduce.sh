#!/usr/bin/env bash
# Every experiment at smoke size, without gnuplot: the whole way from sweep files to the table of verdicts.
set -u
cd "$(dirname "$0")/../.."
R=${ROPEWALK:-$PWD/build/ropewalk}
W=$(mktemp -d /tmp/ropewalk-reproduce.XXXXXX)
trap 'rm -rf "$W"' EXIT
checks=0 failures=0
fail() { failures=$((failures + 1)); printf 'FAILED: %s\n' "$*"; }
check() {
    local what=$1
    shift
    checks=$((checks + 1))
    "$@" || fail "$what"
}
cp -r experiments "$W/experiments"
rm -rf "$W"/experiments/*/results
cd "$W" || exit 1
export GNUPLOT=none
began=$SECONDS
"$R" reproduce --all -j 2 >out 2>err </dev/null
check "exit status: $(tail -c 1000 err)" test $? -eq 0
echo "took $((SECONDS - began)) s"
for script in experiments/*/reproduce.sh; do
    name=$(basename "$(dirname "$script")")
    check "$name has verdicts" grep -q "^$name	" out
    check "$name is listed" grep -q "^$name " <("$R" reproduce)
    check "$name wrote nothing beside itself" test ! -e "experiments/$name/results"
done
words=$(cut -f5 out | sed 1d | sort -u)
for word in $words; do
    case $word in agrees | disagrees | equivalent | undecided) ;; *) fail "'$word' is no verdict" ;; esac
done
echo "100%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
