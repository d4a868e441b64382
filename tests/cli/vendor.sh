#!/bin/bash
# A new vendor pack: written once, and right but for the installer that it lacks.
. "$(dirname "$0")/lib.sh"

expect 'a new pack' 0 'acme/vendor.xml' "$truce" vendor new acme
expect 'it lacks only its installer' 2 "package file 'acme-1.0.msi' does not exist" \
    "$truce" check acme/vendor.xml
: >acme/acme-1.0.msi
expect 'with an installer it is right' 0 "vendor 'acme': 1 product" "$truce" check acme/vendor.xml
cp acme/vendor.xml before
expect 'nothing is written over' 2 "'acme' exists" "$truce" vendor new acme
cmp -s before acme/vendor.xml
ok 'the pack is as it was' $?
expect 'a wrong name' 2 "'Acme' is no vendor's name" "$truce" vendor new Acme
expect 'a name with a meaning of its own' 2 "'each' is no vendor's name" "$truce" vendor new each
expect 'a folder of another name' 2 'must be called so' "$truce" vendor new -o other acme
expect 'the name of a reference vendor' 2 "a reference vendor is called 'alder'" \
    "$truce" vendor new alder
[ ! -e alder ]
ok 'nothing is written for it' $?
expect 'no name' 2 'vendor new NAME' "$truce" vendor new
expect 'the packs that ship' 0 '^dogwood +Dogwood Shield' "$truce" vendor list
cp -r acme alder
sed -i "s/name=\"acme\"/name=\"alder\"/" alder/vendor.xml
echo '<lab format="1"><vendors folder="."/></lab>' >lab.xml
expect 'a pack that hides one is told' 0 '^alder .*hides the one that ships' "$truce" vendor list
echo 'no XML' >alder/vendor.xml
expect 'the selftest takes those that ship' 0 'selftest' "$truce" check "$share/scenarios/selftest.xml"
expect 'other scenarios take what lab.xml says' 2 'alder/vendor.xml' \
    "$truce" check "$share/scenarios/quickstart.xml"
finish
