/* SPDX-License-Identifier: GPL-2.0-or-later
 * RELAX NG by libxml2, and the explanation of what it refuses; see xml-schema.h.
 */
#include "util/xml-schema.h"

#include <string.h>

#include <libxml/parser.h>

#include "util/error.h"
#include "util/files.h"

#define SCHEMA_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING)
#define RELAXNG_NS "http://relaxng.org/ns/structure/1.0"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlRelaxNGParserCtxt, xmlRelaxNGFreeParserCtxt)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xmlRelaxNGValidCtxt, xmlRelaxNGFreeValidCtxt)

/* libxml2's words and place */

typedef struct {
    char *message; /* the first problem */
    const xmlNode *node;
} Problem;

static void problem_clear(Problem *problem)
{
    g_free(problem->message);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Problem, problem_clear)

static void on_problem(void *data, xmlErrorPtr reported)
{
    Problem *problem = data;

    if (problem->message)
        return;
    problem->message = g_strstrip(g_strdup(reported->message ? reported->message : ""));
    g_strdelimit(problem->message, "\n", ' ');
    problem->node = reported->node;
}

static xmlRelaxNG *compile(xmlDoc *schema, Problem *problem)
{
    g_autoptr(xmlRelaxNGParserCtxt) parser = xmlRelaxNGNewDocParserCtxt(schema);

    xmlRelaxNGSetParserStructuredErrors(parser, on_problem, problem);
    return xmlRelaxNGParse(parser);
}

static bool is_valid(xmlRelaxNG *schema, xmlDoc *doc, Problem *problem)
{
    g_autoptr(xmlRelaxNGValidCtxt) validator = xmlRelaxNGNewValidCtxt(schema);

    xmlRelaxNGSetValidStructuredErrors(validator, on_problem, problem);
    return xmlRelaxNGValidateDoc(validator, doc) == 0;
}

/* What the schema allows in one element */

typedef struct {
    const char *name;
    xmlNode *pattern; /* the <element> or <attribute> of the schema */
    bool required;
    bool repeated;
} Allowed;

typedef struct {
    GPtrArray *attributes; /* of Allowed* */
    GPtrArray *children;   /* of Allowed* */
    bool text;
} Content;

static void content_free(Content *content)
{
    g_ptr_array_unref(content->attributes);
    g_ptr_array_unref(content->children);
    g_free(content);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Content, content_free)

static bool in_relaxng(const xmlNode *pattern, const char *name)
{
    return pattern->ns && xmlStrEqual(pattern->ns->href, (const xmlChar *)RELAXNG_NS) &&
           xml_is(pattern, name);
}

static const char *pattern_name(const xmlNode *pattern)
{
    const xmlAttr *name = xmlHasProp(pattern, (const xmlChar *)"name");
    return name && name->children ? (const char *)name->children->content : "";
}

static xmlNode *find_define(const xmlNode *ref)
{
    xmlNode *grammar = xmlDocGetRootElement(ref->doc);

    XML_FOREACH(define, grammar, "define")
    {
        if (strcmp(pattern_name(define), pattern_name(ref)) == 0)
            return define;
    }
    return NULL;
}

static Allowed *allowed_find(const GPtrArray *list, const char *name)
{
    for (guint i = 0; i < list->len; i++) {
        Allowed *allowed = g_ptr_array_index(list, i);
        if (strcmp(allowed->name, name) == 0)
            return allowed;
    }
    return NULL;
}

static void allow(GPtrArray *list, xmlNode *pattern, bool required, bool repeated)
{
    Allowed *allowed = g_new0(Allowed, 1);

    *allowed = (Allowed){pattern_name(pattern), pattern, required, repeated};
    g_ptr_array_add(list, allowed);
}

