/* SPDX-License-Identifier: GPL-2.0-or-later
 * Steps: the table of their kinds, and reading; see scenario-step.h.
 */
#include "model/scenario-step.h"

#define RUN_TIMEOUT_S 60 /* where a <run> names none */

static void read_update(const XmlFile *file, const xmlNode *element, Step *step)
{
    g_autofree char *expect = xml_attr(element, "expect");

    (void)file;
    step->damage = xml_attr(element, "damage");
    step->expect = g_strcmp0(expect, "refused") == 0 ? EXPECT_REFUSED
                   : g_strcmp0(expect, "any") == 0   ? EXPECT_EITHER
                                                     : EXPECT_APPLIED;
}

static void read_reboot(const XmlFile *file, const xmlNode *element, Step *step)
{
    g_autofree char *how = xml_attr(element, "how");

    (void)file;
    step->hard = g_strcmp0(how, "hard") == 0;
}

static void read_boot(const XmlFile *file, const xmlNode *element, Step *step)
{
    g_autofree char *mode = xml_attr(element, "mode");

    (void)file;
    if (g_strcmp0(mode, "safe") == 0)
        step->boot_mode = STEP_BOOT_SAFE;
    else if (g_strcmp0(mode, "recovery") == 0)
        step->boot_mode = STEP_BOOT_RECOVERY;
}

static void read_run(const XmlFile *file, const xmlNode *element, Step *step)
{
    (void)file;
    step->run = xml_text_stripped(element);
    step->exit_code = (int)xml_attr_int(element, "exit", 0);
}

static void read_copy_in(const XmlFile *file, const xmlNode *element, Step *step)
{
    g_autofree char *folder = g_path_get_dirname(xml_name(file));
    g_autofree char *name = xml_attr(element, "file");

    step->file = g_build_filename(folder, name, NULL);
    step->path = xml_attr(element, "to");
}

static void read_copy_out(const XmlFile *file, const xmlNode *element, Step *step)
{
    g_autofree char *optional = xml_attr(element, "optional");

    (void)file;
    step->path = xml_attr(element, "from");
    step->optional = g_strcmp0(optional, "yes") == 0;
}

static void read_load(const XmlFile *file, const xmlNode *element, Step *step)
{
    (void)file;
    step->rate = xml_attr_int(element, "rate", 0);
    step->folder = xml_attr(element, "folder");
    step->profile = xml_attr(element, "profile");
}

/* The schema takes any name of a fault; scenario-check-steps.c does not. */
static void read_inject(const XmlFile *file, const xmlNode *element, Step *step)
{
    g_autofree char *name = xml_attr(element, "fault");
    g_autofree char *keep = xml_attr(element, "keep");

    (void)file;
    fault_kind_parse(name, &step->fault.kind, NULL);
    step->fault.values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    step->fault.keep = g_strcmp0(keep, "yes") == 0;
    for (const FaultParameter *trigger = fault_trigger_parameters(); trigger->name; trigger++) {
        char *value = xml_attr(element, trigger->name);
        if (value)
            g_hash_table_insert(step->fault.values, g_strdup(trigger->name), value);
    }
    XML_FOREACH(setting, element, "with")
    {
        g_hash_table_insert(step->fault.values, xml_attr(setting, "name"),
                            xml_attr(setting, "value"));
    }
}

/* The schema lets through several of the four; scenario-check.c does not. */
static void read_wait(const XmlFile *file, const xmlNode *element, Step *step)
{
    static const struct {
        const char *name;
        const char *want;
        const char *default_want;
    } kinds[] = {
        [WAIT_FILE] = {"file", "state", "present"},
        [WAIT_SERVICE] = {"service", "state", "running"},
        [WAIT_LOG] = {"log", "text", NULL},
        [WAIT_EVENT] = {"event", NULL, NULL},
    };

    (void)file;
    for (guint i = 0; i < G_N_ELEMENTS(kinds) && !step->wait.name; i++) {
        step->wait.kind = i;
        step->wait.name = xml_attr(element, kinds[i].name);
        if (step->wait.name && kinds[i].want)
            step->wait.want = xml_attr(element, kinds[i].want);
        if (step->wait.name && !step->wait.want)
            step->wait.want = g_strdup(kinds[i].default_want);
    }
}

