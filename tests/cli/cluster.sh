#!/bin/bash
# truce submit, status and cancel with programs that speak as Slurm's do.
. "$(dirname "$0")/lib.sh"
export TRUCE_STATE=$scratch/state
mkdir -p bin state/guests/reference
echo disk >state/guests/reference/disk.qcow2
jq -nc --arg sum "$(sha256sum <state/guests/reference/disk.qcow2 | cut -d' ' -f1)" \
    '{format:1, name:"reference", files:{"disk.qcow2":{sha256:$sum, size:5}}}' \
    >state/guests/reference/manifest.json
cat >short.xml <<'XML'
<scenario name="short" format="1">
  <title>Short</title>
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
fake() {
    printf '#!/bin/bash\n%s\n' "$2" >"bin/$1"
    chmod +x "bin/$1"
}
if "$truce" vendor list 2>/dev/null | grep -q alder; then
    expect 'a dry run prints the scripts' 0 'SBATCH --array=1-1' \
        "$truce" submit --dry-run --partition lab --shard-minutes 1 --output run short.xml
    grep -q 'SBATCH --partition=lab' out.txt && grep -q "^first=0$" out.txt
    ok 'a dry run: the partition, and the merge' $?
    [ ! -e run ]
    ok 'a dry run writes nothing' $?
    expect 'a folder that Slurm would misread' 2 'takes no folder' \
        "$truce" submit --dry-run --output 'a%b' short.xml
    expect 'a name with a space' 0 'job-name=truce-a-b$' \
        "$truce" submit --dry-run --output 'a b' short.xml
    expect 'no Slurm here' 3 sbatch env PATH=/nowhere "$truce" submit --output run short.xml
    one_line 'no Slurm here: one line'
    [ ! -e run ]
    ok 'no Slurm here: nothing is left' $?
    PATH=$scratch/bin:$PATH
    fake sbatch 'echo x >>jobs.txt; wc -l <jobs.txt'
    fake squeue 'printf "%s\n" "1_1|RUNNING|n7|None" "2_1|PENDING||Dependency" "2_2|PENDING||Dependency"'
    fake scancel 'echo "$@" >cancelled.txt'
    expect 'submitted' 0 '3 cases in 3 shards, jobs 1, 2, and 3 to merge' \
        "$truce" submit --shard-minutes 1 --output run short.xml
    expect 'submitted again' 2 'never overwrites' "$truce" submit --output run short.xml
    expect 'status: cases' 0 '0 of 3 cases ended' "$truce" status run
    grep -q 'shard 1 *RUNNING *on n7' out.txt && grep -q '2 tasks PENDING (Dependency)' out.txt
    ok 'status: tasks and nodes' $?
    fake squeue 'echo "squeue: error: Unable to contact slurm controller" >&2; exit 1'
    expect 'status without Slurm' 0 'does not answer: .*Unable to contact' "$truce" status run
    fake squeue ':'
    expect 'cancelled' 0 '3 not-run' "$truce" cancel run
    [ "$(cat cancelled.txt)" = '1 2 3' ]
    ok 'cancelled: every job' $?
    jq -e '.cases | length == 3 and all(.state == "not-run")' run/merged/report.json >/dev/null
    ok 'cancelled: every case stands in the report' $?
    expect 'merged already' 2 'remove it to merge again' "$truce" status --merge run
    echo changed >state/guests/reference/disk.qcow2
    expect 'a guest that was changed' 2 'not as it was built' "$truce" submit --output other short.xml
else
    skip 'truce submit' 'built without vendor packs'
fi
expect 'no folder of a cluster' 2 'no cluster.json' "$truce" status .
expect 'a partition that is no word' 2 'are words' "$truce" submit -p 'a b' short.xml
expect 'auto without whole nodes' 2 'needs --nodes' "$truce" submit --jobs auto short.xml
expect 'fetch from nowhere' 2 'wants --from' "$truce" guest fetch reference
finish
