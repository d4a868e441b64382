/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Linux below Wine: see linux.h. Numbers are those of Linux' headers for x86-64. */
#include "linux.h"

#include <stdio.h>
#include <string.h>

#include "../reference/linux-call.h"

#define LINUX_READ 0
#define LINUX_WRITE 1
#define LINUX_OPEN 2
#define LINUX_CLOSE 3
#define LINUX_IOCTL 16
#define LINUX_SOCKET 41
#define LINUX_UNAME 63
#define LINUX_UMOUNT2 166
#define LINUX_SETHOSTNAME 170
#define LINUX_MOUNT 165
#define LINUX_CLOCK_SETTIME 227

#define LINUX_O_WRONLY 01
#define LINUX_O_CREAT 0100
#define LINUX_O_TRUNC 01000
#define LINUX_O_CLOEXEC 02000000
#define LINUX_CLOCK_REALTIME 0
#define LINUX_MS_BIND 4096
#define LINUX_AF_INET 2
#define LINUX_SOCK_DGRAM 2
#define LINUX_ARPHRD_ETHER 1

#define LINUX_RTC_RD_TIME 0x80247009
#define LINUX_SIOCSIFHWADDR 0x8924
#define LINUX_SIOCGIFHWADDR 0x8927
#define LINUX_RNDADDENTROPY 0x40085203
#define LINUX_RNDRESEEDCRNG 0x5207

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define OWN_BOOT_ID "/run/truce/boot-id"

static int64_t open_file(const char *path, int flags)
{
    return linux_call(LINUX_OPEN, (intptr_t)path, flags | LINUX_O_CLOEXEC, 0644, 0);
}

static void close_file(int64_t fd)
{
    linux_call(LINUX_CLOSE, (intptr_t)fd, 0, 0, 0);
}

static bool write_file(const char *path, const char *text)
{
    int64_t fd = open_file(path, LINUX_O_WRONLY | LINUX_O_CREAT | LINUX_O_TRUNC);
    int64_t length = (int64_t)strlen(text), written;

    if (fd < 0)
        return false;
    written = linux_call(LINUX_WRITE, (intptr_t)fd, (intptr_t)text, (intptr_t)length, 0);
    close_file(fd);
    return written == length;
}

bool linux_set_clock(int64_t nanoseconds)
{
    const int64_t time[2] = {nanoseconds / 1000000000, nanoseconds % 1000000000};

    return linux_call(LINUX_CLOCK_SETTIME, LINUX_CLOCK_REALTIME, (intptr_t)time, 0, 0) == 0;
}

bool linux_machine_clock(int ret_fields[6])
{
    int rtc[9] = {0}; /* struct rtc_time: seconds first, months from 0, years from 1900 */
    int64_t fd = open_file("/dev/rtc0", 0), failed;

    if (fd < 0)
        return false;
    failed = linux_call(LINUX_IOCTL, (intptr_t)fd, (intptr_t)LINUX_RTC_RD_TIME, (intptr_t)rtc, 0);
    close_file(fd);
    for (int i = 0; i < 6; i++)
        ret_fields[i] = rtc[5 - i];
    ret_fields[0] += 1900;
    ret_fields[1] += 1;
    return failed == 0;
}

bool linux_set_host_name(const char *name)
{
    char hosts[LINUX_NAME_SIZE + 64];

    snprintf(hosts, sizeof hosts, "127.0.0.1 localhost %.64s\n", name);
    return linux_call(LINUX_SETHOSTNAME, (intptr_t)name, (intptr_t)strlen(name), 0, 0) == 0 &&
           write_file("/etc/hosts", hosts);
}

bool linux_host_name(char ret_name[LINUX_NAME_SIZE])
{
    char names[6][LINUX_NAME_SIZE] = {{0}}; /* struct utsname: the second is the node's */

    if (linux_call(LINUX_UNAME, (intptr_t)names, 0, 0, 0) != 0)
        return false;
    memcpy(ret_name, names[1], LINUX_NAME_SIZE);
    return true;
}

/* struct ifreq of the card, which Linux calls eth0 (see guests/reference/init.c). */
struct card {
    char name[16];
    uint16_t family;
    uint8_t mac[LINUX_MAC_SIZE];
    uint8_t unused[16];
};

static bool ask_card(intptr_t request, struct card *card)
{
    int64_t fd = linux_call(LINUX_SOCKET, LINUX_AF_INET, LINUX_SOCK_DGRAM | LINUX_O_CLOEXEC, 0, 0);
    int64_t failed;

    if (fd < 0)
        return false;
    failed = linux_call(LINUX_IOCTL, (intptr_t)fd, request, (intptr_t)card, 0);
    close_file(fd);
    return failed == 0;
}

bool linux_set_mac(const uint8_t mac[LINUX_MAC_SIZE])
{
    struct card card = {.name = "eth0", .family = LINUX_ARPHRD_ETHER};

    memcpy(card.mac, mac, LINUX_MAC_SIZE);
    return ask_card(LINUX_SIOCSIFHWADDR, &card);
}

bool linux_mac(uint8_t ret_mac[LINUX_MAC_SIZE])
{
    struct card card = {.name = "eth0"};

    if (!ask_card(LINUX_SIOCGIFHWADDR, &card))
        return false;
    memcpy(ret_mac, card.mac, LINUX_MAC_SIZE);
    return true;
}

/* The kernel makes its own once, at its start; a file that lies over it is what programs read. */
bool linux_set_boot_id(const char *boot_id)
{
    char line[LINUX_BOOT_ID_SIZE + 1];

    snprintf(line, sizeof line, "%.36s\n", boot_id);
    linux_call(LINUX_UMOUNT2, (intptr_t)BOOT_ID, 0, 0, 0);
    return write_file(OWN_BOOT_ID, line) &&
           linux_call(LINUX_MOUNT, (intptr_t)OWN_BOOT_ID, (intptr_t)BOOT_ID, 0, LINUX_MS_BIND) == 0;
}

bool linux_boot_id(char ret_boot_id[LINUX_BOOT_ID_SIZE])
{
    int64_t fd = open_file(BOOT_ID, 0), n;

    if (fd < 0)
        return false;
    n = linux_call(LINUX_READ, (intptr_t)fd, (intptr_t)ret_boot_id, LINUX_BOOT_ID_SIZE - 1, 0);
    close_file(fd);
    ret_boot_id[n > 0 ? n : 0] = '\0';
    return n == LINUX_BOOT_ID_SIZE - 1;
}

bool linux_seed(const uint8_t seed[32])
{
    struct {
        int bits, size;
        uint8_t bytes[32];
    } pool = {.bits = 256, .size = 32}; /* struct rand_pool_info */
    int64_t fd = open_file("/dev/random", LINUX_O_WRONLY);
    bool ok;

    if (fd < 0)
        return false;
    memcpy(pool.bytes, seed, sizeof pool.bytes);
    ok = linux_call(LINUX_IOCTL, (intptr_t)fd, LINUX_RNDADDENTROPY, (intptr_t)&pool, 0) == 0 &&
         linux_call(LINUX_IOCTL, (intptr_t)fd, LINUX_RNDRESEEDCRNG, 0, 0) == 0;
    close_file(fd);
    return ok;
}
