/* SPDX-License-Identifier: GPL-2.0-or-later
 * Everything that an unattended installation would use, written for a person to read: without
 * media, without starting anything.
 */
#pragma once

#include "model/guest.h"

typedef struct {
    const Guest *guest; /* with an <install> part */
    const char *iso;    /* as far as the user named them; NULL otherwise */
    const char *virtio;
    const char *edition;     /* an id of the recipe, or NULL for its first */
    const char *product_key; /* or NULL */
} InstallRequest;

/* Writes into `folder`, which must not exist: domain.xml (emulated) and domain-kvm.xml,
 * autounattend.xml with a password of its own and no product key, answer-settings.md,
 * first-logon.ps1, settings.json, media.md; of ReactOS unattend.inf and first.cmd instead.
 * TRUCE_ERROR_INPUT for an edition that the recipe does not know. */
bool install_dry_run(const InstallRequest *request, const char *folder, GError **error);

/* What the first-logon script reads:
 * {"defender":"kept","release":"Windows 11 25H2","build":26200}. Free with g_free(). */
char *install_settings_json(const Guest *guest);

/* The recipe's edition of that id, or its first. TRUCE_ERROR_INPUT with the known ones. */
bool install_choose_edition(const Guest *guest, const char *id, const InstallEdition **ret_edition,
                            GError **error);
