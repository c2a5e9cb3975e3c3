#!/usr/bin/env bash
# Run test programs one after another and close with one line: N passed, N failed. Each program's own output is shown when it
# fails; a program that dies counts as one failure.
set -u
export CK_FORK=no
# Tests run more threads than there are cores, too: those that wait must not spin.
export OMP_WAIT_POLICY=passive
passed=0 failed=0 started=$SECONDS
for program in "$@"; do
    before=$SECONDS
    case $program in
    *.sh) output=$(bash "$program" 2>&1) ;;
    *) output=$("$program" 2>&1) ;;
    esac
    status=$?
    line=$(printf '%s\n' "$output" | grep -E '^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+$' | tail -n 1)
    checks=$(printf '%s' "$line" | sed -nE 's/.*Checks: ([0-9]+),.*/\1/p')
    bad=$(printf '%s' "$line" | sed -nE 's/.*Failures: ([0-9]+), Errors: ([0-9]+)/\1 + \2/p')
    checks=${checks:-0} bad=$((${bad:-0}))
    if [ "$status" -ne 0 ] && [ "$bad" -eq 0 ]; then bad=1 checks=$((checks + 1)); fi
    passed=$((passed + checks - bad)) failed=$((failed + bad))
    printf '%-52s %4d checks %3d s%s\n' "${program#build/}" "$checks" $((SECONDS - before)) \
        "$([ "$bad" -gt 0 ] && echo "  FAILED")"
    if [ "$bad" -gt 0 ]; then printf '%s\n' "$output" | sed 's/^/    /'; fi
done
echo "took $((SECONDS - started)) s"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
