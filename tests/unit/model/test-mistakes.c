/* SPDX-License-Identifier: GPL-2.0-or-later
 * Mistakes by the hundred: each element and attribute of the right scenarios and load profiles is
 * spoilt in each way, and what is refused is told as everything else is, at its place and in our
 * own words. The right files together hold every element and attribute of the schemas.
 */
#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <string.h>

#include "model/load-profile.h"
#include "model/scenario.h"
#include "util/cleanup.h"
#include "util/error.h"
#include "util/files.h"

#define RELAXNG_NS "http://relaxng.org/ns/structure/1.0"

static const char *const good[] = {"scenario.xml", "scenario-matrix.xml", "scenario-damage.xml",
                                   "scenario-order.xml", "load-mixed.xml"};

typedef enum {
    ATTRIBUTE_UNKNOWN,
    ELEMENT_UNKNOWN,
    TEXT,    /* where an element holds others or nothing */
    REMOVED, /* the element, or one attribute */
    TWICE,
    VALUE, /* of one attribute: one that is hardly ever right */
    WAYS
} Way;

typedef struct {
    char *folder; /* a copy of good/: files that scenarios name are beside them */
    guint tried, refused;
} Sweep;

/* Each refusal takes 30 ms, and ten times as long with a sanitizer. */
#ifdef __SANITIZE_ADDRESS__
#define EVERY 8
#else
#define EVERY 1
#endif

static GHashTable *done; /* what was spoilt, where it came first: `update vendor 3` */

/* As far as the file alone goes: what it names is looked up by the tests of wrong/. */
static bool read_file(const char *path, bool is_load, GError **error)
{
    g_autoptr(LoadProfile) profile = NULL;
    g_autoptr(Scenario) scenario = NULL;

    return is_load ? load_profile_read(path, &profile, error)
                   : scenario_read(path, &scenario, error);
}

static xmlDoc *read_good(const char *name)
{
    g_autofree char *path = g_build_filename(TRUCE_TEST_DATA, "good", name, NULL);
    xmlDoc *doc = xmlReadFile(path, NULL, XML_PARSE_NONET);

    g_assert_nonnull(doc);
    return doc;
}

/* All elements below and at `element`, in the document's order. */
static void list_elements(xmlNode *element, GPtrArray *list)
{
    g_ptr_array_add(list, element);
    for (xmlNode *child = xmlFirstElementChild(element); child;
         child = xmlNextElementSibling(child))
        list_elements(child, list);
}

static bool holds_text(const xmlNode *element)
{
    for (const xmlNode *child = element->children; child; child = child->next)
        if (child->type == XML_TEXT_NODE && !xmlIsBlankNode((xmlNode *)child))
            return true;
    return false;
}

/* What the message must say, or NULL where the spoilt file may be right; `attr` NULL: the element
 * itself. */
static char *spoil(xmlNode *element, xmlAttr *attr, Way way)
{
    char *words = NULL;

    if (way == ATTRIBUTE_UNKNOWN) {
        xmlNewProp(element, (const xmlChar *)"zzz", (const xmlChar *)"1");
        words = g_strdup_printf("attribute 'zzz' is not known on '%s' (", element->name);
    } else if (way == ELEMENT_UNKNOWN) {
        xmlNewChild(element, NULL, (const xmlChar *)"zzz", NULL);
        words = g_strdup_printf("element 'zzz' is not allowed in '%s' (", element->name);
    } else if (way == TEXT) {
        bool texts = holds_text(element);
        xmlNodeAddContent(element, (const xmlChar *)"zzz");
        words = texts ? NULL : g_strdup_printf("text is not allowed in '%s'", element->name);
    } else if (way == TWICE) {
        xmlAddNextSibling(element, xmlCopyNode(element, 1));
    } else if (way == VALUE) {
        xmlSetProp(element, attr->name, (const xmlChar *)"?\\ ");
    } else if (attr) {
        xmlRemoveProp(attr);
    } else {
        xmlUnlinkNode(element);
        xmlFreeNode(element);
    }
    return words;
}

/* One line, at its place, in our words. */
static void assert_message(const char *message, const char *words, const char *what)
{
    static const char *const not_ours[] = {"is not as it must be", "libxml2", "Relax-NG",
                                           "must be \n", "(null)"};
    bool placed = g_regex_match_simple("^[^:]+\\.xml:[0-9]+:[0-9]+: [^ ]", message, 0, 0);

    if (!placed || strchr(message, '\n') || g_str_has_suffix(message, "must be "))
        g_error("%s: %s", what, message);
    for (guint i = 0; i < G_N_ELEMENTS(not_ours); i++)
        if (strstr(message, not_ours[i]))
            g_error("%s: %s", what, message);
    if (words && !strstr(message, words))
        g_error("%s: not '%s' but %s", what, words, message);
}

