#!/bin/bash
# A run on libvirt hosts: the verdicts are those of a run on this machine; a host whose control does not
# pass gets no case; the cases of a host that dies go elsewhere. The hosts are daemons in a network
# namespace (libvirt-hosts.sh). By hand: not among the tests of ctest.
. "$(dirname "$0")/../cli/lib.sh"
. "$TRUCE_SOURCE_DIR/tests/live/libvirt-hosts.sh"

missing=$(hosts_missing)
[ -z "$missing" ] || { skip 'a run on libvirt hosts' "$missing is missing"; finish; }
end() {
    hosts_stop
    rm -rf "$scratch"
}
trap end EXIT

control='<guest name="reference"/>
  <test name="control">
    <title>No vendor</title>
    <matrix><vendors install=""/></matrix>
    <steps><run timeout-s="60" exit="0">cmd.exe /c ver</run></steps>
  </test>'
cat >suite.xml <<XML
<scenario name="suite" format="1">
  <title>A control, good content and bad</title>
  <description>Content 3 takes the guest down with alder.</description>
  $control
  <test name="content">
    <title>Content</title>
    <matrix>
      <vendors install="alder"/>
      <parameter name="content" values="2 3"/>
    </matrix>
    <steps>
      <install vendor="each"/>
      <probe vendor="each"/>
      <update vendor="alder" content="{content}"/>
      <probe vendor="each"/>
      <soak seconds="3"/>
    </steps>
  </test>
</scenario>
XML

note() { echo "# $SECONDS s: $*"; }

# What a run found, without times and places.
verdicts() {
    jq -r '.cases[] | [.id, .state, (.attempts[-1].findings[] | .kind, .bugcheck.code, .bugcheck.module,
        (.vendors | join(" ")), .confidence)] | join(" ")' "$1/report.json" | sort
}

hosts_start "$scratch/h" && hosts_daemon rack1 16509 && hosts_daemon rack2 16510 prlimit --cpu=6:6
ok 'two daemons, one of which has its QEMU killed after 6 s of processor time' $?
hosts_ssh rack1 16522
ok 'an SSH daemon where one of them is' $?
rack() { echo "qemu+tcp://$address:$1/system"; }
secure() { echo "qemu+ssh://root@$address:16522/system?command=$PWD/h/rack1/$1"; }
tls() { echo "qemu+tls://$address:$1/system?pkipath=$PWD/h/$2"; }
cat >lab.xml <<XML
<lab format="1"><hosts>
  <host name="rack1" uri="$(rack 16509)" jobs="1" memory-mib="1000"/>
  <host name="rack2" uri="$(tls 16610 pki)"/>
</hosts></lab>
XML
: >nobody.conf
expect 'no password' 3 'cannot connect to libvirt .*authentication' \
    env LIBVIRT_AUTH_FILE="$PWD/nobody.conf" "$truce" run --connect "$(rack 16509)" --output none suite.xml
expect 'no key' 3 'cannot connect to libvirt .*Permission denied' \
    "$truce" run --connect "$(secure stranger)" --output none suite.xml
expect 'no certificate' 3 'cannot connect to libvirt .*' \
    "$truce" run --connect "$(tls 16610 nobody)" --output none suite.xml
[ ! -e none ]
ok 'nothing was run there' $?

