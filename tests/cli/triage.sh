#!/bin/bash
# truce triage: text and JSON of small dumps, one line with the byte for what is none.
corpus=$(cd "$(dirname "$0")/../fuzz/corpus/dump" && pwd)
. "$(dirname "$0")/lib.sh"

expect 'a triage dump' 0 '^Stop code    0x0000007E SYSTEM_THREAD_EXCEPTION_NOT_HANDLED$' \
    "$truce" triage "$corpus/triage-parts"
grep -q '^Faulted in   alder.sys+0x1F2A$' out.txt
ok 'it names the module and the offset' $?
for type in full bitmap-full bitmap-kernel ranges complete; do
    expect "$type" 0 '^Faulted in   alder.sys\+0x1F2A$' "$truce" triage "$corpus/$type"
    grep -q '^Modules on the raw stack .*not an unwinding' out.txt
    ok "$type: says that the stack is scanned" $?
done
expect 'a list that loops' 0 '^Note .*breaks off' "$truce" triage "$corpus/loop"
expect 'a user minidump' 0 '^Exception    0xC0000005 STATUS_ACCESS_VIOLATION at ' \
    "$truce" triage "$corpus/user-full"

expect 'JSON' 0 '"stop_code"' "$truce" triage --json "$corpus/full"
jq -e '.stop_code == "0x0000007E" and .stop_name == "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED"
    and (.parameters | length == 4 and all(startswith("0x"))) and .dump_type == "full"
    and .os_build == "0x4A61" and .faulting_module == "alder.sys" and .faulting_offset == "0x1F2A"
    and (.modules | length == 2 and all(has("base") and has("size") and has("timestamp")))
    and (.confidence | IN("unknown", "low", "medium", "high"))
    and (.reasons | length > 0) and (.stack_modules | length == 2)' out.txt >jq.txt
ok 'JSON: the members that are promised' $?
expect 'JSON of a user minidump' 0 '"dump_type":.*"user"' "$truce" triage --json "$corpus/user"
jq -e '.stop_code == null and .parameters == [] and .faulting_module == "alder-svc.exe"' out.txt \
    >jq.txt
ok 'JSON of a user minidump: no stop code' $?

# refused NAME PATTERN FILE
refused() {
    expect "$1" 2 "$2" "$truce" triage "$3"
    one_line "$1: one line"
}
head -c 40000 "$corpus/full" >cut.dmp
refused 'a full dump that is cut short' 'cut\.dmp: byte 0x9C40: .*cut short' cut.dmp
head -c 8900 "$corpus/triage-parts" >cut.dmp
refused 'a triage dump that is cut short' 'cut\.dmp: byte 0x[0-9A-F]+: .*not written to its end' cut.dmp
echo 'no dump' >no.dmp
refused 'no dump' 'no\.dmp: byte 0x0: this is no Windows crash dump' no.dmp
: >empty.dmp
refused 'an empty file' 'empty\.dmp: byte 0x0' empty.dmp
refused 'a file that is not there' "cannot read the dump 'nowhere\.dmp'" nowhere.dmp
mkfifo pipe.dmp
refused 'a pipe' 'it is not a file' pipe.dmp
refused 'a folder' 'it is not a file' .
finish
