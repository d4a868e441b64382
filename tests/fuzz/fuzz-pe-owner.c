/* SPDX-License-Identifier: GPL-2.0-or-later
 * Fuzz target: whatever file lies in a guest as a driver, looking for its maker ends, and what is
 * told can be shown.
 */
#include <stdint.h>

#include "triage/pe-owner.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_auto(PeOwner) owner = {0};

    if (!pe_owner_parse(data, size, &owner))
        return 0;
    g_autofree char *text = pe_owner_text(&owner);
    g_assert_true(g_utf8_validate(text, -1, NULL));
    return 0;
}
