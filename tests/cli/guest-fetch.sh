#!/bin/bash
# A mirror that fails: the guest's builder tries again, shows what the tool said, leaves nothing.
. "$(dirname "$0")/lib.sh"
builder=$share/guests/reference/build
[ -x "$builder" ] || { skip 'a mirror that fails' 'built without guest programs'; finish; }

mkdir tools programs
for program in init truce-{agent,bugcheck,kernel}.exe \
    {shutdown,reagentc,services,winedevice,wevtutil,verifier}.exe; do echo x >programs/$program; done
cat >tools/mmdebstrap <<'END'
#!/bin/bash
# As mmdebstrap does: says why on standard error, and hangs up its whole process group.
echo "E: the mirror said no" >&2
echo try >>"$TRIES"
kill -HUP 0
END
chmod +x tools/mmdebstrap
export TRIES=$scratch/tries PATH=$scratch/tools:$PATH

# One builder was killed before, another one lives.
mkdir -p out/.build.killed/root out/.build.lives
chmod a-w out/.build.killed
exec 7<out/.build.lives
flock -n 7
expect 'a mirror that fails' 1 'E: the mirror said no' \
    "$builder" --out "$scratch/out/reference" --programs "$scratch/programs"
[ "$(wc -l <tries)" = 3 ]
ok 'a mirror that fails: three tries' $?
[ "$(tail -n 1 out.txt)" = 'build: error: the packages could not be fetched' ]
ok 'a mirror that fails: the error is the last line' $?
[ "$(ls -A out)" = .build.lives ]
ok 'a mirror that fails: nothing is left, nor of a builder that was killed' $?
finish
