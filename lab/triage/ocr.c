/* SPDX-License-Identifier: GPL-2.0-or-later
 * Character recognition.
 */
#include "triage/ocr.h"

#include <dlfcn.h>

#include <png.h>

#include "util/error.h"

#define SCALE 3u
#define WIDTH_MAX_SCALED 4096u /* wider screens have letters that are large enough */
#define TEXT_MAX (64u << 10)
#define LIBRARY "libtesseract.so.5"
#define LANGUAGE "eng"
#define ONE_BLOCK 6 /* PSM_SINGLE_BLOCK of tesseract/publictypes.h: lines, one below another */

/* Of tesseract/capi.h. */
typedef struct TessBaseAPI TessBaseAPI;
typedef struct {
    TessBaseAPI *(*create)(void);
    int (*init)(TessBaseAPI *api, const char *datapath, const char *language);
    int (*set_variable)(TessBaseAPI *api, const char *name, const char *value);
    void (*set_mode)(TessBaseAPI *api, int mode);
    void (*set_image)(TessBaseAPI *api, const unsigned char *pixels, int width, int height,
                      int bytes_per_pixel, int bytes_per_line);
    char *(*text)(TessBaseAPI *api);
    void (*delete_text)(const char *text);
    void (*delete)(TessBaseAPI *api);
} Tesseract;

static GMutex lock; /* one recognition at a time; guards what follows */
static Tesseract tesseract;
static const char *missing = "";

static bool load_function(void *library, const char *name, void *ret_function)
{
    void *symbol = dlsym(library, name);
    *(void **)ret_function = symbol;
    return symbol != NULL;
}

/* NULL: all is there. */
static const char *load_locked(void)
{
    if (!missing || *missing)
        return missing;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    missing = NULL;
    if (!library)
        missing = LIBRARY " is not installed";
    else if (!load_function(library, "TessBaseAPICreate", &tesseract.create) ||
             !load_function(library, "TessBaseAPIInit3", &tesseract.init) ||
             !load_function(library, "TessBaseAPISetVariable", &tesseract.set_variable) ||
             !load_function(library, "TessBaseAPISetPageSegMode", &tesseract.set_mode) ||
             !load_function(library, "TessBaseAPISetImage", &tesseract.set_image) ||
             !load_function(library, "TessBaseAPIGetUTF8Text", &tesseract.text) ||
             !load_function(library, "TessDeleteText", &tesseract.delete_text) ||
             !load_function(library, "TessBaseAPIDelete", &tesseract.delete))
        missing = LIBRARY " has not the C API of tesseract 5";
    else {
        TessBaseAPI *api = tesseract.create();
        if (tesseract.init(api, NULL, LANGUAGE) != 0)
            missing = "tesseract has no data for English (tesseract-ocr-eng)";
        tesseract.delete(api);
    }
    return missing;
}

bool ocr_available(const char **ret_reason)
{
    g_mutex_lock(&lock);
    *ret_reason = load_locked();
    g_mutex_unlock(&lock);
    return *ret_reason == NULL;
}

typedef struct {
    guint8 *grey;
    guint width, height;
} Picture;

static void picture_clear(Picture *picture)
{
    g_free(picture->grey);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Picture, picture_clear)

static bool fail(const char *path, const char *why, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "cannot read the picture '%s': %s", path,
                why);
    return false;
}

static bool read_png(const char *path, Picture *ret_picture, GError **error)
{
    png_image image = {.version = PNG_IMAGE_VERSION};

    if (!png_image_begin_read_from_file(&image, path))
        return fail(path, image.message, error);
    if (image.width > OCR_SIDE_MAX || image.height > OCR_SIDE_MAX) {
        png_image_free(&image);
        return fail(path, "it is too large", error);
    }
    image.format = PNG_FORMAT_GRAY;
    png_color background = {0};
    guint8 *grey = g_malloc(PNG_IMAGE_SIZE(image));
    if (!png_image_finish_read(&image, &background, grey, 0, NULL)) {
        g_free(grey);
        return fail(path, image.message, error);
    }
    *ret_picture = (Picture){.grey = grey, .width = image.width, .height = image.height};
    return true;
}

/* Dark letters on a light ground, as most pixels tell. */
static void make_dark_on_light(Picture *picture)
{
    gsize count = (gsize)picture->width * picture->height;
    guint64 sum = 0;

    for (gsize i = 0; i < count; i++)
        sum += picture->grey[i];
    if (sum / count >= 128)
        return;
    for (gsize i = 0; i < count; i++)
        picture->grey[i] = 255 - picture->grey[i];
}

/* The grey of a place between four pixels, in 256ths of a pixel, the nearer ones counting more:
 * tesseract takes the stairs of pixels made large for strokes. */
static guint8 blend(const Picture *picture, guint x256, guint y256)
{
    guint x = x256 / 256, y = y256 / 256, right = x256 % 256, below = y256 % 256;
    guint next = MIN(x + 1, picture->width - 1);
    const guint8 *line = picture->grey + (gsize)y * picture->width;
    const guint8 *under = picture->grey + (gsize)MIN(y + 1, picture->height - 1) * picture->width;
    guint top = line[x] * (256 - right) + line[next] * right;
    guint bottom = under[x] * (256 - right) + under[next] * right;

    return (guint8)((top * (256 - below) + bottom * below) >> 16);
}

static Picture enlarge(const Picture *picture, guint times)
{
    Picture large = {.width = picture->width * times, .height = picture->height * times};

    large.grey = g_malloc((gsize)large.width * large.height);
    for (guint y = 0; y < large.height; y++)
        for (guint x = 0; x < large.width; x++)
            large.grey[(gsize)y * large.width + x] =
                blend(picture, x * 256 / times, y * 256 / times);
    return large;
}

static char *recognise_locked(const Picture *picture)
{
    TessBaseAPI *api = tesseract.create();
    char *text = NULL;

    if (tesseract.init(api, NULL, LANGUAGE) == 0) {
        /* What it thinks of a screen's resolution is nobody's business on stderr. */
        tesseract.set_variable(api, "debug_file", "/dev/null");
        tesseract.set_variable(api, "user_defined_dpi", "300");
        tesseract.set_mode(api, ONE_BLOCK);
        tesseract.set_image(api, picture->grey, (int)picture->width, (int)picture->height, 1,
                            (int)picture->width);
        text = tesseract.text(api);
    }
    char *copy = text ? g_utf8_make_valid(text, (gssize)strnlen(text, TEXT_MAX)) : g_strdup("");
    if (text)
        tesseract.delete_text(text);
    tesseract.delete(api);
    return copy;
}

bool ocr_read(const char *png_path, char **ret_text, GError **error)
{
    g_auto(Picture) picture = {0};
    const char *reason;

    /* The picture first: loading the library's data takes longer than anything else here. */
    if (!read_png(png_path, &picture, error))
        return false;
    if (!ocr_available(&reason)) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "no text recognition: %s", reason);
        return false;
    }
    make_dark_on_light(&picture);
    guint times = picture.width * SCALE <= WIDTH_MAX_SCALED ? SCALE : 1;
    g_auto(Picture) large = enlarge(&picture, times);
    g_mutex_lock(&lock);
    *ret_text = recognise_locked(&large);
    g_mutex_unlock(&lock);
    return true;
}
