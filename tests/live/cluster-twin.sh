#!/bin/bash
# The same scenario on two nodes of Slurm and on one: same verdicts, and the ratio of the times from
# submission to the end of the last shard, side by side. By hand: not among the tests of ctest.
#   cluster-twin.sh [SCENARIO]    default: scenarios/quickstart.xml
. "$(dirname "$0")/../cli/lib.sh"
. "$TRUCE_SOURCE_DIR/tests/live/slurm.sh"
scenario=${1:-$TRUCE_SOURCE_DIR/scenarios/quickstart.xml}

missing=$(slurm_missing)
[ -z "$missing" ] || { skip 'a run on Slurm' "$missing is missing"; finish; }
trap 'slurm_stop; rm -rf "$scratch"' EXIT

run_on() {
    slurm_start "$scratch/slurm$1" "$1" || { tail -n 5 "slurm$1"/log/*; exit 99; }
    local began=$SECONDS
    "$truce" submit --partition lab --shard-minutes 1 --experiments 0 --node-folder "$scratch/$1/%N" \
        --output "run$1" "$scenario" >"submitted$1.txt" 2>&1
    ok "submitted to $1" $?
    slurm_until 700 'the end' eval '[ -z "$(squeue --noheader)" ]'
    ok "every task ends on $1" $?
    took[$1]=$((SECONDS - began))
    jq -r '.cases[] | [.id, .state, (.attempts[-1].findings[] | .kind, .bugcheck.module,
        (.vendors | join(" ")))] | join(" ")' "run$1/merged/report.json" | sort >"verdicts$1"
    slurm_stop
}
declare -A took
run_on 2
run_on 1
sed 's/^/# /' verdicts1
[ -s verdicts1 ] && diff verdicts1 verdicts2
ok 'same verdicts on one node and on two' $?
echo "# one node: ${took[1]} s, two nodes: ${took[2]} s, ratio $(jq -n "${took[1]} / ${took[2]} * 100 | round / 100"), load $(cut -d' ' -f1-3 /proc/loadavg)"
[ "$failures" = 0 ] || tail -n 60 run*/log/* | sed 's/^/# /'
finish
