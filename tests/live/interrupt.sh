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

# Up to the moment when its second case's guest answers.
setsid "$truce" run --output cut short.xml >run.txt 2>&1 &
pid=$!
timeout 120 tail -F cut/journal.ndjson --pid=$pid 2>/dev/null |
    jq --unbuffered -c 'select(.type == "event" and .kind == "ready")' | head -n 2 >/dev/null
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
