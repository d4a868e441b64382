/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The Linux below the reference guest's Wine, as far as the agent changes it: the clock, and what a
 * machine is known by. Each call's effect is there when it returns. Only for a guest's own agent:
 * anywhere else these are the settings of somebody's machine. */
#ifndef TRUCE_LINUX_H
#define TRUCE_LINUX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINUX_NAME_SIZE 65 /* with its closing zero */
#define LINUX_MAC_SIZE 6
#define LINUX_BOOT_ID_SIZE 37 /* with its closing zero */

/* The time in nanoseconds since 1970. */
bool linux_set_clock(int64_t nanoseconds);

/* What the machine's clock says, to the second, in ret_fields: year, month (from 1), day, hour,
 * minute, second. */
bool linux_machine_clock(int ret_fields[6]);

/* The host name; also in /etc/hosts, so that it is found. */
bool linux_set_host_name(const char *name);
bool linux_host_name(char ret_name[LINUX_NAME_SIZE]);

/* The network card's address. */
bool linux_set_mac(const uint8_t mac[LINUX_MAC_SIZE]);
bool linux_mac(uint8_t ret_mac[LINUX_MAC_SIZE]);

/* What /proc/sys/kernel/random/boot_id says, until the next start. */
bool linux_set_boot_id(const char *boot_id);
bool linux_boot_id(char ret_boot_id[LINUX_BOOT_ID_SIZE]);

/* Adds SEED to the kernel's random numbers, and begins them anew. */
bool linux_seed(const uint8_t seed[32]);

#endif
