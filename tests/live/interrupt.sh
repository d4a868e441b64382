#!/bin/bash
# Ctrl-C: what is over stays, the rest is not run, nothing is left behind. (attacks.sh has what is
# less polite.)
. "$(dirname "$0")/../cli/lib.sh"

cat >short.xml <<'XML'
<scenario name="short" format="1">
  <title>Short</title>
  <description>A control and two cases.</description>
  <guest name="reference"/>
  <test name="control">
    <title>No vendor</title>
    <matrix><vendors install=""/></matrix>
    <steps><run timeout-s="30" exit="0">cmd.exe /c ver</run></steps>
  </test>
  <test name="main">
    <title>One vendor</title>
    <matrix><vendors install="alder"/><parameter name="content" values="1 2"/></matrix>
    <steps><install vendor="each"/><update vendor="alder" content="{content}"/></steps>
  </test>
</scenario>
XML

# Up to the moment when its second case's guest answers. tail sees at once that grep has gone only where
# the file is there when it begins.
setsid "$truce" run --output cut short.xml >run.txt 2>&1 &
pid=$!
until [ -e cut/journal.ndjson ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
timeout 120 tail -n +1 -F cut/journal.ndjson --pid=$pid 2>/dev/null |
    grep -m2 '"type":"event".*"kind":"ready"' | tail -n 1 >/dev/null
kill -INT "$pid"
wait "$pid"
[ $? = 130 ]
ok 'interrupted: exit status 130' $?
jq -e '.cases | (map(select(.state == "passed")) | length >= 1) and
               (map(select(.state == "not-run")) | length >= 1) and
               all(.state == "passed" or .state == "not-run")' cut/report.json >/dev/null
ok 'interrupted: what ended stands, the rest is not run' $?
"$TRUCE_SOURCE_DIR/scripts/leftovers"
ok 'interrupted: nothing is left' $?
finish
