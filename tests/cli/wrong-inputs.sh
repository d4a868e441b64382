#!/bin/bash
# Wrong inputs: one clear line each, exit status 2 or 3, nothing left behind.
. "$(dirname "$0")/lib.sh"
export TRUCE_STATE=$scratch/state

cp "$share/scenarios/quickstart.xml" good.xml
clean() {
    [ ! -e runs ]
    ok "$1: no run folder is left" $?
    one_line "$1: one line"
}

sed 's/of="alder birch"/of="alder maple"/; s/install="alder"/install="maple"/' good.xml >vendor.xml
expect 'unknown vendor' 2 'vendor\.xml:[0-9]+:[0-9]+: .*maple.*(alder|birch)' "$truce" run vendor.xml
clean 'unknown vendor'

sed '0,/<steps>/s//<steps><instal vendor="each"\/>/' good.xml >element.xml
expect 'unknown element' 2 "element\.xml:[0-9]+:[0-9]+: .*instal" "$truce" run element.xml
clean 'unknown element'

expect 'no such scenario' 2 'nowhere\.xml' "$truce" run nowhere.xml
clean 'no such scenario'

# What a terminal takes for commands, or writes from right to left.
expect 'a name that does not print' 2 "no\?31m\?where\.xml" "$truce" run $'no\u009b31m\u202ewhere.xml'
clean 'a name that does not print'

cat >known.xml <<'XML'
<known format="1">
  <issue id="old" owner="Alder" link="l" expires="2020-01-01">
    <match kind="hang" step="update alder"/><text>Old.</text></issue>
</known>
XML
expect 'an expired known issue is no mistake' 0 'known issues: 1' "$truce" check known.xml
grep -q "warning: known\.xml:2:3: the known issue 'old' of Alder expired on 2020-01-01" out.txt
ok 'but warned of' $?

mkdir -p packs
cp -r "$share/vendors/alder" packs/alder
rm packs/alder/alder-1.0.msi
expect 'missing package file' 2 'vendor\.xml:[0-9]+:[0-9]+: .*alder-1\.0\.msi' \
    "$truce" check packs/alder/vendor.xml
one_line 'missing package file: one line'

rm -rf packs/alder
cp -r "$share/vendors/birch" packs/birch
sed -i 's/<driver name="[a-z]*"/<driver name="alder"/' packs/birch/vendor.xml
printf '<lab format="1"><vendors folder="packs"/></lab>\n' >lab.xml
expect 'two vendors with one driver name' 2 'vendor\.xml:[0-9]+:[0-9]+: .*alder' "$truce" run good.xml
clean 'two vendors with one driver name'
rm -r packs lab.xml

expect 'guest that is not built' 3 "guest 'reference' is not built.*truce guest build" \
    "$truce" run --quiet good.xml
clean 'guest that is not built'

expect 'libvirt that is not there' 3 'cannot (open|connect to) libvirt' \
    "$truce" run --connect "qemu+unix:///system?socket=$scratch/none" good.xml
clean 'libvirt that is not there'

expect 'jobs out of range' 2 'jobs' "$truce" run --jobs 0 good.xml
clean 'jobs out of range'

mkdir -p nothing
expect 'no QEMU installed' 3 'runs no QEMU.*qemu-system-x86' \
    env PATH="$scratch/nothing" "$truce" run good.xml
clean 'no QEMU installed'
expect 'doctor without QEMU' 3 'missing +tool +qemu-img is not installed' \
    env PATH="$scratch/nothing" "$truce" doctor

mkdir run
expect 'a run folder that exists' 2 'never overwrites' "$truce" run --output run good.xml
expect 'a report of no run' 2 'plan\.json' "$truce" report run
expect 'doctor where no guest is built' 3 'truce guest build' "$truce" doctor
mkdir -p "$TRUCE_STATE"
expect 'doctor while another truce works' 3 'wait for the other truce' \
    flock "$TRUCE_STATE/lock" "$truce" doctor
grep -A 1 'wait for the other truce' out.txt >advice.txt
[ -s advice.txt ] && ! grep -q apt-get advice.txt
ok 'doctor while another truce works: nothing to install for that' $?
expect 'doctor as JSON' 3 '"ready":.*false' "$truce" doctor --json
jq -e '.checks | all(has("name") and has("state") and has("text") and has("advice"))' out.txt >jq.txt
ok 'doctor --json: every check has its members' $?

finish
