# Shared by the scripts that test the program; read with `.` in the root of the tree. W is a folder of their own, gone at the end.
R=${ROPEWALK:-$PWD/build/ropewalk}
W=$(mktemp -d /tmp/ropewalk-test.XXXXXX)
trap 'rm -rf "$W"' EXIT
unset OMP_PROC_BIND
checks=0 failures=0

fail() { failures=$((failures + 1)); printf 'FAILED: %s\n' "$*"; }
# check WHAT COMMAND...: the command succeeds
check() {
    local what=$1
    shift
    checks=$((checks + 1))
    "$@" || fail "$what"
}
# The closing line that the runner of all tests reads; the exit status of the script.
report() {
    echo "$((100 * (checks - failures) / checks))%: Checks: $checks, Failures: $failures, Errors: 0"
    [ $failures -eq 0 ]
}
