# A cluster of Slurm on the loopback address, in a folder of its own: munged, one slurmctld, nodes n1,
# n2 … with a slurmd each. No accounting, no cgroups: proctrack/linuxproc, task/none (slurm.conf(5)).
# A task that is requeued begins again after 20 s (cred_expire), not after two minutes. A node has the
# memory for one guest.
# shellcheck shell=bash

# Whether it can be had here; else says what is missing.
slurm_missing() {
    local program
    for program in munged slurmctld slurmd sbatch squeue scancel scontrol; do
        PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || { echo "$program"; return; }
    done
    [ "$(id -u)" = 0 ] || echo 'root, for slurmd'
}

# slurm_start FOLDER NODES: exports SLURM_CONF.
slurm_start() {
    slurm=$1 nodes=$2
    PATH=$PATH:/usr/sbin
    local host base i
    host=$(hostname -s)
    base=$((20000 + $$ % 10000))
    mkdir -p "$slurm"/{state,log,munge}
    chmod 755 "$slurm" "$slurm/munge"
    head -c 128 /dev/urandom >"$slurm/munge/key"
    chmod 400 "$slurm/munge/key"
    munged --force --num-threads=2 --socket="$slurm/munge/s" --key-file="$slurm/munge/key" \
        --pid-file="$slurm/munge/pid" --log-file="$slurm/munge/log" --seed-file="$slurm/munge/seed"
    {
        cat <<END
ClusterName=truce
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$base
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/s,cred_expire=20
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool.%n
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.%n.pid
SlurmctldLogFile=$slurm/log/slurmctld
SlurmdLogFile=$slurm/log/slurmd.%n
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
ReturnToService=2
SlurmdTimeout=15
KillWait=20
MailProg=/bin/true
RebootProgram=/bin/true
SchedulerParameters=sched_interval=2,requeue_setup_env_fail
Licenses=seat:1
END
        for i in $(seq "$nodes"); do
            echo "NodeName=n$i NodeHostname=$host NodeAddr=127.0.0.1 Port=$((base + i)) CPUs=2 RealMemory=1000"
        done
        echo 'PartitionName=lab Nodes=ALL Default=YES State=UP'
    } >"$slurm/slurm.conf"
    export SLURM_CONF=$slurm/slurm.conf
    slurmctld -c
    for i in $(seq "$nodes"); do slurmd -N "n$i"; done
    slurm_until 30 'nodes idle' eval '[ "$(sinfo --noheader --Node --format=%t | grep -c idle)" = "$nodes" ]'
}

# slurm_until SECONDS WHAT COMMAND…: waits until the command succeeds.
slurm_until() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || { echo "# waited in vain: $what"; return 1; }
        sleep 0.5
    done
}

# scenario NAME: with a control and the tests of stdin.
scenario() {
    {
        cat <<XML
<scenario name="$1" format="1">
  <title>$1</title>
  <description>A control and cases with one vendor.</description>
  <guest name="reference"/>
  <test name="control">
    <title>No vendor</title>
    <matrix><vendors install=""/></matrix>
    <steps><run timeout-s="60" exit="0">cmd.exe /c ver</run></steps>
  </test>
XML
        cat
        echo '</scenario>'
    } >"$1.xml"
}

# mid_case NODE: sets task, its node (on) and its shard of $run to one that runs there (any node where it is
# empty) with its guest up.
mid_case() {
    local id node job first
    while read -r id node; do
        [ -z "$1" ] || [ "$node" = "$1" ] || continue
        job=${id%_*}
        first=$(jq ".lots[] | select(.job == \"$job\") | .first" "$run/cluster.json")
        [ -n "$first" ] || continue
        shard=$(printf '%s/shards/%04d' "$run" $((first + ${id#*_} - 1)))
        jq -es 'map(select(.type == "event" and .kind == "ready" or .type == "attempt-end") | .type) |
                last == "event"' "$shard/journal.ndjson" >/dev/null 2>&1 || continue
        task=$id on=$node
        return 0
    done < <(squeue --noheader --array --states=RUNNING --format='%i %N')
    return 1
}

note() { echo "# $SECONDS s: $*"; }

# Ends every daemon that was started here, and every task.
slurm_stop() {
    [ -n "${slurm-}" ] || return 0
    local pid
    scancel --full --signal=KILL --user=root 2>/dev/null
    slurm_until 30 'tasks to end' eval '[ -z "$(squeue --noheader 2>/dev/null)" ]'
    for pid in "$slurm"/slurmd.*.pid "$slurm/slurmctld.pid" "$slurm/munge/pid"; do
        [ -s "$pid" ] && kill "$(cat "$pid")"
    done
    slurm_until 30 'the daemons to end' eval '! ls "$slurm"/*.pid "$slurm/munge/pid" >/dev/null 2>&1'
}
