// SPDX-License-Identifier: GPL-2.0-or-later
// The verb 'mix': several kinds of load at once; see stress.h.
#include "stress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_RATE 1000000
#define MAX_SECONDS 86400
#define MAX_THREADS 16
#define MAX_PARTS 16
#define STOP_LOOK_MS 250
#define SLICES_MAX 600
#define GRACE_US 60000000ull /* for the operations that are under way at the end */

static const struct kind *const kinds[] = {
    &kind_process,  &kind_thread, &kind_image,  &kind_file, &kind_mapped,   &kind_directory,
    &kind_registry, &kind_memory, &kind_handle, &kind_pipe, &kind_loopback, &kind_device,
};

struct part {
    const struct kind *kind;
    uint32_t rate; /* 0: as many as it can */
    uint32_t threads;
};

struct mix {
    const wchar_t *dir;
    uint32_t seconds;
    uint32_t seed;
    const wchar_t *stop_file; /* or NULL */
    struct part parts[MAX_PARTS];
    uint32_t count;
};

/* What was done, not only tried, within one second. */
struct slice {
    uint32_t operations;
    uint64_t us;
};

/* One thread; only it touches this until it has ended. */
struct worker {
    const struct mix *mix;
    const struct part *part;
    struct work work;
    uint64_t operations;
    uint64_t errors;
    DWORD first_error;
    bool stuck; /* its last operation did not come back */
    struct latency latency;
    struct slice slices[SLICES_MAX]; /* of the first so many seconds */
};

static volatile LONG stop;

static uint64_t now_us(void)
{
    LARGE_INTEGER now, per_second;

    QueryPerformanceCounter(&now);
    QueryPerformanceFrequency(&per_second);
    uint64_t ticks = (uint64_t)now.QuadPart, rate = (uint64_t)per_second.QuadPart;
    return ticks / rate * 1000000 + ticks % rate * 1000000 / rate;
}

uint32_t work_random(struct work *work)
{
    uint32_t x = work->random;

    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return work->random = x;
}

void work_path(const struct work *work, uint32_t name, const wchar_t *suffix, wchar_t *path)
{
    _snwprintf(path, MAX_PATH, L"%ls\\stress-%08lx-%lu-%lu.%ls", work->dir,
               (unsigned long)work->seed, (unsigned long)work->number, (unsigned long)name, suffix);
    path[MAX_PATH - 1] = L'\0';
}

static void count_failure(struct worker *worker, DWORD error)
{
    if (worker->errors++ == 0)
        worker->first_error = error;
}

/* Waits until an operation is due; false where the load is to end first. */
static bool wait_due(uint64_t due_us, uint64_t end_us)
{
    for (uint64_t now = now_us(); !stop && now < end_us; now = now_us()) {
        if (now >= due_us)
            return true;
        uint64_t ms = (due_us - now + 999) / 1000;
        Sleep((DWORD)(ms < STOP_LOOK_MS ? ms : STOP_LOOK_MS));
    }
    return false;
}

static DWORD WINAPI work_thread(void *parameter)
{
    struct worker *worker = parameter;
    const struct part *part = worker->part;
    struct work *work = &worker->work;
    uint64_t start = now_us(), end = start + (uint64_t)worker->mix->seconds * 1000000;

    if (part->kind->begin && !part->kind->begin(work)) {
        count_failure(worker, GetLastError());
    } else {
        for (uint64_t i = 0;; i++) {
            uint64_t due = part->rate ? start + i * part->threads * 1000000 / part->rate : start;
            if (!wait_due(due, end))
                break;
            uint64_t before = now_us();
            bool done = part->kind->once(work);
            DWORD error = GetLastError();
            uint64_t after = now_us(), second = (after - start) / 1000000;
            latency_add(&worker->latency, after - before);
            worker->operations++;
            if (!done) {
                count_failure(worker, error);
            } else if (second < SLICES_MAX) {
                worker->slices[second].operations++;
                worker->slices[second].us += after - before;
            }
        }
    }
    if (part->kind->end)
        part->kind->end(work);
    free(work->state);
    return 0;
}

