/* SPDX-License-Identifier: GPL-2.0-or-later
 * XML that people write; see xml.h.
 */
#include "util/xml.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <libxml/parser.h>

#include "util/error.h"
#include "util/text.h"
#include "util/xml-schema.h"

#define MESSAGE_MAX 1000 /* bytes */

/* A byte of the text and where a reader finds it. */
typedef struct {
    gsize offset;
    guint line; /* from 1 */
    guint column;
} Spot;

struct XmlFile {
    char *name;
    char *text; /* `length` bytes of UTF-8 without a NUL, and a NUL */
    gsize length;
    GArray *tags; /* of Spot: every start tag, in document order */
    xmlDoc *doc;  /* each element's _private is its Spot in tags */
};

void xml_free(XmlFile *file)
{
    if (!file)
        return;
    g_free(file->name);
    g_free(file->text);
    g_array_unref(file->tags);
    xmlFreeDoc(file->doc);
    g_free(file);
}

xmlNode *xml_root(const XmlFile *file)
{
    return xmlDocGetRootElement(file->doc);
}

const char *xml_name(const XmlFile *file)
{
    return file->name;
}

/* Places and errors */

/* A byte order mark is no column. */
static Spot first_spot(const XmlFile *file)
{
    return (Spot){g_str_has_prefix(file->text, "\xEF\xBB\xBF") ? 3 : 0, 1, 1};
}

static void advance(const XmlFile *file, Spot *spot, gsize offset)
{
    const char *end = file->text + MIN(offset, file->length);

    for (const char *at = file->text + spot->offset; at < end; at = g_utf8_next_char(at)) {
        spot->line += *at == '\n';
        spot->column = *at == '\n' ? 1 : spot->column + 1;
    }
    spot->offset = offset;
}

static bool fail_at(const XmlFile *file, gsize offset, GError **error, const char *message)
{
    Spot spot = first_spot(file);

    /* A message quotes what the file says, which may hold line ends. */
    g_autofree char *line_of_text = text_printable(message, strlen(message), MESSAGE_MAX);
    advance(file, &spot, offset);
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s:%u:%u: %s", file->name, spot.line,
                spot.column, line_of_text);
    return false;
}

static const Spot *element_spot(const xmlNode *element)
{
    return element->_private;
}

/* The end of a tag that begins at `at`: its '>', or NULL where there is none. */
static const char *tag_end(const char *at)
{
    while ((at = strpbrk(at, "\"'>")) && *at != '>') {
        at = strchr(at + 1, *at);
        if (!at)
            return NULL;
        at++;
    }
    return at;
}

static gsize attribute_offset(const XmlFile *file, const xmlNode *element, const char *attribute)
{
    const char *at = file->text + element_spot(element)->offset;
    const char *end = tag_end(at);
    gsize length = strlen(attribute);

    at += strcspn(at, " \t\r\n/>");
    while (end && at < end) {
        at += strspn(at, " \t\r\n/");
        const char *name = at;
        at += strcspn(at, " \t\r\n=>");
        if ((gsize)(at - name) == length && strncmp(name, attribute, length) == 0)
            return name - file->text;
        at += strcspn(at, "\"'>");
        const char *close = at < end ? strchr(at + 1, *at) : NULL;
        at = close ? close + 1 : end;
    }
    return element_spot(element)->offset;
}

void xml_place(const xmlNode *element, guint *ret_line, guint *ret_column)
{
    *ret_line = element_spot(element)->line;
    *ret_column = element_spot(element)->column;
}

bool xml_fail(const XmlFile *file, const xmlNode *element, const char *attribute, GError **error,
              const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *message = g_strdup_vprintf(format, args);
    va_end(args);
    gsize offset =
        attribute ? attribute_offset(file, element, attribute) : element_spot(element)->offset;
    return fail_at(file, offset, error, message);
}

/* Reading */

static const char *skip_to_end_of(const char *at, gsize opening, const char *close)
{
    const char *found = strstr(at + opening, close);
    return found ? found + strlen(close) : NULL;
}

/* Collects the place of every start tag, so that the tree's elements can be told where they stand,
 * and refuses what libxml2 shall not see. What is not well-formed ends the scan: libxml2 says why.
 */
