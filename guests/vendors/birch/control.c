// SPDX-License-Identifier: GPL-2.0-or-later
// birch-ctl.exe: birch's control tool. Content is judged by the service, asked over its pipe.
#include "birch.h"

#include <windows.h>
#include <winioctl.h>

#include "../common/control.h"
#include "../common/device.h"
#include "ioctl.h"

#define PIPE_TIMEOUT_MS 10000

static bool ask(struct birch_request *request, struct birch_reply *ret_reply)
{
    DWORD got = 0;

    return CallNamedPipeW(BIRCH_PIPE, request, sizeof *request, ret_reply, sizeof *ret_reply, &got,
                          PIPE_TIMEOUT_MS) &&
           got == sizeof *ret_reply;
}

static bool query(struct control_state *ret_state)
{
    struct birch_request request = {.kind = BIRCH_STATUS};
    struct birch_reply reply;
    struct birch_ping ping;

    if (!device_call(birch_vendor.device, BIRCH_IOCTL_PING, NULL, 0, &ping, sizeof ping) ||
        !ask(&request, &reply))
        return false;
    *ret_state = (struct control_state){
        .product = ping.product,
        .content = reply.content,
        .refused = reply.refused,
        .events = reply.events,
        .detections = reply.detections,
    };
    return true;
}

static enum control_exit update(const wchar_t *path, uint32_t *ret_version)
{
    struct birch_request request = {.kind = BIRCH_UPDATE};
    struct birch_reply reply;
    DWORD chars = GetFullPathNameW(path, BIRCH_PATH_CHARS, request.path, NULL);

    if (chars == 0 || chars >= BIRCH_PATH_CHARS) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return CONTROL_FAILED;
    }
    if (!ask(&request, &reply))
        return CONTROL_FAILED;
    SetLastError(reply.error);
    *ret_version = reply.content;
    return (enum control_exit)reply.result;
}

int wmain(int argc, wchar_t **argv)
{
    const struct control control = {.vendor = &birch_vendor, .query = query, .update = update};

    return control_main(&control, argc, argv);
}