static void collect(const xmlNode *pattern, bool required, bool repeated, Content *content)
{
    XML_FOREACH(part, pattern, NULL)
    {
        if (in_relaxng(part, "element"))
            allow(content->children, part, required, repeated);
        else if (in_relaxng(part, "attribute"))
            allow(content->attributes, part, required, false);
        else if (in_relaxng(part, "ref") && find_define(part))
            collect(find_define(part), required, repeated, content);
        else if (in_relaxng(part, "optional") || in_relaxng(part, "choice"))
            collect(part, false, repeated, content);
        else if (in_relaxng(part, "zeroOrMore"))
            collect(part, false, true, content);
        else if (in_relaxng(part, "oneOrMore"))
            collect(part, required, true, content);
        else if (in_relaxng(part, "group") || in_relaxng(part, "interleave"))
            collect(part, required, repeated, content);
        else if (in_relaxng(part, "text") || in_relaxng(part, "data") ||
                 in_relaxng(part, "value") || in_relaxng(part, "list"))
            content->text = true;
    }
}

static Content *content_of(const xmlNode *pattern)
{
    Content *content = g_new0(Content, 1);

    content->attributes = g_ptr_array_new_with_free_func(g_free);
    content->children = g_ptr_array_new_with_free_func(g_free);
    collect(pattern, true, false, content);
    return content;
}

static char *allowed_names(const GPtrArray *list)
{
    GString *names = g_string_new(NULL);

    for (guint i = 0; i < list->len; i++) {
        const Allowed *allowed = g_ptr_array_index(list, i);
        g_string_append_printf(names, "%s%s", i ? ", " : "known here: ", allowed->name);
    }
    return g_string_free(g_string_append(names, list->len ? "" : "none is known here"), FALSE);
}

/* Values */

/* Collects what a value may be: the values themselves, or the documentation of its data type. */
static void collect_words(const xmlNode *pattern, GPtrArray *words)
{
    XML_FOREACH(part, pattern, NULL)
    {
        if (in_relaxng(part, "ref") && find_define(part))
            collect_words(find_define(part), words);
        else if (in_relaxng(part, "value") || xml_is(part, "documentation"))
            g_ptr_array_add(words, xml_text_paragraph(part));
        else if (!in_relaxng(part, "attribute"))
            collect_words(part, words);
    }
}

/* What a value must be, for the end of a sentence. */
static char *describe(const xmlNode *pattern)
{
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

    collect_words(pattern, words);
    bool several = words->len > 1;
    g_ptr_array_add(words, NULL);
    g_autofree char *list = g_strjoinv(", ", (char **)words->pdata);
    return g_strconcat(several ? "one of: " : "", list, NULL);
}

typedef struct {
    const XmlFile *file;
    GHashTable *compiled; /* pattern in the schema → xmlRelaxNG of a grammar that begins with it */
} Walk;

static xmlNode *relaxng_child(xmlNode *parent, const char *name)
{
    return xmlNewChild(parent, parent->ns, (const xmlChar *)name, NULL);
}

/* A grammar whose document element is that of `pattern`; for an attribute, an element `of` with
 * nothing but that. */
static xmlRelaxNG *compile_pattern(xmlNode *pattern)
{
    g_autoptr(xmlDoc) doc = xmlCopyDoc(pattern->doc, 1);
    g_auto(Problem) ignored = {0};
    xmlNode *grammar = xmlDocGetRootElement(doc);
    xmlNode *old_start = xml_child(grammar, "start");
    xmlNode *start = relaxng_child(grammar, "start");

    if (in_relaxng(pattern, "attribute")) {
        start = relaxng_child(start, "element");
        xmlNewProp(start, (const xmlChar *)"name", (const xmlChar *)"of");
    }
    xmlAddChild(start, xmlDocCopyNode(pattern, doc, 1));
    xmlUnlinkNode(old_start);
    xmlFreeNode(old_start);
    return compile(doc, &ignored);
}

/* Whether an element by itself (`attr` NULL), or one attribute of it, is what the pattern wants;
 * if not, `problem` has libxml2's words. */