static bool scan(XmlFile *file, GError **error)
{
    Spot spot = first_spot(file);
    guint depth = 0;
    const char *at = file->text;

    while (at && (at = strchr(at, '<'))) {
        gsize offset = at - file->text;
        if (g_str_has_prefix(at, "<!--")) {
            at = skip_to_end_of(at, 4, "-->");
        } else if (g_str_has_prefix(at, "<![CDATA[")) {
            at = skip_to_end_of(at, 9, "]]>");
        } else if (g_str_has_prefix(at, "<?")) {
            at = skip_to_end_of(at, 2, "?>");
        } else if (g_str_has_prefix(at, "<!")) {
            return fail_at(file, offset, error, "a DOCTYPE is not allowed in this file");
        } else if (g_str_has_prefix(at, "</")) {
            depth -= depth > 0;
            at += 2;
        } else {
            const char *end = tag_end(at);
            if (++depth > XML_DEPTH_MAX)
                return fail_at(file, offset, error, "elements are nested more than 32 deep");
            if (file->tags->len == XML_ELEMENTS_MAX)
                return fail_at(file, offset, error, "there are more than 10000 elements");
            advance(file, &spot, offset);
            g_array_append_val(file->tags, spot);
            depth -= end && end[-1] == '/';
            at = end;
        }
    }
    return true;
}

/* The first error of the parser and where in the text it was. */
typedef struct {
    gsize offset;
    char *message;
} ParserError;

static void on_parser_error(void *data, xmlErrorPtr problem)
{
    xmlParserCtxt *parser = data;
    ParserError *first = parser->_private;

    if (first->message || problem->level < XML_ERR_ERROR)
        return;
    first->message = g_strstrip(g_strdup(problem->message ? problem->message : "unknown error"));
    if (parser->input)
        first->offset = parser->input->consumed + (parser->input->cur - parser->input->base);
}

static bool parse(XmlFile *file, GError **error)
{
    ParserError first = {0};
    xmlParserCtxt *parser = xmlNewParserCtxt();

    g_return_val_if_fail(parser, false);
    parser->_private = &first;
    parser->sax->serror = on_parser_error;
    file->doc = xmlCtxtReadMemory(parser, file->text, file->length, NULL, "UTF-8",
                                  XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_IGNORE_ENC);
    xmlFreeParserCtxt(parser);

    g_autofree char *reason = first.message;
    if (file->doc && !reason)
        return true;
    g_strdelimit(reason ? reason : (reason = g_strdup("no reason given")), "\n", ' ');
    g_autofree char *message = g_strdup_printf("not well-formed XML: %s", reason);
    return fail_at(file, first.offset, error, message);
}

static xmlNode *next_in_document(xmlNode *node)
{
    if (node->type == XML_ELEMENT_NODE && node->children)
        return node->children;
    while (node && !node->next)
        node = node->parent && node->parent->type == XML_ELEMENT_NODE ? node->parent : NULL;
    return node ? node->next : NULL;
}

static bool check_values(const XmlFile *file, const xmlNode *element, GError **error)
{
    for (xmlAttr *attr = element->properties; attr; attr = attr->next) {
        xml_str value = xmlNodeListGetString(file->doc, attr->children, 1);
        if (value && strlen((char *)value) > XML_VALUE_MAX)
            return xml_fail(file, element, (char *)attr->name, error,
                            "attribute '%s' is longer than %d bytes", attr->name, XML_VALUE_MAX);
    }
    gsize length = 0;
    for (xmlNode *child = element->children; child; child = child->next)
        if (child->type == XML_TEXT_NODE && !xmlIsBlankNode(child))
            length += strlen((char *)child->content);
    if (length > XML_VALUE_MAX)
        return xml_fail(file, element, NULL, error, "the text of '%s' is longer than %d bytes",
                        element->name, XML_VALUE_MAX);
    return true;
}

/* Start tags stand in the text in the same order as elements in the tree. */
static bool place_elements(XmlFile *file, GError **error)
{
    guint seen = 0;

    for (xmlNode *node = xml_root(file); node; node = next_in_document(node)) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        if (seen == file->tags->len)
            return fail_at(file, 0, error, "cannot tell where its elements stand");
        node->_private = &g_array_index(file->tags, Spot, seen);
        seen++;
        if (!check_values(file, node, error))
            return false;
    }
    return true;
}

/* The first control character, or one that turns the direction of what follows; 0: none. */
static gunichar find_unprintable(const char *text)
{
    for (const char *at = text; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        if (turns || (g_unichar_iscntrl(c) && !strchr("\t\n\r", (int)c)))
            return c;
    }
    return 0;
}

static bool check_characters_of(const XmlFile *file, const xmlNode *element, GError **error)
{
    gunichar bad = 0;

    for (xmlAttr *attr = element->properties; attr; attr = attr->next) {
        xml_str value = xmlNodeListGetString(file->doc, attr->children, 1);
        if (value && (bad = find_unprintable((char *)value)))
            return xml_fail(file, element, (char *)attr->name, error,
                            "attribute '%s' holds U+%04X, which does not print", attr->name, bad);
    }
    for (xmlNode *child = element->children; child; child = child->next)
        if (child->type == XML_TEXT_NODE && (bad = find_unprintable((char *)child->content)))
            return xml_fail(file, element, NULL, error,
                            "the text of '%s' holds U+%04X, which does not print", element->name,
                            bad);
    return true;
}

