/* SPDX-License-Identifier: GPL-2.0-or-later
 * The table of what the answer file sets.
 */
#pragma once

#include <glib.h>

typedef enum {
    SETTING_ALWAYS,
    SETTING_CLIENT, /* clients only */
    SETTING_SERVER,
    SETTING_KEY,   /* where the user gave a product key */
    SETTING_INDEX, /* where the medium was looked at */
    SETTING_NAME,  /* where it was not */
} SettingWhen;

typedef struct {
    const char *pass;
    const char *component; /* without the prefix Microsoft-Windows- */
    /* Elements below the component, joined by '/'. `Item#2` is the second item of a list. */
    const char *path;
    /* {locale}, {edition}, {index}, {key}, {password}, {recovery-mib} stand for options. */
    const char *value;
    const char *why;
    SettingWhen when;
} AnswerSetting;

/* In the order in which they stand in the file; settings of one component follow each other. */
extern const AnswerSetting answer_settings[];
extern const guint answer_settings_count;

/* Folders of the virtio-win medium whose drivers Setup gets. */
extern const char *const answer_drivers[];
extern const guint answer_drivers_count;
