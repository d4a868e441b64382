#!/bin/bash
# truce diff: exit statuses and formats. The answers themselves are golden in unit/report/diffs.
. "$(dirname "$0")/lib.sh"
diffs=${0%/cli/*}/unit/report/diffs

expect 'different' 0 'findings 2 new, 1 gone' "$truce" diff "$diffs/worse/base.json" "$diffs/worse/new.json"
cmp -s out.txt "$diffs/worse/diff.txt"
ok 'different: the golden text' $?
for want in 'same new 0' 'same any 0' 'worse new 1' 'worse any 1' 'worse none 0' 'better new 0' 'better any 1' \
    'changed new 0' 'changed any 1' 'twice new 1'; do
    read -r pair what status <<<"$want"
    expect "--fail-on $what: $pair" "$status" ' to ' \
        "$truce" diff --fail-on "$what" "$diffs/$pair/base.json" "$diffs/$pair/new.json"
done
expect '--json' 1 '"worse":' "$truce" diff --json --fail-on new "$diffs/worse/base.json" "$diffs/worse/new.json"
jq -e '.format == 1 and .different and .worse and (.findings.new | length) == 2 and
    ([.cases.no_longer_run[].case] | sort) == ["b/g/birch", "c/g/oak", "d/g/elm"]' out.txt >jq.txt
ok '--json: what is in it' $?
"$truce" diff "$diffs/hostile/base.json" "$diffs/hostile/new.json" | grep -q $'[\e\a]'
ok 'no escape reaches the terminal' $((1 - $?))

mkdir base new
cp "$diffs/better/base.json" base/report.json
cp "$diffs/better/new.json" new/report.json
expect 'run folders' 0 'r1 to r2' "$truce" diff base new
expect 'a folder without a report' 2 'report\.json' "$truce" diff base .
one_line 'a folder without a report: one line'
echo '{"format":1,"cases":[' >torn.json
expect 'a torn report' 2 'torn\.json:[0-9]+:[0-9]+: ' "$truce" diff base torn.json
one_line 'a torn report: one line'
expect 'unknown --fail-on' 2 'new, any or none' "$truce" diff --fail-on worse base new
expect 'one argument' 2 'wrong number of arguments' "$truce" diff base
finish
