/* SPDX-License-Identifier: GPL-2.0-or-later
 * Checks of a test's steps beyond the schema; see scenario-check.h.
 */
#include "model/scenario-check.h"

#include <string.h>

#include "model/damage.h"
#include "model/placeholder.h"
#include "model/scenario-matrix.h"

typedef struct {
    const XmlFile *file;
    const Test *test;
    GHashTable *used;      /* names of the parameters that some step uses */
    GHashTable *snapshots; /* names of those taken so far */
    guint steps;           /* seen so far */
} Check;

static bool has(const xmlNode *element, const char *attribute)
{
    return xmlHasProp(element, (const xmlChar *)attribute);
}

/* What stands among the steps inside another and is none. */
static bool is_step(const xmlNode *element)
{
    return !xml_is(element, "expect") && !xml_is(element, "with");
}

/* Parameters */

/* Whether {name} is a parameter in a step on that vendor (NULL: in any other step), or on each. */
static bool check_placeholder(Check *check, const xmlNode *step, const char *attribute,
                              const char *vendor, const char *name, GError **error)
{
    const Parameter *parameter = test_parameter(check->test, vendor, name);
    bool others = false;

    for (guint i = 0; i < check->test->parameters->len; i++) {
        const Parameter *other = g_ptr_array_index(check->test->parameters, i);
        others = others || g_str_equal(other->name, name);
    }
    if (!parameter && vendor && others)
        return xml_fail(check->file, step, attribute, error,
                        "test '%s' has no parameter '%s' of vendor '%s' for {%s}",
                        check->test->name, name, vendor, name);
    if (!parameter)
        return xml_fail(check->file, step, attribute, error,
                        "test '%s' has no parameter '%s' for {%s}", check->test->name, name, name);
    g_hash_table_add(check->used, g_strdup(parameter->key));
    return true;
}

/* The vendors that a step is about, of char*; a single NULL where it is about none. */
static GPtrArray *vendors_of(const Check *check, const xmlNode *step)
{
    g_autofree char *vendor = xml_attr(step, "vendor");
    GPtrArray *vendors = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < check->test->vendor_sets->len; i++) {
        const VendorSet *set = g_ptr_array_index(check->test->vendor_sets, i);
        for (guint j = 0; g_strcmp0(vendor, "each") == 0 && j < set->install->len; j++) {
            const char *name = g_ptr_array_index(set->install, j);
            if (!g_ptr_array_find_with_equal_func(vendors, name, g_str_equal, NULL))
                g_ptr_array_add(vendors, g_strdup(name));
        }
    }
    if (g_strcmp0(vendor, "each") != 0)
        g_ptr_array_add(vendors, g_steal_pointer(&vendor));
    return vendors;
}

static bool check_text(Check *check, const xmlNode *step, const char *attribute, const char *text,
                       GError **error)
{
    g_autoptr(GPtrArray) names = placeholder_names(text);
    g_autoptr(GPtrArray) vendors = vendors_of(check, step);

    for (guint i = 0; i < names->len; i++)
        for (guint v = 0; v < vendors->len; v++)
            if (!check_placeholder(check, step, attribute, g_ptr_array_index(vendors, v),
                                   g_ptr_array_index(names, i), error))
                return false;
    return true;
}

/* An attribute that becomes a name when its parameters are filled in. */
static bool check_name(Check *check, const xmlNode *step, const char *attribute, const char *what,
                       GError **error)
{
    g_autofree char *name = xml_attr(step, attribute);
    g_autoptr(GPtrArray) vendors = vendors_of(check, step);

    if (!name)
        return true;
    if (!check_text(check, step, attribute, name, error))
        return false;
    const char *first = vendors->len ? g_ptr_array_index(vendors, 0) : NULL;
    g_autoptr(GPtrArray) expanded = test_expansions(check->test, first, name);
    if (strpbrk(g_ptr_array_index(expanded, 0), "{}"))
        return xml_fail(check->file, step, attribute, error,
                        "'%s' is no %s: a brace does not belong to a parameter", name, what);
    return true;
}