static void try_way(Sweep *sweep, const char *name, guint index, const char *attr_name, Way way)
{
    g_autoptr(xmlDoc) doc = read_good(name);
    g_autoptr(GPtrArray) elements = g_ptr_array_new();
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(sweep->folder, "spoilt.xml", NULL);

    list_elements(xmlDocGetRootElement(doc), elements);
    xmlNode *element = elements->pdata[index];
    if (!g_hash_table_add(done, g_strdup_printf("%s %s %d", element->name, attr_name, way)) ||
        g_hash_table_size(done) % EVERY != 0)
        return;
    g_autofree char *what =
        g_strdup_printf("%s, '%s' in line %ld, %s, way %d", name, element->name,
                        xmlGetLineNo(element), attr_name ? attr_name : "-", way);
    xmlAttr *attr = attr_name ? xmlHasProp(element, (const xmlChar *)attr_name) : NULL;
    g_autofree char *words = spoil(element, attr, way);
    g_assert_cmpint(xmlSaveFile(path, doc), >, 0);
    sweep->tried++;
    if (read_file(path, g_str_has_prefix(name, "load"), &error)) {
        if (words)
            g_error("%s: nothing is said", what);
        return;
    }
    sweep->refused++;
    g_assert_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT);
    assert_message(error->message, words, what);
}

static void sweep_file(Sweep *sweep, const char *name)
{
    g_autoptr(xmlDoc) doc = read_good(name);
    g_autoptr(GPtrArray) elements = g_ptr_array_new();

    list_elements(xmlDocGetRootElement(doc), elements);
    for (guint i = 0; i < elements->len; i++) {
        const xmlNode *element = elements->pdata[i];
        for (Way way = ATTRIBUTE_UNKNOWN; way < VALUE; way++)
            if (i > 0 || way < REMOVED)
                try_way(sweep, name, i, NULL, way);
        for (const xmlAttr *attr = element->properties; attr; attr = attr->next) {
            try_way(sweep, name, i, (const char *)attr->name, REMOVED);
            try_way(sweep, name, i, (const char *)attr->name, VALUE);
        }
    }
}

static void copy_good(const char *folder)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *command = g_strdup_printf("cp -r %s/good/. %s", TRUCE_TEST_DATA, folder);

    g_assert_true(g_spawn_command_line_sync(command, NULL, NULL, NULL, &error));
}

static void test_sweep(gconstpointer data)
{
    Sweep sweep = {.folder = g_dir_make_tmp("truce-mistakes-XXXXXX", NULL)};

    copy_good(sweep.folder);
    sweep_file(&sweep, data);
    g_test_message("%s: %u spoilt files, %u refused", (const char *)data, sweep.tried,
                   sweep.refused);
    g_assert_cmpuint(sweep.refused, >, sweep.tried / 3);
    g_assert_true(files_remove_tree(sweep.folder, NULL));
    g_free(sweep.folder);
}

static void collect_names(const char *schema, GHashTable *names)
{
    g_autofree char *sub = g_strdup_printf("schemas/%s.rng", schema);
    g_autofree char *path = files_share_path(sub);
    g_autoptr(xmlDoc) doc = xmlReadFile(path, NULL, XML_PARSE_NONET);
    g_autoptr(GPtrArray) elements = g_ptr_array_new_with_free_func(NULL);

    g_assert_nonnull(doc);
    list_elements(xmlDocGetRootElement(doc), elements);
    for (guint i = 0; i < elements->len; i++) {
        xmlNode *pattern = elements->pdata[i];
        const char *kind = (const char *)pattern->name;
        bool named = g_str_equal(kind, "element") || g_str_equal(kind, "attribute");
        if (!named || !pattern->ns || strcmp((const char *)pattern->ns->href, RELAXNG_NS) != 0)
            continue;
        xmlChar *name = xmlGetProp(pattern, (const xmlChar *)"name");
        g_hash_table_add(names, g_strdup_printf("%s %s", kind, name));
        xmlFree(name);
    }
}

static void test_all_is_there(void)
{
    static const char *const schemas[] = {"scenario", "scenario-steps", "scenario-matrix",
                                          "load-profile"};
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < G_N_ELEMENTS(schemas); i++)
        collect_names(schemas[i], names);
    g_assert_cmpuint(g_hash_table_size(names), >, 100);
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autoptr(xmlDoc) doc = read_good(good[i]);
        g_autoptr(GPtrArray) elements = g_ptr_array_new();
        list_elements(xmlDocGetRootElement(doc), elements);
        for (guint e = 0; e < elements->len; e++) {
            const xmlNode *element = elements->pdata[e];
            g_autofree char *name = g_strdup_printf("element %s", element->name);
            g_hash_table_remove(names, name);
            for (const xmlAttr *attr = element->properties; attr; attr = attr->next) {
                g_autofree char *attr_name = g_strdup_printf("attribute %s", attr->name);
                g_hash_table_remove(names, attr_name);
            }
        }
    }
    g_autofree gpointer *left = g_hash_table_get_keys_as_array(names, NULL);
    g_assert_cmpstr(left[0], ==, NULL);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    done = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_setenv("TRUCE_STATE", "/state", TRUE);
    g_test_add_func("/mistakes/all-is-there", test_all_is_there);
    for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
        g_autofree char *path = g_strconcat("/mistakes/", good[i], NULL);
        g_test_add_data_func(path, good[i], test_sweep);
    }
    int status = g_test_run();
    g_hash_table_unref(done);
    return status;
}
