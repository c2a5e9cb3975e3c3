#!/usr/bin/env bash
# rope/README.md is what `make docs` writes.
set -u
if diff <(sh rope/readme.sh build/ropewalk) rope/README.md; then
    echo "100%: Checks: 1, Failures: 0, Errors: 0"
else
    echo "rope/README.md is stale: make docs"
    echo "0%: Checks: 1, Failures: 1, Errors: 0"
    exit 1
fi
