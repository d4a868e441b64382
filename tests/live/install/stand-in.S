/* SPDX-License-Identifier: GPL-2.0-or-later
 * A stand-in for Windows Setup, small enough for a BIOS to load: asks for a key, wants an answer
 * file on one of the CD drives, installs a boot sector, restarts, and that one tells of a first
 * logon on the serial port and powers off. Only what the lab sees of Windows Setup is like Windows'.
 *
 * Assembled several times: HEALTHY; STALL (Setup stands still); LOGON_FAILS (a step of the first
 * logon fails); EARLY_OFF (powers off before it is done).
 *
 * Sources: El Torito 1.0 (no-emulation boot, 2048-byte sectors, loaded at 0x7C00); BIOS Enhanced
 * Disk Drive services 42h and 43h; Ralf Brown's Interrupt List, INT 15h AX=5307h, INT 18h.
 */
.code16
.globl _start
_start:
    cli
    xorw %ax, %ax
    movw %ax, %ds
    movw %ax, %es
    movw %ax, %ss
    movw $0x7C00, %sp
    sti
    movb %dl, boot_drive

    movw $prompt, %si
    call print
    movl 0x46C, %ebx            /* ticks of 55 ms */
wait_key:
    movb $1, %ah
    int $0x16
    jnz setup
    movl 0x46C, %eax
    subl %ebx, %eax
    cmpl $91, %eax              /* five seconds */
    jb wait_key
    int $0x18                   /* the next boot device */
    jmp stand_still

setup:
    movw $loading, %si
    call print
#ifdef STALL
    jmp stand_still
#endif
    movw $700, %cx              /* more than a key prompt's boot would read: 44 MiB in all */
read_more:
    pushw %cx
    movl $0, packet_lba
    movb boot_drive, %dl
    call read_cd
    popw %cx
    loop read_more

    movb $0xE0, %dl             /* the BIOS numbers CD drives from here */
next_drive:
    call find_answers
    jz install
    incb %dl
    cmpb $0xE4, %dl
    jb next_drive
    movw $no_answers, %si
    call print
    jmp stand_still

install:
    movw $1, packet_count
    movw $installed, packet_offset
    movw $0, packet_segment
    movl $0, packet_lba
    movw $0x4300, %ax
    movb $0x80, %dl
    movw $packet, %si
    int $0x13
    jc stand_still
    movb $6, %al                /* the chip set's reset */
    movw $0xCF9, %dx
    outb %al, %dx
stand_still:
    hlt
    jmp stand_still

/* Reads 32 sectors (64 KiB) of CD drive DL from packet_lba to 0x20000. */
read_cd:
    movw $32, packet_count
    movw $0, packet_offset
    movw $0x2000, packet_segment
    movb $0x42, %ah
    movw $packet, %si
    int $0x13
    ret

/* ZF where one of the first 512 sectors of CD drive DL begins with "<?xml": an answer medium holds
 * no other XML. */
find_answers:
    movl $0, packet_lba
search:
    pushw %dx
    call read_cd
    popw %dx
    jc not_here
    movw $0x2000, %ax
    movw %ax, %fs
    xorw %bx, %bx
    movw $32, %cx
sector:
    cmpl $0x6D783F3C, %fs:(%bx) /* <?xm */
    je here
    addw $2048, %bx
    loop sector
    addl $32, packet_lba
    cmpl $512, packet_lba
    jb search
not_here:
    orb $1, %al
    ret
here:
    xorw %ax, %ax
    ret

print:
    lodsb
    testb %al, %al
    jz printed
    movb $0x0E, %ah
    movw $7, %bx
    int $0x10
    jmp print
printed:
    ret

prompt:
    .asciz "Press any key to boot from CD or DVD....."
loading:
    .asciz "\r\nSetup is starting...\r\n"
no_answers:
    .asciz "No answer file.\r\n"
boot_drive:
    .byte 0
.balign 4
packet:
    .byte 16, 0
packet_count:
    .word 0
packet_offset:
    .word 0
packet_segment:
    .word 0
packet_lba:
    .long 0, 0

/* The installed system's boot sector: runs at 0x7C00 too, so it knows its own places from there. */
.balign 16
installed:
#define AT(label) (0x7C00 + label - installed)
    xorw %ax, %ax
    movw %ax, %ds
    movw $AT(beacons), %si
    movw $0x3F8, %dx
send:
    lodsb
    testb %al, %al
    jz off
    movb %al, %ah
ready:
    addw $5, %dx                /* line status: the transmitter is empty */
    inb %dx, %al
    subw $5, %dx
    testb $0x20, %al
    jz ready
    movb %ah, %al
    outb %al, %dx
    jmp send
off:
#ifdef LOGON_FAILS
    hlt
    jmp off
#endif
    movw $0x5307, %ax           /* advanced power management: all devices off */
    movw $1, %bx
    movw $3, %cx
    int $0x15
    hlt
    jmp off
beacons:
    .ascii "TRUCE-BUILD step drivers-and-agent\r\n"
    .ascii "TRUCE-BUILD deviation a stand-in, no Windows\r\n"
    .ascii "TRUCE-BUILD protections {\"secureBoot\":\"not supported\"}\r\n"
#ifdef LOGON_FAILS
    .ascii "TRUCE-BUILD failed drivers-and-agent: no medium holds virtio-win-guest-tools.exe\r\n"
#endif
#ifdef HEALTHY
    .ascii "TRUCE-BUILD step finish\r\nTRUCE-BUILD done\r\n"
#endif
    .byte 0
    .org installed - _start + 510
    .word 0xAA55
