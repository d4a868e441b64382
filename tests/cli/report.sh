#!/bin/bash
# truce report and truce verify: bundles, shards, the overview, --public, and that secrets of lab.xml
# reach nothing.
. "$(dirname "$0")/lib.sh"
unit=${0%/cli/*}/unit/report/runs
golden=$unit/additions

key() { openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1.key" -out "$1.crt" -days 2 -subj "/CN=$1" 2>/dev/null; }
key lab
key stranger
cp -r "$golden" run
chmod -R u+w run

expect 'bundle' 0 'b\.tar\.xz: [0-9]+ files' "$truce" report bundle --key lab.key --certificate lab.crt --output b.tar.xz run
expect 'verify' 0 'run additions .*signed by CN=lab' "$truce" verify --certificate lab.crt b.tar.xz
expect 'verify by a CA' 0 'signed by CN=lab' "$truce" verify --ca lab.crt b.tar.xz
tar -xJf b.tar.xz manifest.xml
expect 'manifest.xml is as its schema says' 0 '' xmllint --noout --relaxng "${0%/tests/*}/reports/bundle.rng" manifest.xml
sed -i 's/ bytes="/ size="/' manifest.xml
expect 'another manifest is not' 3 '' xmllint --noout --relaxng "${0%/tests/*}/reports/bundle.rng" manifest.xml
expect 'another signer' 1 'its signature is not' "$truce" verify --certificate stranger.crt b.tar.xz
expect 'nobody named' 2 'whose signature' "$truce" verify b.tar.xz
one_line 'nobody named: one line'
size=$(stat -c %s b.tar.xz)
refused=0
for at in 0 7 11 40 $((size / 3)) $((size / 2)) $((size - 20)) $((size - 1)); do
    cp b.tar.xz altered.tar.xz
    byte=$(od -An -tu1 -j "$at" -N 1 b.tar.xz)
    printf "\\x$(printf %x $((byte ^ 1)))" | dd of=altered.tar.xz bs=1 seek="$at" conv=notrunc status=none
    "$truce" verify --certificate lab.crt altered.tar.xz >altered.txt 2>&1 || refused=$((refused + 1))
done
ok 'one byte altered: refused at each of 8 places' $((8 - refused))
stat -c '%n %s' run/report.json run/report.html >before.txt
echo '{}' >run/report.json
rm run/report.html
expect 'bundle: reports written again' 0 'b\.tar\.xz' "$truce" report bundle --key lab.key --certificate lab.crt --output b.tar.xz run
stat -c '%n %s' run/report.json run/report.html | cmp - before.txt
ok 'bundle: whatever lay there' $?
expect 'an output in the run' 2 'lies in the run folder' "$truce" report bundle --key lab.key --certificate lab.crt --output run/b.tar.xz run

cp -r "$unit/flaky" evidence
chmod -R u+w evidence
dump=$(jq -r 'select(.type == "evidence" and .sha256) | .file' evidence/journal.ndjson | head -1)
bundle_evidence() { "$truce" report bundle --key lab.key --certificate lab.crt --output e.tar.xz evidence; }
expect 'evidence that is missing' 2 "'$dump' is missing" bundle_evidence
mkdir -p "evidence/${dump%/*}"
echo 'as it was' >"evidence/$dump"
expect 'evidence that was altered' 2 "'$dump' was changed since" bundle_evidence
sum=$(sha256sum <"evidence/$dump")
sed -i "/\"type\": \"evidence\"/s|\(\"sha256\": \"\)[0-9a-f]*|\1${sum%% *}|" evidence/journal.ndjson
expect 'evidence as it was collected' 0 'e\.tar\.xz' bundle_evidence

expect 'no key' 2 'wants one RUN, --key' "$truce" report bundle run
expect 'a wrong key' 2 'is not that of the key' "$truce" report bundle --key stranger.key --certificate lab.crt run

expect 'merge: one shard' 0 'merged/report\.html' "$truce" report merge --output merged run
expect 'merge: a conflict' 2 "conflict: .* ran in 'run' and in 'run'" "$truce" report merge --output twice run run
[ ! -e twice ]
ok 'merge: nothing is left of a conflict' $?
jq -S 'del(.run, .duration_ms)' merged/report.json >merged.json
"$truce" report --format json --output own.json run >/dev/null && jq -S 'del(.run, .duration_ms)' own.json | cmp -s - merged.json
ok 'merge: the same cases' $?

mkdir runs
cp -r merged runs/one
cp -r merged runs/two
mkdir runs/nothing
expect 'index' 0 'runs/index\.html: 2 runs' "$truce" report index runs
grep -q '1 other folders' runs/index.html
ok 'index: says what it passed over' $?
ln -s one runs/latest
rm runs/two/report.html
expect 'index: elsewhere, and a link' 0 'over\.html: 2 runs' "$truce" report index --output over.html runs
grep -q 'href="runs/one/report.html"' over.html && ! grep -q 'two/report.html\|latest/' over.html
ok 'index: links hold from where it is' $?
expect 'index of nothing' 2 'has no folder with a report' "$truce" report index run

cat >lab.xml <<'X'
<lab format="1"><secret environment="TOKEN"/><proprietary name="alder" as="vendor-a"/></lab>
X
export TOKEN='never came back'
expect 'a secret in an old journal' 0 'the guest \[secret\]' "$truce" report run
grep -rlF "$TOKEN" run/report.* run/junit.xml
ok 'a secret: in no report' $((1 - $?))
expect 'a secret: no bundle of a journal that has it' 2 "journal\.ndjson' holds a secret" \
    "$truce" report bundle --key lab.key --certificate lab.crt run
expect 'text into a file' 0 '' "$truce" report --format text --output summary.txt run
grep -qF 'the guest [secret]' summary.txt
ok 'text into a file: it is there' $?
expect '--public needs an output' 2 'needs --format and --output' "$truce" report --public run
for format in json xml junit html markdown; do
    expect "--public: $format" 0 '' "$truce" report --public --format $format --output public.$format run
    ! grep -qi alder public.$format && grep -q vendor-a public.$format
    ok "--public: no name in $format" $?
done
"$truce" report --format html --output evidence/own.html evidence >/dev/null
grep -q 'href="cases/' evidence/own.html
ok 'evidence is linked' $?
expect '--public in the run folder' 0 '' "$truce" report --public --format html --output evidence/public.html evidence
! grep -q 'href="cases/' evidence/public.html
ok '--public: no evidence is linked' $?
unset TOKEN
expect 'a secret that is not there' 2 "'TOKEN' is not set" "$truce" report run
one_line 'a secret that is not there: one line'
finish
