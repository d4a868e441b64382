/* SPDX-License-Identifier: GPL-2.0-or-later
 * Product keys.
 */
#include "install/product-key.h"

#include <string.h>

#include "util/error.h"
#include "util/files.h"

#define KEY_FILE_MAX 4096

bool install_read_key(const char *path, char **ret_key, GError **error)
{
    g_autofree char *text = NULL;
    gsize length = 0;

    if (!files_read(path, KEY_FILE_MAX, &text, &length, error))
        return false;
    text[strcspn(text, "\r\n")] = '\0';
    g_strstrip(text);
    if (!g_regex_match_simple("^[A-Z0-9]{5}(-[A-Z0-9]{5}){4}$", text, G_REGEX_CASELESS, 0)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%s:1:1: not a product key: five groups of five letters and digits, joined by "
                    "'-'",
                    path);
        return false;
    }
    *ret_key = g_ascii_strup(text, -1);
    return true;
}

bool install_choose_setup_key(const MediaImage *image, const InstallEdition *edition,
                              const char *product_key, const char **ret_key, GError **error)
{
    const bool evaluation = media_is_evaluation(image);

    if (evaluation && product_key) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "edition '%s' on this medium is an evaluation, which takes no product key: "
                    "leave --product-key-file out, or give a medium that is no evaluation",
                    edition->id);
        return false;
    }
    if (!evaluation && !edition->setup_key && !product_key) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "Setup asks for the product key of edition '%s', which is no evaluation, and "
                    "the recipe has no setup-key for it: give --product-key-file",
                    edition->id);
        return false;
    }
    *ret_key = evaluation ? NULL : edition->setup_key ? edition->setup_key : product_key;
    return true;
}