static bool check_parameters_used(const Check *check, const xmlNode *matrix, GError **error)
{
    XML_FOREACH(parameter, matrix, NULL)
    {
        if (!xml_is(parameter, "parameter") && !xml_is(parameter, "mutations"))
            continue;
        g_autofree char *name = xml_attr(parameter, "name");
        g_autofree char *vendor = xml_attr(parameter, "vendor");
        g_autofree char *key = vendor ? g_strdup_printf("%s.%s", vendor, name) : g_strdup(name);
        if (!g_hash_table_contains(check->used, key))
            return xml_fail(check->file, parameter, "name", error,
                            "parameter '%s' is not used in any step of test '%s'", name,
                            check->test->name);
    }
    XML_FOREACH(events, matrix, "events")
    {
        g_autofree char *name = xml_attr(events, "name");
        if (!g_hash_table_contains(check->used, name))
            return xml_fail(check->file, events, "name", error,
                            "no 'in-order' step of test '%s' puts the events '%s' in order",
                            check->test->name, name);
    }
    return true;
}

/* What is particular to a kind of step */

static bool check_run(Check *check, const xmlNode *step, GError **error)
{
    g_autofree char *text = xml_text(step);
    return check_text(check, step, NULL, text, error);
}

/* With parameters filled in every way. */
static bool check_damage(Check *check, const xmlNode *step, GError **error)
{
    g_autofree char *text = xml_attr(step, "damage");
    g_autoptr(GPtrArray) vendors = vendors_of(check, step);
    Damage damage;

    if (!check_text(check, step, "damage", text, error))
        return false;
    for (guint v = 0; v < vendors->len; v++) {
        g_autoptr(GPtrArray) words =
            test_expansions(check->test, g_ptr_array_index(vendors, v), text);
        for (guint i = 0; i < words->len; i++)
            if (!damage_parse(g_ptr_array_index(words, i), &damage))
                return xml_fail(
                    check->file, step, "damage", error,
                    "'%s' is no damage: a mutation of the fault 'content-corrupt' and a "
                    "seed, such as bit-flip-7 or bit-flip-7-sealed",
                    (char *)g_ptr_array_index(words, i));
    }
    return true;
}

static bool check_update(Check *check, const xmlNode *step, GError **error)
{
    bool product = has(step, "product");
    g_autofree char *expect = xml_attr(step, "expect");

    if (product == has(step, "content"))
        return xml_fail(check->file, step, product ? "content" : NULL, error,
                        "'%s' needs either 'product' or 'content'%s", (const char *)step->name,
                        product ? ", not both" : "");
    if (product && g_strcmp0(expect, "refused") == 0)
        return xml_fail(check->file, step, "expect", error, "only a content update can be refused");
    if (product && has(step, "damage"))
        return xml_fail(check->file, step, "damage", error, "only content can be damaged");
    return !has(step, "damage") || check_damage(check, step, error);
}

static bool check_copy_in(Check *check, const xmlNode *step, GError **error)
{
    g_autofree char *folder = g_path_get_dirname(xml_name(check->file));
    g_autofree char *name = xml_attr(step, "file");
    g_autofree char *path = g_build_filename(folder, name, NULL);

    return g_file_test(path, G_FILE_TEST_IS_REGULAR) ||
           xml_fail(check->file, step, "file", error, "there is no file '%s'", path);
}

static bool check_load(Check *check, const xmlNode *step, GError **error)
{
    bool profile = has(step, "profile");

    if (profile == has(step, "rate"))
        return xml_fail(check->file, step, profile ? "rate" : NULL, error,
                        "'load' needs either 'profile' or 'rate'%s", profile ? ", not both" : "");
    if (!profile && !has(step, "folder"))
        return xml_fail(check->file, step, NULL, error,
                        "attribute 'folder' is missing: where the files come and go");
    return true;
}

