#!/bin/bash
# What ends or stops a machine, provoked in real guests and told apart: processors that halt for good,
# a silent reset, the guest's own kernel's panic, QEMU killed because memory ran out. With 'all' as its
# argument also a kernel that spins, an agent that stands still and goes on in time, one that never
# does in a guest that an NMI crashes, boots that never become ready. It takes 4 to 10 minutes, so it is a command and no test of the suite:
#   TRUCE_BINARY_DIR=build TRUCE_SOURCE_DIR=. TRUCE_STATE=… bash tests/live/detectors.sh [all]
# with absolute paths; TRUCE_STATE is a state folder with a built reference guest.
. "$(dirname "$0")/../cli/lib.sh"
slow=; [ "${1:-}" = all ] && slow=' spin slow nmi'

# A product of one text file: its install is the change that comes before the trouble.
mkdir -p packs/elm
echo elm >packs/elm/elm.txt
cat >packs/elm/vendor.xml <<'XML'
<vendor name="elm" format="1">
  <title>Elm</title>
  <module file="elm.txt" path="C:\elm.txt"/>
  <product version="1.0">
    <package file="elm.txt"/>
    <install timeout-s="30"><run>cmd.exe /c copy {package} C:\elm.txt</run></install>
  </product>
  <probe name="alive" kind="alive" timeout-s="10"><run>cmd.exe /c if not exist C:\elm.txt exit 1</run></probe>
  <recovery><delete path="C:\truce\ADVAPI32.dll"/></recovery>
</vendor>
XML
cat >lab.xml <<'XML'
<lab format="1"><vendors folder="packs"/></lab>
XML

cat >halt.exe <<'SH'
#!/bin/busybox sh
/bin/busybox halt -f
SH
cat >spin.exe <<'SH'
#!/bin/busybox sh
/bin/busybox rmmod pvpanic_mmio
/bin/busybox rmmod pvpanic
echo c > /proc/sysrq-trigger
SH
printf '#!/bin/busybox sh\necho b > /proc/sysrq-trigger\n' >reset.exe
printf '#!/bin/busybox sh\necho c > /proc/sysrq-trigger\n' >panic.exe
# A library that is none, beside the agent: it starts no more until that is deleted.
cat >never.exe <<'SH'
#!/bin/busybox sh
echo elm > /wine/drive_c/truce/ADVAPI32.dll
/bin/busybox sync
echo b > /proc/sysrq-trigger
SH
cat >slow.exe <<'SH'
#!/bin/busybox sh
for process in /proc/[0-9]*; do
    /bin/busybox grep -q truce-agent.exe $process/cmdline && agent="$agent ${process#/proc/}"
done
kill -STOP $agent
/bin/busybox sleep 30
kill -CONT $agent
SH
sed -e '/sleep/,$d' -e '2i echo 1 > /proc/sys/kernel/unknown_nmi_panic' slow.exe >nmi.exe
never=
if [ -n "$slow" ]; then
    # The recipe, but a boot may take 60 s, not 300.
    cp -r "$share" share && share=$PWD/share
    sed -i 's/<ready timeout-s="[0-9]*"/<ready timeout-s="60"/' share/guests/reference/guest.xml
    export TRUCE_SHARE=$share
    never='<test name="never"><title>Boots that never become ready</title>
    <matrix><vendors install="elm"/></matrix>
    <steps><install vendor="elm"/>
      <copy-in file="never.exe" to="C:\Truce\t\never.exe"/>
      <run timeout-s="3">cmd.exe /c C:\Truce\t\never.exe &amp; exit 0</run>
      <soak seconds="2"/></steps>
    <recover disk="yes"/></test>'
fi
cat >detectors.xml <<XML
<scenario name="detectors" format="1">
  <title>What ends or stops a machine</title>
  <guest name="reference"/>
  <test name="host">
    <title>Left alone, and struck from outside</title>
    <matrix><vendors install="elm"/><parameter name="what" values="none oom"/></matrix>
    <steps>
      <install vendor="elm"/>
      <soak seconds="4"/>
      <run timeout-s="5" exit="0">cmd.exe /c echo {what}</run>
    </steps>
  </test>
  <!-- Wine makes what it names .exe executable, and starts scripts of Linux; it learns nothing of their end. -->
  <test name="machine">
    <title>Struck from inside</title>
    <matrix><vendors install="elm"/>
      <parameter name="what" values="halt reset panic$slow"/></matrix>
    <steps>
      <install vendor="elm"/>
      $(for what in halt reset panic $slow; do
            echo "<copy-in file=\"$what.exe\" to=\"C:\\Truce\\t\\$what.exe\"/>"; done)
      <run timeout-s="3">cmd.exe /c C:\\Truce\\t\\{what}.exe &amp; exit 0</run>
      <soak seconds="2"/>
      <run timeout-s="3">cmd.exe /c ver</run>
    </steps>
  </test>
  $never
