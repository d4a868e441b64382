// SPDX-License-Identifier: GPL-2.0-or-later
// alder-ctl.exe: alder's control tool. Content goes into the driver's folder and the driver judges.
#include "alder.h"

#include <stdio.h>
#include <wchar.h>

#include <windows.h>
#include <winioctl.h>

#include "../common/content.h"
#include "../common/control.h"
#include "../common/device.h"
#include "../common/file.h"
#include "ioctl.h"

static bool ask(DWORD code, struct alder_status *ret_status)
{
    return device_call(alder_vendor.device, code, NULL, 0, ret_status, sizeof *ret_status);
}

static bool query(struct control_state *ret_state)
{
    struct alder_status status;

    if (!ask(ALDER_IOCTL_STATUS, &status))
        return false;
    *ret_state = (struct control_state){
        .product = status.product,
        .content = status.content_version,
        .refused = status.refused_version,
        .events = status.events,
        .detections = status.matches,
    };
    return true;
}

/* What the file declares; else what its name says: to judge a damaged file is the driver's. */
static bool version_of(const wchar_t *path, const void *bytes, size_t size, uint32_t *ret_version)
{
    const wchar_t *slash = wcsrchr(path, L'\\');
    unsigned template_id, version;

    if (content_peek_version(bytes, size, ret_version))
        return true;
    if (swscanf(slash ? slash + 1 : path, L"C-%8u-%8u.bin", &template_id, &version) != 2 ||
        template_id != CONTENT_TEMPLATE)
        return false;
    *ret_version = version;
    return true;
}

/* Files are named by the version that they declare, and the driver takes the newest: content that
 * is not newer than what is in use is refused here, unless it is the very same. */
static enum control_exit update(const wchar_t *path, uint32_t *ret_version)
{
    static _Alignas(8) char bytes[CONTENT_MAX_SIZE];
    struct alder_status status;
    wchar_t target[MAX_PATH];
    uint32_t version;
    size_t size;

    if (!ask(ALDER_IOCTL_STATUS, &status))
        return CONTROL_FAILED;
    *ret_version = status.content_version;
    if (!file_read(path, bytes, sizeof bytes, &size))
        return GetLastError() == ERROR_FILE_TOO_LARGE ? CONTROL_REFUSED : CONTROL_FAILED;
    if (!version_of(path, bytes, size, &version) || version < status.content_version)
        return CONTROL_REFUSED;
    file_content_path(target, alder_vendor.content_folder, version);
    if (version == status.content_version)
        return file_equals(target, bytes, size) ? CONTROL_OK : CONTROL_REFUSED;

    if (!file_write_durably(target, bytes, size) || !ask(ALDER_IOCTL_LOAD, &status))
        return CONTROL_FAILED;
    *ret_version = status.content_version;
    if (status.content_version == version)
        return CONTROL_OK;
    DeleteFileW(target);
    return CONTROL_REFUSED;
}

int wmain(int argc, wchar_t **argv)
{
    const struct control control = {.vendor = &alder_vendor, .query = query, .update = update};

    return control_main(&control, argc, argv);
}
