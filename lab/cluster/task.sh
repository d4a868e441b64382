# One task of a run on a cluster: a shard, or the merge at the end. Sourced by the batch scripts that
# truce submit writes, which set truce, folder, store, node, guests, jobs, experiments and first: the
# first shard of the array, 0 for the merge.
# A task may end at any instant and begin again on another node: what has ended stands in the journal
# on the shared store.
# shellcheck shell=bash disable=SC2154
set -u
notice='' child=''

# What Slurm knows this task as: the bare id of one of an array's tasks is that of the whole array.
task=${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}
task=${task:-$SLURM_JOB_ID}

export TRUCE_NODE=${SLURMD_NODENAME:-$(uname -n)}

say() { echo "$(date -u +%FT%TZ) $TRUCE_NODE: $*"; }

# From Slurm, some time before a limit: to this shell alone. SIGTERM comes to every process of the
# task, also to truce, which ends its guests and its journal.
trap 'notice=1; [ -n "$child" ] && kill -TERM "$child" 2>/dev/null' USR1
trap 'notice=' TERM

# wait_for COMMAND…: runs it to its end, through signals.
wait_for() {
    local status
    "$@" &
    child=$!
    while wait "$child"; status=$?; [ "$status" -gt 128 ] && kill -0 "$child" 2>/dev/null; do :; done
    child=''
    return "$status"
}

# The shared store may be away for a while; a task without it can do nothing. Slurm's time limit ends
# this.
while [ ! -r "$folder/cluster.json" ]; do
    say "waiting for '$folder'"
    sleep 5 &
    wait $!
    [ -z "$notice" ] || { scontrol requeue "$task"; exit 1; }
done
if [ "$first" = 0 ]; then
    run=$folder/merged owner=$folder/owner
else
    run=$(printf '%s/shards/%04d' "$folder" $((first + SLURM_ARRAY_TASK_ID - 1))) owner=$run/owner
fi

# One owner at a time: a task that Slurm gave up as lost may still run on a node that it cannot reach.
exec 8>>"$owner"
until flock --exclusive --wait 30 8; do
    say "another task still owns '$run'"
    [ -z "$notice" ] || { scontrol requeue "$task"; exit 1; }
done

# A state folder is one process's, so tasks of one node side by side have one each, with links to the
# images that the node fetched once. It is kept: the next task there has its warm states.
images=$(for guest in "${guests[@]}"; do cat "$store/guests/$guest/manifest.json"; done | sha256sum | cut -c 1-8)
root=${node//%N/$TRUCE_NODE}/$images
umask 022
mkdir -p "$root" || exit 3
for ((slot = 1; ; slot++)); do
    exec 9>>"$root/$slot.lock"
    flock --exclusive --nonblock 9 && break
done
TRUCE_NODE_STATE=$root "$truce" guest fetch --from "$store" "${guests[@]}" || exit 3
export TRUCE_NODE_STATE=$root/$slot
"$truce" guest fetch --from "$root" "${guests[@]}" || exit 3

ended() { grep -c '"type":"case-end"' "$run/journal.ndjson"; }
options=(--jobs "$jobs")
if [ "$first" = 0 ]; then
    [ -d "$run" ] || "$truce" status --merge "$folder" || exit 3
    options+=(--experiments "$experiments")
fi
say "begins '$run' in '$TRUCE_NODE_STATE'"
before=$(ended)
wait_for "$truce" resume "${options[@]}" "$run"
status=$?
say "truce ended with $status"
# Whatever the verdicts: they stand in the reports.
tail -n 1 "$run/journal.ndjson" | grep -q '"type":"run-end","outcome":"finished"' && exit 0
# Time was short, or the lab could not go on here: again, at most five times where nothing ended.
if [ -n "$notice" ] || { [ "$status" != 2 ] && [ "$status" != 130 ]; } &&
    { [ "$(ended)" -gt "$before" ] || [ "${SLURM_RESTART_COUNT:-0}" -lt 5 ]; }; then
    say 'asks for another go'
    for ((i = 0; i < 60; i++)); do
        scontrol requeue "$task" && break
        sleep 5
    done
fi
exit "$status"