/* A fault's value, with parameters filled in every way. */
static bool check_fault_value(Check *check, const xmlNode *at, const char *attribute,
                              FaultKind kind, const char *name, const char *value, GError **error)
{
    if (!check_text(check, at, attribute, value, error))
        return false;
    g_autoptr(GPtrArray) expanded = test_expansions(check->test, NULL, value);
    for (guint i = 0; i < expanded->len; i++) {
        g_autoptr(GError) wrong = NULL;
        if (!fault_value_check(kind, name, g_ptr_array_index(expanded, i), &wrong))
            return xml_fail(check->file, at, attribute, error, "%s", wrong->message);
    }
    return true;
}

static bool check_fault_values(Check *check, const xmlNode *step, FaultKind kind, GError **error)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (const FaultParameter *trigger = fault_trigger_parameters(); trigger->name; trigger++) {
        g_autofree char *value = xml_attr(step, trigger->name);
        if (value &&
            !check_fault_value(check, step, trigger->name, kind, trigger->name, value, error))
            return false;
    }
    XML_FOREACH(setting, step, "with")
    {
        g_autofree char *name = xml_attr(setting, "name");
        g_autofree char *value = xml_attr(setting, "value");
        if (!g_hash_table_add(seen, g_strdup(name)))
            return xml_fail(check->file, setting, "name", error, "'%s' is there a second time",
                            name);
        if (!check_fault_value(check, setting, "value", kind, name, value, error))
            return false;
    }
    return true;
}

static void add_value(const Check *check, GHashTable *values, const char *name, char *value)
{
    g_autofree char *text = value;
    g_autoptr(GPtrArray) expanded = text ? test_expansions(check->test, NULL, text) : NULL;

    if (text)
        g_hash_table_insert(values, g_strdup(name), g_strdup(g_ptr_array_index(expanded, 0)));
}

/* The values that an <inject> gives, with parameters filled in one way. */
static void inject_values(const Check *check, const xmlNode *step, GHashTable *values)
{
    for (const FaultParameter *trigger = fault_trigger_parameters(); trigger->name; trigger++)
        add_value(check, values, trigger->name, xml_attr(step, trigger->name));
    XML_FOREACH(setting, step, "with")
    {
        g_autofree char *name = xml_attr(setting, "name");
        add_value(check, values, name, xml_attr(setting, "value"));
    }
}

static bool check_inject(Check *check, const xmlNode *step, GError **error)
{
    static const char *const triggers[] = {"after-s", "at-percent", "on-file", "on-serial"};
    g_autofree char *name = xml_attr(step, "fault");
    g_autoptr(GHashTable) values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(FaultCall) call = NULL;
    g_autoptr(GError) wrong = NULL;
    FaultKind kind;
    bool inside = false;

    if (!fault_kind_parse(name, &kind, &wrong))
        return xml_fail(check->file, step, "fault", error, "%s", wrong->message);
    if (!check_fault_values(check, step, kind, error))
        return false;
    XML_FOREACH(child, step, NULL)
    {
        inside |= is_step(child);
    }
    for (guint i = 0; i < G_N_ELEMENTS(triggers); i++)
        if (has(step, triggers[i]) && !inside)
            return xml_fail(check->file, step, triggers[i], error,
                            "'%s' needs the steps during which the fault strikes, inside 'inject'",
                            triggers[i]);
    inject_values(check, step, values);
    if (!fault_call_new(kind, values, &call, &wrong))
        return xml_fail(check->file, step, NULL, error, "%s", wrong->message);
    return true;
}

