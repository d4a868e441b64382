/* SPDX-License-Identifier: GPL-2.0-or-later
 * Looking at a guest that does not answer.
 */
#include "run/watch.h"

#include <string.h>
#include <sys/stat.h>

#include <glib/gstdio.h>

#include "util/clock.h"
#include "util/error.h"
#include "util/files.h"

#define SAMPLE_MS 500
#define SAMPLES_MIN 3
#define SAMPLES_MAX 64
#define SAMPLES_DEAD 5 /* halted and without interrupts in all of so many: for good */
#define PING_MS 2000
#define HEARTBEAT_S 20
#define SPIN_ADDRESSES_MAX 4       /* a loop that waits for something is short */
#define MEMORY_KIB_MIN (96u << 10) /* below this the kernel is about to kill somebody */
#define DISK_BYTES_MIN (16u << 20)

void silence_clear(Silence *silence)
{
    g_clear_pointer(&silence->text, g_free);
}

char *watch_memory_trouble(const char *meminfo)
{
    static const char words[] = "MemAvailable:";
    const char *line = strstr(meminfo, words);

    if (!line)
        return NULL;
    guint64 kib = g_ascii_strtoull(line + sizeof words - 1, NULL, 10);
    if (kib >= MEMORY_KIB_MIN)
        return NULL;
    return g_strdup_printf("the host has no memory left (%" G_GUINT64_FORMAT " MiB available)",
                           kib >> 10);
}

char *watch_host_trouble(const char *folder)
{
    g_autofree char *meminfo = NULL;
    guint64 bytes;

    if (files_free_bytes(folder, &bytes, NULL) && bytes < DISK_BYTES_MIN)
        return g_strdup_printf("the host has no disk space left in '%s'", folder);
    if (!g_file_get_contents("/proc/meminfo", &meminfo, NULL, NULL))
        return NULL;
    return watch_memory_trouble(meminfo);
}

/* How many different addresses the samples have, counted up to one more than a short loop's. */
static guint count_addresses(const GArray *samples)
{
    guint64 seen[SPIN_ADDRESSES_MAX + 1];
    guint count = 0;

    for (guint i = 0; i < samples->len && count <= SPIN_ADDRESSES_MAX; i++) {
        guint64 pc = g_array_index(samples, MachineCpu, i).pc;
        guint known = 0;
        while (known < count && seen[known] != pc)
            known++;
        if (known == count)
            seen[count++] = pc;
    }
    return count;
}

char *watch_cpus_text(const GArray *samples, guint instants)
{
    guint halted = 0, masked = 0, user = 0, addresses = count_addresses(samples);

    if (samples->len == 0)
        return g_strdup("its processors could not be looked at");
    for (guint i = 0; i < samples->len; i++) {
        halted += g_array_index(samples, MachineCpu, i).halted;
        masked += g_array_index(samples, MachineCpu, i).masked;
        user += g_array_index(samples, MachineCpu, i).user;
    }
    if (halted == samples->len)
        return g_strdup_printf("its processors stood halted%s each of %u times",
                               masked == samples->len ? ", with interrupts off," : "", instants);
    const char *mode = user == samples->len ? " in user mode" : user == 0 ? " in kernel mode" : "";
    if (halted == 0 && instants > 1 && addresses <= SPIN_ADDRESSES_MAX)
        return g_strdup_printf("its processors spin%s, at %u %s in %u looks (0x%" G_GINT64_MODIFIER
                               "X)",
                               mode, addresses, addresses == 1 ? "address" : "addresses", instants,
                               g_array_index(samples, MachineCpu, 0).pc);
    if (halted == 0)
        return g_strdup_printf("its processors were busy%s each of %u times", mode, instants);
    return g_strdup_printf("its processors were halted %u times of %u", halted, samples->len);
}

/* What changes in a guest that goes on. */
typedef struct {
    gint64 serial;
    char *screen; /* checksum */
} Signs;

static void signs_clear(Signs *signs)
{
    g_free(signs->screen);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Signs, signs_clear)

static Signs look_at_signs(Attempt *attempt)
{
    g_autofree char *path = g_build_filename(attempt->folder, ".screen.png", NULL);
    struct stat st;
    Signs signs = {.serial = stat(attempt->serial_log, &st) == 0 ? st.st_size : 0};

    if (machine_screenshot(attempt->machine, path, NULL))
        files_sha256(path, &signs.screen, NULL);
    g_unlink(path);
    return signs;
}

static void take_sample(Attempt *attempt, GArray *samples)
{
    g_autoptr(GArray) cpus = NULL;

    if (machine_cpus(attempt->machine, &cpus, NULL))
        g_array_append_vals(samples, cpus->data, cpus->len);
}

