// SPDX-License-Identifier: GPL-2.0-or-later
// truce-look.exe: the command line; see look.h.
#include "look.h"

enum { LOOK_OK = 0, LOOK_FAILED = 1, LOOK_USAGE = 2 };

static int inventory(const wchar_t *path)
{
    struct out out = {.file = _wfopen(path, L"wb")};

    if (!out.file) {
        fprintf(stderr, "truce-look: cannot write '%ls'\n", path);
        return LOOK_FAILED;
    }
    look_files(&out);
    look_services(&out);
    look_registry(&out);
    fprintf(out.file, "end\t%u\n", out.items);
    bool whole = !ferror(out.file) && out.items < ITEMS_MAX;
    whole &= fclose(out.file) == 0;
    if (!whole)
        fprintf(stderr, "truce-look: the inventory is not whole: %u items\n", out.items);
    return whole ? LOOK_OK : LOOK_FAILED;
}

int wmain(int argc, wchar_t **argv)
{
    if (argc == 3 && wcscmp(argv[1], L"inventory") == 0)
        return inventory(argv[2]);
    bool resources = argc == 2 && wcscmp(argv[1], L"resources") == 0;
    if (resources || (argc == 2 && wcscmp(argv[1], L"services") == 0)) {
        if (resources ? look_resources(stdout) : look_service_states(stdout))
            return LOOK_OK;
        fprintf(stderr, "truce-look: error %lu\n", GetLastError());
        return LOOK_FAILED;
    }
    fprintf(stderr, "usage: truce-look inventory FILE | resources | services\n");
    return LOOK_USAGE;
}
