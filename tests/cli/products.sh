#!/bin/bash
# The packs of real products: right as they ship, refused to run without their installers.
. "$(dirname "$0")/lib.sh"

# As many addresses as sources at least.
every_source_has_a_place() {
    local sources places
    sources=$(grep -cE '^ +\[[0-9]+\] ' "$1")
    places=$(grep -cE 'https://' "$1")
    [ "$sources" -gt 0 ] && [ "$places" -ge "$sources" ]
}

cp -r "$TRUCE_BINARY_DIR/share/truce/products" lab
mkdir lab/secrets
for secret in falcon-cid falcon-token sentinelone-token sentinelone-passphrase harmony-password; do
    echo "$secret-of-a-test" >"lab/secrets/$secret"
    chmod 600 "lab/secrets/$secret"
done
for pack in lab/*/vendor.xml; do
    name=$(basename "$(dirname "$pack")")
    expect "the pack of $name" 0 "vendor '$name': .* put version" \
        "$truce" check --lab lab/lab.xml "$pack"
    grep -q 'NOT RUN HERE' "$pack" && every_source_has_a_place "$pack"
    ok "$name says that it was not run, and where its sources are" $?
done
expect 'a run needs the installer' 2 'comes without its installer: put version 4.20 there' \
    "$truce" check --lab lab/lab.xml lab/notmyfault.xml
: >lab/notmyfault/notmyfaultc64.exe
expect 'with it, the positive control is right' 0 "scenario 'notmyfault'" \
    "$truce" check --lab lab/lab.xml lab/notmyfault.xml
finish
