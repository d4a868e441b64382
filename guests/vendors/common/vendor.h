// SPDX-License-Identifier: GPL-2.0-or-later
// What tells one reference vendor from another: names and places. One constant per vendor.
#pragma once

#include <wchar.h>

/* All paths are absolute and end without a backslash. */
struct vendor {
    const wchar_t *title;
    const wchar_t *service;
    const wchar_t *driver; /* NULL: the product has none, nor the four that follow */
    const wchar_t *driver_path;
    const wchar_t *group; /* load-order group and altitude that the driver's key declares */
    const wchar_t *altitude;
    const wchar_t *device;         /* \\.\NAME */
    const wchar_t *neighbour;      /* device of a product that it takes turns with; NULL: none */
    const wchar_t *pipe;           /* \\.\pipe\NAME; NULL: the driver takes content updates */
    const wchar_t *content_folder; /* made by the package, removed with the product */
    const wchar_t *data_folder;    /* made by the installer, removed with the product */
    const wchar_t *quarantine;     /* below data_folder */
    const wchar_t *policy;         /* key below HKEY_LOCAL_MACHINE; NULL: none */
};

/* The folder that all reference vendors watch; whoever needs it makes it, nobody removes it. */
#define VENDOR_WATCHED L"C:\\Watched"