static bool matches(Walk *walk, xmlNode *pattern, xmlNode *element, const xmlAttr *attr,
                    Problem *problem)
{
    g_autoptr(xmlDoc) doc = xmlNewDoc((const xmlChar *)"1.0");
    xmlRelaxNG *schema = g_hash_table_lookup(walk->compiled, pattern);
    xmlNode *root;

    if (!schema && (schema = compile_pattern(pattern)))
        g_hash_table_insert(walk->compiled, pattern, schema);
    if (attr) {
        xml_str value = xmlNodeListGetString(element->doc, attr->children, 1);
        root = xmlNewDocNode(doc, NULL, (const xmlChar *)"of", NULL);
        xmlNewProp(root, attr->name, value);
    } else {
        root = xmlDocCopyNode(element, doc, 1);
    }
    xmlDocSetRootElement(doc, root);
    return schema && is_valid(schema, doc, problem);
}

/* The walk: each returns false with the error set at the first thing that is wrong */

static bool fail_namespace(const XmlFile *file, const xmlNode *element, GError **error)
{
    return xml_fail(file, element, NULL, error,
                    "'%s' is in the XML namespace '%s', but these files have none", element->name,
                    element->ns->href);
}

static bool walk_attributes(Walk *walk, xmlNode *element, const Content *content, GError **error)
{
    for (xmlAttr *attr = element->properties; attr; attr = attr->next) {
        const char *name = (const char *)attr->name;
        g_auto(Problem) ignored = {0};
        const Allowed *allowed = allowed_find(content->attributes, name);
        if (!allowed || attr->ns) {
            g_autofree char *names = allowed_names(content->attributes);
            return xml_fail(walk->file, element, name, error,
                            "attribute '%s' is not known on '%s' (%s)", name, element->name, names);
        }
        if (!matches(walk, allowed->pattern, element, attr, &ignored)) {
            g_autofree char *words = describe(allowed->pattern);
            g_autofree char *value = xml_attr(element, name);
            return xml_fail(walk->file, element, name, error,
                            "attribute '%s' of '%s' is '%s'; it must be %s", name, element->name,
                            value, words);
        }
    }
    for (guint i = 0; i < content->attributes->len; i++) {
        const Allowed *allowed = g_ptr_array_index(content->attributes, i);
        if (allowed->required && !xmlHasProp(element, (const xmlChar *)allowed->name))
            return xml_fail(walk->file, element, NULL, error, "attribute '%s' is missing on '%s'",
                            allowed->name, element->name);
    }
    return true;
}

static bool walk_text(Walk *walk, xmlNode *element, const Content *content, GError **error)
{
    for (xmlNode *child = element->children; child && !content->text; child = child->next) {
        if (child->type != XML_TEXT_NODE || xmlIsBlankNode(child))
            continue;
        g_autofree char *text = g_strstrip(g_strdup((char *)child->content));
        return xml_fail(walk->file, element, NULL, error, "text is not allowed in '%s': '%s'",
                        element->name, text);
    }
    return true;
}

static bool walk_element(Walk *walk, xmlNode *pattern, xmlNode *element, GError **error);

static bool walk_children(Walk *walk, xmlNode *element, const Content *content, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    XML_FOREACH(child, element, NULL)
    {
        const Allowed *allowed = allowed_find(content->children, (const char *)child->name);
        if (child->ns)
            return fail_namespace(walk->file, child, error);
        if (!allowed) {
            g_autofree char *names = allowed_names(content->children);
            return xml_fail(walk->file, child, NULL, error,
                            "element '%s' is not allowed in '%s' (%s)", child->name, element->name,
                            names);
        }
        if (!g_hash_table_add(seen, (char *)child->name) && !allowed->repeated)
            return xml_fail(walk->file, child, NULL, error,
                            "element '%s' stands in '%s' a second time", child->name,
                            element->name);
        if (!walk_element(walk, allowed->pattern, child, error))
            return false;
    }
    for (guint i = 0; i < content->children->len; i++) {
        const Allowed *allowed = g_ptr_array_index(content->children, i);
        if (allowed->required && !g_hash_table_contains(seen, allowed->name))
            return xml_fail(walk->file, element, NULL, error, "element '%s' is missing in '%s'",
                            allowed->name, element->name);
    }
    return true;
}

/* What is left when all names are in place: a wrong text, or too few or wrongly ordered children.
 */
