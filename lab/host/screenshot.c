/* SPDX-License-Identifier: GPL-2.0-or-later
 * A guest's screen as PNG.
 */
#include "host/screenshot.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "host/machine-private.h"
#include "host/monitor-watch.h"
#include "util/error.h"
#include "util/files.h"

static bool fail(GError **error, const char *what)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "cannot take the screenshot: %s", what);
    return false;
}

/* A number of the header, after white space and `#` comments; 0 where there is none. */
static guint header_number(const guint8 **at, const guint8 *end)
{
    guint number = 0;

    while (*at < end && (g_ascii_isspace(**at) || **at == '#')) {
        if (**at == '#')
            while (*at < end && **at != '\n')
                (*at)++;
        else
            (*at)++;
    }
    while (*at < end && g_ascii_isdigit(**at) && number <= SCREENSHOT_SIDE_MAX)
        number = number * 10 + (guint)(*(*at)++ - '0');
    return number;
}

static bool size_ok(guint width, guint height, GError **error)
{
    if (width > 0 && height > 0 && width <= SCREENSHOT_SIDE_MAX && height <= SCREENSHOT_SIDE_MAX)
        return true;
    return fail(error, "QEMU's image has no size within the limits");
}

static bool write_from_ppm(const guint8 *ppm, gsize length, const char *png_path, GError **error)
{
    const guint8 *at = ppm + 2, *end = ppm + length;

    guint width = header_number(&at, end);
    guint height = header_number(&at, end);
    guint depth = header_number(&at, end);
    if (!size_ok(width, height, error))
        return false;
    if (depth != 255 || at == end || !g_ascii_isspace(*at))
        return fail(error, "QEMU's image has not 8 bits a sample");
    at++;
    if ((gsize)(end - at) < (gsize)width * height * 3)
        return fail(error, "QEMU's image is cut short");

    png_image png = {
        .version = PNG_IMAGE_VERSION, .width = width, .height = height, .format = PNG_FORMAT_RGB};
    if (!png_image_write_to_file(&png, png_path, /* convert_to_8_bit */ 0, at, /* row_stride */ 0,
                                 /* colormap */ NULL))
        return fail(error, png.message);
    return true;
}

static bool write_from_png(const guint8 *data, gsize length, const char *png_path, GError **error)
{
    png_image png = {.version = PNG_IMAGE_VERSION};

    if (!png_image_begin_read_from_memory(&png, data, length))
        return fail(error, png.message);
    guint width = png.width, height = png.height;
    png_image_free(&png);
    if (!size_ok(width, height, error))
        return false;
    return files_write_atomic(png_path, (const char *)data, length, error);
}

bool screenshot_write(const guint8 *image, gsize length, const char *png_path, GError **error)
{
    static const guint8 png_signature[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1A, '\n'};

    if (length >= sizeof png_signature && memcmp(image, png_signature, sizeof png_signature) == 0)
        return write_from_png(image, length, png_path, error);
    if (length >= 2 && memcmp(image, "P6", 2) == 0)
        return write_from_ppm(image, length, png_path, error);
    return fail(error, "QEMU's image is neither PNG nor binary PPM");
}

static bool receive(Machine *machine, virStreamPtr stream, GByteArray *image, GError **error)
{
    char data[65536];
    int n;

    while ((n = virStreamRecv(stream, data, sizeof data)) > 0) {
        if (image->len + (guint)n > SCREENSHOT_MAX) {
            virStreamAbort(stream);
            return fail(error, "the image is over the limit");
        }
        g_byte_array_append(image, (const guint8 *)data, (guint)n);
    }
    if (n < 0) {
        virStreamAbort(stream);
        return host_fail(error, "cannot receive the screenshot of '%s'", machine->name);
    }
    virStreamFinish(stream);
    return true;
}

bool machine_screenshot(Machine *machine, const char *png_path, GError **error)
{
    g_auto(MonitorWatch) watch = {0};

    if (!machine_need_domain(machine, "take a screenshot", error))
        return false;
    monitor_watch_begin(&watch, machine->domain, MONITOR_ANSWER_S);

    g_autoptr(virStream) stream = virStreamNew(virDomainGetConnect(machine->domain), 0);
    g_autoptr(GByteArray) image = g_byte_array_new();
    char *type = stream ? virDomainScreenshot(machine->domain, stream, /* screen */ 0, 0) : NULL;
    if (!type)
        return host_fail(error, "cannot take the screenshot of '%s'", machine->name);
    free(type);
    return receive(machine, stream, image, error) &&
           screenshot_write(image->data, image->len, png_path, error);
}
