#!/bin/bash
# Cases that share the state after their first steps come to the same verdicts, findings and steps as
# with --no-reuse; where the disk has room for one state alone, the one that nobody waits for goes.
. "$(dirname "$0")/../cli/lib.sh"

cat >pairs.xml <<'XML'
<scenario name="pairs" format="1">
  <title>Pairs</title>
  <description>Two pairs of cases that begin with the same step; one case fails.</description>
  <guest name="reference"/>
  <test name="control">
    <title>No vendor</title>
    <matrix><vendors install=""/></matrix>
    <steps><run timeout-s="30" exit="0">cmd.exe /c ver</run></steps>
  </test>
  <test name="alder">
    <title>Good content</title>
    <matrix><vendors install="alder"/><parameter name="content" values="1 2"/></matrix>
    <steps><install vendor="each"/><update vendor="each" content="{content}"/>
      <probe vendor="each"/></steps>
  </test>
  <test name="birch">
    <title>Good content, and content that is refused</title>
    <matrix><vendors install="birch"/><parameter name="content" values="2 3"/></matrix>
    <steps><install vendor="each"/><update vendor="each" content="{content}" expect="applied"/>
      <probe vendor="each"/></steps>
  </test>
</scenario>
XML

# A disk of its own for the state, at first with room for everything.
mkdir disk
if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=8g tmpfs disk 2>/dev/null; then
    skip 'shared states on a small disk' 'mounting a small file system needs root'
    finish
fi
trap 'umount -l "$scratch/disk"; rm -rf "$scratch"' EXIT
mkdir disk/state
cp -rp "$TRUCE_STATE/guests" "$TRUCE_STATE/libvirt" disk/state/ 2>/dev/null
export TRUCE_STATE=$scratch/disk/state

run() { "$truce" run --attempts 1 --experiments 0 --output "$@" pairs.xml; }
expect 'without sharing: one case fails' 1 '' run alone --no-reuse
# States may take a quarter of what is free: one, of a guest that has 384 MiB.
used=$(du -sm disk | cut -f 1)
mount -o "remount,size=$((used + 2048))m" disk
expect 'with sharing: one case fails' 1 '' run shared
cat out.txt
cp out.txt shared.txt

# outcome RUN: verdicts, findings with whom they blame, steps with their ends.
outcome() {
    jq -r '.cases[] | .id, .state, (.attempts[] |
        (.findings[] | [.kind, .vendors, .step]), (.steps[] | [.step, .name, .outcome])) |
        tostring' "$1/report.json"
}
[ -n "$(outcome alone)" ] && diff <(outcome alone) <(outcome shared)
ok 'the same verdicts, findings and steps' $?
expect 'truce diff sees no difference' 0 '' "$truce" diff --fail-on any alone shared
holds() { # NAME RUN FILTER
    jq -e "[.cases[].attempts[].events[]] | $3" "$2/report.json" >/dev/null
    ok "$1" $?
}
holds 'without sharing: no state is saved' alone 'all(.kind != "saved" and .kind != "shared")'
holds 'with sharing: each pair has its own' shared \
    '([.[] | select(.kind == "saved")] | length == 2) and
     ([.[] | select(.kind == "shared")] | length == 2)'
# Which state an attempt began with, and who saved it; and the sums of that, in every report.
jq -e '(.reuse == {"saved": 0, "used": 0, "spared_ms": 0}) and all(.cases[].attempts[]; .began_with == null)' \
    alone/report.json >/dev/null
ok 'without sharing: the reports say that nothing was' $?
jq -e '[.cases[] | .id as $id | .attempts[] | select(.began_with) | .began_with + {"id": $id}] as $with |
    ([.cases[] | .id as $id | .attempts[].events[] | select(.kind == "saved") |
      {"by": $id, "state": .text[6:18]}]) as $saved |
    ($with | length) == 2 and
    all($with[]; . as $one | .id != .saved_by and .spared_ms > 0 and
        any($saved[]; .by == $one.saved_by and .state == $one.state)) and
    .reuse == {"saved": 2, "used": 2, "spared_ms": ([$with[].spared_ms] | add)}' shared/report.json >/dev/null
ok 'with sharing: report.json says which state each attempt began with, and the sums' $?
said=$(grep -Eo '2 states shared by 2 attempts: .* of steps not repeated' shared.txt)
[ -n "$said" ]
ok 'the terminal shows the sums' $?
[ "$(xmllint --xpath 'concat(/report/reuse/@saved, " ", /report/reuse/@spared-ms - sum(//began-with/@spared-ms))' \
    shared/report.xml)" = '2 0' ]
ok 'so does report.xml' $?
grep -F "name=\"reuse\" value=\"$said\"" shared/junit.xml >/dev/null
ok 'so does junit.xml' $?
grep -F 'id="reuse">2, by' shared/report.html >/dev/null &&
    [ "$(grep -o 'Began with the shared state' shared/report.html | wc -l)" = 2 ]
ok 'so does report.html' $?
holds 'the second took the place of the first' shared \
    '[.[] | select(.kind == "note") | .text |
      select(test("^removed to make room for .*, for 0 more cases$"))] | length == 1'
"$TRUCE_SOURCE_DIR/scripts/leftovers"
ok 'nothing is left behind' $?
finish
