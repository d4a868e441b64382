/* SPDX-License-Identifier: GPL-2.0-or-later
 * The answer medium: a small ISO with autounattend.xml in its root, where Setup looks on every
 * drive, and what the first logon runs in truce/.
 */
#pragma once

#include "install/answer-file.h"

/* Makes the image `path` (xorriso). Readable by its owner and QEMU only: it holds the password. */
bool answer_medium_make(const AnswerOptions *options, const char *path, GError **error);
