#!/bin/bash
# Makes the media of the stand-in installation in DIR: healthy.iso stall.iso logon-fails.iso
# early-off.iso no-windows.iso virtio.iso
#   make-media.sh DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$1"
mkdir -p "$1"
cd "$1"

mkdir -p files windows/sources
echo none >files/file.txt
wimlib-imagex capture files windows/sources/install.wim 'Windows Server 2022 SERVERSTANDARD' \
    --compress=none --image-property=WINDOWS/ARCH=9 --image-property=WINDOWS/VERSION/BUILD=20348 \
    --image-property=WINDOWS/EDITIONID=ServerStandardEval \
    --image-property=WINDOWS/LANGUAGES/DEFAULT=en-US >wim.log
# The boot reads from the medium, so it must be as long as what it reads at a time.
truncate -s 1M windows/padding.bin
for variant in healthy stall logon-fails early-off; do
    define=${variant^^}
    gcc -c -m32 "-D${define//-/_}" -o boot.o "$here/stand-in.S"
    ld -m elf_i386 -N -Ttext 0x7C00 --oformat binary -o windows/boot.bin boot.o
    genisoimage -quiet -udf -V SSS_X64FREE_EN-US_DV9 -b boot.bin -no-emul-boot -boot-load-size 4 \
        -o "$variant.iso" windows
done
genisoimage -quiet -udf -V NO_WINDOWS -o no-windows.iso files
mkdir -p virtio/vioserial/2k22/amd64
touch virtio/virtio-win-guest-tools.exe virtio/vioserial/2k22/amd64/vioser.inf
genisoimage -quiet -J -R -V virtio-win -o virtio.iso virtio
