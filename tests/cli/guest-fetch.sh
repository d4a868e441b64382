#!/bin/bash
# A mirror that fails: the guest's builder tries again, shows what the tool said, leaves nothing. A
# full disk is told, and not tried again.
. "$(dirname "$0")/lib.sh"
builder=$share/guests/reference/build
[ -x "$builder" ] || { skip 'a mirror that fails' 'built without guest programs'; finish; }

mkdir tools programs
for program in init truce-{agent,bugcheck,kernel}.exe \
    {shutdown,reagentc,services,winedevice,wevtutil,verifier}.exe; do echo x >programs/$program; done
cat >tools/mmdebstrap <<'END'
#!/bin/bash
# As mmdebstrap does: says why on standard error, and hangs up its whole process group.
echo "E: ${SAID:-the mirror said no}" >&2
echo try >>"$TRIES"
kill -HUP 0
END
chmod +x tools/mmdebstrap
export TRIES=$scratch/tries PATH=$scratch/tools:$PATH

# One builder was killed before, another one lives; and what else is half-made in a state folder.
mkdir -p state/fetch-a state/guests/{.build.killed/root,.build.lives,a.new,a/warm/key{,.new}}
chmod a-w state/guests/.build.killed
exec 7<state/guests/.build.lives
flock -n 7
"$(dirname "$0")/../../scripts/leftovers" state >left.txt
[ "$(awk '{ print $1, $2 }' left.txt | sed "s|$scratch/state/||" | sort | xargs)" = \
    'half fetch-a half guests/.build.killed half guests/a.new half guests/a/warm/key.new' ]
ok 'what is half-made is listed, but for what somebody makes' $?

rm -r state/guests/a*
expect 'a mirror that fails' 1 'E: the mirror said no' \
    "$builder" --out "$scratch/state/guests/reference" --programs "$scratch/programs"
[ "$(wc -l <tries)" = 3 ]
ok 'a mirror that fails: three tries' $?
[ "$(tail -n 1 out.txt)" = 'build: error: the packages could not be fetched' ]
ok 'a mirror that fails: the error is the last line' $?
[ "$(ls -A state/guests)" = .build.lives ]
ok 'a mirror that fails: nothing is left, nor of a builder that was killed' $?

: >tries
# What is full when the tool looks may have room again when it has ended: apt's words, and libc's.
for said in "You don't have enough free space in /tmp/mmdebstrap.1/var/cache/apt/archives/." \
    'tar: ./etc: Cannot mkdir: No space left on device'; do
    SAID=$said expect 'a full disk' 1 'error: the packages could not be fetched: No space left on device' \
        "$builder" --out "$scratch/state/guests/reference" --programs "$scratch/programs"
done
[ "$(wc -l <tries)" = 2 ]
ok 'a full disk: one try' $?
finish
