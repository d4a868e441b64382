#!/bin/bash
# The selftest's judgement of runs that are written down here: each verdict, the exit status, the
# record, and the whole scenario against what the packs document.
. "$(dirname "$0")/lib.sh"

export TRUCE_STATE=$scratch/state
t='"t":"2026-11-22T08:00:00.000Z","ms":1'

# begin RUN TEST…: a run folder whose plan has a case for each test.
begin() {
    run=$1 plan= cases=0
    shift
    mkdir "$run"
    for test; do
        plan+="${plan:+,}{\"id\":\"$test/reference/alder\",\"test\":\"$test\",\"title\":\"x\",
            \"guest\":\"reference\",\"vendors\":[\"alder\"],\"parameters\":{},\"control\":true,\"why\":\"x\"}"
    done
    echo "{\"format\":1,\"scenario\":\"selftest\",\"cases\":[$plan]}" >"$run/plan.json"
    echo "{$t,\"type\":\"run-begin\",\"format\":1,\"run\":\"$run\",\"truce\":\"1\",
        \"scenario\":{\"name\":\"selftest\",\"title\":\"x\",\"file\":\"selftest.xml\",\"sha256\":null},
        \"host\":{\"libvirt\":\"9\",\"qemu\":\"7\",\"accelerator\":\"tcg\",\"kernel\":\"6\",\"cpus\":2,\"memory_mib\":1},
        \"guests\":[{\"name\":\"reference\",\"kind\":\"reference\",\"title\":\"x\",\"limits\":\"x\",\"image_sha256\":null}],
        \"vendors\":[]}" | tr -d '\n' >"$run/journal.ndjson"
    echo >>"$run/journal.ndjson"
}

