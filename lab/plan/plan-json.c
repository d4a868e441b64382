/* SPDX-License-Identifier: GPL-2.0-or-later
 * plan.json of a run folder (docs/run-folder.md), written and read back.
 */
#include "plan/plan.h"

#include "plan/plan-case.h"
#include "util/error.h"
#include "util/json.h"

#define PLAN_FORMAT 1
#define PLAN_BYTES_MAX (16 * 1024 * 1024)
#define PLAN_TEXT_MAX 1000   /* bytes of any text in it */
#define PLAN_MEMBERS_MAX 100 /* vendors, or parameters, of one case */

/* Writing */

static int compare_names(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(a, b);
}

static void add_once(cJSON *names, const char *name)
{
    const cJSON *item;

    cJSON_ArrayForEach (item, names)
        if (g_strcmp0(cJSON_GetStringValue(item), name) == 0)
            return;
    cJSON_AddItemToArray(names, cJSON_CreateString(name));
}

/* The names of the faults that its steps inject, in their order. */
static void add_faults(cJSON *names, const PlanCase *plan_case, const GPtrArray *steps,
                       const char *prefix)
{
    for (guint i = 0; i < steps->len; i++) {
        const Step *step = steps->pdata[i];
        g_autofree char *path = g_strdup_printf("%s%u", prefix, i + 1);
        g_autofree char *inner = g_strdup_printf("%s.", path);
        if (step->kind == STEP_INJECT && !plan_case_omits(plan_case, step, path))
            add_once(names, fault_info(step->fault.kind)->name);
        if (step->steps)
            add_faults(names, plan_case, step->steps, inner);
    }
}

/* Nothing for NULL. */
static void add_texts(cJSON *object, const char *name, const GPtrArray *texts)
{
    cJSON *list = texts ? cJSON_AddArrayToObject(object, name) : NULL;

    for (guint i = 0; texts && i < texts->len; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(texts->pdata[i]));
}

static void add_table(cJSON *object, const char *name, GHashTable *table)
{
    if (!table)
        return;
    cJSON *members = cJSON_AddObjectToObject(object, name);
    g_autoptr(GList) keys = g_hash_table_get_keys(table);
    keys = g_list_sort(keys, compare_names);
    for (const GList *key = keys; key; key = key->next)
        json_add_text(members, key->data, g_hash_table_lookup(table, key->data));
}

cJSON *plan_case_to_json(const PlanCase *plan_case)
{
    cJSON *object = cJSON_CreateObject();

    json_add_text(object, "id", plan_case->id);
    json_add_text(object, "test", plan_case->test_name);
    json_add_text(object, "title", plan_case->title);
    json_add_text(object, "guest", plan_case->guest);
    cJSON *vendors = cJSON_AddArrayToObject(object, "vendors");
    for (guint i = 0; i < plan_case->vendors->len; i++)
        cJSON_AddItemToArray(vendors, cJSON_CreateString(g_ptr_array_index(plan_case->vendors, i)));
    add_table(object, "parameters", plan_case->parameters);
    cJSON_AddBoolToObject(object, "control", plan_case->control);
    json_add_text(object, "why", plan_case->why);
    if (plan_case->expected_s > 0)
        cJSON_AddNumberToObject(object, "expected_s", plan_case->expected_s);
    if (plan_case->number > 0)
        cJSON_AddNumberToObject(object, "number", plan_case->number);
    add_texts(object, "omits", plan_case->omits);
    add_table(object, "instead", plan_case->instead);
    add_texts(object, "reversed", plan_case->reversed);
    if (plan_case->brief)
        cJSON_AddTrueToObject(object, "brief");
    if (plan_case->test && plan_case->test->requirements->len > 0) {
        cJSON *ids = cJSON_AddArrayToObject(object, "requirements");
        for (guint i = 0; i < plan_case->test->requirements->len; i++)
            cJSON_AddItemToArray(
                ids, cJSON_CreateString(g_ptr_array_index(plan_case->test->requirements, i)));
    }
    g_autoptr(cJSON) faults = cJSON_CreateArray();
    if (plan_case->test)
        add_faults(faults, plan_case, plan_case->test->steps, "");
    if (cJSON_GetArraySize(faults) > 0)
        cJSON_AddItemToObject(object, "faults", g_steal_pointer(&faults));
    return object;
}

