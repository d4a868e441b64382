// SPDX-License-Identifier: GPL-2.0-or-later
// truce-stress.exe: the command line; see stress.h.
#include "stress.h"

#include <errno.h>
#include <stdio.h>

#include <windows.h>

#define MAX_RATE 100000
#define MAX_SECONDS 86400

static const struct {
    const wchar_t *name;
    bool (*run)(const struct stress_options *options, struct stress_result *ret_result);
} loads[] = {
    {L"files", stress_files},
};

static bool number_parse(const wchar_t *text, uint32_t lowest, uint32_t highest,
                         uint32_t *ret_number)
{
    wchar_t *end;

    errno = 0;
    unsigned long number = wcstoul(text, &end, 10);
    if (*text < L'0' || *text > L'9' || *end != L'\0' || errno != 0 || number < lowest ||
        number > highest)
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

static bool options_parse(int argc, wchar_t **argv, struct stress_options *options)
{
    for (int i = 2; i + 1 < argc; i += 2) {
        const wchar_t *value = argv[i + 1];
        bool right = false;
        if (wcscmp(argv[i], L"--dir") == 0) {
            options->dir = value;
            right = *value != L'\0' && wcslen(value) < MAX_PATH - 40;
        } else if (wcscmp(argv[i], L"--rate") == 0) {
            right = number_parse(value, 1, MAX_RATE, &options->rate);
        } else if (wcscmp(argv[i], L"--seconds") == 0) {
            right = number_parse(value, 1, MAX_SECONDS, &options->seconds);
        } else if (wcscmp(argv[i], L"--stop-file") == 0) {
            options->stop_file = value;
            right = *value != L'\0';
        } else if (wcscmp(argv[i], L"--seed") == 0) {
            right = number_parse(value, 0, UINT32_MAX, &options->seed);
        }
        if (!right) {
            fprintf(stderr, "truce-stress: wrong option '%ls %ls'\n", argv[i], value);
            return false;
        }
    }
    return argc % 2 == 0 && options->dir && options->rate && options->seconds;
}

static void result_print(struct stress_result *result)
{
    printf("{\"operations\":%llu,\"errors\":%llu,\"vanished\":%llu,\"dropped_samples\":%llu,"
           "\"latency_us\":{\"p50\":%u,\"p95\":%u,\"max\":%u}}\n",
           (unsigned long long)result->operations, (unsigned long long)result->errors,
           (unsigned long long)result->vanished, (unsigned long long)result->latency.dropped,
           latency_percentile(&result->latency, 50), latency_percentile(&result->latency, 95),
           latency_percentile(&result->latency, 100));
}

int wmain(int argc, wchar_t **argv)
{
    struct stress_options options = {0};
    struct stress_result result;

    for (size_t i = 0; argc > 1 && i < sizeof loads / sizeof *loads; i++) {
        if (wcscmp(argv[1], loads[i].name) != 0)
            continue;
        if (!options_parse(argc, argv, &options))
            break;
        if (!loads[i].run(&options, &result)) {
            fprintf(stderr, "truce-stress: cannot use %ls: error %lu\n", options.dir,
                    GetLastError());
            return STRESS_ERRORS;
        }
        result_print(&result);
        latency_done(&result.latency);
        return result.errors == 0 ? STRESS_OK : STRESS_ERRORS;
    }
    fprintf(stderr, "usage: truce-stress files --dir DIR --rate N --seconds S [--seed K] "
                    "[--stop-file PATH]\n");
    return STRESS_USAGE;
}
