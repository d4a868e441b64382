/* SPDX-License-Identifier: GPL-2.0-or-later
 * The sealed base image of a guest in the state folder: `guests/<name>/` with manifest.json, the
 * disk and what it boots with.
 *
 * manifest.json: {"format":1,"name","built","suite","kernel","wine","packages",
 * "inputs":SHA-256 of the recipe's files,"deviations":[protections that are off],
 * "protections":{what the guest says of them},
 * "files":{"disk.qcow2":{"sha256","size"},…}}. What is not known is absent. An image is only used
 * when every file has the size and the checksum of its manifest.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

#define IMAGE_MANIFEST_MAX (1u << 20) /* bytes */

typedef struct {
    char *folder;
    char *name;
    char *built;
    char *sha256; /* of the disk: the image's identity in reports and for warm states */
    guint64 bytes;
    char *inputs; /* of the recipe's files that it was built from (run/guest-inputs.h), or NULL */
    GPtrArray *deviations; /* of char*: protections that were turned off to build it */
} Image;

void image_free(Image *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Image, image_free)

/* Opens a guest's image and verifies it: sizes and checksums of all files, each time.
 * TRUCE_ERROR_LAB "guest 'x' is not built: …" where there is none, TRUCE_ERROR_INPUT where it was
 * changed. */
bool image_open(const char *state_folder, const char *guest, Image **ret_image, GError **error);

/* Verifies the image that was made in the folder `made`, and lets it take the place of the guest's
 * in `folder`, on the same file system. What does not verify takes no place, with image_open()'s
 * errors. */
bool image_replace(const char *made, const char *guest, const char *folder, Image **ret_image,
                   GError **error);

/* Makes a qcow2 overlay on a backing file (qemu-img). */
bool image_overlay(const char *backing, const char *overlay, GError **error);

/* The files that a qcow2 image lies on (qemu-img), nearest first, NULL-terminated, for
 * g_strfreev(). NULL where qemu-img does not tell, or one of them is no qcow2 file with an absolute
 * path. */
char **image_layers(const char *path);

/* Makes an empty qcow2 image (qemu-img). */
bool image_create(const char *path, guint gib, GError **error);