# case_is TEST STATE [KIND VENDORS MODULE]: what became of a test's case.
case_is() {
    local id="\"case\":\"$1/reference/alder\""
    {
        echo "{$t,\"type\":\"case-begin\",$id}"
        echo "{$t,\"type\":\"attempt-begin\",$id,\"attempt\":1}"
        [ $# -lt 3 ] || echo "{$t,\"type\":\"finding\",$id,\"attempt\":1,\"finding\":{\"id\":\"F1\",\"kind\":\"$3\",\"summary\":\"s\",\"step\":\"1\",\"step_name\":\"x\",\"vendors\":$4,\"confidence\":\"high\",\"reasons\":[],\"bugcheck\":{\"code\":\"0x0000007E\",\"name\":null,\"parameters\":[\"0x0\",\"0x0\",\"0x0\",\"0x0\"],\"module\":\"$5\",\"offset\":\"0x1\",\"source\":\"minidump\"},\"boots\":3,\"recovery\":null,\"evidence\":[]}}"
        echo "{$t,\"type\":\"attempt-end\",$id,\"attempt\":1,\"state\":\"$2\",\"reason\":null,\"timings\":{}}"
        echo "{$t,\"type\":\"case-end\",$id,\"state\":\"$2\",\"reason\":null}"
    } >>"$run/journal.ndjson"
}

end() {
    echo "{$t,\"type\":\"run-end\",\"outcome\":\"finished\",\"reason\":null}" >>"$run/journal.ndjson"
}

f=content-out-of-bounds
q=silent-update
begin good control $f $f-twin $q $q-twin
case_is control passed
case_is $f failed boot-loop '["alder"]' ALDER.sys
case_is $f-twin passed
case_is $q failed detection-lost '["birch"]' x.sys
case_is $q-twin passed
end
expect 'found, blamed, quiet' 0 '2 of 2 faults found and rightly blamed.*passed' \
    "$truce" selftest --quick --judge good
expect 'the same as JSON' 0 '"passed":true' "$truce" selftest --quick --json --judge good
jq -e '.passed and .quick and .counts.found == 2 and .counts.quiet == 3' \
    state/selftests/reference.json >/dev/null
ok 'the result is kept' $?
expect 'a whole selftest has all the tests' 3 'open.*no case of this run' "$truce" selftest --judge good

# one NAME VERDICT STATUS STATE [KIND VENDORS MODULE]: the fault's case ended so.
one() {
    begin "$1" $f $f-twin
    case_is $f "${@:4}"
    case_is $f-twin passed
    end
    expect "$1 is $2" "$3" "^$f +$2 " "$truce" selftest --only $f --judge "$1"
}
one nothing open 1 passed
one other-kind open 1 failed hang '["alder"]' alder.sys
one nobody open 1 failed boot-loop '[]' alder.sys
one other-module open 1 failed boot-loop '["alder"]' birch.sys
one innocent wrong 1 failed boot-loop '["birch"]' alder.sys
one too-many wrong 1 failed boot-loop '["alder","birch"]' alder.sys
one lab error 3 error

begin noisy $f $f-twin
case_is $f failed boot-loop '["alder"]' alder.sys
case_is $f-twin failed hang '["alder"]' x.sys
end
expect 'a twin with a finding is noisy' 1 "^$f-twin +noisy " "$truce" selftest --only $f --judge noisy

p=hook-order
begin pair $p $p-twin
case_is $p failed bugcheck '["birch","cedar"]' cedar.sys
case_is $p-twin passed
end
expect 'a conflict blames both' 0 "^$p +found " "$truce" selftest --only $p --judge pair
begin half $p $p-twin
case_is $p failed bugcheck '["cedar"]' cedar.sys
case_is $p-twin passed
end
expect 'a conflict blamed on one is open' 1 "^$p +open .*only one party" \
    "$truce" selftest --only $p --judge half

begin later $p $p-twin
case_is $p failed bugcheck '["birch","cedar"]' cedar.sys
case_is $p-twin passed
end
expect 'runs are judged as one' 0 '2 of 2 faults found' \
    "$truce" selftest --only $f --only $p --judge good --judge half --judge later
begin rest control $q $q-twin
case_is control passed
case_is $q failed detection-lost '["birch"]' x.sys
case_is $q-twin passed
end
rm -r state
expect 'a part of the quick one is not the quick one' 3 "^$f +open .*no case of this run" \
    "$truce" selftest --quick --judge rest
jq -e '.passed == false' state/selftests/reference.json >/dev/null
ok 'nor is it kept as one' $?
expect 'its parts are' 0 '2 of 2 faults found' \
    "$truce" selftest --quick --judge good --judge half --judge rest
jq -e '.runs == ["good", "half", "rest"]' state/selftests/reference.json >/dev/null
ok 'all of them are named' $?
sed 's/"image_sha256":null/"image_sha256":"abababababababababababababababababababababababababababababababab"/' -i half/journal.ndjson
expect 'but not of two images' 2 'another guest or image' "$truce" selftest --judge good --judge half
cp -r rest newer
sed 's/"truce":"1"/"truce":"2"/' -i newer/journal.ndjson
expect 'nor of two versions' 2 'another version' "$truce" selftest --judge good --judge newer
rm -r state
expect 'a look at one fault' 0 '1 of 1 faults' "$truce" selftest --only $f --judge good
[ ! -e state/selftests ]
ok 'is not kept' $?
expect 'a test that is not there' 2 "no test 'nonesuch'" "$truce" selftest --only nonesuch
expect 'nor in a run that is judged' 2 "no test 'nonesuch'" \
    "$truce" selftest --only nonesuch --judge good
expect 'of which the run has no case' 3 "^$p +open .*no case of this run" \
    "$truce" selftest --only $p --judge good
expect '--quick or --only' 2 'give one of them' "$truce" selftest --quick --only $f

expect 'no run at all' 2 'No such file|cannot|does not exist' "$truce" selftest --judge nowhere
expect 'a guest that is not known' 2 'nonesuch' "$truce" selftest --guest nonesuch
expect '--judge runs nothing' 2 'takes neither' "$truce" selftest --judge good --guest reference

expect 'the scenario is right' 0 'selftest' "$truce" check "$share/scenarios/selftest.xml"
finish