/* What people write is shown on terminals; what Windows wrote need not print. */
static bool check_characters(const XmlFile *file, GError **error)
{
    for (xmlNode *node = xml_root(file); node; node = next_in_document(node))
        if (node->type == XML_ELEMENT_NODE && !check_characters_of(file, node, error))
            return false;
    return true;
}

bool xml_parse(const char *text, gsize length, const char *name, const char *schema,
               XmlFile **ret_file, GError **error)
{
    g_autoptr(XmlFile) file = g_new0(XmlFile, 1);
    const char *bad;

    file->name = g_strdup(name);
    file->tags = g_array_new(FALSE, FALSE, sizeof(Spot));
    file->length = length > XML_SIZE_MAX ? 0 : length;
    file->text = g_malloc0(file->length + 1);
    if (length > XML_SIZE_MAX)
        return fail_at(file, 0, error, "larger than 1 MiB, the limit for such files");
    if (length == 0)
        return fail_at(file, 0, error, "the file is empty");
    memcpy(file->text, text, length);
    if (!g_utf8_validate(file->text, length, &bad))
        return fail_at(file, bad - file->text, error, "not UTF-8 text; save the file as UTF-8");
    xmlInitParser();
    if (!scan(file, error) || !parse(file, error) || !place_elements(file, error))
        return false;
    if (schema && (!check_characters(file, error) || !xml_schema_check(file, schema, error)))
        return false;
    *ret_file = g_steal_pointer(&file);
    return true;
}

bool xml_read(const char *path, const char *schema, XmlFile **ret_file, GError **error)
{
    /* One byte more than may be, so that xml_parse() sees that it is too long. */
    g_autofree char *text = g_malloc(XML_SIZE_MAX + 1);
    FILE *stream = fopen(path, "re");
    gsize length = stream ? fread(text, 1, XML_SIZE_MAX + 1, stream) : 0;
    int reason = !stream || ferror(stream) ? errno : 0;

    if (stream)
        fclose(stream);
    if (reason) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: cannot be read: %s", path,
                    g_strerror(reason));
        return false;
    }
    return xml_parse(text, length, path, schema, ret_file, error);
}

/* Access */

xmlNode *xml_child(const xmlNode *element, const char *name)
{
    for (xmlNode *node = element ? element->children : NULL; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && (!name || xml_is(node, name)))
            return node;
    return NULL;
}

xmlNode *xml_next(const xmlNode *element, const char *name)
{
    for (xmlNode *node = element->next; node; node = node->next)
        if (node->type == XML_ELEMENT_NODE && (!name || xml_is(node, name)))
            return node;
    return NULL;
}

bool xml_is(const xmlNode *element, const char *name)
{
    return strcmp((const char *)element->name, name) == 0;
}

char *xml_attr(const xmlNode *element, const char *name)
{
    xml_str value = element ? xmlGetNoNsProp(element, (const xmlChar *)name) : NULL;
    return value ? g_strstrip(g_strdup((char *)value)) : NULL;
}

gint64 xml_attr_int(const xmlNode *element, const char *name, gint64 fallback)
{
    g_autofree char *value = xml_attr(element, name);
    return value ? g_ascii_strtoll(value, NULL, 10) : fallback;
}

GPtrArray *xml_attr_words(const xmlNode *element, const char *name)
{
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *value = xml_attr(element, name);
    g_auto(GStrv) parts = value ? g_strsplit_set(value, " \t\r\n", -1) : NULL;

    for (char **part = parts; part && *part; part++)
        if (**part)
            g_ptr_array_add(words, g_strdup(*part));
    return words;
}

char *xml_text(const xmlNode *element)
{
    xml_str text = element ? xmlNodeGetContent(element) : NULL;
    return element ? g_strdup(text ? (char *)text : "") : NULL;
}

char *xml_text_stripped(const xmlNode *element)
{
    char *text = xml_text(element);
    return text ? g_strstrip(text) : NULL;
}

char *xml_text_paragraph(const xmlNode *element)
{
    g_autofree char *text = xml_text(element);
    if (!text)
        return NULL;
    g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
    GString *line = g_string_new(NULL);
    for (char **word = words; *word; word++)
        if (**word)
            g_string_append_printf(line, "%s%s", line->len ? " " : "", *word);
    return g_string_free(line, FALSE);
}
