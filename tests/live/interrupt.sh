#!/bin/bash
# Ctrl-C, and a kill: what is over stays, the rest is not run, nothing is left behind.
. "$(dirname "$0")/../cli/lib.sh"

left_behind() {
    pgrep -f "$TRUCE_STATE" >/dev/null
    ok "$1: no process is left" $((1 - $?))
    [ -z "$(ls -A "$TRUCE_STATE/work" 2>/dev/null)" ]
    ok "$1: no overlay is left" $?
}

# start: a run in the background, up to the moment when its second case's guest answers.
start() {
    setsid "$truce" run --output "$1" "$share/scenarios/quickstart.xml" >run.txt 2>&1 &
    pid=$!
    timeout 120 tail -F "$1/journal.ndjson" --pid=$pid 2>/dev/null |
        jq --unbuffered -c 'select(.type == "event" and .kind == "ready")' | head -n 2 >/dev/null
}

start cut
kill -INT "$pid"
wait "$pid"
[ $? = 130 ]
ok 'interrupted: exit status 130' $?
jq -e '.cases | (map(select(.state == "passed")) | length >= 1) and
               (map(select(.state == "not-run")) | length >= 1) and
               all(.state == "passed" or .state == "not-run")' cut/report.json >/dev/null
ok 'interrupted: what ended stands, the rest is not run' $?
left_behind interrupted

start killed
kill -KILL "$pid"
wait "$pid" 2>/dev/null
expect 'killed: the run can still be reported' 0 'not-run' "$truce" report --format text killed
expect 'killed: the next one finds the lab in order' 0 'can run the main job' "$truce" doctor
left_behind killed
finish