note 'the run on this machine'
"$truce" run --jobs 1 --output here suite.xml >here.txt 2>&1
note 'the run on the hosts'
"$truce" submit --hosts --output pool suite.xml >pool.txt 2>&1
status=$?
note 'both have ended'
sed 's/^/# /' pool.txt
[ $status = 1 ]
ok 'the run on hosts ends with the status of its verdicts' $?
verdicts here >here.verdicts
verdicts pool/merged >pool.verdicts
sed 's/^/# /' pool.verdicts
[ -s here.verdicts ] && diff here.verdicts pool.verdicts
ok 'same verdicts, findings and modules as on this machine' $?
jq -e '.host.out | length == 1 and (.[0] | test("^rack2: the control .*error"))' pool/merged/report.json >/dev/null
ok 'the report says which host was taken out, and why' $?
jq -e '[.hosts[] | select(.name == "rack2") | .state, .shards] == ["out", 0]' pool/hosts.json >/dev/null
ok 'it had no case' $?
expect 'status' 0 'rack2 +out .*the control' "$truce" status pool
attempt=$(echo pool/merged/cases/content-reference-alder-content-3*/attempt-1)
ls "$attempt" | sed 's/^/# /'
grep -q STOP "$attempt/serial.log" && ls "$attempt"/minidump/*.dmp >/dev/null &&
    head -qc 4 "$attempt"/*.png | grep -qa PNG
ok 'the serial log, the crash dump and the screen came back' $?
images=$(cd h/rack1/lib/truce && for image in truce-*; do
    case $image in *.whole) ;; *) [ "$(sha256sum <"$image" | cut -d' ' -f1)" = "${image##*-}" ] && echo "$image" ;; esac
done)
echo "# $images" | tr '\n' ' ' && echo
[ "$(echo "$images" | wc -l)" = 3 ] && [ "$(find h/rack1/lib/truce -name 'truce-*' | wc -l)" = 6 ]
ok 'the host has disk, kernel and initrd, unchanged and marked as whole, and nothing else' $?

note 'a host dies in the middle of a case'
cat >lab.xml <<XML
<lab format="1"><hosts>
  <host name="here"/>
  <host name="rack1" uri="$(secure ssh)"/>
</hosts></lab>
XML
cat >soak.xml <<XML
<scenario name="soak" format="1">
  <title>A control and cases that take a while</title>
  <description>Long enough that both hosts have one.</description>
  $control
  <test name="soak">
    <title>One vendor</title>
    <matrix><vendors install="alder"/><parameter name="number" values="1 2 3"/></matrix>
    <steps><install vendor="each"/><soak seconds="10"/>
      <run timeout-s="60" exit="0">cmd.exe /c ver {number}</run></steps>
  </test>
</scenario>
XML
"$truce" submit --hosts --experiments 0 --output death soak.xml >death.txt 2>&1 &
pid=$!
# The shard that rack1 has, once its guest is up.
shard=''
until [ -n "$shard" ] || ! kill -0 $pid 2>/dev/null; do
    number=$(jq '.hosts[]? | select(.name == "rack1") | .shard' death/hosts.json 2>/dev/null)
    folder=$(printf 'death/shards/%04d' "${number:-0}")
    [ "${number:-0}" != 0 ] && grep -q '"kind":"ready"' "$folder/journal.ndjson" && shard=$folder
    sleep 0.2
done
kill -KILL "$(cat h/rack1/pid)"
note "rack1's libvirtd is killed in the middle of $shard"
wait $pid
status=$?
note 'the run has ended'
sed 's/^/# /' death.txt
[ $status = 0 ]
ok 'a run whose host dies passes on the other' $?
jq -e '.host.out | length == 1 and (.[0] | test("^rack1: "))' death/merged/report.json >/dev/null
ok 'the report says so' $?
jq -e '(.cases | length == 4) and all(.cases[]; .state == "passed" and
    ([.attempts[] | select(.state != "not-run")] | length == 1))' death/merged/report.json >/dev/null
ok 'lost 0, repeated 0' $?
jq -r '.cases[].attempts[] | select(.state == "not-run") | "# " + .reason' death/merged/report.json
jq -e '[.cases[].attempts[] | select(.state == "not-run")] | length == 1' death/merged/report.json >/dev/null
ok 'the attempt that was cut off stands beside the one that passed' $?
# Its QEMU lives on without the daemon: the host's own business, and here this test's.
for pid in $(grep -lsF "$scratch/h/rack1" /proc/[0-9]*/cmdline /proc/[0-9]*/mountinfo | cut -d/ -f3 | sort -u); do
    case $(readlink "/proc/$pid/exe") in */qemu-system-*) kill -KILL "$pid" ;; esac
done
finish
