#!/bin/bash
# The main job: the planted fault is found, blamed on alder alone, and recovered from; nothing else is.
. "$(dirname "$0")/../cli/lib.sh"

run=$TRUCE_BINARY_DIR/live-quickstart
rm -rf "$run"
expect 'the run ends red' 1 '' \
    "$truce" run --jobs 2 --core-dump --output "$run" "$share/scenarios/quickstart.xml"
cat out.txt
report=$run/report.json
holds() { # NAME FILTER
    jq -e "$2" "$report" >/dev/null
    ok "$1" $?
}
holds 'no case is an error, skipped or not run' \
    '.cases | length > 5 and all(.state == "passed" or .state == "failed")'
holds 'every failed case gives alder its content 3' \
    '[.cases[] | select(.state == "failed") | .id] | length > 0 and all(test("alder"))'
holds 'every finding is the planted one' \
    '[.cases[] | select(.parent == null) | .attempts[].findings[]] | length > 0 and all(
        .kind == "boot-loop" and .vendors == ["alder"] and .confidence == "high" and
        .bugcheck.module == "alder.sys" and (.bugcheck.offset | startswith("0x")) and
        .bugcheck.source == "minidump" and .recovery.grade == "hands")'
holds 'experiments bear it out: alder alone, with that content and not with the one before' \
    '[.cases[] | select(.parent == null) | .attempts[].findings[]] | all(
        (.reasons[0] | test("By experiment: alder alone, after .update alder content 3")) and
        any(.reasons[]; test("content=2 in the place of 3: passes")))'
holds 'each finding has its evidence' \
    '[.cases[].attempts[].findings[]] | all(.evidence | length > 0)'
for file in $(jq -r '.cases[].attempts[].findings[].evidence[]' "$report"); do
    [ -s "$run/$file" ]
    ok "evidence is there: $file" $?
done
holds 'screenshots, core dump and logs are collected' \
    '[.cases[].attempts[].evidence[] | select(.outcome == "collected") | .kind] | unique |
     contains(["agent-transcript","core-dump","minidump","screenshot","serial-log","timeline"])'
holds 'controls come first' '.cases[0].vendors == [] and .cases[0].control'
"$TRUCE_SOURCE_DIR/scripts/leftovers"
ok 'nothing is left behind' $?
finish