/* The whole catalogue: what no case is evidence for is to be seen in the reports too. */
static void append_requirements(GString *text, const Requirements *requirements)
{
    for (guint i = 0; i < requirements->list->len; i++) {
        const Requirement *requirement = g_ptr_array_index(requirements->list, i);
        g_autoptr(cJSON) object = cJSON_CreateObject();
        json_add_text(object, "id", requirement->id);
        json_add_text(object, "title", requirement->title);
        json_add_text(object, "text", requirement->text);
        json_add_text(object, "source", requirement->source);
        g_autofree char *line = json_line(object);
        g_string_append_printf(text, "%s\n%s", i ? "," : "", line);
    }
}

char *plan_to_json(const Plan *plan)
{
    g_autoptr(cJSON) head = cJSON_CreateObject();
    GString *text = g_string_new(NULL);

    /* One case a line, so that plans are easy to read and to compare. */
    json_add_text(head, "scenario", plan->scenario);
    g_autofree char *scenario = json_line(cJSON_GetObjectItemCaseSensitive(head, "scenario"));
    g_string_append_printf(text, "{\"format\":%d,\"scenario\":%s,", PLAN_FORMAT, scenario);
    if (plan->planned > 0)
        g_string_append_printf(text, "\"planned\":%u,", plan->planned);
    g_string_append(text, "\"cases\":[");
    for (guint i = 0; i < plan->cases->len; i++) {
        g_autoptr(cJSON) object = plan_case_to_json(g_ptr_array_index(plan->cases, i));
        g_autofree char *line = json_line(object);
        g_string_append_printf(text, "%s\n%s", i ? "," : "", line);
    }
    if (plan->requirements) {
        g_string_append(text, "\n],\"requirements\":[");
        append_requirements(text, plan->requirements);
    }
    return g_string_free(g_string_append(text, "\n]}\n"), FALSE);
}

/* Reading */

static bool fail(const char *path, const char *where, const char *message, GError **error)
{
    g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT, "%s: %s: %s", path, where, message);
    return false;
}

static bool is_text(const char *text)
{
    return text && strnlen(text, PLAN_TEXT_MAX + 1) <= PLAN_TEXT_MAX;
}

static bool read_texts(const cJSON *object, PlanCase *plan_case)
{
    const struct {
        const char *member;
        char **ret_text;
    } texts[] = {
        {"id", &plan_case->id},       {"test", &plan_case->test_name}, {"title", &plan_case->title},
        {"guest", &plan_case->guest}, {"why", &plan_case->why},
    };
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        const char *text = json_string(object, texts[i].member, NULL);
        if (!is_text(text))
            return false;
        *texts[i].ret_text = g_strdup(text);
    }
    return *plan_case->id != '\0';
}

static bool read_vendors(const cJSON *object, PlanCase *plan_case)
{
    const cJSON *vendors = cJSON_GetObjectItemCaseSensitive(object, "vendors");
    const cJSON *vendor;

    cJSON_ArrayForEach (vendor, vendors) {
        const char *name = cJSON_GetStringValue(vendor);
        if (!is_text(name) || plan_case->vendors->len == PLAN_MEMBERS_MAX)
            return false;
        g_ptr_array_add(plan_case->vendors, g_strdup(name));
    }
    return cJSON_IsArray(vendors);
}

static bool read_table(const cJSON *object, GHashTable *table)
{
    const cJSON *member;

    cJSON_ArrayForEach (member, object) {
        const char *value = cJSON_GetStringValue(member);
        if (!is_text(value) || !is_text(member->string) ||
            g_hash_table_size(table) == PLAN_MEMBERS_MAX)
            return false;
        g_hash_table_insert(table, g_strdup(member->string), g_strdup(value));
    }
    return cJSON_IsObject(object);
}

