/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which bugcheck an unhandled exception in kernel mode is: the code and four parameters.
 *
 * Pure. Source of the codes and parameters: Microsoft's bug check reference, 0x50, 0x7E, 0x7F.
 */
#ifndef TRUCE_STOP_CODE_H
#define TRUCE_STOP_CODE_H

#include <stdint.h>

#define STOP_PAGE_FAULT_IN_NONPAGED_AREA 0x50
#define STOP_SYSTEM_THREAD_EXCEPTION_NOT_HANDLED 0x7e
#define STOP_UNEXPECTED_KERNEL_MODE_TRAP 0x7f

struct stop {
    uint32_t code;
    uint64_t parameter[4];
};

/* STATUS, IP: the exception's code and address. ACCESS (0 read, 1 write, 8 execute) and ADDRESS:
 * an access violation's two arguments, else 0. RECORD, CONTEXT: where the exception's record and
 * context lie in the crashed process, for the parameters that Windows fills with their addresses.
 */
struct stop stop_choose(uint32_t status, uint64_t ip, uint64_t access, uint64_t address,
                        uint64_t record, uint64_t context);

#endif
