#!/bin/bash
# What befalls a lab while a run is under way: a second truce, QEMU killed, QEMU frozen, also while it
# starts, the guest's agent killed, the disk full below the state folder with the images or the run
# folder, truce killed and its overlays gone. Each is an error of the lab, told as one, blamed on nobody;
# what ended stays, the rest goes on, and nothing is left behind.
. "$(dirname "$0")/../cli/lib.sh"
leftovers=$TRUCE_SOURCE_DIR/scripts/leftovers

cat >attacks.xml <<'XML'
<scenario name="attacks" format="1">
  <title>Attacks</title>
  <description>The same short case again and again, to be struck in its soak.</description>
  <guest name="reference"/>
  <test name="control">
    <title>No vendor</title>
    <matrix><vendors install=""/></matrix>
    <steps><run timeout-s="30" exit="0">cmd.exe /c ver</run></steps>
  </test>
  <test name="struck">
    <title>Struck from outside</title>
    <matrix><vendors install="alder"/>
      <parameter name="by" values="nobody second kill stop full after"/></matrix>
    <steps><install vendor="each"/><soak seconds="4"/>
      <run timeout-s="5" exit="0">cmd.exe /c echo {by}</run></steps>
  </test>
  <test name="agent">
    <title>Its agent killed</title>
    <matrix><vendors install="alder"/></matrix>
    <steps><install vendor="each"/>
      <run timeout-s="5" exit="0">taskkill.exe /f /im truce-agent.exe</run>
      <run timeout-s="5" exit="0">cmd.exe /c ver</run></steps>
  </test>
</scenario>
XML

# A state folder of its own on a small disk, with the guest and its warm state.
mkdir disk
if [ "$(id -u)" != 0 ] || ! mount -t tmpfs -o size=3g tmpfs disk 2>/dev/null; then
    skip 'attacks on a run' 'mounting a small file system needs root'
    finish
fi
mkdir small
if ! mount -t tmpfs -o size=1200m tmpfs small; then
    umount -l disk
    skip 'attacks on a run' 'no second small file system can be mounted'
    finish
fi
trap 'umount -l "$scratch/disk" "$scratch/small"; rm -rf "$scratch"' EXIT
mkdir -p disk/state
cp -rp "$TRUCE_STATE/guests" "$TRUCE_STATE/libvirt" disk/state/ 2>/dev/null
export TRUCE_STATE=$scratch/disk/state

# strike CASE COMMAND…: runs the command when that case's soak begins.
run=run
strike() {
    local id=$1
    shift
    until [ -e $run/journal.ndjson ] || ! kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    tail -n +1 -F $run/journal.ndjson --pid="$pid" 2>/dev/null |
        grep -m1 "\"step-begin\",\"case\":\"$id\".*\"name\":\"soak" >/dev/null
    "$@"
}
newest_qemu() {
    cat "$(find "$TRUCE_STATE/libvirt/run/qemu" -name 'truce-*.pid' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)"
}
# strike_start: freezes the QEMU that starts after the control's as soon as it has a process id.
strike_start() {
    local before file
    until grep -q '"step-begin","case":"control' $run/journal.ndjson 2>/dev/null; do
        kill -0 "$pid" 2>/dev/null || return
    done
    before=$(echo "$TRUCE_STATE"/libvirt/run/qemu/truce-*.pid)
    while kill -0 "$pid" 2>/dev/null; do
        for file in "$TRUCE_STATE"/libvirt/run/qemu/truce-*.pid; do
            case $before in *"$file"*) continue ;; esac
            [ -s "$file" ] && kill -STOP "$(cat "$file")" && return
        done
    done
}
signal_qemu() { kill "-$1" "$(newest_qemu)"; }
fill() { cat /dev/zero >"$1/fill" 2>/dev/null; }

"$truce" run --output run attacks.xml >run.txt 2>&1 &
pid=$!
(strike struck/reference/alder/by=kill signal_qemu KILL) &
(strike struck/reference/alder/by=stop signal_qemu STOP) &
(strike struck/reference/alder/by=full fill disk) &
strike struck/reference/alder/by=second true
expect 'while it lives: no second process' 2 'goes on in another process' "$truce" resume run
expect 'nor another run in the same lab' 3 'another truce uses' "$truce" run --output other attacks.xml
[ ! -e other ]
ok 'which leaves no run folder' $?
wait $pid
status=$?
cat run.txt
[ $status = 3 ]
ok 'the run stops with status 3 when its disk is full' $?
grep -E "[Nn]o (disk )?space|disk is full" run.txt
ok 'and names the disk' $?
cp run/report.json before.json
rm -f disk/fill
"$truce" resume run >resume.txt 2>&1 &
pid=$!
strike struck/reference/alder/by=after true
kill -KILL $pid
wait $pid 2>/dev/null
find disk/state/work -name disk.qcow2 -delete
expect 'killed: the run can still be reported' 0 'not-run' "$truce" report --format text run
expect 'killed: the next one opens the lab' 3 'ok +libvirt' "$truce" doctor # 3: a small disk
"$leftovers"
ok 'killed: the next one has removed what was left' $?
head -c -10 run/journal.ndjson >torn && cat torn >run/journal.ndjson
expect 'and goes on after kill -9, without its overlays, with a torn journal' 3 '' "$truce" resume run
cat out.txt
jq -e '.outcome == "finished" and
       ([.cases[] | [.attempts[] | select(.state != "not-run")] | length] | all(. == 1)) and
       ([.cases[].attempts[]] | length) <= (.cases | length) + 1' run/report.json >/dev/null
