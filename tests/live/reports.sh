#!/bin/bash
# The reports of the live run load in other people's readers and agree with each other.
. "$(dirname "$0")/../cli/lib.sh"

run=$TRUCE_BINARY_DIR/live-quickstart
expect 'report.xml is valid' 0 'validates' \
    xmllint --noout --nonet --schema "$share/reports/report.xsd" "$run/report.xml"
expect 'report.json is valid' 0 '' /usr/bin/python3 - "$share/reports/report.schema.json" "$run/report.json" <<'PY'
import json, sys, jsonschema
schema, report = (json.load(open(path)) for path in sys.argv[1:])
jsonschema.Draft202012Validator.check_schema(schema)
jsonschema.Draft202012Validator(schema).validate(report)
PY
expect 'junit.xml loads, and counts what report.json counts' 0 '' /usr/bin/python3 - "$run" <<'PY'
import json, sys
from junitparser import JUnitXml
run = sys.argv[1]
report = json.load(open(run + '/report.json'))
xml = JUnitXml.fromfile(run + '/junit.xml')
states = [case['state'] for case in report['cases']]
assert xml.tests == len(states), (xml.tests, len(states))
assert xml.failures == states.count('failed') + states.count('flaky')
assert xml.errors == states.count('error')
assert sum(suite.skipped for suite in xml) == states.count('skipped') + states.count('not-run')
PY
jq -r '.cases[].attempts[].evidence[] | select(.outcome == "collected") | "\(.sha256)  \(.file)"' \
    "$run/report.json" >sums.txt
[ -s sums.txt ] && (cd "$run" && sha256sum --quiet -c "$OLDPWD/sums.txt")
ok 'every piece of evidence has the checksum that the report states' $?

# Every input that the run began with lies beside it; a builder of images is one of them.
head -n 1 "$run/journal.ndjson" | jq -r '.inputs[].file' >inputs.txt
(cd "$run/inputs" && xargs -d '\n' ls -d) <inputs.txt >/dev/null && grep -q '^guests/reference/build$' inputs.txt
ok 'every input is kept' $?

cp -r "$run" again
rm again/report.* again/junit.xml
expect 'reports can be made again' 0 'junit\.xml' "$truce" report again
for file in report.json report.xml report.html junit.xml; do
    cmp -s "$run/$file" "again/$file"
    ok "$file is the same again" $?
done
finish
