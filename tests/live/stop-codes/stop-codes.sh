#!/bin/bash
# Each fault of a driver that ends the machine does so with Windows' stop code and parameters, and
# leaves a minidump that 'truce triage' reads. Minutes of guests: run by hand,
# `stop-codes.sh BUILD [GUESTS-AT-ONCE]`.
export TRUCE_BINARY_DIR=${1:?the build folder}
jobs=${2:-2}
here=$(cd "$(dirname "$0")" && pwd)
TRUCE_STATE=${TRUCE_STATE:-$TRUCE_BINARY_DIR/state}
export TRUCE_STATE
. "$here/../../cli/lib.sh"

cp "$here/scenario.xml" "$TRUCE_BINARY_DIR/tests/assets/faulty.sys" .
"$truce" run --jobs "$jobs" --output run scenario.xml >log.txt 2>&1
[ -f run/journal.ndjson ] || { cat log.txt; exit 99; }

# What a case's finding says: code, then the four parameters, then the module.
bugcheck() {
    jq -r --arg case "$1" 'select(.type == "finding" and .case == $case).finding.bugcheck |
        [.code] + .parameters + [.module, .source] | join(" ")' run/journal.ndjson | head -n 1
}

# stops CASE PATTERN: the finding matches; its minidump, read by itself, has the same stop code.
stops() {
    local case=$1/reference/none/$2 seen dump
    seen=$(bugcheck "$case")
    echo "# $case: $seen"
    [[ $seen =~ $3 ]]
    ok "$1 $2 stops with $3" $?
    dump=$(jq -r --arg case "$case" 'select(.type == "evidence" and .case == $case and
        .kind == "minidump" and .outcome == "collected").file' run/journal.ndjson | head -n 1)
    [ -n "$dump" ] && [ "$("$truce" triage --json "run/$dump" | jq -r .stop_code)" = "${seen%% *}" ]
    ok "$1 $2 leaves a minidump of ${seen%% *}" $?
}

any=0x[0-9A-F]{16}

kernel=0xFFFF840500000074
av=0xFFFFFFFFC0000005
for fault in 1 3 4; do
    stops load "fault=$fault" "^0x0000007E $av $any $any $any faulty.sys minidump"
done
for fault in 2 5; do
    stops load "fault=$fault" "^0x00000050 $kernel 0x0000000000000000 $any $any faulty.sys minidump"
done
stops load fault=6 "^0x0000007F 0x0000000000000008 $any $any $any faulty.sys minidump"
stops load fault=7 "^0x000000E2 0x0{15}1 0x0{15}2 0x0{15}3 0x0{15}4 faulty.sys minidump"
stops load fault=9 "^0x0000007E 0xFFFFFFFFC0000094 $any $any $any faulty.sys minidump"
stops load fault=11 "^0x000000C2 0x0{15}7 $any $any $any faulty.sys minidump"
stops load fault=12 "^0x00000139 0x0{15}3 $any $any 0x0{16} faulty.sys minidump"
stops load fault=13 "^0x000000D1 $kernel 0x0{15}2 0x0{16} $any faulty.sys minidump"
stops load fault=16 "^0x00000019 0x0{14}20 $any $any $any faulty.sys minidump"
stops load fault=21 "^0x000000FC $any $any $any $any faulty.sys minidump"
stops load fault=24 "^0x0000000A 0xFFFF8405000000[0-9A-F]{2} 0x0{15}2 0x0{15}1 $any"
stops open fault=8 "^0x0000003B 0x00000000C0000005 $any $any 0x0{16} faulty.sys minidump"
stops unload fault=19 "^0x000000CE $any $any $any $any faulty.sys minidump"
stops verified fault=16 "^0x000000D6 $any $any $any $any faulty.sys minidump"
stops verified fault=17 "^0x000000C4 0x0{14}62 $any $any $any"
stops verified fault=18 "^0x000000D5 $any $any $any $any faulty.sys minidump"
stops verified fault=20 "^0x00000093 0x0{12}BAD0 $any $any $any"
stops critical image=services.exe "^0x000000EF $any 0x0{16} 0x0{16} 0x0{16}"
stops critical image=truce-kernel.exe "^0x000000EF $any 0x0{16} 0x0{16} 0x0{16}"
finish
