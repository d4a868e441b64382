// SPDX-License-Identifier: GPL-2.0-or-later
// The control tool of the products that judge in user mode; see guard.h.
#include "guard.h"

#include <winioctl.h>

#include "control.h"
#include "device.h"
#include "ping.h"

#define PIPE_TIMEOUT_MS 10000

static const struct vendor *guard_vendor;

static bool ask(struct guard_request *request, struct guard_reply *ret_reply)
{
    DWORD got = 0;

    return CallNamedPipeW(guard_vendor->pipe, request, sizeof *request, ret_reply,
                          sizeof *ret_reply, &got, PIPE_TIMEOUT_MS) &&
           got == sizeof *ret_reply;
}

static bool device_answers(void)
{
    struct driver_ping ping;

    return !guard_vendor->driver ||
           device_call(guard_vendor->device, IOCTL_PING, NULL, 0, &ping, sizeof ping);
}

#ifndef FAULT_HOOK_ORDER /* does not ask */
static bool asks_driver(void)
{
    struct driver_ping ping;

    return !device_call(guard_vendor->device, IOCTL_PING, NULL, 0, &ping, sizeof ping) ||
           ping.may_unload;
}
#else
#define asks_driver NULL
#endif

static bool query(struct control_state *ret_state)
{
    struct guard_request request = {.kind = GUARD_STATUS};
    struct guard_reply reply;

    if (!device_answers() || !ask(&request, &reply))
        return false;
    *ret_state = (struct control_state){
        .product = reply.product,
        .content = reply.content,
        .refused = reply.refused,
        .events = reply.events,
        .detections = reply.detections,
        .damaged = reply.result != CONTROL_OK,
    };
    return true;
}

static enum control_exit update(const wchar_t *path, uint32_t *ret_version)
{
    struct guard_request request = {.kind = GUARD_UPDATE};
    struct guard_reply reply;
    DWORD chars = GetFullPathNameW(path, GUARD_PATH_CHARS, request.path, NULL);

    if (chars == 0 || chars >= GUARD_PATH_CHARS) {
        SetLastError(ERROR_FILENAME_EXCED_RANGE);
        return CONTROL_FAILED;
    }
    if (!ask(&request, &reply))
        return CONTROL_FAILED;
    SetLastError(reply.error);
    *ret_version = reply.content;
    return (enum control_exit)reply.result;
}

int guard_control(const struct vendor *vendor, int argc, wchar_t **argv)
{
    const struct control control = {
        .vendor = vendor, .query = query, .may_unload = asks_driver, .update = update};

    guard_vendor = vendor;
    return control_main(&control, argc, argv);
}
