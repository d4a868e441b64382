/* SPDX-License-Identifier: GPL-2.0-or-later
 * What each writer of reports costs: seconds and peak memory, each in a process of its own.
 *
 *   python3 tests/html/make-run.py RUN 100000      a run that never was
 *   bench-report RUN…
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report/report.h"
#include "util/files.h"

/* In the child: reads the run, writes one report (`writer` NULL: none), ends. */
static void work(const char *run, const ReportWriter *writer, const char *path)
{
    g_autoptr(Result) result = NULL;
    g_autoptr(GError) error = NULL;

    if (!result_read(run, &result, &error) || (writer && !writer->write(result, path, &error))) {
        fprintf(stderr, "bench-report: %s\n", error->message);
        _exit(1);
    }
    _exit(0);
}

static bool measure(const char *run, const ReportWriter *writer, const char *path)
{
    gint64 began = g_get_monotonic_time();
    pid_t child = fork();
    struct rusage usage;
    struct stat st;
    int status;

    if (child == 0)
        work(run, writer, path);
    if (child < 0 || wait4(child, &status, 0, &usage) != child || status != 0)
        return false;
    double seconds = (double)(g_get_monotonic_time() - began) / G_USEC_PER_SEC;
    double cpu = (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec / 1e6;
    printf("%-20s %-6s %8.1f %8.1f %8ld %8.1f\n", run, writer ? writer->format : "(read)", seconds,
           cpu, usage.ru_maxrss / 1024,
           writer && stat(path, &st) == 0 ? (double)st.st_size / (1 << 20) : 0.0);
    return true;
}

int main(int argc, char **argv)
{
    g_autofree char *scratch = g_dir_make_tmp("truce-bench-XXXXXX", NULL);
    g_autofree char *path = scratch ? g_build_filename(scratch, "report", NULL) : NULL;
    bool done = path != NULL;

    if (argc < 2) {
        fputs("usage: bench-report RUN…\n", stderr);
        return 2;
    }
    printf("%-20s %-6s %8s %8s %8s %8s\n", "run", "report", "s", "user s", "MiB", "file MiB");
    for (int i = 1; done && i < argc; i++) {
        done = measure(argv[i], NULL, path);
        for (const ReportWriter *writer = report_writers; done && writer->format; writer++)
            done = measure(argv[i], writer, path);
    }
    if (scratch)
        files_remove_tree(scratch, NULL);
    return done ? 0 : 1;
}