static bool check_wait(Check *check, const xmlNode *step, GError **error)
{
    static const struct {
        const char *name;
        const char *states; /* that `state` may have */
    } kinds[] = {
        {"file", "present absent"}, {"service", "running stopped"}, {"log", ""}, {"event", ""}};
    g_autofree char *state = xml_attr(step, "state");
    const char *states = NULL, *kind = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!has(step, kinds[i].name))
            continue;
        if (kind)
            return xml_fail(check->file, step, kinds[i].name, error,
                            "'wait-for' waits for one thing: '%s' or '%s'", kind, kinds[i].name);
        kind = kinds[i].name;
        states = kinds[i].states;
    }
    if (!kind)
        return xml_fail(check->file, step, NULL, error,
                        "'wait-for' needs one of: file, service, log, event");
    if (state && !strstr(states, state))
        return xml_fail(check->file, step, "state", error, "a %s is never '%s'%s%s", kind, state,
                        *states ? "; it must be one of: " : "", states);
    if (has(step, "text") != g_str_equal(kind, "log"))
        return xml_fail(check->file, step, has(step, "text") ? "text" : NULL, error,
                        has(step, "text") ? "'text' belongs to 'log'"
                                          : "attribute 'text' is missing: what the log must say");
    return true;
}

static bool check_snapshot(Check *check, const xmlNode *step, GError **error)
{
    g_autofree char *name = xml_attr(step, "name");

    if (!g_hash_table_add(check->snapshots, g_strdup(name)))
        return xml_fail(check->file, step, "name", error, "snapshot '%s' is there a second time",
                        name);
    return true;
}

static bool check_revert(Check *check, const xmlNode *step, GError **error)
{
    g_autofree char *name = xml_attr(step, "name");

    return g_hash_table_contains(check->snapshots, name) ||
           xml_fail(check->file, step, "name", error, "no step before this one takes snapshot '%s'",
                    name);
}

static bool check_parallel(Check *check, const xmlNode *step, GError **error)
{
    const xmlNode *first = xml_child(step, "branch");

    return xml_next(first, "branch") ||
           xml_fail(check->file, step, NULL, error, "'parallel' needs at least two branches");
}

/* Every event of the matrix has its steps, once. */
static bool check_in_order(Check *check, const xmlNode *step, GError **error)
{
    g_autofree char *name = xml_attr(step, "events");
    const MatrixEvents *events = matrix_events(check->test, name);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    if (!events)
        return xml_fail(check->file, step, "events", error, "the matrix has no events '%s'", name);
    if (!g_hash_table_add(check->used, g_strdup(name)))
        return xml_fail(check->file, step, "events", error, "'%s' are put in order twice", name);
    XML_FOREACH(child, step, "event")
    {
        g_autofree char *event = xml_attr(child, "name");
        if (!matrix_event(events, event))
            return xml_fail(check->file, child, "name", error, "'%s' has no event '%s'", name,
                            event);
        if (!g_hash_table_add(seen, g_strdup(event)))
            return xml_fail(check->file, child, "name", error, "event '%s' stands here twice",
                            event);
    }
    for (guint i = 0; i < events->events->len; i++) {
        const MatrixEvent *event = g_ptr_array_index(events->events, i);
        if (!g_hash_table_contains(seen, event->name))
            return xml_fail(check->file, step, NULL, error, "event '%s' of '%s' has no steps here",
                            event->name, name);
    }
    return true;
}

static const struct {
    const char *kind;
    bool (*check)(Check *check, const xmlNode *step, GError **error);
} own_checks[] = {
    {"run", check_run},           {"update", check_update},     {"rollback", check_update},
    {"copy-in", check_copy_in},   {"load", check_load},         {"inject", check_inject},
    {"wait-for", check_wait},     {"snapshot", check_snapshot}, {"revert", check_revert},
    {"parallel", check_parallel}, {"in-order", check_in_order},
};

/* Where steps may stand */

static const xmlNode *around(const xmlNode *step, const char *kind)
{
    for (const xmlNode *parent = step->parent; parent; parent = parent->parent)
        if (parent->type == XML_ELEMENT_NODE && xml_is(parent, kind))
            return parent;
    return NULL;
}