ok 'what ended is not repeated, what was cut off is made again' $?
expect 'resumed again: nothing is left to do' 3 '[45] passed' "$truce" resume run
sed -i 's/Attacks/Others/' attacks.xml
sed -i '/"run-end"/d' run/journal.ndjson
expect 'resumed with another scenario' 2 "the scenario 'attacks.xml' is not what" "$truce" resume run

# row ATTACK CASE STATE REASON: a line of the table, after its run, and the case's state and reason below
# it; the case ended as it must, and for that reason. Lost is what never ran, and what had ended
# otherwise before (before.json).
row() {
    jq -e --arg id "$2" --arg state "$3" --arg reason "$4" '
        (.cases[] | select(.id == $id)) as $case | ($case.state | test("^(" + $state + ")$")) and
        ($case.reason // "" | test($reason))' run/report.json >/dev/null
    ok "$1: $3" $?
    jq -r --arg id "$2" --arg attack "$1" --argjson left "$("$leftovers" | wc -l)" --slurpfile before before.json '
        .cases[] | select(.id == $id) | . as $now |
        ([$before[0].cases[] | select(.id == $id and .state != "not-run" and .state != $now.state)] | length) as $other |
        [.attempts[] | select(.state != "not-run")] as $ended |
        "# \($attack)                                            "[0:46] +
        "\(1) tries \(if .state == "not-run" then 1 else $other end) lost " +
        "\([($ended | length) - 1, 0] | max) repeated \($left) left \([.attempts[].findings[]] | length) blamed\n#   \(.state): \(.reason // "-")"' run/report.json
}
row 'nobody strikes (the twin)' struck/reference/alder/by=nobody passed '^$'
row 'a second run and a second resume, refused' struck/reference/alder/by=second passed '^$'
row 'QEMU killed' struck/reference/alder/by=kill error 'QEMU died'
row 'QEMU frozen (SIGSTOP)' struck/reference/alder/by=stop error 'stood still|does not answer'
# A guest that writes little more gets to its end; the lab stops before the next case all the same. One
# whose memory or disk finds no room is lost, and the reason says that, also where that ended QEMU.
row 'disk full below the state folder' struck/reference/alder/by=full 'error|passed' '^$|disk is full|No space|no disk space'
row 'truce killed, its overlays gone' struck/reference/alder/by=after passed ''
row "the guest's agent killed" agent/reference/alder error 'agent'
jq -e '[.cases[].attempts[].findings[]] == []' run/report.json >/dev/null
ok 'nobody is blamed' $?

echo '{"cases": []}' >before.json
# The run folder on a disk of its own, which fills in the second case of three.
sed -i 's/Others/Attacks/; s/nobody second kill stop full after/full after/; /<test name="agent">/,/<\/test>/d' attacks.xml
run=small/run
"$truce" run --output $run attacks.xml >run.txt 2>&1 &
pid=$!
strike struck/reference/alder/by=full fill small
wait $pid
[ $? = 3 ]
ok 'the run stops with status 3 when the disk of the run folder is full' $?
grep -E "[Nn]o (disk )?space" run.txt
ok 'and says so' $?
rm small/fill
expect 'with room again, it goes on' 0 '3 passed' "$truce" resume $run
rm -rf run && cp -r $run run
row 'disk full below the run folder' struck/reference/alder/by=full passed ''

# The first case with a product saves its state for the others, so its guest's memory is a file on the disk
# of the state folder. Where a page of it finds no room, QEMU dies.
run=saves
"$truce" run --output $run attacks.xml >run.txt 2>&1 &
pid=$!
strike struck/reference/alder/by=full fill disk
wait $pid
[ $? = 3 ]
ok 'the run stops with status 3 when the disk below a memory file is full' $?
rm -f disk/fill
rm -rf run && cp -r $run run
row 'disk full below a memory file' struck/reference/alder/by=full error 'disk is full'
expect 'with room again, it goes on too' 3 '2 passed.* 1 error' "$truce" resume $run

run=starts
"$truce" run --no-reuse --output $run attacks.xml >run.txt 2>&1 &
pid=$!
strike_start
wait $pid
[ $? = 3 ]
ok 'the run goes on to its end when a QEMU is frozen while it starts' $?
rm -rf run && cp -r $run run
row 'QEMU frozen while it starts' struck/reference/alder/by=full error 'stood still'

# No room for the warm state of a guest: nothing has begun, and it says why.
rm -rf "$TRUCE_STATE"/guests/*/warm
fill disk
expect 'no room for a warm state' 3 '[Nn]o (disk )?space|full' "$truce" run --output none attacks.xml
rm disk/fill
expect 'with room again, it is made' 0 '3 passed' "$truce" run --output again attacks.xml
"$leftovers"
ok 'nothing is left behind' $?
finish
