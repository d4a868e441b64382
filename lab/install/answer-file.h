/* SPDX-License-Identifier: GPL-2.0-or-later
 * The answer file that makes Windows Setup run without anybody at the machine: autounattend.xml on
 * a medium of its own.
 *
 * Format: Microsoft, "Unattended Windows Setup Reference" (schema urn:schemas-microsoft-com:
 * unattend): <settings pass="…"> hold <component>s, whose elements are settings; items of a list
 * carry wcm:action="add".
 *
 * One table (answer-settings.c) gives the file and its documentation: every setting with the reason
 * or source for it.
 */
#pragma once

#include "model/guest.h"

typedef struct {
    const Guest *guest; /* with an <install> part */
    /* Which image of the medium. `index` from 1 once the medium was looked at, 0 before: then the
     * image is named. */
    const InstallEdition *edition;
    guint index;
    const char *language;    /* the image's, de-DE; NULL where no medium was looked at: en-US */
    const char *setup_key;   /* for Setup (product-key.h), or NULL: an evaluation needs none */
    const char *product_key; /* to activate Windows with, or NULL */
    const char *password;    /* of the local administrator; generated, of this guest only */
} AnswerOptions;

/* The file's text, UTF-8. TRUCE_ERROR_INPUT where a text cannot stand in XML. Free with g_free().
 */
bool answer_file_build(const AnswerOptions *options, char **ret_xml, GError **error);

/* The settings as a Markdown table: pass, component, setting, value, why. The password and the key
 * are not in it. Free with g_free(). */
char *answer_file_table(const AnswerOptions *options);

/* A password for the local administrator: 20 characters, of all four kinds that Windows' complexity
 * rule counts, from the system's random source. Free with g_free(). */
char *answer_password(void);
