#!/bin/bash
# What installing each guest would use: every domain passes libvirt's schema, every answer is well-formed.
. "$(dirname "$0")/lib.sh"

for guest in windows-{10-22h2,11-23h2,11-24h2,11-25h2,server-2016,server-2019,server-2022,server-2025} \
    reactos; do
    expect "$guest: a dry run" 0 'nothing was started' "$truce" guest build "$guest" --dry-run "$guest"
    for domain in "$guest/domain.xml" "$guest/domain-kvm.xml"; do
        expect "$domain passes the schema" 0 'validates' virt-xml-validate "$domain" domain
    done
done
expect 'an answer file is well-formed' 0 '' xmllint --noout windows-11-24h2/autounattend.xml
tr -d '\r' <reactos/unattend.inf | cmp -s - "$(dirname "$0")/unattend.inf"
ok "ReactOS' answers are the golden ones" $?
[ "$(grep -c $'\r$' reactos/unattend.inf)" = "$(wc -l <reactos/unattend.inf)" ]
ok 'with the line ends of an INF file' $?
expect 'ReactOS takes no virtio medium' 2 'give --iso, and nothing else' \
    "$truce" guest build reactos --iso reactos/domain.xml --virtio reactos/domain.xml
# What is written for looking at has no product key of the user's in it.
echo AAAAA-BBBBB-CCCCC-DDDDD-12345 >key.txt
expect 'a dry run with a product key' 0 '' "$truce" guest build windows-11-24h2 --dry-run with-key \
    --edition pro --product-key-file key.txt
! grep -rq AAAAA with-key out.txt && grep -q '<ProductKey>XXXXX-' with-key/autounattend.xml
ok 'does not show it' $?

finish
