#!/bin/bash
# A run on two nodes of Slurm, in which a task is pre-empted in the middle of a case: the merged run has
# every case once. `cluster.sh long` disturbs a longer run in every way that docs/cluster.md lists, and
# prints a line for each. By hand: not among the tests of ctest.
. "$(dirname "$0")/../cli/lib.sh"
. "$TRUCE_SOURCE_DIR/tests/live/slurm.sh"
mode=${1:-short}

missing=$(slurm_missing)
[ -z "$missing" ] || { skip 'a run on Slurm' "$missing is missing"; finish; }
end() {
    slurm_stop
    [ -n "${fuse-}" ] && { kill -CONT "$fuse"; umount -l "$scratch/store"; } 2>/dev/null
    rm -rf "$scratch"
}
trap end EXIT

contents='1' numbers='1'
[ "$mode" = long ] && contents='1 2' numbers='1 2 3 4 5 6'
scenario short <<XML
  <test name="main">
    <title>One vendor</title>
    <matrix>
      <vendors install="alder"/>
      <parameter name="content" values="$contents"/>
      <parameter name="number" values="$numbers"/>
    </matrix>
    <steps>
      <install vendor="each"/>
      <update vendor="alder" content="{content}"/>
      <run timeout-s="60" exit="0">cmd.exe /c ver {number}</run>
    </steps>
  </test>
XML

slurm_start "$scratch/slurm" 2 || { tail -n 5 slurm/log/*; exit 99; }
mkdir real store
if [ "$mode" = long ]; then # a store that can stand still
    bindfs -f real store &
    fuse=$!
    slurm_until 10 'the store' mountpoint -q store
fi
run=$scratch/store/run
expect 'submitted' 0 'and [0-9]+ to merge' "$truce" submit --partition lab --shard-minutes 1 \
    --node-folder "$scratch/n/%N" --output "$run" short.xml
cp out.txt submitted.txt

if [ "$mode" = short ]; then
    slurm_until 300 'the middle of a case' mid_case ''
    scontrol requeue "$task"
    ok "pre-empted: $task on $on" $?
else
    slurm_until 300 'the middle of a case' mid_case n1
    note "slurmd of n1 killed in the middle of $task"
    kill -KILL "$(cat slurm/slurmd.n1.pid)"
    slurm_until 120 'n1 down' eval '[ "$(sinfo --noheader --nodes=n1 --format=%t | grep -c down)" = 1 ]'
    note 'n1 is down for Slurm'
    slurmd -N n1
    slurm_until 300 'the middle of a case' mid_case n2
    note "node n2 dies: slurmd and all of $task"
    kill -KILL "$(cat slurm/slurmd.n2.pid)"
    for pid in $(grep -lzxF SLURMD_NODENAME=n2 /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3); do
        kill -KILL "$pid" 2>/dev/null
    done
    for pid in $(grep -lsF "$scratch/n/n2/" /proc/[0-9]*/cmdline | cut -d/ -f3); do
        case $(readlink "/proc/$pid/exe") in */qemu-system-*) kill -KILL "$pid" ;; esac
    done
    slurm_until 120 'n2 down' eval '[ "$(sinfo --noheader --nodes=n2 --format=%t | grep -c down)" = 1 ]'
    slurmd -N n2
    slurm_until 300 'the middle of a case' mid_case ''
    note "$task on $on is pre-empted"
    scontrol requeue "$task"
    slurm_until 300 'the middle of a case' mid_case n1
    note "n1 is drained in the middle of $task"
    scontrol update nodename=n1 state=drain reason=test
    note 'slurmctld is killed and starts again'
    kill -KILL "$(cat slurm/slurmctld.pid)"
    slurmctld
    slurm_until 60 'slurmctld' scontrol ping
    slurm_until 300 'the middle of a case' mid_case n2
    note "the store stands still for a minute in the middle of $task"
    kill -STOP "$fuse"
    began=$SECONDS
    sleep 60
    kill -CONT "$fuse"
    note "the store is back after $((SECONDS - began)) s"
    scontrol update nodename=n1 state=resume
fi

slurm_until 800 'the end' eval '[ -z "$(squeue --noheader)" ]'
ok 'every task ends' $?
expect 'status' 0 "$(jq '.cases | length' "$run/plan.json") of" "$truce" status "$run"
sed 's/^/# /' out.txt
report=$run/merged/report.json
jq -r '.cases[] | "# \(.state) \(.id): \([.attempts[].state] | join(", "))"' "$report"
[ "$(jq '.cases | length' "$report")" = "$(jq '.cases | length' "$run/plan.json")" ]
ok 'every planned case stands in the merged report' $?
jq -e '.cases | all(.state == "passed")' "$report" >/dev/null
ok 'and passed: lost 0' $?
jq -e '.cases | all([.attempts[] | select(.state != "not-run")] | length == 1)' "$report" >/dev/null
ok 'each by one attempt that came to its end: repeated 0' $?
jq -e '[.cases[].attempts[] | select(.state == "not-run")] | length > 0' "$report" >/dev/null
ok 'what was cut off stands beside it' $?
[ "$failures" = 0 ] || tail -n 60 "$run"/log/* | sed 's/^/# /'
finish