</scenario>
XML

# QEMU in a group of processes that may have less memory than it needs: where it is, the kernel kills it.
group=$(ls -d /sys/fs/cgroup/memory/. 2>/dev/null) limit=memory.limit_in_bytes
[ -n "$group" ] || { group=/sys/fs/cgroup limit=memory.max; }
group=$group/truce-oom-$$
has_group() { [ "$(id -u)" = 0 ] && mkdir "$group" 2>/dev/null && [ -e "$group/$limit" ]; }
starve() {
    until [ -e run/journal.ndjson ]; do sleep 0.1; done
    tail -n +1 -F run/journal.ndjson --pid="$pid" 2>/dev/null |
        grep -m1 '"step-begin","case":"host/reference/elm/what=oom".*"name":"soak' >/dev/null
    [ -e "$group" ] && cat "$(find "$TRUCE_STATE/libvirt/run/qemu" -name 'truce-*.pid' -printf '%T@ %p\n' | sort -n | tail -n 1 | cut -d' ' -f2)" >"$group/cgroup.procs" &&
        echo $((64 << 10)) >"$group/$limit"
}

has_group; grouped=$?
"$truce" run --experiments 0 --output run detectors.xml >run.txt 2>&1 &
pid=$!
[ $grouped = 0 ] && starve &
wait $pid
status=$?
rmdir "$group" 2>/dev/null
cat run.txt
[ $status = 1 ]
ok 'the run ends with a finding of a vendor' $?

id_of() {
    case $1 in
    never) echo never/reference/elm ;;
    none | oom) echo "host/reference/elm/what=$1" ;;
    *) echo "machine/reference/elm/what=$1" ;;
    esac
}
# row WHAT STATE KIND WORDS: the case ended so, with a finding of that kind or none, and says so.
row() {
    jq -e --arg id "$(id_of "$1")" --arg state "$2" --arg kind "$3" --arg words "$4" '
        (.cases[] | select(.id == $id)) as $case | $case.state == $state and
        ([$case.attempts[].findings[].kind] | unique | join(" ")) == $kind and
        ([$case.reason // ""] + [$case.attempts[].findings[].summary] | join("; ") | test($words))' \
        run/report.json >/dev/null
    ok "$1: $2${3:+, $3}" $?
    jq -r --arg id "$(id_of "$1")" '.cases[] | select(.id == $id) |
        "# \(.state): \(.reason // "") \([.attempts[].findings[].summary] | join("; "))"' run/report.json
}
rung() { # WHAT RUNG OUTCOME WORDS
    jq -e -s --arg id "$(id_of "$1")" --arg kind "$2" --arg outcome "$3" --arg words "$4" '
        any(.[]; .type == "evidence" and .case == $id and .kind == $kind and .outcome == $outcome and
            (.reason // "" | test($words)))' run/journal.ndjson >/dev/null
    ok "$1: the rung '$2' is recorded: $3" $?
}
row none passed '' ''
row halt failed hang 'halted, with interrupts off'
rung halt nmi unavailable 'does nothing about it'
rung halt panic-info unavailable 'no panic'
row reset failed bugcheck 'restart without a STOP line'
row panic error '' "own kernel panicked"
if [ $grouped = 0 ]; then
    row oom error '' 'QEMU died.*the host ran out of memory: its kernel ended 1 process'
else
    skip 'oom' 'a control group for memory needs root'
fi
if [ -n "$slow" ]; then
    row spin failed hang 'processors (spin|were busy) in kernel mode'
    rung spin nmi unavailable 'does nothing about it'
    row nmi failed hang 'the guest hangs'
    rung nmi nmi collected 'ms after it: '
    row slow error '' 'the agent answers again'
    row never failed boot-loop '3 boots'
    jq -e '.cases[] | select(.test == "never") | .attempts[0].findings[0].recovery.grade == "remote"' \
        run/report.json >/dev/null
    ok 'never: mended from outside' $?
fi
"$TRUCE_SOURCE_DIR/scripts/leftovers"
ok 'nothing is left behind' $?
finish
