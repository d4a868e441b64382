/* SPDX-License-Identifier: GPL-2.0-or-later
 * autounattend.xml and its documentation, from the table of settings.
 */
#include "install/answer-file.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/tree.h>

#include "install/answer-settings.h"
#include "util/cleanup.h"
#include "util/error.h"

#define UNATTEND "urn:schemas-microsoft-com:unattend"
#define WCM "http://schemas.microsoft.com/WMIConfig/2002/State"
#define DRIVER_COMPONENT "PnpCustomizationsWinPE"

/* Where Setup may find the virtio-win medium: C: is the disk, and the letters of CD drives follow
 * each other. A path that does not exist is passed over. */
static const char driver_letters[] = "DEFG";

static bool applies(const AnswerSetting *setting, const AnswerOptions *options)
{
    switch (setting->when) {
    case SETTING_ALWAYS:
        return true;
    case SETTING_CLIENT:
        return !options->guest->install->server;
    case SETTING_SERVER:
        return options->guest->install->server;
    case SETTING_SETUP_KEY:
        return options->setup_key;
    case SETTING_KEY:
        return options->product_key;
    case SETTING_INDEX:
        return options->index > 0;
    case SETTING_NAME:
        return options->index == 0;
    }
    return false;
}

static const char *answer_language(const AnswerOptions *options)
{
    const char *locale = options->guest->install->locale;
    return options->language ? options->language : locale ? locale : "en-US";
}

/* What stands for a whole value in braces; anything else is meant as it is. Free with g_free(). */
static char *value_of(const AnswerSetting *setting, const AnswerOptions *options)
{
    g_autofree char *index = g_strdup_printf("%u", options->index);
    const struct {
        const char *name, *value;
    } names[] = {
        {"{locale}", answer_language(options)},
        {"{edition}", options->edition->name},
        {"{index}", index},
        {"{setup-key}", options->setup_key},
        {"{key}", options->product_key},
        {"{password}", options->password},
    };

    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(setting->value, names[i].name) == 0)
            return g_strdup(names[i].value);
    return g_strdup(setting->value);
}

static xmlNode *child(xmlNode *parent, const char *name)
{
    return xmlNewChild(parent, parent->ns, BAD_CAST name, NULL);
}

static xmlNode *last_named(xmlNode *parent, const char *name)
{
    xmlNode *last = parent->last;
    return last && xmlStrEqual(last->name, BAD_CAST name) ? last : NULL;
}

static xmlNode *with_attribute(xmlNode *parent, const char *name, const char *key,
                               const char *value)
{
    xmlNode *last = last_named(parent, name);
    if (last) {
        xml_str is = xmlGetProp(last, BAD_CAST key);
        if (xmlStrEqual(is, BAD_CAST value))
            return last;
    }
    xmlNode *node = child(parent, name);
    xmlNewProp(node, BAD_CAST key, BAD_CAST value);
    return node;
}

static xmlNode *component_of(xmlNode *root, const char *pass, const char *name)
{
    g_autofree char *full = g_strconcat("Microsoft-Windows-", name, NULL);
    xmlNode *settings = with_attribute(root, "settings", "pass", pass);
    xmlNode *component = with_attribute(settings, "component", "name", full);

    if (!xmlHasProp(component, BAD_CAST "processorArchitecture")) {
        xmlNewProp(component, BAD_CAST "processorArchitecture", BAD_CAST "amd64");
        xmlNewProp(component, BAD_CAST "publicKeyToken", BAD_CAST "31bf3856ad364e35");
        xmlNewProp(component, BAD_CAST "language", BAD_CAST "neutral");
        xmlNewProp(component, BAD_CAST "versionScope", BAD_CAST "nonSxS");
    }
    return component;
}

static xmlNode *new_item(xmlNode *parent, const char *name)
{
    xmlNode *node = child(parent, name);
    xmlNewNsProp(node, xmlSearchNs(node->doc, node, BAD_CAST "wcm"), BAD_CAST "action",
                 BAD_CAST "add");
    return node;
}

static guint count_named(const xmlNode *parent, const char *name)
{
    guint count = 0;
    for (const xmlNode *node = parent->children; node; node = node->next)
        count += xmlStrEqual(node->name, BAD_CAST name);
    return count;
}

/* The element of a path step, made where it is not there: `Name`, or `Name#n` for an item. */
static xmlNode *step_into(xmlNode *parent, const char *step)
{
    const char *mark = strchr(step, '#');
    if (!mark) {
        xmlNode *last = last_named(parent, step);
        return last ? last : child(parent, step);
    }
    g_autofree char *name = g_strndup(step, mark - step);
    if (count_named(parent, name) < g_ascii_strtoull(mark + 1, NULL, 10))
        return new_item(parent, name);
    return last_named(parent, name);
}

static void add_setting(xmlNode *root, const AnswerSetting *setting, const AnswerOptions *options)
{
    g_auto(GStrv) steps = g_strsplit(setting->path, "/", 0);
    g_autofree char *value = value_of(setting, options);
    xmlNode *node = component_of(root, setting->pass, setting->component);
    guint last = g_strv_length(steps) - 1;

    for (guint i = 0; i < last; i++)
        node = step_into(node, steps[i]);
    xmlNewTextChild(node, node->ns, BAD_CAST steps[last], BAD_CAST value);
}

