/* SPDX-License-Identifier: GPL-2.0-or-later
 * Weighs what a dump says. The rules are in the header.
 */
#include "triage/lead.h"

#include "triage/os-modules.h"
#include "triage/stop-parameters.h"

static void G_GNUC_PRINTF(2, 3) add_reason(Lead *lead, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_ptr_array_add(lead->reasons, g_strdup_vprintf(format, arguments));
    va_end(arguments);
}

/* Why the code that ran may not be the code that did it; NULL: it may well be. */
static const char *doubt(const Dump *dump)
{
    switch (dump->user ? STOP_KIND_FAULT : stop_kind(dump->code)) {
    case STOP_KIND_CORRUPTION:
        return "The stop code reports damage that was found later; who runs when it is found need "
               "not have done it.";
    case STOP_KIND_VERIFIER:
        return "The stop code reports a broken rule; the address is that of who noticed.";
    case STOP_KIND_WATCHDOG:
        return "The stop code reports that something took too long; who runs at the end need not "
               "be who held things up.";
    case STOP_KIND_PROCESS:
        return "The stop code reports that a process that Windows needs has ended; why, only that "
               "process knows.";
    case STOP_KIND_HARDWARE:
        return "The stop code reports a fault of hardware or of a disk.";
    case STOP_KIND_ASKED:
        return "Somebody asked for this crash; it says nothing about a fault.";
    case STOP_KIND_FAULT:
    case STOP_KIND_OTHER:
        break;
    }
    return NULL;
}

/* How many of parameter, exception record and context the dump has, and how many of them name the
 * faulting instruction. */
static void count_witnesses(const Dump *dump, guint *ret_all, guint *ret_agree)
{
    int parameter = dump->user ? -1 : stop_address_parameter(dump->code);

    *ret_all = (parameter >= 0) + dump->exception.known + dump->context.known;
    *ret_agree = (parameter >= 0 && dump->parameters[parameter] == dump->address) +
                 (dump->exception.known && dump->exception.address == dump->address) +
                 (dump->context.known && dump->context.registers[DUMP_RIP] == dump->address);
}

static void weigh_witnesses(const Dump *dump, Lead *lead)
{
    guint all, agree;

    count_witnesses(dump, &all, &agree);
    if (agree == all && agree >= 2) {
        lead->confidence = CONFIDENCE_HIGH;
        add_reason(lead,
                   "All that the dump has of parameter, exception record and context agree on it.");
    } else {
        lead->confidence = CONFIDENCE_MEDIUM;
        add_reason(lead, "Of parameter, exception record and context, %u of %u name it.", agree,
                   all);
    }
}

static const DumpStackModule *first_foreign(const Dump *dump)
{
    for (guint i = 0; i < dump->stack->len; i++) {
        const DumpStackModule *found = dump->stack->pdata[i];
        if (!os_module_is(found->module->name))
            return found;
    }
    return NULL;
}

static void look_at_stack(const Dump *dump, Lead *lead)
{
    const DumpStackModule *foreign = first_foreign(dump);

    if (!foreign) {
        add_reason(lead, dump->stack_bytes > 0 ? "The raw stack holds only modules of Windows."
                                               : "There is no stack to look at.");
        if (dump->faulting && !os_module_is_kernel(dump->faulting->name)) {
            lead->module = dump->faulting;
            lead->confidence = CONFIDENCE_LOW;
        }
        return;
    }
    lead->module = foreign->module;
    lead->confidence = CONFIDENCE_LOW;
    add_reason(lead, "%s is the first module on the raw stack that does not come with Windows.",
               foreign->module->name);
}

static void look_at_fault(const Dump *dump, Lead *lead)
{
    const DumpModule *unloaded = dump_unloaded_at(dump, dump->address);
    const char *why_not = doubt(dump);

    if (dump->faulting && !os_module_is(dump->faulting->name)) {
        lead->module = dump->faulting;
        add_reason(lead, "The faulting instruction lies in %s, at +0x%" G_GINT64_MODIFIER "X.",
                   dump->faulting->name, dump->offset);
        weigh_witnesses(dump, lead);
    } else if (!dump->faulting && unloaded) {
        lead->module = unloaded;
        lead->confidence = CONFIDENCE_MEDIUM;
        add_reason(lead, "The faulting address lies where %s was, which is unloaded.",
                   unloaded->name);
    } else {
        if (dump->faulting)
            add_reason(lead,
                       "The faulting instruction lies in %s, which comes with Windows; it "
                       "may have been handed something bad.",
                       dump->faulting->name);
        else
            add_reason(lead, dump->address ? "The faulting address lies in no module."
                                           : "The dump names no faulting address.");
        look_at_stack(dump, lead);
    }
    if (why_not) {
        add_reason(lead, "%s", why_not);
        lead->confidence = MIN(lead->confidence, CONFIDENCE_LOW);
    }
}

Lead *lead_find(const Dump *dump)
{
    Lead *lead = g_new0(Lead, 1);

    lead->reasons = g_ptr_array_new_with_free_func(g_free);
    if (!dump->user && stop_kind(dump->code) == STOP_KIND_ASKED)
        add_reason(lead, "%s", doubt(dump));
    else
        look_at_fault(dump, lead);
    if (lead->module)
        add_reason(lead, "A dump shows where it broke, not why: a run without that module's "
                         "vendor can confirm it.");
    return lead;
}

void lead_free(Lead *lead)
{
    if (!lead)
        return;
    g_ptr_array_unref(lead->reasons);
    g_free(lead);
}