static bool check_nesting(const Check *check, const xmlNode *step, GError **error)
{
    if ((xml_is(step, "load") || xml_is(step, "inject")) && around(step, (const char *)step->name))
        return xml_fail(check->file, step, NULL, error, "'%s' cannot stand inside another '%s'",
                        (const char *)step->name, (const char *)step->name);
    for (guint kind = 0; kind < STEP_KINDS && around(step, "branch"); kind++)
        if (xml_is(step, step_kind_name(kind)) && !step_kind_may_be_parallel(kind))
            return xml_fail(check->file, step, NULL, error,
                            "'%s' cannot stand in a branch: it stops what the others do",
                            (const char *)step->name);
    return true;
}

static bool check_step(Check *check, const xmlNode *step, GError **error)
{
    for (guint i = 0; i < G_N_ELEMENTS(own_checks); i++)
        if (xml_is(step, own_checks[i].kind) && !own_checks[i].check(check, step, error))
            return false;
    return check_nesting(check, step, error) && expect_check(check->file, step, error) &&
           check_name(check, step, "product", "version", error) &&
           check_name(check, step, "content", "version", error) &&
           check_name(check, step, "profile", "name", error);
}

static bool check_steps(Check *check, const xmlNode *steps, GError **error)
{
    XML_FOREACH(step, steps, NULL)
    {
        if (!is_step(step))
            continue;
        if (++check->steps > SCENARIO_STEPS_MAX)
            return xml_fail(check->file, step, NULL, error, "test '%s' has more than %d steps",
                            check->test->name, SCENARIO_STEPS_MAX);
        if (!check_step(check, step, error) || !check_steps(check, step, error))
            return false;
    }
    return true;
}

/* Steps on vendors: each vendor must be in the set, and installed by an earlier step */

typedef struct {
    const Check *check;
    const VendorSet *set;
    GHashTable *installed;
    bool always; /* in <always>: whatever was installed at some time may still be */
} VendorCheck;

static bool set_has(const VendorSet *set, const char *name)
{
    return g_ptr_array_find_with_equal_func(set->install, name, g_str_equal, NULL);
}

static bool check_vendor_step(const VendorCheck *vendors, const xmlNode *step, const char *name,
                              GError **error)
{
    const XmlFile *file = vendors->check->file;

    if (!set_has(vendors->set, name)) {
        g_autofree char *text = vendor_set_text(vendors->set);
        return xml_fail(
            file, step, "vendor", error,
            "vendor '%s' is not in the vendor set '%s' of line %u; use a test of its own", name,
            text, vendors->set->line);
    }
    if (xml_is(step, "install")) {
        g_hash_table_add(vendors->installed, g_strdup(name));
        return true;
    }
    if (!g_hash_table_contains(vendors->installed, name))
        return xml_fail(file, step, "vendor", error, "no step before this one installs vendor '%s'",
                        name);
    if (xml_is(step, "uninstall") && !vendors->always)
        g_hash_table_remove(vendors->installed, name);
    return true;
}

static bool check_vendor_steps(const VendorCheck *vendors, const xmlNode *steps, GError **error);

/* The vendors of the set that steps of this kind inside `steps` are about. */
static void collect_vendors(const xmlNode *steps, const char *kind, const VendorSet *set,
                            GHashTable *names)
{
    XML_FOREACH(step, steps, NULL)
    {
        g_autofree char *vendor = xml_attr(step, "vendor");
        bool each = g_strcmp0(vendor, "each") == 0;
        for (guint i = 0; xml_is(step, kind) && i < set->install->len; i++) {
            const char *name = g_ptr_array_index(set->install, i);
            if (each || g_strcmp0(vendor, name) == 0)
                g_hash_table_add(names, g_strdup(name));
        }
        collect_vendors(step, kind, set, names);
    }
}

static void add_all(GHashTable *to, GHashTable *from, bool remove)
{
    GHashTableIter iter;
    gpointer name;

    g_hash_table_iter_init(&iter, from);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (remove)
            g_hash_table_remove(to, name);
        else
            g_hash_table_add(to, g_strdup(name));
    }
}