static char *driver_path(char letter, const char *driver, const Install *install)
{
    return g_strdup_printf("%c:\\%s\\%s\\amd64", letter, driver, install->drivers);
}

static bool driver_applies(const AnswerDriver *driver, const Guest *guest)
{
    switch (driver->when) {
    case DRIVER_ALWAYS:
        return true;
    case DRIVER_DATA_DISK:
        return guest->data_disk_gib > 0;
    case DRIVER_VIRTIO_NETWORK:
        return g_strcmp0(guest->network, "virtio") == 0;
    }
    return false;
}

static void add_drivers(xmlNode *root, const Guest *guest)
{
    xmlNode *component = component_of(root, "windowsPE", DRIVER_COMPONENT);
    xmlNode *paths = child(component, "DriverPaths");
    guint number = 0;

    for (const char *letter = driver_letters; *letter; letter++) {
        for (guint i = 0; i < answer_drivers_count; i++) {
            if (!driver_applies(&answer_drivers[i], guest))
                continue;
            g_autofree char *path = driver_path(*letter, answer_drivers[i].folder, guest->install);
            g_autofree char *key = g_strdup_printf("%u", ++number);
            xmlNode *item = new_item(paths, "PathAndCredentials");
            xmlNewNsProp(item, xmlSearchNs(item->doc, item, BAD_CAST "wcm"), BAD_CAST "keyValue",
                         BAD_CAST key);
            xmlNewTextChild(item, item->ns, BAD_CAST "Path", BAD_CAST path);
        }
    }
}

/* XML 1.0 has no way to write these. */
static bool check_text(const char *what, const char *text, GError **error)
{
    bool ok = !text || g_utf8_validate(text, -1, NULL);

    for (const char *at = text; ok && at && *at; at = g_utf8_next_char(at))
        ok = !g_unichar_iscntrl(g_utf8_get_char(at));
    if (!ok)
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "the %s holds characters that an answer file cannot", what);
    return ok;
}

bool answer_file_build(const AnswerOptions *options, char **ret_xml, GError **error)
{
    if (!check_text("setup key", options->setup_key, error) ||
        !check_text("product key", options->product_key, error) ||
        !check_text("administrator's password", options->password, error) ||
        !check_text("medium's language", options->language, error) ||
        !check_text("edition's name", options->edition->name, error))
        return false;

    g_autoptr(xmlDoc) doc = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *root = xmlNewNode(NULL, BAD_CAST "unattend");
    xmlDocSetRootElement(doc, root);
    xmlSetNs(root, xmlNewNs(root, BAD_CAST UNATTEND, NULL));
    xmlNewNs(root, BAD_CAST WCM, BAD_CAST "wcm");

    add_drivers(root, options->guest);
    for (guint i = 0; i < answer_settings_count; i++)
        if (applies(&answer_settings[i], options))
            add_setting(root, &answer_settings[i], options);

    xml_str text = NULL;
    int length = 0;
    xmlDocDumpFormatMemoryEnc(doc, &text, &length, "UTF-8", /* format */ 1);
    *ret_xml = g_strndup((const char *)text, (gsize)length);
    return true;
}

/* A setup key may be the user's own. */
static bool is_secret(const char *value, const AnswerOptions *options)
{
    return strcmp(value, options->password) == 0 || g_strcmp0(value, options->product_key) == 0;
}

char *answer_file_table(const AnswerOptions *options)
{
    GString *out = g_string_new("| pass | component | setting | value | why |\n"
                                "| --- | --- | --- | --- | --- |\n");

    for (guint i = 0; i < answer_drivers_count; i++) {
        const AnswerDriver *driver = &answer_drivers[i];
        if (!driver_applies(driver, options->guest))
            continue;
        g_autofree char *path =
            driver_path(driver_letters[0], driver->folder, options->guest->install);
        g_string_append_printf(out,
                               "| windowsPE | " DRIVER_COMPONENT " | DriverPaths/"
                               "PathAndCredentials/Path | `%s` and on %s | %s |\n",
                               path, &driver_letters[1], driver->why);
    }
    for (guint i = 0; i < answer_settings_count; i++) {
        const AnswerSetting *setting = &answer_settings[i];
        if (!applies(setting, options))
            continue;
        g_autofree char *value = value_of(setting, options);
        g_string_append_printf(out, "| %s | %s | %s | `%s` | %s |\n", setting->pass,
                               setting->component, setting->path,
                               is_secret(value, options) ? "(secret)" : value, setting->why);
    }
    return g_string_free(out, FALSE);
}

char *answer_password(void)
{
    /* Without what looks alike, and without what XML or a command line would need to escape. */
    static const char *const kinds[] = {"ABCDEFGHJKLMNPQRSTUVWXYZ", "abcdefghijkmnopqrstuvwxyz",
                                        "23456789", "-_.+=@"};
    GString *password = g_string_new(NULL);

    for (guint i = 0; i < 20; i++) {
        const char *kind = kinds[i % G_N_ELEMENTS(kinds)];
        g_string_append_c(password, kind[arc4random_uniform((guint32)strlen(kind))]);
    }
    return g_string_free(password, FALSE);
}