static void read_in_order(const XmlFile *file, const xmlNode *element, Step *step)
{
    (void)file;
    step->name = xml_attr(element, "events");
}

/* What is read alike wherever a step has it: vendor, product, content, name, seconds, timeout-s. */
typedef struct {
    const char *name;
    void (*read)(const XmlFile *file, const xmlNode *element, Step *step); /* what is its own */
    bool holds_steps;
    bool may_be_parallel; /* it leaves the machine running */
} Row;

static const Row rows[] = {
    [STEP_INSTALL] = {"install", NULL, false, true},
    [STEP_UNINSTALL] = {"uninstall", NULL, false, true},
    [STEP_UPDATE] = {"update", read_update, false, true},
    [STEP_ROLLBACK] = {"rollback", NULL, false, true},
    [STEP_PROBE] = {"probe", NULL, false, true},
    [STEP_DETECT] = {"detect", NULL, false, true},
    [STEP_REBOOT] = {"reboot", read_reboot, false, false},
    [STEP_BOOT] = {"boot", read_boot, false, false},
    [STEP_RUN] = {"run", read_run, false, true},
    [STEP_COPY_IN] = {"copy-in", read_copy_in, false, true},
    [STEP_COPY_OUT] = {"copy-out", read_copy_out, false, true},
    [STEP_LOAD] = {"load", read_load, true, true},
    [STEP_STRESS] = {"stress", read_load, false, true},
    [STEP_INJECT] = {"inject", read_inject, true, false},
    [STEP_WAIT_FOR] = {"wait-for", read_wait, false, true},
    [STEP_SNAPSHOT] = {"snapshot", NULL, false, false},
    [STEP_REVERT] = {"revert", NULL, false, false},
    [STEP_SOAK] = {"soak", NULL, false, true},
    [STEP_PARALLEL] = {"parallel", NULL, true, false},
    [STEP_BRANCH] = {"branch", NULL, true, false},
    [STEP_IN_ORDER] = {"in-order", read_in_order, true, false},
    [STEP_EVENT] = {"event", NULL, true, false},
};
G_STATIC_ASSERT(G_N_ELEMENTS(rows) == STEP_KINDS);

const char *step_kind_name(StepKind kind)
{
    return rows[kind].name;
}

bool step_kind_holds_steps(StepKind kind)
{
    return rows[kind].holds_steps;
}

bool step_kind_may_be_parallel(StepKind kind)
{
    return rows[kind].may_be_parallel;
}

static void step_free(void *data)
{
    Step *step = data;
    g_free(step->vendor);
    g_free(step->product);
    g_free(step->content);
    g_free(step->damage);
    g_free(step->run);
    g_free(step->folder);
    g_free(step->profile);
    g_free(step->path);
    g_free(step->file);
    g_free(step->name);
    g_free(step->wait.name);
    g_free(step->wait.want);
    g_clear_pointer(&step->fault.values, g_hash_table_unref);
    g_clear_pointer(&step->steps, g_ptr_array_unref);
    g_free(step);
}

static Step *read_step(const XmlFile *file, const xmlNode *element, StepKind kind)
{
    Step *step = g_new0(Step, 1);

    step->kind = kind;
    step->vendor = xml_attr(element, "vendor");
    step->product = xml_attr(element, "product");
    step->content = xml_attr(element, "content");
    step->name = xml_attr(element, "name");
    step->seconds = xml_attr_int(element, "seconds", 0);
    step->timeout_s = xml_attr_int(element, "timeout-s", RUN_TIMEOUT_S);
    step->expects = expect_read(element);
    xml_place(element, &step->line, &step->column);
    if (rows[kind].read)
        rows[kind].read(file, element, step);
    if (rows[kind].holds_steps)
        step->steps = steps_read(file, element);
    return step;
}

GPtrArray *steps_read(const XmlFile *file, const xmlNode *parent)
{
    GPtrArray *steps = g_ptr_array_new_with_free_func(step_free);

    /* <expect> and <with> are no steps and match no row. */
    XML_FOREACH(element, parent, NULL)
    {
        for (guint kind = 0; kind < STEP_KINDS; kind++)
            if (xml_is(element, rows[kind].name))
                g_ptr_array_add(steps, read_step(file, element, kind));
    }
    return steps;
}
