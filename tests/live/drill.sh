#!/bin/bash
# A boot loop whose disk is mended from outside, with a file of known issues; the lab is killed while
# it has that disk open, and goes on. Minutes of guests: run by hand,
#   TRUCE_BINARY_DIR=build TRUCE_SOURCE_DIR=. TRUCE_STATE=… bash tests/live/drill.sh
# with absolute paths; TRUCE_STATE is a state folder with a built reference guest.
. "$(dirname "$0")/../cli/lib.sh"
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"

cat >drill.xml <<'XML'
<scenario name="drill" format="1" experiments="0">
  <title>Drill</title>
  <guest name="reference"/>
  <test name="loop">
    <title>Alder 1.0 takes content 3</title>
    <matrix><vendors install="alder"/></matrix>
    <steps>
      <install vendor="alder" product="1.0"/>
      <update vendor="alder" content="3"/>
      <soak seconds="5"/>
    </steps>
    <recover disk="yes"/>
  </test>
</scenario>
XML
cat >known.xml <<'XML'
<known format="1">
  <issue id="alder-291" owner="Alder, kernel team" link="https://example.org/291" expires="2999-12-31">
    <match kind="boot-loop" code="0x7E" module="alder.sys" vendor="alder" product="1.0" content="3"/>
    <text>Content 3 declares 21 fields, the sensor supplies 20.</text>
  </issue>
  <issue id="old" owner="Alder, kernel team" link="https://example.org/1" expires="2020-01-01">
    <match kind="hang" step="update alder" vendor="alder"/>
    <text>Mended long ago.</text>
  </issue>
  <issue id="other" owner="Birch" link="https://example.org/2" expires="2999-12-31">
    <match kind="boot-loop" code="0x7E" module="birch.sys"/>
    <text>Not of this run.</text>
  </issue>
</known>
XML

# Killed as soon as libguestfs' machine is there. A process of libguestfs ends that machine then.
"$truce" run --known known.xml --output run drill.xml >run.txt 2>&1 &
pid=$!
until pidfile=$(find "$TRUCE_STATE/work" -path '*/offline-*/pid' -size +0 2>/dev/null) &&
    [ -n "$pidfile" ]; do
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.2
done
machine=$(cat "$pidfile")
[ -n "$machine" ] && kill -KILL "$pid"
ok 'killed while the disk is open' $?
wait "$pid" 2>/dev/null
timeout 30 sh -c 'while kill -0 "$1" 2>/dev/null; do sleep 0.2; done' - "$machine"
ok "libguestfs' machine ends" $?

expect 'it goes on, to a finding' 1 '' "$truce" resume run
cat out.txt | sed 's/^/# /'
finding='.cases[] | select(.id == "loop/reference/alder") | .attempts[-1].findings[0]'
jq -e "$finding"' | .kind == "boot-loop" and .recovery.grade == "remote" and
    .known_issue.id == "alder-291"' run/report.json >/dev/null
ok 'the loop is found, known, and mended from outside' $?
jq -c "$finding | [.kind, .recovery, .known_issue]" run/report.json | sed 's/^/# /'
jq -e '.cases[] | select(.id == "loop/reference/alder").state == "failed"' run/report.json >/dev/null
ok 'what is known is failed all the same' $?
grep -q "'old' .* expired on 2020-01-01" out.txt && grep -q "'other' of Birch was not seen" out.txt &&
    ! grep -q "'alder-291'" out.txt
ok 'what expired and what was not seen is told' $?
[ -z "$(ls "$TMPDIR")" ]
ok 'nothing is left in the temporary folder' $?
"$TRUCE_SOURCE_DIR/scripts/leftovers"
ok 'nothing is left in the state folder' $?
finish
