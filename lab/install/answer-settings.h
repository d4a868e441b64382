/* SPDX-License-Identifier: GPL-2.0-or-later
 * The table of what the answer file sets.
 */
#pragma once

#include <glib.h>

typedef enum {
    SETTING_ALWAYS,
    SETTING_CLIENT, /* clients only */
    SETTING_SERVER,
    SETTING_SETUP_KEY, /* where the image is no evaluation */
    SETTING_KEY,       /* where the user gave a product key */
    SETTING_INDEX,     /* where the medium was looked at */
    SETTING_NAME,      /* where it was not */
} SettingWhen;

typedef struct {
    const char *pass;
    const char *component; /* without the prefix Microsoft-Windows- */
    /* Elements below the component, joined by '/'. `Item#2` is the second item of a list. */
    const char *path;
    /* {locale}, {edition}, {index}, {setup-key}, {key}, {password} stand for options. */
    const char *value;
    const char *why;
    SettingWhen when;
} AnswerSetting;

/* In the order in which they stand in the file; settings of one component follow each other. */
extern const AnswerSetting answer_settings[];
extern const guint answer_settings_count;

typedef enum {
    DRIVER_ALWAYS,
    DRIVER_DATA_DISK,      /* where the recipe has one */
    DRIVER_VIRTIO_NETWORK, /* where its network card is virtio's */
} DriverWhen;

/* Drivers of the virtio-win medium for devices of the machine. Setup copies them into the installed
 * Windows' driver store, where its first start finds them ([U], DriverPaths); Setup itself needs
 * none of them. */
typedef struct {
    const char *folder;
    const char *why;
    DriverWhen when;
} AnswerDriver;
extern const AnswerDriver answer_drivers[];
extern const guint answer_drivers_count;