static char *describe(Attempt *attempt, const Signs *before, const GArray *samples, guint instants,
                      guint elapsed_ms)
{
    g_auto(Signs) after = look_at_signs(attempt);
    g_autofree char *cpus = watch_cpus_text(samples, instants);
    bool same_screen = g_strcmp0(before->screen, after.screen) == 0;

    return g_strdup_printf("no answer for another %u ms; %s; the serial line %s; the screen %s",
                           elapsed_ms, cpus,
                           before->serial == after.serial ? "is silent" : "still prints",
                           !after.screen ? "cannot be seen"
                           : same_screen ? "stands still"
                                         : "changes");
}

/* Asks once more, and looks on for a moment. ret_kind is set where that decides. */
static bool ask_again(Attempt *attempt, bool *ret_decided, SilenceKind *ret_kind, GError **error)
{
    g_autoptr(GError) silence = NULL;
    g_autoptr(GError) failure = NULL;

    *ret_kind = SILENCE_SLOW;
    *ret_decided = agent_ping(attempt->agent, PING_MS, &silence);
    if (attempt_watch(attempt, clock_deadline_ms(SAMPLE_MS), &failure))
        return true;
    *ret_kind = SILENCE_EVENT;
    *ret_decided = true;
    if (g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_GUEST))
        return true;
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
}

/* All processors, each time they were looked at: no interrupt wakes them, so that no answer comes.
 */
static bool is_dead(const GArray *samples)
{
    bool dead = samples->len > 0;

    for (guint i = 0; i < samples->len && dead; i++)
        dead = g_array_index(samples, MachineCpu, i).halted &&
               g_array_index(samples, MachineCpu, i).masked;
    return dead;
}

bool watch_silence(Attempt *attempt, Silence *ret_silence, GError **error)
{
    gint64 began = g_get_monotonic_time();
    gint64 deadline = clock_deadline_s(WATCH_PATIENCE * attempt->settle_s * attempt->patience);
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(MachineCpu));
    g_auto(Signs) signs = look_at_signs(attempt);
    SilenceKind kind = SILENCE_HANG;
    guint instants = 0;
    bool decided;

    do {
        if (!ask_again(attempt, &decided, &kind, error))
            return false;
        if (!decided && instants < SAMPLES_MAX) {
            take_sample(attempt, samples);
            instants++;
        }
    } while (!decided && (instants < SAMPLES_MIN || clock_left_ms(deadline) > 0) &&
             (instants < SAMPLES_DEAD || !is_dead(samples)));

    g_autofree char *trouble = watch_host_trouble(attempt->run_folder);
    if (trouble) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_LAB, "the guest does not answer, and %s",
                    trouble);
        return false;
    }
    if (!decided)
        kind = !attempt->ready || machine_agent_open(attempt->machine) || is_dead(samples)
                   ? SILENCE_HANG
                   : SILENCE_AGENT_ENDED;
    ret_silence->kind = kind;
    if (kind == SILENCE_EVENT)
        ret_silence->text = g_strdup("an event came while the lab looked for a sign of life");
    else if (kind == SILENCE_SLOW)
        ret_silence->text =
            g_strdup_printf("the agent answers again, %u ms later", clock_elapsed_ms(began));
    else
        ret_silence->text = describe(attempt, &signs, samples, instants, clock_elapsed_ms(began));
    return true;
}

bool watch_patiently(Attempt *attempt, WatchBecomeWell become_well, gpointer data, GError **error)
{
    for (guint again = 0;; again++) {
        g_autoptr(GError) failure = NULL;
        g_auto(Silence) silence = {0};

        if (become_well(attempt, data, &failure))
            return true;
        if (!g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_TIMEOUT) &&
            !g_error_matches(failure, TRUCE_ERROR, TRUCE_ERROR_AGENT)) {
            g_propagate_error(error, g_steal_pointer(&failure));
            return false;
        }
        if (!watch_silence(attempt, &silence, error))
            return false;
        if (silence.kind != SILENCE_SLOW || again == WATCH_SLOW_MAX) {
            g_set_error(error, TRUCE_ERROR,
                        silence.kind == SILENCE_EVENT ? TRUCE_ERROR_GUEST : TRUCE_ERROR_TIMEOUT,
                        "%s; %s", failure->message, silence.text);
            return false;
        }
        attempt_event(attempt, "note", "%s; %s", failure->message, silence.text);
    }
}

bool watch_soak(Attempt *attempt, gint64 deadline, GError **error)
{
    guint every_s = MAX(WATCH_PATIENCE * attempt->settle_s, 1);

    for (;;) {
        gint64 next = MIN(deadline, clock_deadline_s(every_s));
        if (!attempt_watch(attempt, next, error))
            return false;
        if (clock_left_ms(deadline) == 0)
            return true;
        if (!agent_ping(attempt->agent, HEARTBEAT_S * attempt->patience * 1000, error))
            return false;
    }
}
