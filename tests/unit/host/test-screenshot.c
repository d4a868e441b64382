/* SPDX-License-Identifier: GPL-2.0-or-later
 * From QEMU's image of a screen to PNG: good ones come through, malformed ones are refused.
 */
#include "host/screenshot.h"

#include <string.h>
#include <unistd.h>

#include <png.h>

#include "util/error.h"
#include "util/files.h"

typedef struct {
    char *folder;
    char *png;
} Fixture;

static void set_up(Fixture *fixture, gconstpointer data)
{
    (void)data;
    fixture->folder = g_dir_make_tmp("truce-screen-XXXXXX", NULL);
    fixture->png = g_build_filename(fixture->folder, "screen.png", NULL);
}

static void tear_down(Fixture *fixture, gconstpointer data)
{
    (void)data;
    g_assert_true(files_remove_tree(fixture->folder, NULL));
    g_free(fixture->folder);
    g_free(fixture->png);
}

static void assert_pixels(const char *path, const guint8 *pixels, guint width, guint height)
{
    png_image png = {.version = PNG_IMAGE_VERSION};
    guint8 read[64];

    g_assert_true(png_image_begin_read_from_file(&png, path));
    g_assert_cmpuint(png.width, ==, width);
    g_assert_cmpuint(png.height, ==, height);
    png.format = PNG_FORMAT_RGB;
    g_assert_cmpuint(PNG_IMAGE_SIZE(png), <=, sizeof read);
    g_assert_true(png_image_finish_read(&png, NULL, read, 0, NULL));
    g_assert_cmpmem(read, PNG_IMAGE_SIZE(png), pixels, width * height * 3);
}

static void test_good(Fixture *fixture, gconstpointer data)
{
    static const char ppm[] = "P6\n# a comment\n3 2\n255\nabcdefghiJKLMNOPQR";
    const guint8 *pixels = (const guint8 *)ppm + sizeof ppm - 1 - 18;
    g_autoptr(GError) error = NULL;

    (void)data;
    screenshot_write((const guint8 *)ppm, sizeof ppm - 1, fixture->png, &error);
    g_assert_no_error(error);
    assert_pixels(fixture->png, pixels, 3, 2);

    /* What is PNG already comes through as it is. */
    g_autofree char *png = NULL;
    gsize length = 0;
    g_assert_true(g_file_get_contents(fixture->png, &png, &length, NULL));
    g_assert_cmpint(unlink(fixture->png), ==, 0);
    screenshot_write((const guint8 *)png, length, fixture->png, &error);
    g_assert_no_error(error);
    assert_pixels(fixture->png, pixels, 3, 2);
}

static void test_malformed(Fixture *fixture, gconstpointer data)
{
    static const char *const images[] = {
        "",
        "P",
        "P6",
        "P5\n1 1\n255\nabc",
        "P6\n1 1\n255",
        "P6\n1 1\n255\nab",
        "P6\n1 1\n65535\nabcabc",
        "P6\n0 1\n255\nabc",
        "P6\n99999 1\n255\nabc",
        "P6\n4294967297 1\n255\nabc",
        "P6\n8192 8192\n255\nabc",
        "P6\n-1 1\n255\nabc",
        "P6\n# no end",
        "\x89PNG\r\n\x1a\n",
        "\x89PNG\r\n\x1a\nIHDR and so on",
    };

    (void)data;
    for (gsize i = 0; i < G_N_ELEMENTS(images); i++) {
        /* A copy of just these bytes, so that ASan sees a read past them. */
        gsize length = strlen(images[i]);
        g_autofree guint8 *image = g_memdup2(images[i], length);
        g_autoptr(GError) error = NULL;
        g_assert_false(screenshot_write(image, length, fixture->png, &error));
        g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
        g_assert_false(g_file_test(fixture->png, G_FILE_TEST_EXISTS));
    }
}

static void test_unwritable(Fixture *fixture, gconstpointer data)
{
    static const char ppm[] = "P6\n1 1\n255\nabc";
    g_autofree char *path = g_build_filename(fixture->folder, "no", "screen.png", NULL);
    g_autoptr(GError) error = NULL;

    (void)data;
    g_assert_false(screenshot_write((const guint8 *)ppm, sizeof ppm - 1, path, &error));
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB);
}

static void add(const char *path, void (*test)(Fixture *, gconstpointer))
{
    g_test_add(path, Fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add("/screenshot/good", test_good);
    add("/screenshot/malformed", test_malformed);
    add("/screenshot/unwritable", test_unwritable);
    return g_test_run();
}
