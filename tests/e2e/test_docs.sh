#!/usr/bin/env bash
# Every command of the pages on analyses and figures, typed as it stands there.
set -u
cd "$(dirname "$0")/../.."
root=$PWD
R=${ROPEWALK:-$PWD/build/ropewalk}
W=$(mktemp -d /tmp/ropewalk-docs.XXXXXX)
trap 'rm -rf "$W"' EXIT
mkdir "$W/bin" && ln -s "$R" "$W/bin/ropewalk" && ln -s "$root/configs" "$W/configs"
export PATH=$W/bin:$PATH OMP_NUM_THREADS=2
unset OMP_PROC_BIND
cd "$W" || exit 1
checks=0 failures=0
for page in "$root"/docs/analyses.md "$root"/docs/figures.md; do
    while IFS= read -r line; do
        checks=$((checks + 1))
        # a reader that stops early (head) is no failure of the command before it
        eval "$line" >out 2>err </dev/null || { failures=$((failures + 1)); printf 'FAILED: %s\n%s\n' "$line" "$(tail -c 400 err)"; }
        [ -z "$(grep -E 'error|ropewalk:' err | grep -v 'Broken pipe')" ] ||
            { failures=$((failures + 1)); printf 'FAILED: %s\n%s\n' "$line" "$(tail -c 400 err)"; }
    done < <(awk '/^```sh/ { on = 1; next } /^```/ { on = 0 } on && NF' "$page")
done
checks=$((checks + 1))
[ -s decay.tsv ] && [ -s schedule.gp ] || { failures=$((failures + 1)); echo 'FAILED: figures are not where the page says'; }
echo "100%: Checks: $checks, Failures: $failures, Errors: 0"
[ $failures -eq 0 ]
