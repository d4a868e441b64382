/* SPDX-License-Identifier: GPL-2.0-or-later
 * The model as text; see dump.h.
 */
#include "dump.h"

static void put(GString *out, const char *name, const char *value)
{
    g_autofree char *escaped = value ? g_strescape(value, NULL) : NULL;
    if (escaped)
        g_string_append_printf(out, "%s: \"%s\"\n", name, escaped);
    else
        g_string_append_printf(out, "%s: -\n", name);
}

static void put_number(GString *out, const char *name, gint64 value)
{
    g_string_append_printf(out, "%s: %" G_GINT64_FORMAT "\n", name, value);
}

static void put_list(GString *out, const char *name, const GPtrArray *list)
{
    g_string_append_printf(out, "%s:", name);
    for (guint i = 0; i < list->len; i++)
        g_string_append_printf(out, " \"%s\"", (char *)g_ptr_array_index(list, i));
    g_string_append_c(out, '\n');
}

static void put_devices(GString *out, const Guest *guest)
{
    g_string_append_printf(out, "devices:%s%s%s\n", guest->secure_boot ? " secure-boot" : "",
                           guest->tpm ? " tpm" : "", guest->hyperv ? " hyperv" : "");
    put(out, "network", guest->network);
    put(out, "watchdog", guest->watchdog);
    put_number(out, "data_disk_gib", guest->data_disk_gib);
}

static void put_install(GString *out, const Install *install)
{
    if (!install)
        return;
    g_string_append_printf(
        out, "install: %s %u…, %s, %s, %u GiB, %u s\n", install->server ? "server" : "client",
        g_array_index(install->builds, guint, 0), install->drivers,
        install->locale ? install->locale : "any", install->disk_gib, install->stage_s);
    for (guint i = 0; i < install->editions->len; i++) {
        const InstallEdition *edition = install->editions->pdata[i];
        put(out, edition->id, edition->name);
    }
}

char *dump_guest(const Guest *guest)
{
    GString *out = g_string_new(NULL);

    put(out, "name", guest->name);
    put(out, "kind", guest_kind_name(guest->kind));
    put(out, "title", guest->title);
    put(out, "limits", guest->limits);
    put(out, "machine", guest->machine);
    put(out, "cpu", guest->cpu);
    put_number(out, "vcpus", guest->vcpus);
    put_number(out, "memory_mib", guest->memory_mib);
    put(out, "vga", guest->vga);
    put(out, "disk", guest->disk);
    put(out, "disk_bus", guest->disk_bus);
    put(out, "kernel", guest->kernel);
    put(out, "initrd", guest->initrd);
    put(out, "cmdline", guest->cmdline);
    put(out, "safe_mode", guest->safe_mode);
    put(out, "channel", guest->channel == GUEST_CHANNEL_SERIAL ? "serial" : "virtio");
    put(out, "panic_models", guest->panic_models);
    put_devices(out, guest);
    put_number(out, "ready_timeout_s", guest->ready_timeout_s);
    put(out, "dump_folder", guest->dump_folder);
    put(out, "dump_pattern", guest->dump_pattern);
    put(out, "builder", guest->builder);
    put_number(out, "build_timeout_s", guest->build_timeout_s);
    put_number(out, "build_disk_mib", guest->build_disk_mib);
    put_install(out, guest->install);
    put(out, "file", guest->file);
    return g_string_free(out, FALSE);
}

static void put_codes(GString *out, const char *name, const GArray *codes)
{
    g_string_append_printf(out, " %s=", name);
    for (guint i = 0; i < codes->len; i++)
        g_string_append_printf(out, "%s%d", i ? "," : "", g_array_index(codes, int, i));
}

static void put_command(GString *out, const char *name, const VendorCommand *command)
{
    put(out, name, command->run);
    g_string_append_printf(out, "    timeout_s=%u", command->timeout_s);
    put_codes(out, "ok", command->ok);
    put_codes(out, "reboot", command->reboot);
    put_codes(out, "refused", command->refused);
    g_string_append_c(out, '\n');
}

