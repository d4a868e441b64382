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
expect 'no name' 2 'vendor new NAME' "$truce" vendor new
expect 'the packs that ship' 0 '^dogwood +Dogwood Shield' "$truce" vendor list
finish
