#!/usr/bin/env bash
# Every experiment at smoke size, without gnuplot: the whole way from sweep files to the table of verdicts.
set -u
cd "$(dirname "$0")/../.."
. tests/checks.sh
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
report
