#!/bin/bash
# The catalogue of faults: list, one, JSON; docs/faults.md is what the table says.
. "$(dirname "$0")/lib.sh"

expect 'a list' 0 '^power-cut +the power fails' "$truce" faults
count=$(wc -l <out.txt)
expect 'one fault' 0 '^disk-slow: ' "$truce" faults disk-slow
grep -q '^  iops$' out.txt
ok 'its parameters' $?
expect 'JSON' 0 '"format":' "$truce" faults --json
[ "$(jq '.faults | length' out.txt)" = "$count" ]
ok 'the list and JSON have as many' $?
jq -e '.faults | all(.name and .how and (.guests | length > 0))' out.txt >/dev/null
ok 'each has a name, means and guests' $?
expect 'JSON of one' 0 '"format":' "$truce" faults --json nmi
[ "$(jq -r '.faults[].name' out.txt)" = nmi ]
ok 'only that one' $?
expect 'an unknown fault' 2 "there is no fault 'flood'; there are: bugcheck" "$truce" faults flood
one_line 'an unknown fault: one line'
"$truce" faults --markdown >generated.md
sed '1,/^<!-- truce faults --markdown -->$/d' "$(dirname "$0")/../../docs/faults.md" |
    diff generated.md -
ok 'docs/faults.md is up to date (truce faults --markdown)' $?
finish
