#!/bin/bash
# Makes DIR/secure.iso: an installation medium that firmware with Microsoft's keys starts, because
# Debian's shim is signed with one of them, and starts Debian's boot loader and kernel (the reference
# guest's) by Debian's key. The answer file is the other stand-in's part: that kernel has no driver for
# SATA, and the firmware shows the boot loader only the medium that it started. Ends with 77 where the
# signed packages are not installed.
#   make-medium.sh DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
shim=/usr/lib/shim/shimx64.efi.signed
grub=/usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed
kernel=$(ls /boot/vmlinuz-*-cloud-amd64 2>/dev/null | sort -V | tail -n 1)
for file in "$shim" "$grub" "$kernel" /bin/busybox; do
    [ -s "$file" ] || { echo "no $file: shim-signed grub-efi-amd64-signed linux-image-cloud-amd64 busybox-static"; exit 77; }
done
modules=/lib/modules/${kernel#/boot/vmlinuz-}/kernel
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

mkdir -p "$work"/root/{bin,dev,proc,sys,modules}
cp /bin/busybox "$work/root/bin/"
for name in sh mount insmod dd tail head od tr cat grep sync reboot poweroff sleep usleep printf; do
    ln -s busybox "$work/root/bin/$name"
done
install -m 755 "$here/init" "$work/root/init"
for module in virtio/virtio_ring virtio/virtio virtio/virtio_pci_legacy_dev virtio/virtio_pci_modern_dev \
    virtio/virtio_pci block/virtio_blk; do
    cp "$modules/drivers/$module.ko" "$work/root/modules/"
    echo "${module##*/}.ko" >>"$work/root/modules/order"
done
cp "$modules/fs/efivarfs/efivarfs.ko" "$work/root/modules/"
echo efivarfs.ko >>"$work/root/modules/order"
(cd "$work/root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd.img"

# The boot loader reads its settings from \EFI\debian of where it was started from.
cat >"$work/installed.cfg" <<'EOF'
linux /vmlinuz truce=installed quiet loglevel=1
initrd /initrd.img
boot
EOF
# As Windows' own medium: who presses no key within five seconds gets what is on the disk. The boot
# loader forgets `fallback` where a key stopped its count; any key but Enter only stops it.
cat >"$work/setup.cfg" <<'EOF'
set timeout=5
set fallback=1
menuentry 'Press any key to boot from CD or DVD' {
    if [ -n "$fallback" ]; then
        search --no-floppy --set=root --file /initrd.img
        configfile /EFI/debian/grub.cfg
    fi
    search --no-floppy --set=medium --file /sources/installed.cpio
    linux ($medium)/vmlinuz truce=setup quiet loglevel=1
    initrd ($medium)/setup.img ($medium)/sources/installed.cpio
    boot
}
EOF
fat() { # FILE MIB CONFIGURATION FILE...: a file system that firmware starts
    local image=$1 mib=$2 config=$3
    shift 3
    truncate -s "${mib}M" "$image"
    /usr/sbin/mkfs.vfat "$image" >/dev/null
    mmd -i "$image" ::/EFI ::/EFI/BOOT ::/EFI/debian
    mcopy -i "$image" "$shim" ::/EFI/BOOT/BOOTX64.EFI
    mcopy -i "$image" "$grub" ::/EFI/BOOT/grubx64.efi
    mcopy -i "$image" "$config" ::/EFI/debian/grub.cfg
    [ $# -eq 0 ] || mcopy -i "$image" "$@" ::/
}
mkdir -p "$work/medium/sources" "$work/medium/EFI/debian" "$work/files"
fat "$work/installed.img" 32 "$work/installed.cfg" "$work/initrd.img"
mcopy -i "$work/installed.img" "$kernel" ::/vmlinuz
(cd "$work" && echo installed.img | cpio -o -H newc --quiet) >"$work/medium/sources/installed.cpio"
fat "$work/medium/efi.img" 8 "$work/setup.cfg"
cp "$work/setup.cfg" "$work/medium/EFI/debian/grub.cfg"
cp "$kernel" "$work/medium/vmlinuz"
cp "$work/initrd.img" "$work/medium/setup.img"
echo none >"$work/files/file.txt"
wimlib-imagex capture "$work/files" "$work/medium/sources/install.wim" 'Windows Server 2022 SERVERSTANDARD' \
    --compress=none --image-property=WINDOWS/ARCH=9 --image-property=WINDOWS/VERSION/BUILD=20348 \
    --image-property=WINDOWS/EDITIONID=ServerStandardEval \
    --image-property=WINDOWS/LANGUAGES/DEFAULT=en-US >/dev/null
xorriso -as mkisofs -quiet -r -J -V SSS_X64FREE_EN-US_DV9 -e efi.img -no-emul-boot \
    -o "$1/secure.iso" "$work/medium"