static void put_modules(GString *out, const Vendor *vendor)
{
    static const char *const kinds[] = {"driver", "service", "module"};

    for (guint i = 0; i < vendor->modules->len; i++) {
        const VendorModule *module = g_ptr_array_index(vendor->modules, i);
        g_string_append_printf(out, "%s at %u:%u\n", kinds[module->kind], module->line,
                               module->column);
        put(out, "  name", module->name);
        put(out, "  file", module->file);
        put(out, "  path", module->path);
        put(out, "  start", module->start);
        put(out, "  group", module->group);
        put(out, "  altitude", module->altitude);
        for (guint k = 0; k < module->pool_tags->len; k++)
            put(out, "  pool tag", module->pool_tags->pdata[k]);
    }
}

static void put_versions(GString *out, const Vendor *vendor)
{
    for (guint i = 0; i < vendor->products->len; i++) {
        const VendorProduct *product = g_ptr_array_index(vendor->products, i);
        put(out, "product", product->version);
        put(out, "  package", product->package);
        put_command(out, "  install", &product->install);
        put_command(out, "  uninstall", &product->uninstall);
    }
    for (guint i = 0; i < vendor->contents->len; i++) {
        const VendorContent *content = g_ptr_array_index(vendor->contents, i);
        put(out, content->is_default ? "content (default)" : "content", content->version);
        put(out, "  file", content->file);
    }
    put_command(out, "content_update", &vendor->content_update);
    if (vendor->content_format.known) {
        put_number(out, "content_format version_at", vendor->content_format.version_at);
        put_number(out, "content_format count_at", vendor->content_format.count_at);
        put(out, "content_format seal", vendor->content_format.seal);
        put_number(out, "content_format seal_at", vendor->content_format.seal_at);
    }
}

static void put_probes(GString *out, const Vendor *vendor)
{
    for (guint i = 0; i < vendor->probes->len; i++) {
        const VendorProbe *probe = g_ptr_array_index(vendor->probes, i);
        put(out, probe->kind == PROBE_ALIVE ? "alive probe" : "detection probe", probe->name);
        put_number(out, "  timeout_s", probe->timeout_s);
        put_command(out, "  command", &probe->command);
        put(out, "  drop_path", probe->drop_path);
        put(out, "  drop_text", probe->drop_text);
        put(out, "  gone_path", probe->gone_path);
        put(out, "  present_path", probe->present_path);
    }
}

char *dump_vendor(const Vendor *vendor)
{
    GString *out = g_string_new(NULL);

    put(out, "name", vendor->name);
    put(out, "title", vendor->title);
    put(out, "description", vendor->description);
    put_modules(out, vendor);
    put_list(out, "content_folders", vendor->content_folders);
    put_versions(out, vendor);
    put_probes(out, vendor);
    put_list(out, "recovery_delete", vendor->recovery_delete);
    for (guint i = 0; i < vendor->secrets->len; i++) {
        const VendorSecret *secret = g_ptr_array_index(vendor->secrets, i);
        g_string_append_printf(out, "secret: %s %u:%u\n", secret->name, secret->line,
                               secret->column);
    }
    for (guint i = 0; i < vendor->faults->len; i++) {
        const VendorFault *fault = g_ptr_array_index(vendor->faults, i);
        put(out, "fault", fault->id);
        put(out, "  kind", fault->kind);
        put(out, "  product", fault->product);
        put(out, "  content", fault->content);
        for (guint j = 0; j < fault->with->len; j++)
            put(out, "  with", fault->with->pdata[j]);
        put(out, "  module", fault->module);
        put(out, "  trigger", fault->trigger);
        put(out, "  text", fault->text);
    }
    return g_string_free(out, FALSE);
}

