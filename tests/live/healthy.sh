#!/bin/bash
# The healthy twin: the same cases with content 2 in the place of content 3 give no finding.
. "$(dirname "$0")/../cli/lib.sh"

expect 'the run ends green' 0 '' \
    "$truce" run --jobs 2 --output run "$share/scenarios/quickstart-healthy.xml"
cat out.txt
jq -e '(.cases | length > 0 and all(.state == "passed")) and
       ([.cases[].attempts[].findings[]] | length == 0)' run/report.json >/dev/null
ok 'every case passed, no finding' $?
finish