static bool parse_part(const wchar_t *text, struct mix *mix)
{
    struct part part = {.threads = 1};
    wchar_t copy[64], *rate, *threads;

    if (wcslen(text) >= 64 || mix->count == MAX_PARTS)
        return false;
    wcscpy(copy, text);
    if (!(rate = wcschr(copy, L'=')))
        return false;
    *rate++ = L'\0';
    if ((threads = wcsrchr(rate, L'x')) && threads[1] >= L'0' && threads[1] <= L'9') {
        *threads++ = L'\0';
        if (!stress_number(threads, 1, MAX_THREADS, &part.threads))
            return false;
    }
    if (wcscmp(rate, L"max") != 0 && !stress_number(rate, 1, MAX_RATE, &part.rate))
        return false;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        wchar_t name[32];
        _snwprintf(name, 32, L"%hs", kinds[i]->name);
        if (wcscmp(copy, name) == 0)
            part.kind = kinds[i];
    }
    if (part.kind)
        mix->parts[mix->count++] = part;
    return part.kind != NULL;
}

static bool parse_option(const wchar_t *name, const wchar_t *value, const wchar_t *only_kind,
                         struct mix *mix)
{
    wchar_t part[64];

    if (wcscmp(name, L"--dir") == 0) {
        mix->dir = value;
        return *value != L'\0' && wcslen(value) < MAX_PATH - 60;
    }
    if (wcscmp(name, L"--seconds") == 0)
        return stress_number(value, 1, MAX_SECONDS, &mix->seconds);
    if (wcscmp(name, L"--seed") == 0)
        return stress_number(value, 0, UINT32_MAX, &mix->seed);
    if (wcscmp(name, L"--stop-file") == 0) {
        mix->stop_file = value;
        return *value != L'\0';
    }
    if (wcscmp(name, L"--rate") == 0 && only_kind && wcslen(value) < 16) {
        _snwprintf(part, 64, L"%.31ls=%ls", only_kind, value);
        return parse_part(part, mix);
    }
    return false;
}

static bool parse(int argc, wchar_t **argv, const wchar_t *only_kind, struct mix *mix)
{
    for (int i = 0; i < argc; i++) {
        bool option = wcsncmp(argv[i], L"--", 2) == 0;
        bool right = option ? i + 1 < argc && parse_option(argv[i], argv[i + 1], only_kind, mix)
                            : !only_kind && parse_part(argv[i], mix);
        if (!right) {
            fprintf(stderr, "truce-stress: wrong: %ls\n", argv[i]);
            return false;
        }
        i += option;
    }
    return mix->dir && mix->seconds && mix->count > 0;
}

static void print_latency(const struct latency *latency)
{
    printf("\"latency_us\":{\"p50\":%llu,\"p90\":%llu,\"p95\":%llu,\"p99\":%llu,\"max\":%llu}",
           (unsigned long long)latency_percentile(latency, 50),
           (unsigned long long)latency_percentile(latency, 90),
           (unsigned long long)latency_percentile(latency, 95),
           (unsigned long long)latency_percentile(latency, 99), (unsigned long long)latency->max);
}

/* The last second is none where the load ended within it. */
static void print_slices(const struct worker *worker, double loaded)
{
    printf("\"slices\":[");
    for (uint32_t i = 0; i < SLICES_MAX && i + 1 <= loaded; i++) {
        const struct slice *slice = &worker->slices[i];
        printf("%s[%lu,%llu]", i == 0 ? "" : ",", (unsigned long)slice->operations,
               (unsigned long long)(slice->operations ? slice->us / slice->operations : 0));
    }
    printf("]");
}

/* The threads of a part are put together in the first one. */
static void print_part(const struct part *part, struct worker *workers, double seconds,
                       double loaded)
{
    struct worker *all = &workers[0];

    for (uint32_t i = 1; i < part->threads; i++) {
        if (all->errors == 0)
            all->first_error = workers[i].first_error;
        all->operations += workers[i].operations;
        all->errors += workers[i].errors;
        all->work.vanished += workers[i].work.vanished;
        latency_merge(&all->latency, &workers[i].latency);
        for (uint32_t s = 0; s < SLICES_MAX; s++) {
            all->slices[s].operations += workers[i].slices[s].operations;
            all->slices[s].us += workers[i].slices[s].us;
        }
    }
    printf("{\"kind\":\"%s\",\"threads\":%lu,\"rate\":%lu,\"operations\":%llu,"
           "\"per_second\":%.1f,\"errors\":%llu,\"vanished\":%llu,\"first_error\":%lu,",
           part->kind->name, (unsigned long)part->threads, (unsigned long)part->rate,
           (unsigned long long)all->operations, (double)all->operations / seconds,
           (unsigned long long)all->errors, (unsigned long long)all->work.vanished,
           (unsigned long)all->first_error);
    print_latency(&all->latency);
    printf(",");
    print_slices(all, loaded);
    printf("}");
}