/* What one event does to a set of installed vendors, where it `surely` came before, or may have. */
static void apply_event(const VendorCheck *vendors, const xmlNode *event, bool surely,
                        GHashTable *installed)
{
    g_autoptr(GHashTable) names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    if (surely) {
        collect_vendors(event, "install", vendors->set, names);
        add_all(installed, names, false);
        g_hash_table_remove_all(names);
    }
    collect_vendors(event, "uninstall", vendors->set, names);
    add_all(installed, names, true);
}

/* Each event on its own: only what the events' rules put before it is sure to have happened. */
static bool check_vendor_events(const VendorCheck *vendors, const xmlNode *step, GError **error)
{
    g_autofree char *name = xml_attr(step, "events");
    const MatrixEvents *events = matrix_events(vendors->check->test, name);

    XML_FOREACH(child, step, "event")
    {
        g_autofree char *own_name = xml_attr(child, "name");
        const MatrixEvent *own = matrix_event(events, own_name);
        g_autoptr(GHashTable) installed =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        VendorCheck inside = {vendors->check, vendors->set, installed, vendors->always};
        add_all(installed, vendors->installed, false);
        XML_FOREACH(other, step, "event")
        {
            g_autofree char *other_name = xml_attr(other, "name");
            const MatrixEvent *event = matrix_event(events, other_name);
            if (event != own && !matrix_event_follows(events, event, own))
                apply_event(vendors, other, matrix_event_surely(events, event, own), installed);
        }
        if (!check_vendor_steps(&inside, child, error))
            return false;
    }
    XML_FOREACH(child, step, "event")
    {
        g_autofree char *own_name = xml_attr(child, "name");
        apply_event(vendors, child, !matrix_event(events, own_name)->optional, vendors->installed);
    }
    return true;
}

static bool check_vendor_steps(const VendorCheck *vendors, const xmlNode *steps, GError **error)
{
    const GPtrArray *set = vendors->set->install;

    XML_FOREACH(step, steps, NULL)
    {
        g_autofree char *vendor = xml_attr(step, "vendor");
        bool each = g_strcmp0(vendor, "each") == 0;
        if (vendor && !each && !check_vendor_step(vendors, step, vendor, error))
            return false;
        for (guint i = 0; each && i < set->len; i++)
            if (!check_vendor_step(vendors, step, g_ptr_array_index(set, i), error))
                return false;
        bool ordered = xml_is(step, "in-order");
        if (!(ordered ? check_vendor_events : check_vendor_steps)(vendors, step, error))
            return false;
    }
    return true;
}

static bool check_vendor_set(const Check *check, const VendorSet *set, const xmlNode *element,
                             GError **error)
{
    g_autoptr(GHashTable) installed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    VendorCheck vendors = {check, set, installed, false};
    const xmlNode *steps = xml_child(element, "steps");
    const xmlNode *always = xml_child(element, "always");

    if (!check_vendor_steps(&vendors, steps, error))
        return false;
    collect_vendors(steps, "install", set, installed);
    vendors.always = true;
    return !always || check_vendor_steps(&vendors, always, error);
}

bool scenario_check_steps(const Test *test, const XmlFile *file, const xmlNode *element,
                          GError **error)
{
    g_autoptr(GHashTable) used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) snapshots = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Check check = {file, test, used, snapshots, 0};
    const xmlNode *always = xml_child(element, "always");

    if (!check_steps(&check, xml_child(element, "steps"), error) ||
        (always && !check_steps(&check, always, error)) ||
        !check_parameters_used(&check, xml_child(element, "matrix"), error))
        return false;
    for (guint i = 0; i < test->vendor_sets->len; i++)
        if (!check_vendor_set(&check, g_ptr_array_index(test->vendor_sets, i), element, error))
            return false;
    return true;
}
