#!/bin/bash
# What Slurm bounds, on two nodes: a licence of which there is one, a node drained in the middle of a run, a
# task's time, whole nodes; and the experiments of a case that fails, which no shard waits for. By hand:
# not among the tests of ctest.
#   cluster-limits.sh [run|time]    only the licence, the drain and the experiments, or only time and whole nodes
. "$(dirname "$0")/../cli/lib.sh"
. "$TRUCE_SOURCE_DIR/tests/live/slurm.sh"
part=${1:-all}

missing=$(slurm_missing)
[ -z "$missing" ] || { skip 'a run on Slurm' "$missing is missing"; finish; }
trap 'slurm_stop; rm -rf "$scratch"' EXIT

# Birch takes the licence `seat`; alder's content 3 takes the guest down.
echo '<lab format="1"><licence vendor="birch" name="seat"/></lab>' >lab.xml
scenario limits <<'XML'
  <test name="seat">
    <title>With a licence</title>
    <matrix><vendors install="birch"/><parameter name="number" values="1 2 3"/></matrix>
    <steps><install vendor="each"/><soak seconds="5"/>
      <run timeout-s="60" exit="0">cmd.exe /c ver {number}</run></steps>
  </test>
  <test name="red">
    <title>Bad content</title>
    <matrix><vendors install="alder"/></matrix>
    <steps><install vendor="each"/><update vendor="alder" content="3"/><soak seconds="3"/></steps>
  </test>
XML
scenario slow <<'XML'
  <test name="soak">
    <title>More than the time of a task</title>
    <matrix><vendors install="alder"/><parameter name="number" values="1 2 3 4 5"/></matrix>
    <steps><install vendor="each"/><soak seconds="25"/>
      <run timeout-s="60" exit="0">cmd.exe /c ver {number}</run></steps>
  </test>
XML
scenario whole <<'XML'
  <test name="soak">
    <title>On a whole node</title>
    <matrix><vendors install="alder"/></matrix>
    <steps><install vendor="each"/><soak seconds="10"/></steps>
  </test>
XML

# submit NAME OPTION…: to $scratch/NAME.
submit() {
    local name=$1
    shift
    expect "submitted: $name" 0 'and [0-9]+ to merge' "$truce" submit --partition lab \
        --node-folder "$scratch/n/%N" --output "$name" "$@" "$name.xml"
}

