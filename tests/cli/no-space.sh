#!/bin/bash
# No disk space, and a libvirt that does not answer: one clear line, exit status 3, nothing left.
. "$(dirname "$0")/lib.sh"
cp "$share/scenarios/quickstart.xml" good.xml

# Only root can mount a small file system where libvirt's QEMU still may run.
mkdir mnt
if [ "$(id -u)" = 0 ] && unshare --mount mount -t tmpfs tmpfs mnt 2>/dev/null; then
    export TRUCE_STATE=$scratch/state
    small() { # run a command where mnt/ has 64 MiB
        unshare --mount bash -c 'mount -t tmpfs -o size=64m tmpfs mnt && "$@"' small "$@"
    }
    expect 'a run without space' 3 'no disk space: .*mnt' small "$truce" run --output mnt/run good.xml
    one_line 'a run without space: one line'
    expect 'a build without space' 3 'no disk space: .*needs [0-9]+ MiB' \
        small env TRUCE_STATE="$scratch/mnt/state" "$truce" guest build --quiet reference
    one_line 'a build without space: one line'

    # Room enough at first; something else takes it while the guest is being built.
    filled() {
        (until ls -d mnt/state/guests/.build.* >/dev/null 2>&1; do sleep 0.02; done
            cat /dev/zero >mnt/fill) 2>/dev/null &
        TMPDIR=$scratch/mnt TRUCE_STATE=$scratch/mnt/state "$truce" guest build --quiet reference
        local status=$?
        wait
        ls -A mnt mnt/state/guests >left.txt
        return $status
    }
    export -f filled
    export scratch truce
    if [ "$(free -m | awk '/^Mem:/ { print $7 }')" -gt 5000 ] && command -v mmdebstrap >/dev/null; then
        expect 'a disk that fills while a guest is being built' 3 \
            "building guest 'reference': no disk space: what was free below '.*' was used up meanwhile; " \
            unshare --mount bash -c 'mount -t tmpfs -o size=3200m tmpfs mnt && filled'
        one_line 'a disk that fills: one line'
        [ "$(xargs <left.txt)" = 'mnt: fill state mnt/state/guests:' ]
        ok 'a disk that fills: nothing half-built is left' $?
    else
        skip 'a disk that fills while a guest is being built' 'it takes 3 GiB of memory, and mmdebstrap'
    fi
else
    skip 'a run and a build without space' 'mounting a small file system needs root'
fi

: >silent.txt
python3 -c "
import socket, time
peer = socket.socket(socket.AF_UNIX)
peer.bind('silent.sock')
peer.listen(5)
print('listens', flush=True)
time.sleep(300)" >silent.txt &
silent=$!
until grep -q listens silent.txt; do :; done
expect 'a libvirt that does not answer' 3 'it does not answer' \
    "$truce" run --connect "qemu+unix:///system?socket=$scratch/silent.sock" good.xml
one_line 'a libvirt that does not answer: one line'
[ ! -e runs ]
ok 'a libvirt that does not answer: no run folder is left' $?
kill $silent
finish