static bool walk_whole(Walk *walk, xmlNode *pattern, xmlNode *element, const Content *content,
                       GError **error)
{
    g_auto(Problem) problem = {0};

    if (matches(walk, pattern, element, NULL, &problem))
        return true;
    if (content->text && content->children->len == 0) {
        g_autofree char *words = describe(pattern);
        g_autofree char *text = xml_text_stripped(element);
        return xml_fail(walk->file, element, NULL, error, "the text of '%s' is '%s'; it must be %s",
                        element->name, text, words);
    }
    if (content->children->len > 0 && !xml_child(element, NULL)) {
        g_autofree char *names = allowed_names(content->children);
        return xml_fail(walk->file, element, NULL, error, "'%s' holds nothing (%s)", element->name,
                        names);
    }
    return xml_fail(walk->file, element, NULL, error, "'%s' is not as it must be: %s",
                    element->name, problem.message ? problem.message : "libxml2 gave no reason");
}

static bool walk_element(Walk *walk, xmlNode *pattern, xmlNode *element, GError **error)
{
    g_autoptr(Content) content = content_of(pattern);

    return walk_attributes(walk, element, content, error) &&
           walk_text(walk, element, content, error) &&
           walk_children(walk, element, content, error) &&
           walk_whole(walk, pattern, element, content, error);
}

/* Sets the error for a document that libxml2 found invalid. */
static void explain(const XmlFile *file, xmlDoc *schema, const Problem *problem, GError **error)
{
    g_autoptr(GHashTable) compiled =
        g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)xmlRelaxNGFree);
    Walk walk = {file, compiled};
    xmlNode *root = xml_root(file);
    g_autoptr(Content) start = content_of(xml_child(xmlDocGetRootElement(schema), "start"));
    const Allowed *wanted = g_ptr_array_index(start->children, 0);

    if (root->ns)
        fail_namespace(file, root, error);
    else if (!xml_is(root, wanted->name))
        xml_fail(file, root, NULL, error, "the document element is '%s'; it must be '%s'",
                 root->name, wanted->name);
    else if (walk_element(&walk, wanted->pattern, root, error))
        xml_fail(file, root, NULL, error, "'%s' is not as it must be: %s", root->name,
                 problem->message ? problem->message : "libxml2 gave no reason");
}

/* Puts what an included schema defines in the place of each <include>, so that the walk finds every
 * definition in one grammar. */
static bool inline_includes(xmlDoc *schema)
{
    xmlNode *grammar = xmlDocGetRootElement(schema);

    for (xmlNode *include; (include = xml_child(grammar, "include"));) {
        g_autofree char *file = xml_attr(include, "href");
        g_autofree char *folder = g_path_get_dirname((const char *)schema->URL);
        g_autofree char *path = g_build_filename(folder, file, NULL);
        g_autoptr(xmlDoc) included = xmlReadFile(path, NULL, SCHEMA_OPTIONS);
        if (!included)
            return false;
        XML_FOREACH(define, xmlDocGetRootElement(included), "define")
        {
            xmlAddChild(grammar, xmlDocCopyNode(define, schema, 1));
        }
        xmlUnlinkNode(include);
        xmlFreeNode(include);
    }
    return true;
}

bool xml_schema_check(const XmlFile *file, const char *name, GError **error)
{
    g_autofree char *sub = g_strdup_printf("schemas/%s.rng", name);
    g_autofree char *path = files_share_path(sub);
    g_auto(Problem) problem = {0};
    g_autoptr(xmlDoc) doc = xmlReadFile(path, NULL, SCHEMA_OPTIONS);
    g_autoptr(xmlRelaxNG) schema = doc && inline_includes(doc) ? compile(doc, &problem) : NULL;

    if (!schema) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB,
                    "%s: the schema cannot be read; is truce installed completely? %s", path,
                    problem.message ? problem.message : "");
        return false;
    }
    if (is_valid(schema, xml_root(file)->doc, &problem))
        return true;
    explain(file, doc, &problem, error);
    return false;
}
