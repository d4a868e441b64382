#!/bin/bash
# The lab proves itself: the quick selftest finds its planted faults, and nothing in their twins.
. "$(dirname "$0")/../cli/lib.sh"

expect 'the quick selftest passes' 0 '2 of 2 faults found and rightly blamed' \
    "$truce" selftest --quick --jobs 2 --output run
cat out.txt
jq -e '.passed and .quick and .guest == "reference"' "$TRUCE_STATE/selftests/reference.json" >/dev/null
ok 'its result is kept for the reports' $?
expect 'the run can be judged again' 0 'passed' "$truce" selftest --quick --judge run
finish