# job RUN TEST: the array with the cases of a test, by the shard of the first.
job() {
    local shard
    shard=$(grep -l "\"test\":\"$2\"" "$1"/shards/*/plan.json | head -n 1 | cut -d/ -f3)
    jq -r --argjson s "$((10#$shard))" '.lots[] | select(.first <= $s and .last >= $s) | .job' "$1/cluster.json"
}

# each_once RUN: every planned case has one attempt that came to its end.
each_once() {
    jq -e '[.cases[] | select(.parent == null)] |
        all([.attempts[] | select(.state != "not-run")] | length == 1)' "$1/merged/report.json" >/dev/null &&
        [ "$(jq '[.cases[] | select(.parent == null)] | length' "$1/merged/report.json")" = \
            "$(jq '.cases | length' "$1/plan.json")" ]
}

# tell RUN: a line for each case.
tell() {
    jq -r '.cases[] | "# \(.state) \(.id): " +
        ([.attempts[] | .state + if .reason then " (" + .reason + ")" else "" end] | join(", "))' \
        "$1/merged/report.json"
}

slurm_start "$scratch/slurm" 2 || { tail -n 5 slurm/log/*; exit 99; }

if [ "$part" != time ]; then
    submit limits --shard-minutes 1
    seat=$(job limits seat)
    for ((i = 0; ; i++)); do # ended when the test has its samples
        squeue --noheader --array --format='%i %T %r' | sed "s/^/$i /"
        sleep 0.5
    done >samples.txt &
    sampler=$!
    run=$scratch/limits
    slurm_until 300 'the middle of a case with a licence' eval 'mid_case "" && [ "${task%_*}" = "$seat" ]'
    ok 'a case with a licence runs' $?
    scontrol update nodename="$on" state=drain reason=test
    drained=$on drained_at=$(date -u +%FT%TZ) drained_shard=$shard
    note "$drained is drained in the middle of $task, $(basename "$shard")"
    slurm_until 500 'the end' eval '[ -z "$(squeue --noheader)" ]'
    ok 'every task ends' $?
    kill "$sampler"
    note 'the run has ended'

    [ "$(awk -v job="$seat" '$2 ~ "^" job "_" && $3 == "RUNNING" { print $1 }' samples.txt | uniq -c |
        sort -rn | awk 'NR == 1 { print $1 }')" = 1 ]
    ok 'one case with the licence at a time' $?
    grep -q " ${seat}_.* PENDING Licenses" samples.txt
    ok 'others wait for the licence' $?
    [ "$(sinfo --noheader --nodes="$drained" --format=%T)" = drained ]
    ok 'the node is drained to the end' $?
    awk -v on="$drained:" -v at="$drained_at" '$2 == on && $1 > at' limits/log/*.log >after.txt
    sed 's/^/# /' after.txt
    [ "$(wc -l <after.txt)" = 1 ] && grep -q 'truce ended with 0' after.txt
    ok 'its running task comes to its end there, and nothing else begins' $?
    jq -es 'map(select(.type == "attempt-begin")) | length == 1' "$drained_shard/journal.ndjson" >/dev/null
    ok 'that case ran once' $?
    each_once limits
    ok 'lost 0, repeated 0' $?
    tell limits
    jq -e '[.cases[] | select(.parent == null and .test == "red")] | length == 1 and .[0].state == "failed" and
        (.[0].attempts[-1].findings[0] | .vendors == ["alder"] and .confidence == "high")' \
        limits/merged/report.json >/dev/null
    ok 'the failure is alder'"'"'s, by experiment' $?
    jq -e '[.cases[] | select(.parent != null)] | length > 0' limits/merged/report.json >/dev/null &&
        ! grep -q case-added limits/shards/*/journal.ndjson
    ok 'the experiments ran after the shards, not in them' $?
    jq -r '.cases[] | select(.parent == null and .test == "red") | .attempts[-1].findings[0].reasons[] | "# " + .' \
        limits/merged/report.json
    scontrol update nodename="$drained" state=resume
fi
if [ "$part" != run ]; then
    submit slow --shard-minutes 100 --time 4
    submit whole --nodes 1 --shard-minutes 100
    slow=$(job slow soak) whole=$(job whole soak)
    run=$scratch/whole
    slurm_until 300 'the middle of a case on a whole node' eval 'mid_case "" && [ "${task%_*}" = "$whole" ]'
    node=$on
    slurm_until 300 'a task beside it' eval '[ -n "$(squeue --noheader --states=RUNNING --jobs="$slow")" ]'
    other=$(squeue --noheader --states=RUNNING --jobs="$slow" --format=%N)
    small() { sbatch --parsable --nodelist="$1" --mem=10 --output=/dev/null --wrap true; }
    beside=$(small "$other") behind=$(small "$node")
    slurm_until 20 'a small job beside a shared task' eval '[ -z "$(squeue --noheader --jobs="$beside" 2>/dev/null)" ]'
    ok 'a task without --nodes shares its node' $?
    squeue --array --format='%i %j %T %C %m %N %r' | sed 's/^/# /'
    [ "$(squeue --noheader --jobs="$behind" --format='%T %r')" = 'PENDING Resources' ] &&
        [ "$(squeue --noheader --states=RUNNING --jobs="$whole" --format='%C')" = 2 ]
    ok 'with --nodes a task has its node whole' $?
    slurm_until 600 'the end' eval '[ -z "$(squeue --noheader)" ]'
    ok 'every task ends' $?
    grep -h . slow/log/*.log | sed 's/^/# /'
    grep -q 'asks for another go' slow/log/*.log
    ok 'a task out of time asks for another go' $?
    tell slow
    each_once slow && each_once whole && 
        jq -es 'all(.[].cases[]; .state == "passed")' {slow,whole}/merged/report.json >/dev/null
    ok 'and goes on in it: all passed, lost 0, repeated 0' $?
fi
[ "$failures" = 0 ] || tail -n 40 {limits,slow,whole}/log/* 2>/dev/null | sed 's/^/# /'
finish
