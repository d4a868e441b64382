#!/bin/bash
# An image that is not the sealed one is refused, and one that is, is not.
. "$(dirname "$0")/../cli/lib.sh"

sealed=$TRUCE_STATE/guests/reference
export TRUCE_STATE=$scratch/s
mkdir -p "$TRUCE_STATE/guests/reference"
find "$sealed" -maxdepth 1 -type f -exec cp --reflink=auto {} "$TRUCE_STATE/guests/reference/" \;
expect 'the sealed image is good' 0 'reference +built' "$truce" guest list
printf '\1' | dd of="$TRUCE_STATE/guests/reference/disk.qcow2" bs=1 seek=4096 conv=notrunc status=none
expect 'a changed image is refused' 2 'disk.qcow2. is not as it was built' "$truce" run --quiet \
    "$share/scenarios/quickstart.xml"
one_line 'a changed image: one line'
[ ! -e runs ]
ok 'a changed image: no run folder is left' $?
finish
