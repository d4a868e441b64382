/* SPDX-License-Identifier: GPL-2.0-or-later
 * Writes what a dump says as text and as JSON.
 */
#include "triage/triage-report.h"

#include "triage/stop-parameters.h"
#include "triage/stop.h"

#define HEX64 "0x%016" G_GINT64_MODIFIER "X"
#define HEX "0x%" G_GINT64_MODIFIER "X"

static const char *machine_name(guint32 machine)
{
    switch (machine) {
    case 0x8664:
        return "x86-64";
    case 0xAA64:
        return "ARM64";
    case 0x14C:
        return "x86";
    default:
        return "unknown";
    }
}

static const char *product_name(guint32 product)
{
    static const char *const names[] = {NULL, "workstation", "domain controller", "server"};
    return product < G_N_ELEMENTS(names) ? names[product] : NULL;
}

/* Seconds since 1970 or microseconds of it as UTC; NULL where there is no such date. */
static char *utc(gint64 seconds)
{
    g_autoptr(GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_utc(seconds) : NULL;
    return time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
}

static char *version_text(guint64 version)
{
    return version == 0
               ? NULL
               : g_strdup_printf("%u.%u.%u.%u", (guint)(version >> 48),
                                 (guint)(version >> 32 & 0xFFFF), (guint)(version >> 16 & 0xFFFF),
                                 (guint)(version & 0xFFFF));
}

static char *os_text(const Dump *dump)
{
    GString *text = g_string_new("Windows");

    if (dump->os_major)
        g_string_append_printf(text, " %u.%u", dump->os_major, dump->os_minor);
    g_string_append_printf(text, ", build %u", dump->os_build);
    if (dump->os_lab)
        g_string_append_printf(text, " (%s)", dump->os_lab);
    if (product_name(dump->product))
        g_string_append_printf(text, ", %s", product_name(dump->product));
    return g_string_free(text, FALSE);
}

/* What an access violation or an in-page error says of the access; NULL for others. */
static char *access_text(const DumpException *exception)
{
    if ((exception->code != 0xC0000005 && exception->code != 0xC0000006) || exception->count < 2)
        return NULL;
    const char *what = exception->information[0] == 0   ? "read of"
                       : exception->information[0] == 1 ? "write to"
                       : exception->information[0] == 8 ? "execution of"
                                                        : "access to";
    return g_strdup_printf("%s " HEX64, what, exception->information[1]);
}

static void write_pool_tags(GString *out, const Dump *dump)
{
    StopPoolTag tags[STOP_POOL_TAGS_MAX];
    guint count = stop_pool_tags(dump->code, dump->parameters, tags);

    for (guint i = 0; i < count; i++)
        g_string_append_printf(out, "Pool tag     '%s'\n", tags[i]);
}

static void write_stop(GString *out, const Dump *dump)
{
    const char *name = stop_code_name(dump->code);

    g_string_append_printf(out, "Stop code    0x%08X %s\n", dump->code, name ? name : "(no name)");
    for (guint i = 0; i < G_N_ELEMENTS(dump->parameters); i++) {
        g_autofree char *meaning = stop_parameter_text(dump->code, i, dump->parameters[i]);
        g_string_append_printf(out, "Parameter %u  " HEX64 "  %s\n", i + 1, dump->parameters[i],
                               meaning ? meaning : "(not in the table)");
    }
    write_pool_tags(out, dump);
}

static void write_machine(GString *out, const Dump *dump)
{
    g_autofree char *os = os_text(dump);
    g_autofree char *time = utc(dump->time / G_USEC_PER_SEC);

    g_string_append_printf(out, "Dump type    %s (%s)\n", dump_type_name(dump),
                           machine_name(dump->machine));
    g_string_append_printf(out, "System       %s\n", os);
    if (dump->processors)
        g_string_append_printf(out, "Processors   %u\n", dump->processors);
    g_string_append_printf(out, "Time         %s\n", time ? time : "not known");
    if (dump->uptime_ms)
        g_string_append_printf(out, "Uptime       %" G_GUINT64_FORMAT ".%03u s%s\n",
                               dump->uptime_ms / 1000, (guint)(dump->uptime_ms % 1000),
                               dump->user ? " (of the process)" : "");
    if (dump->user)
        g_string_append_printf(out, "Process      %u, thread %u\n", dump->process_id,
                               dump->thread_id);
    if (dump->comment)
        g_string_append_printf(out, "Comment      %s\n", dump->comment);
}

static void write_context(GString *out, const Dump *dump)
{
    if (dump->exception.known) {
        const char *name = stop_status_name(dump->exception.code);
        g_autofree char *access = access_text(&dump->exception);
        g_string_append_printf(out, "Exception    0x%08X%s%s at " HEX64 "%s%s\n",
                               dump->exception.code, name ? " " : "", name ? name : "",
                               dump->exception.address, access ? ", " : "", access ? access : "");
    }
    if (!dump->context.known)
        return;
    g_string_append(out, "Registers    ");
    for (guint i = 0; i < DUMP_REGISTERS; i++)
        g_string_append_printf(out, "%s%-3s %016" G_GINT64_MODIFIER "x",
                               i == 0       ? ""
                               : i % 4 == 0 ? "\n             "
                                            : "  ",
                               dump_register_names[i], dump->context.registers[i]);
    g_string_append_printf(out, "  efl %08x\n", dump->context.flags);
}

static void write_verdict(GString *out, const Dump *dump, const Lead *lead)
{
    if (dump->faulting)
        g_string_append_printf(out, "Faulted in   %s+" HEX "\n", dump->faulting->name,
                               dump->offset);
    else if (dump->address)
        g_string_append_printf(out, "Faulted at   " HEX64 ", in no loaded module\n", dump->address);
    g_string_append_printf(out, "Lead         %s, confidence %s\n",
                           lead->module ? lead->module->name : "none",
                           confidence_name(lead->confidence));
    for (guint i = 0; i < lead->reasons->len; i++)
        g_string_append_printf(out, "  - %s\n", (const char *)lead->reasons->pdata[i]);
}

static void write_stack(GString *out, const Dump *dump)
{
    g_string_append_printf(out,
                           "\nModules on the raw stack (a scan of %" G_GUINT64_FORMAT
                           " bytes, not an unwinding):\n",
                           dump->stack_bytes);
    for (guint i = 0; i < dump->stack->len; i++) {
        const DumpStackModule *found = dump->stack->pdata[i];
        g_string_append_printf(out, "  %016" G_GINT64_MODIFIER "x  %s+" HEX ", %u time%s\n",
                               found->stack_address, found->module->name, found->offset,
                               found->count, found->count == 1 ? "" : "s");
    }
}

static void write_modules(GString *out, const Dump *dump)
{
    g_string_append_printf(out, "\nLoaded modules (%u): base, size, time stamp, name\n",
                           dump->modules->len);
    for (guint i = 0; i < dump->modules->len; i++) {
        const DumpModule *module = dump->modules->pdata[i];
        g_autofree char *version = version_text(module->version);
        g_string_append_printf(out, "  %016" G_GINT64_MODIFIER "x  %8x  %08x  %s%s%s\n",
                               module->base, module->size, module->timestamp, module->name,
                               version ? " " : "", version ? version : "");
    }
    g_string_append_printf(out, "\nUnloaded modules (%u): base, size, name\n", dump->unloaded->len);
    for (guint i = 0; i < dump->unloaded->len; i++) {
        const DumpModule *module = dump->unloaded->pdata[i];
        g_string_append_printf(out, "  %016" G_GINT64_MODIFIER "x  %8x  %s\n", module->base,
                               module->size, module->name);
    }
}

char *triage_text(const Dump *dump, const Lead *lead)
{
    GString *out = g_string_new(NULL);

    if (!dump->user)
        write_stop(out, dump);
    write_machine(out, dump);
    write_context(out, dump);
    write_verdict(out, dump, lead);
    for (guint i = 0; i < dump->notes->len; i++)
        g_string_append_printf(out, "Note         %s\n", (const char *)dump->notes->pdata[i]);
    write_stack(out, dump);
    write_modules(out, dump);
    return g_string_free(out, FALSE);
}

static void add_hex_item(cJSON *array, guint64 value)
{
    g_autofree char *text = g_strdup_printf(HEX64, value);
    cJSON_AddItemToArray(array, cJSON_CreateString(text));
}

static void add_hex_or_null(cJSON *object, const char *name, bool known, guint64 value, int digits)
{
    if (known)
        json_add_hex(object, name, value, digits);
    else
        cJSON_AddNullToObject(object, name);
}

static cJSON *texts_json(const GPtrArray *texts)
{
    cJSON *array = cJSON_CreateArray();
    for (guint i = 0; i < texts->len; i++)
        cJSON_AddItemToArray(array, cJSON_CreateString(texts->pdata[i]));
    return array;
}

static cJSON *modules_json(const GPtrArray *modules)
{
    cJSON *array = cJSON_CreateArray();

    for (guint i = 0; i < modules->len; i++) {
        const DumpModule *module = modules->pdata[i];
        g_autofree char *version = version_text(module->version);
        cJSON *item = cJSON_CreateObject();
        json_add_text(item, "name", module->name);
        json_add_hex(item, "base", module->base, 16);
        json_add_hex(item, "size", module->size, 1);
        add_hex_or_null(item, "timestamp", module->timestamp != 0, module->timestamp, 8);
        add_hex_or_null(item, "checksum", module->checksum != 0, module->checksum, 8);
        json_add_text(item, "version", version);
        cJSON_AddItemToArray(array, item);
    }
    return array;
}

static cJSON *stack_json(const Dump *dump)
{
    cJSON *array = cJSON_CreateArray();

    for (guint i = 0; i < dump->stack->len; i++) {
        const DumpStackModule *found = dump->stack->pdata[i];
        cJSON *item = cJSON_CreateObject();
        json_add_text(item, "module", found->module->name);
        json_add_hex(item, "offset", found->offset, 1);
        json_add_hex(item, "stack_address", found->stack_address, 16);
        cJSON_AddNumberToObject(item, "count", found->count);
        cJSON_AddItemToArray(array, item);
    }
    return array;
}

static cJSON *exception_json(const DumpException *exception)
{
    if (!exception->known)
        return cJSON_CreateNull();
    cJSON *object = cJSON_CreateObject();
    json_add_hex(object, "code", exception->code, 8);
    json_add_text(object, "name", stop_status_name(exception->code));
    json_add_hex(object, "address", exception->address, 16);
    cJSON *information = cJSON_AddArrayToObject(object, "information");
    for (guint i = 0; i < exception->count; i++)
        add_hex_item(information, exception->information[i]);
    return object;
}

static cJSON *context_json(const DumpContext *context)
{
    if (!context->known)
        return cJSON_CreateNull();
    cJSON *object = cJSON_CreateObject();
    for (guint i = 0; i < DUMP_REGISTERS; i++)
        json_add_hex(object, dump_register_names[i], context->registers[i], 16);
    json_add_hex(object, "eflags", context->flags, 8);
    return object;
}

static cJSON *pool_tags_json(const Dump *dump)
{
    StopPoolTag tags[STOP_POOL_TAGS_MAX];
    guint count = dump->user ? 0 : stop_pool_tags(dump->code, dump->parameters, tags);
    cJSON *list = cJSON_CreateArray();

    for (guint i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(tags[i]));
    return list;
}

static void add_stop(cJSON *object, const Dump *dump)
{
    add_hex_or_null(object, "stop_code", !dump->user, dump->code, 8);
    json_add_text(object, "stop_name", dump->user ? NULL : stop_code_name(dump->code));
    cJSON *values = cJSON_AddArrayToObject(object, "parameters");
    cJSON *meanings = cJSON_AddArrayToObject(object, "parameter_meanings");
    for (guint i = 0; !dump->user && i < G_N_ELEMENTS(dump->parameters); i++) {
        g_autofree char *meaning = stop_parameter_text(dump->code, i, dump->parameters[i]);
        add_hex_item(values, dump->parameters[i]);
        cJSON_AddItemToArray(meanings, meaning ? cJSON_CreateString(meaning) : cJSON_CreateNull());
    }
    cJSON_AddItemToObject(object, "pool_tags", pool_tags_json(dump));
}

static void add_machine(cJSON *object, const Dump *dump)
{
    g_autofree char *os = os_text(dump);
    g_autofree char *time = utc(dump->time / G_USEC_PER_SEC);

    json_add_text(object, "dump_type", dump_type_name(dump));
    json_add_text(object, "machine", machine_name(dump->machine));
    json_add_hex(object, "os_build", dump->os_build, 1);
    json_add_text(object, "os", os);
    cJSON_AddNumberToObject(object, "processors", dump->processors);
    json_add_text(object, "time", time);
    cJSON_AddNumberToObject(object, "uptime_ms", (double)dump->uptime_ms);
    add_hex_or_null(object, "process_id", dump->user, dump->process_id, 1);
    add_hex_or_null(object, "thread_id", dump->user, dump->thread_id, 1);
    json_add_text(object, "comment", dump->comment);
}

cJSON *triage_json(const Dump *dump, const Lead *lead)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "format", 1);
    add_stop(object, dump);
    add_machine(object, dump);
    cJSON_AddItemToObject(object, "exception", exception_json(&dump->exception));
    cJSON_AddItemToObject(object, "context", context_json(&dump->context));
    add_hex_or_null(object, "faulting_address", dump->address != 0, dump->address, 16);
    json_add_text(object, "faulting_module", dump->faulting ? dump->faulting->name : NULL);
    add_hex_or_null(object, "faulting_offset", dump->faulting, dump->offset, 1);
    json_add_text(object, "lead", lead->module ? lead->module->name : NULL);
    json_add_text(object, "confidence", confidence_name(lead->confidence));
    cJSON_AddItemToObject(object, "reasons", texts_json(lead->reasons));
    cJSON_AddItemToObject(object, "stack_modules", stack_json(dump));
    cJSON_AddNumberToObject(object, "stack_bytes", (double)dump->stack_bytes);
    cJSON_AddItemToObject(object, "modules", modules_json(dump->modules));
    cJSON_AddItemToObject(object, "unloaded_modules", modules_json(dump->unloaded));
    cJSON_AddItemToObject(object, "notes", texts_json(dump->notes));
    return object;
}