static void put_rules(GString *out, const Matrix *matrix)
{
    put_number(out, "  strength", matrix->strength);
    put_number(out, "  by vendor", matrix->by_vendor);
    for (guint i = 0; i < matrix->groups->len; i++) {
        const MatrixGroup *group = g_ptr_array_index(matrix->groups, i);
        put_list(out, "  group", group->of);
        put_number(out, "    strength", group->strength);
    }
    for (guint i = 0; i < matrix->constraints->len; i++) {
        const MatrixConstraint *constraint = g_ptr_array_index(matrix->constraints, i);
        g_string_append_printf(out, "  constraint at %u:%u: %s\n", constraint->line,
                               constraint->column, constraint->text);
    }
    for (guint i = 0; i < matrix->seeds->len; i++) {
        const MatrixSeed *seed = g_ptr_array_index(matrix->seeds, i);
        put(out, "  case on", seed->guest);
        if (seed->vendors)
            put_list(out, "    vendors", seed->vendors);
        put_number(out, "    values", g_hash_table_size(seed->values));
    }
    if (matrix->keep)
        put_list(out, "  controls keep", matrix->keep);
}

static void put_expect(GString *out, const Expect *expect)
{
    const struct {
        const char *name;
        gint64 value;
    } limits[] = {
        {"boots_within_s", expect->boots_within_s},
        {"detection_within_s", expect->detection_within_s},
        {"handles_per_hour", expect->handles_per_hour},
        {"processor_percent", expect->processor_percent},
        {"memory_mib_per_hour", expect->memory_mib_per_hour},
        {"processes_per_hour", expect->processes_per_hour},
        {"overhead_percent", expect->overhead_percent},
    };

    g_string_append_printf(out, "%s%s%s", expect->no_bugcheck ? " no_bugcheck" : "",
                           expect->probes_green ? " probes_green" : "",
                           expect->nothing_left ? " nothing_left" : "");
    if (expect->recovers)
        g_string_append_printf(out, " recovers=%d", expect->recovers);
    for (guint i = 0; i < G_N_ELEMENTS(limits); i++)
        if (limits[i].value != EXPECT_UNASKED)
            g_string_append_printf(out, " %s=%" G_GINT64_FORMAT, limits[i].name, limits[i].value);
}

static void put_fault(GString *out, const StepFault *fault)
{
    g_autoptr(GList) names =
        g_list_sort(g_hash_table_get_keys(fault->values), (GCompareFunc)g_strcmp0);

    g_string_append_printf(out, " fault=%s%s", fault_info(fault->kind)->name,
                           fault->keep ? " keep" : "");
    for (const GList *name = names; name; name = name->next)
        g_string_append_printf(out, " %s='%s'", (const char *)name->data,
                               (const char *)g_hash_table_lookup(fault->values, name->data));
}

static void put_numbers(GString *out, const Step *step)
{
    const struct {
        const char *name;
        gint64 value;
    } numbers[] = {
        {"exit", step->exit_code}, {"seconds", step->seconds},     {"rate", step->rate},
        {"hard", step->hard},      {"boot_mode", step->boot_mode}, {"optional", step->optional},
    };

    for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
        if (numbers[i].value)
            g_string_append_printf(out, " %s=%" G_GINT64_FORMAT, numbers[i].name, numbers[i].value);
    if (step->kind == STEP_RUN || step->kind == STEP_WAIT_FOR)
        g_string_append_printf(out, " timeout=%u", step->timeout_s);
}

static void put_steps(GString *out, const GPtrArray *steps, const char *indent)
{
    g_autofree char *deeper = g_strconcat(indent, "  ", NULL);

    for (guint i = 0; i < steps->len; i++) {
        const Step *step = g_ptr_array_index(steps, i);
        const char *const texts[][2] = {
            {"vendor", step->vendor},  {"product", step->product}, {"content", step->content},
            {"run", step->run},        {"folder", step->folder},   {"profile", step->profile},
            {"path", step->path},      {"file", step->file},       {"name", step->name},
            {"wait", step->wait.name}, {"want", step->wait.want},  {"damage", step->damage},
        };
        g_string_append_printf(out, "%s%s at %u:%u", indent, step_kind_name(step->kind), step->line,
                               step->column);
        for (guint j = 0; j < G_N_ELEMENTS(texts); j++)
            if (texts[j][1])
                g_string_append_printf(out, " %s='%s'", texts[j][0], texts[j][1]);
        if (step->kind == STEP_UPDATE)
            g_string_append(out, step->expect == EXPECT_REFUSED ? " refused" : " applied");
        if (step->kind == STEP_WAIT_FOR)
            g_string_append_printf(out, " wait_kind=%d", step->wait.kind);
        if (step->kind == STEP_INJECT)
            put_fault(out, &step->fault);
        put_numbers(out, step);
        put_expect(out, &step->expects);
        g_string_append_c(out, '\n');
        if (step->steps)
            put_steps(out, step->steps, deeper);
    }
}

