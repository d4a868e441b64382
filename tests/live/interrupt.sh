#!/bin/bash
# Ctrl-C, and a kill: what is over stays, the rest is not run, nothing is left behind; and the run
# goes on where it stopped.
. "$(dirname "$0")/../cli/lib.sh"

left_behind() {
    pgrep -f "$TRUCE_STATE" >/dev/null
    ok "$1: no process is left" $((1 - $?))
    [ -z "$(ls -A "$TRUCE_STATE/work" 2>/dev/null)" ]
    ok "$1: no overlay is left" $?
}

# start: a run in the background, up to the moment when its second case's guest answers.
start() {
    setsid "$truce" run --output "$1" "$2" >run.txt 2>&1 &
    pid=$!
    timeout 120 tail -F "$1/journal.ndjson" --pid=$pid 2>/dev/null |
        jq --unbuffered -c 'select(.type == "event" and .kind == "ready")' | head -n 2 >/dev/null
}

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

start cut "$share/scenarios/quickstart.xml"
kill -INT "$pid"
wait "$pid"
[ $? = 130 ]
ok 'interrupted: exit status 130' $?
jq -e '.cases | (map(select(.state == "passed")) | length >= 1) and
               (map(select(.state == "not-run")) | length >= 1) and
               all(.state == "passed" or .state == "not-run")' cut/report.json >/dev/null
ok 'interrupted: what ended stands, the rest is not run' $?
left_behind interrupted

start killed short.xml
expect 'while it lives: no second process' 2 'goes on in another process' "$truce" resume killed
kill -KILL "$pid"
wait "$pid" 2>/dev/null
expect 'killed: the run can still be reported' 0 'not-run' "$truce" report --format text killed
expect 'killed: the next one finds the lab in order' 0 'can run the main job' "$truce" doctor
left_behind killed

head -c -10 killed/journal.ndjson >torn && cat torn >killed/journal.ndjson
expect 'killed: it goes on to its end' 0 '3 of 3 cases passed' "$truce" resume killed
jq -e '[.cases[].attempts[].state] as $states | .outcome == "finished" and
       ($states | map(select(. == "passed")) | length) == 3 and
       ($states | map(select(. == "not-run")) | length) == ($states | length) - 3 and
       ($states | length) <= 4 and (.cases[0].attempts | length) == 1' killed/report.json >/dev/null
ok 'resumed: what ended is not repeated, what was cut off is made again' $?
left_behind resumed
expect 'resumed again: nothing is left to do' 0 '3 of 3 cases passed' "$truce" resume killed
sed -i 's/Short/Long/' short.xml
sed -i '/"run-end"/d' killed/journal.ndjson
expect 'resumed with another scenario' 2 "the scenario 'short.xml' is not what" "$truce" resume killed
finish
