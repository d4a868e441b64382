/* SPDX-License-Identifier: GPL-2.0-or-later
 * What a screen's text means, and text recognised from pictures of our own.
 */
#include <string.h>

#include "triage/ocr.h"
#include "triage/screen.h"
#include "util/error.h"

static void test_stop_names(void)
{
    static const struct {
        const char *text;
        guint32 code; /* 0: no bugcheck screen */
        const char *module;
    } screens[] = {
        {"Stop code: SYSTEM_THREAD_EXCEPTION_NOT_HANDLED\nWhat failed: alder.sys\n", 0x7E,
         "alder.sys"},
        {"Stop code: SYSTEM_THREAD_ EXCEPTION NOT _HANDLED\nWhat failed: a-1.sys.", 0x7E,
         "a-1.sys"},
        {"Stillstandcode: PAGE_FAULT_IN_N0NPAGED_AREA", 0x50, ""},
        {"Stop code: lRQL_N0T_LESS_0R_EQUAL", 0xA, ""},
        {"*** STOP: 0x0000007E (0xFFFFFFFFC0000005,0x1,0x2,0x3)\n*** birch.sys - Address", 0x7E,
         "birch.sys"},
        {"¥** STOP: OxOQ0000F4 (Ox00000003, 0xB1D38510, 0xB1D38674, 0x805288DC)", 0xF4, ""},
        {"The update was installed. Restart now.", 0, ""},
        {"C:\\Windows\\System32\\drivers\\alder.sys", 0, ""},
        {"non-stop code names: FILE_SYS", 0, ""},
        {"", 0, ""},
    };
    for (guint i = 0; i < G_N_ELEMENTS(screens); i++) {
        Screen screen = screen_judge(screens[i].text);
        g_assert_cmpint(screen.stop, ==, screens[i].code != 0);
        g_assert_cmphex(screen.code, ==, screens[i].code);
        g_assert_cmpstr(screen.module, ==, screens[i].module);
        g_assert_false(screen.recovery);
    }
}

/* A screen that says STOP but not clearly which is a bugcheck all the same. */
static void test_unreadable_code(void)
{
    Screen screen = screen_judge("*** STOP: Ox®®00d (\n");
    g_assert_true(screen.stop);
    g_assert_cmphex(screen.code, ==, 0);
}

static void test_hostile(void)
{
    g_autofree char *dots = g_strnfill(100000, '.');
    g_autofree char *name = g_strnfill(5000, 'x');
    g_autofree char *text = g_strdup_printf("Stop code: FAT_FILE_SYSTEM %s.sys %s", name, dots);
    Screen screen = screen_judge(text);
    g_assert_true(screen.stop);
    g_assert_cmpstr(screen.module, ==, "");
}

static void read_picture(const char *file, Screen *ret_screen)
{
    g_autofree char *path = g_build_filename(TRUCE_TEST_DATA, "screens", file, NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    ocr_read(path, &text, &error);
    g_assert_no_error(error);
    *ret_screen = screen_judge(text);
}

static void test_pictures(void)
{
    const char *reason;
    Screen screen;

    if (!ocr_available(&reason)) {
        g_test_skip(reason);
        return;
    }
    read_picture("stop.png", &screen);
    g_assert_true(screen.stop);
    g_assert_cmphex(screen.code, ==, 0x7E);
    g_assert_cmpstr(screen.module, ==, "alder.sys");
    read_picture("recovery.png", &screen);
    g_assert_true(screen.recovery);
    g_assert_false(screen.stop);
    read_picture("desktop.png", &screen);
    g_assert_false(screen.recovery);
    g_assert_false(screen.stop);
}

static void test_no_picture(void)
{
    g_autofree char *path = g_build_filename(TRUCE_TEST_DATA, "test-screen.c", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    const char *reason;

    g_assert_false(ocr_read(path, &text, &error));
    g_assert_error(error, TRUCE_ERROR,
                   ocr_available(&reason) ? TRUCE_ERROR_INPUT : TRUCE_ERROR_LAB);
    g_assert_null(text);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/screen/stop-names", test_stop_names);
    g_test_add_func("/screen/unreadable-code", test_unreadable_code);
    g_test_add_func("/screen/hostile", test_hostile);
    g_test_add_func("/screen/pictures", test_pictures);
    g_test_add_func("/screen/no-picture", test_no_picture);
    return g_test_run();
}