/* After `loaded` of the seconds no operation was begun any more. */
static uint64_t print_result(const struct mix *mix, struct worker *workers, double seconds,
                             double loaded)
{
    uint64_t operations = 0, errors = 0, vanished = 0, stuck = 0;
    uint32_t total = 0;

    for (uint32_t i = 0; i < mix->count; i++)
        total += mix->parts[i].threads;
    for (uint32_t i = 0; i < total; i++) {
        operations += workers[i].operations;
        errors += workers[i].errors + workers[i].stuck;
        vanished += workers[i].work.vanished;
        stuck += workers[i].stuck;
    }
    printf("{\"format\":1,\"seed\":%lu,\"seconds\":%.1f,\"operations\":%llu,\"errors\":%llu,"
           "\"vanished\":%llu,\"stuck\":%llu,\"kinds\":[",
           (unsigned long)mix->seed, seconds, (unsigned long long)operations,
           (unsigned long long)errors, (unsigned long long)vanished, (unsigned long long)stuck);
    for (uint32_t i = 0, first = 0; i < mix->count; first += mix->parts[i++].threads) {
        printf("%s", i == 0 ? "" : ",");
        print_part(&mix->parts[i], &workers[first], seconds, loaded);
    }
    printf("]}\n");
    return errors;
}

/* Waits for all threads; the stop file is looked for by this thread alone. A thread whose operation
 * never comes back is left behind, and counted. Returns when the last operation could begin. */
static uint64_t watch(const struct mix *mix, struct worker *workers, HANDLE *threads,
                      uint32_t count)
{
    uint64_t end = now_us() + (uint64_t)mix->seconds * 1000000;

    for (uint32_t i = 0; i < count; i++) {
        while (!workers[i].stuck && WaitForSingleObject(threads[i], STOP_LOOK_MS) == WAIT_TIMEOUT) {
            if (!stop && mix->stop_file &&
                GetFileAttributesW(mix->stop_file) != INVALID_FILE_ATTRIBUTES) {
                stop = 1;
                end = now_us();
            }
            workers[i].stuck = now_us() >= end + GRACE_US;
        }
        CloseHandle(threads[i]);
    }
    return end;
}

static uint32_t start_workers(const struct mix *mix, struct worker *workers, HANDLE *threads)
{
    uint32_t count = 0;

    for (uint32_t p = 0; p < mix->count; p++) {
        for (uint32_t t = 0; t < mix->parts[p].threads; t++, count++) {
            uint32_t random = (mix->seed + 1) * 2654435761u + count * 40503u;
            workers[count].mix = mix;
            workers[count].part = &mix->parts[p];
            workers[count].work = (struct work){
                .dir = mix->dir, .seed = mix->seed, .number = count, .random = random ? random : 1};
            threads[count] = CreateThread(NULL, 0, work_thread, &workers[count], 0, NULL);
            if (!threads[count])
                return count;
        }
    }
    return count;
}

int stress_mix(int argc, wchar_t **argv, const wchar_t *only_kind)
{
    static HANDLE threads[MAX_PARTS * MAX_THREADS];
    struct mix mix = {0};
    uint32_t wanted = 0;

    if (!parse(argc, argv, only_kind, &mix))
        return STRESS_USAGE;
    for (uint32_t i = 0; i < mix.count; i++)
        wanted += mix.parts[i].threads;
    struct worker *workers = calloc(wanted, sizeof *workers);
    if (!workers || (!CreateDirectoryW(mix.dir, NULL) && GetLastError() != ERROR_ALREADY_EXISTS)) {
        fprintf(stderr, "truce-stress: cannot use %ls: error %lu\n", mix.dir, GetLastError());
        return STRESS_ERRORS;
    }
    uint64_t began = now_us();
    uint32_t count = start_workers(&mix, workers, threads);
    stop = count < wanted;
    uint64_t last = watch(&mix, workers, threads, count);
    if (count < wanted) {
        fprintf(stderr, "truce-stress: only %lu threads can be started\n", (unsigned long)count);
        return STRESS_ERRORS;
    }
    uint64_t errors =
        print_result(&mix, workers, (double)(now_us() - began) / 1e6, (double)(last - began) / 1e6);
    fflush(stdout);
    /* Threads that are stuck still use their workers; they end with the process. */
    return errors == 0 ? STRESS_OK : STRESS_ERRORS;
}
