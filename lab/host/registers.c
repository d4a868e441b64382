/* SPDX-License-Identifier: GPL-2.0-or-later
 * QEMU's register dump, read.
 */
#include "host/registers.h"

#include <string.h>

#include "host/machine.h"

#define INTERRUPT_FLAG 0x200u /* of RFLAGS: interrupts are taken */

/* The number after a word like ` CPL=`, within one line. */
static bool number_after(const char *line, const char *end, const char *word, guint base,
                         guint64 *ret_value)
{
    const char *at = g_strstr_len(line, end - line, word);
    if (!at)
        return false;
    char *rest;
    at += strlen(word);
    *ret_value = g_ascii_strtoull(at, &rest, base);
    return rest > at;
}

GArray *registers_parse(const char *text)
{
    GArray *cpus = g_array_new(FALSE, FALSE, sizeof(MachineCpu));

    for (const char *line = text, *end; *line && cpus->len < MACHINE_CPUS_MAX; line = end) {
        guint64 pc, flags, level, halted;
        end = strchrnul(line, '\n');
        if ((number_after(line, end, "RIP=", 16, &pc) ||
             number_after(line, end, "EIP=", 16, &pc)) &&
            (number_after(line, end, " RFL=", 16, &flags) ||
             number_after(line, end, " EFL=", 16, &flags)) &&
            number_after(line, end, " CPL=", 10, &level) &&
            number_after(line, end, " HLT=", 10, &halted)) {
            MachineCpu cpu = {.pc = pc,
                              .halted = halted != 0,
                              .user = level == 3,
                              .masked = !(flags & INTERRUPT_FLAG)};
            g_array_append_val(cpus, cpu);
        }
        end += *end == '\n';
    }
    return cpus;
}
