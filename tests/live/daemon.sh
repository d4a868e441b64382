#!/bin/bash
# A libvirt daemon in place of the embedded driver: runs on it, and what befalls one when the daemon is
# killed and comes back. The case under way is an error of the lab, the next one runs, nothing stays.
# The daemon is the test's own, in a mount namespace of its own.
self=$(realpath "$0")
. "$(dirname "$self")/../cli/lib.sh"
if [ "$(id -u)" != 0 ] || ! command -v libvirtd virtlogd unshare >/dev/null; then
    skip 'a libvirt daemon' 'needs root, libvirtd and virtlogd (Debian package libvirt-daemon-system)'
    finish
fi
if [ "${1:-}" != inside ]; then
    exec unshare --mount --propagation private bash "$self" inside
fi
if ! mkdir -p /run/libvirt /var/lib/libvirt /var/cache/libvirt ||
    ! for folder in /run/libvirt /var/lib/libvirt /var/cache/libvirt; do
        mount -t tmpfs -o mode=755 tmpfs $folder || break
    done || ! mountpoint -q /var/cache/libvirt; then
    skip 'a libvirt daemon' 'mounting a small file system is not allowed'
    finish
fi

start_daemon() {
    libvirtd --pid-file "$scratch/libvirtd.pid" >>libvirtd.txt 2>&1 &
    daemon=$!
    for _ in $(seq 100); do
        virsh -q -c qemu:///system version >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    cat libvirtd.txt
    return 1
}
virtlogd --pid-file "$scratch/virtlogd.pid" >/dev/null 2>&1 &
trap 'kill $(jobs -p) 2>/dev/null; wait; rm -rf "$scratch"' EXIT
start_daemon
ok 'the daemon runs' $?

cat >daemon.xml <<'XML'
<scenario name="daemon" format="1">
  <title>On a libvirt daemon</title>
  <description>The second case's soak is where the daemon is killed.</description>
  <guest name="reference"/>
  <test name="control">
    <title>No vendor</title>
    <matrix><vendors install=""/></matrix>
    <steps><run timeout-s="30" exit="0">cmd.exe /c ver</run></steps>
  </test>
  <test name="struck">
    <title>Struck from outside</title>
    <matrix><vendors install="alder"/><parameter name="by" values="restart nobody"/></matrix>
    <steps><install vendor="each"/><soak seconds="3"/>
      <run timeout-s="5" exit="0">cmd.exe /c echo {by}</run></steps>
  </test>
</scenario>
XML
"$truce" run --connect qemu:///system --output run daemon.xml >run.txt 2>&1 &
pid=$!
until [ -e run/journal.ndjson ] || ! kill -0 $pid 2>/dev/null; do sleep 0.1; done
tail -n +1 -F run/journal.ndjson --pid=$pid 2>/dev/null |
    grep -m1 '"step-begin","case":"struck/reference/alder/by=restart".*"name":"soak' >/dev/null
kill -KILL $daemon
wait $daemon # until then its file of the process id is locked, and the next one ends at once
start_daemon
ok 'the daemon is back' $?
wait $pid
status=$?
cat run.txt
[ $status = 3 ]
ok 'the run ends with status 3' $?
state_of() { jq -r --arg id "$1" '.cases[] | select(.id == $id) | "\(.state) \(.reason // "")"' run/report.json; }
grep -qx 'passed ' < <(state_of control/reference/none)
ok 'before: passed' $?
grep -q '^error .*the connection to libvirt closed' < <(state_of struck/reference/alder/by=restart)
ok 'the case under way: an error of the lab, with the reason' $?
grep -qx 'passed ' < <(state_of struck/reference/alder/by=nobody)
ok 'the next case: passed, on the new connection' $?
jq -e '[.cases[].attempts[].findings[]] == []' run/report.json >/dev/null
ok 'nobody is blamed' $?
[ -z "$(virsh -q -c qemu:///system list --all)" ]
ok 'no domain is left' $?
left=$("$TRUCE_SOURCE_DIR/scripts/leftovers" | tee leftovers.txt | wc -l)
cat leftovers.txt
[ "$left" = 0 ]
ok 'nothing is left behind' $?
jq -r --argjson left "$left" '[.cases[] | .ended = ([.attempts[] | select(.state != "not-run")] | length)] |
    "# libvirt'"'"'s daemon killed and started again          1 tries " +
    "\(map(select(.ended == 0)) | length) lost \(map([.ended - 1, 0] | max) | add) repeated " +
    "\($left) left \([.[].attempts[].findings[]] | length) blamed"' run/report.json
finish