static bool read_paths(const cJSON *list, GPtrArray **ret_paths)
{
    const cJSON *path;

    if (list)
        *ret_paths = g_ptr_array_new_with_free_func(g_free);
    cJSON_ArrayForEach (path, list) {
        const char *text = cJSON_GetStringValue(path);
        if (!is_text(text) || (*ret_paths)->len == PLAN_MEMBERS_MAX)
            return false;
        g_ptr_array_add(*ret_paths, g_strdup(text));
    }
    return !list || cJSON_IsArray(list);
}

/* Only an experiment has these. */
static bool read_variation(const cJSON *object, PlanCase *plan_case)
{
    const cJSON *instead = cJSON_GetObjectItemCaseSensitive(object, "instead");

    plan_case->brief = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, "brief"));
    if (instead)
        plan_case->instead = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return (!instead || read_table(instead, plan_case->instead)) &&
           read_paths(cJSON_GetObjectItemCaseSensitive(object, "omits"), &plan_case->omits) &&
           read_paths(cJSON_GetObjectItemCaseSensitive(object, "reversed"), &plan_case->reversed);
}

bool plan_case_from_json(const cJSON *object, PlanCase **ret_case, const char **ret_wrong)
{
    g_autoptr(PlanCase) plan_case = plan_case_new();
    const cJSON *control = cJSON_GetObjectItemCaseSensitive(object, "control");

    *ret_wrong = NULL;
    if (!read_texts(object, plan_case))
        *ret_wrong = "id, test, title, guest or why is missing or too long";
    else if (!read_vendors(object, plan_case))
        *ret_wrong = "vendors is no list of names";
    else if (!read_table(cJSON_GetObjectItemCaseSensitive(object, "parameters"),
                         plan_case->parameters))
        *ret_wrong = "parameters is no object of texts";
    else if (!read_variation(object, plan_case))
        *ret_wrong = "omits, instead or reversed is not as an experiment's";
    else if (!cJSON_IsBool(control))
        *ret_wrong = "control is missing";
    if (*ret_wrong)
        return false;
    plan_case->control = cJSON_IsTrue(control);
    const cJSON *expected = cJSON_GetObjectItemCaseSensitive(object, "expected_s");
    plan_case->expected_s = cJSON_IsNumber(expected) ? CLAMP(expected->valuedouble, 0, 1e7) : 0;
    *ret_case = g_steal_pointer(&plan_case);
    return true;
}

static bool read_case(const char *path, const cJSON *object, Plan *plan, GHashTable *ids,
                      GError **error)
{
    g_autofree char *where = g_strdup_printf("case %u", plan->cases->len + 1);
    const char *wrong;
    PlanCase *plan_case;

    if (plan->cases->len == SCENARIO_CASES_MAX)
        return fail(path, where, "more cases than a plan can have", error);
    if (!plan_case_from_json(object, &plan_case, &wrong))
        return fail(path, where, wrong, error);
    g_ptr_array_add(plan->cases, plan_case);
    return g_hash_table_add(ids, plan_case->id) ||
           fail(path, where, "its id is that of an earlier case", error);
}

bool plan_read(const char *path, Plan **ret_plan, GError **error)
{
    g_autoptr(cJSON) root = NULL;

    if (!json_read_file(path, PLAN_BYTES_MAX, &root, error))
        return false;
    const cJSON *cases = cJSON_GetObjectItemCaseSensitive(root, "cases");
    const char *scenario = json_string(root, "scenario", NULL);
    if (json_int(root, "format", 0) != PLAN_FORMAT)
        return fail(path, "format", "this is no plan of format 1", error);
    if (!is_text(scenario) || !cJSON_IsArray(cases))
        return fail(path, "plan", "scenario or cases is missing", error);

    g_autoptr(GHashTable) ids = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(Plan) plan = plan_new(scenario);
    const cJSON *object;
    cJSON_ArrayForEach (object, cases) {
        if (!read_case(path, object, plan, ids, error))
            return false;
    }
    *ret_plan = g_steal_pointer(&plan);
    return true;
}