char *dump_scenario(const Scenario *scenario)
{
    GString *out = g_string_new(NULL);

    put(out, "name", scenario->name);
    put(out, "title", scenario->title);
    put(out, "description", scenario->description);
    put_list(out, "guests", scenario->guests);
    for (guint i = 0; i < scenario->guest_loops->len; i++)
        if (g_array_index(scenario->guest_loops, bool, i))
            put(out, "boot mode loop", scenario->guests->pdata[i]);
    put_list(out, "vendors", scenario->vendors);
    put_number(out, "cases", scenario_cases(scenario));
    for (guint i = 0; i < scenario->tests->len; i++) {
        const Test *test = g_ptr_array_index(scenario->tests, i);
        g_string_append_printf(out, "test at %u:%u\n", test->line, test->column);
        put(out, "  name", test->name);
        put(out, "  title", test->title);
        for (guint j = 0; j < test->vendor_sets->len; j++) {
            const VendorSet *set = g_ptr_array_index(test->vendor_sets, j);
            put_list(out, "  vendors", set->install);
        }
        for (guint j = 0; j < test->parameters->len; j++) {
            const Parameter *parameter = g_ptr_array_index(test->parameters, j);
            g_string_append(out, "  parameter ");
            put_list(out, parameter->key, parameter->values);
            for (guint v = 0; v < parameter->traits->len; v++) {
                ValueTraits traits = g_array_index(parameter->traits, ValueTraits, v);
                if (traits.weight != 1 || traits.negative)
                    g_string_append_printf(out, "    value %u: weight %u%s\n", v, traits.weight,
                                           traits.negative ? ", negative" : "");
            }
        }
        if (test->matrix->strength)
            put_rules(out, test->matrix);
        put_number(out, "  recover", test->recover);
        put_list(out, "  requirements", test->requirements);
        g_string_append(out, "  expects:");
        put_expect(out, &test->expects);
        g_string_append_c(out, '\n');
        put_steps(out, test->steps, "    ");
        if (test->always->len > 0)
            g_string_append(out, "  always\n");
        put_steps(out, test->always, "    ");
    }
    return g_string_free(out, FALSE);
}

char *dump_load_profile(const LoadProfile *profile)
{
    GString *out = g_string_new(NULL);
    g_autofree char *mix = load_profile_mix(profile);

    put(out, "name", profile->name);
    put(out, "title", profile->title);
    put(out, "description", profile->description);
    put(out, "mix", mix);
    put(out, "diskspd", profile->diskspd);
    put(out, "file", profile->file);
    return g_string_free(out, FALSE);
}

char *dump_lab(const Lab *lab)
{
    GString *out = g_string_new(NULL);

    put(out, "uri", lab->uri);
    put(out, "state_folder", lab->state_folder);
    put_list(out, "vendor_folders", lab->vendor_folders);
    for (guint i = 0; i < lab->secrets->len; i++) {
        const LabSecret *secret = lab->secrets->pdata[i];
        put(out, "secret", secret->name);
        put(out, "secret.file", secret->file);
        put(out, "secret.environment", secret->environment);
    }
    put(out, "tools_folder", lab->tools_folder);
    put(out, "guest_recipes", lab->guest_recipes);
    return g_string_free(out, FALSE);
}
