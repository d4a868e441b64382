#!/bin/bash
# Healthy twins: the quickstart's cases with content 2 in the place of content 3, and every step that
# it does not have, give no finding.
. "$(dirname "$0")/../cli/lib.sh"

cp "$share/scenarios/quickstart-healthy.xml" "$TRUCE_SOURCE_DIR/tests/live/steps.xml" .
cat >healthy.xml <<'XML'
<scenario name="healthy" format="1">
  <title>Healthy</title>
  <guest name="reference"/>
  <include file="quickstart-healthy.xml"/>
  <include file="steps.xml"/>
</scenario>
XML
"$truce" run --jobs 2 --events - --output run healthy.xml >events.ndjson 2>err.txt
ok 'the run ends green' $?
cat err.txt
jq -es 'all(.type | type == "string") and (last | .type == "progress" and .left_ms != null and
        .ended == .cases and .running == [])' events.ndjson >/dev/null
ok 'stdout has events alone, the last one the progress at the end' $?
grep -v '^{"type":"progress",' events.ndjson | cmp - run/journal.ndjson
ok 'of two guests at once the events are the journal, byte by byte' $?
report=run/report.json
holds() { # NAME FILTER
    jq -e "$2" "$report" >/dev/null
    ok "$1" $?
}
holds 'every case passed, no finding' \
    '(.cases | length > 4 and all(.state == "passed")) and
     ([.cases[].attempts[].findings[]] | length == 0)'
holds 'each trigger struck while its steps went on' \
    '[.cases[].attempts[].events[] | select(.kind == "fault") | .text] |
     any(test("link-down")) and any(test("disk-slow")) and any(test("process-kill"))'
holds 'twelve kinds of load worked without errors' \
    '[.cases[].attempts[].events[].text // "" | select(test("^load ended.*device ")) |
      scan("[a-z]+ [0-9]+ [(]0 errors")] | length == 12'
finish
