/* SPDX-License-Identifier: GPL-2.0-or-later */
/* truce-set-identity: what tells a clone of the reference guest from the guest that it is a clone
 * of.
 *
 *     {"name", "mac", "boot-id", "seed"} -> {"name", "mac", "boot-id"}, read back from the system
 *
 * "mac" is left out for a machine without a network card; "seed" is 32 bytes as base64. */
#include "commands.h"

#include <windows.h>

#include <stdlib.h>
#include <string.h>

#include "base64.h"
#include "linux.h"

#define SEED_SIZE 32

static const struct {
    const wchar_t *key, *value;
} places[] = {
    /* Where GetComputerName() and gethostname() of Windows look; Wine's wineboot fills them. */
    {L"System\\CurrentControlSet\\Control\\ComputerName\\ComputerName", L"ComputerName"},
    {L"System\\CurrentControlSet\\Control\\ComputerName\\ActiveComputerName", L"ComputerName"},
    {L"System\\CurrentControlSet\\Services\\Tcpip\\Parameters", L"Hostname"},
    {L"System\\CurrentControlSet\\Services\\Tcpip\\Parameters", L"NV Hostname"},
};

static bool set_text(const wchar_t *path, const wchar_t *value, const wchar_t *text)
{
    HKEY key;
    bool ok;

    if (RegCreateKeyExW(HKEY_LOCAL_MACHINE, path, 0, NULL, 0, KEY_SET_VALUE, NULL, &key, NULL))
        return false;
    ok = !RegSetValueExW(key, value, 0, REG_SZ, (const BYTE *)text,
                         (DWORD)((wcslen(text) + 1) * sizeof *text));
    RegCloseKey(key);
    return ok;
}

static bool set_names(const char *name)
{
    wchar_t *wide = commands_wide(name, strlen(name));
    bool ok = wide && linux_set_host_name(name);

    for (size_t i = 0; ok && i < sizeof places / sizeof *places; i++)
        ok = set_text(places[i].key, places[i].value, wide);
    free(wide);
    return ok;
}

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)(at - digits) : -1;
}

/* Six pairs of small hexadecimal digits with colons between. */
static bool read_mac(const char *text, uint8_t ret_mac[LINUX_MAC_SIZE])
{
    if (strlen(text) != 3 * LINUX_MAC_SIZE - 1)
        return false;
    for (int i = 0; i < LINUX_MAC_SIZE; i++, text += 3) {
        int high = hex_digit(text[0]), low = hex_digit(text[1]);
        if (high < 0 || low < 0 || text[2] != (i < LINUX_MAC_SIZE - 1 ? ':' : '\0'))
            return false;
        ret_mac[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

static bool read_seed(const char *text, uint8_t ret_seed[SEED_SIZE])
{
    uint8_t bytes[SEED_SIZE + 4];
    size_t size;

    if (!text || strlen(text) != base64_encoded_size(SEED_SIZE) ||
        !base64_decode(text, strlen(text), bytes, &size) || size != SEED_SIZE)
        return false;
    memcpy(ret_seed, bytes, SEED_SIZE);
    return true;
}

static const char *tell(bool with_mac, struct text *reply)
{
    char boot_id[LINUX_BOOT_ID_SIZE];
    uint8_t mac[LINUX_MAC_SIZE];

    if (!linux_boot_id(boot_id) || (with_mac && !linux_mac(mac)))
        return "the identity cannot be read back";
    text_format(reply, "{\"boot-id\": ");
    text_json(reply, boot_id);
    if (with_mac)
        text_format(reply, ", \"mac\": \"%02x:%02x:%02x:%02x:%02x:%02x\"", mac[0], mac[1], mac[2],
                    mac[3], mac[4], mac[5]);
    text_format(reply, ", \"name\": ");
    return NULL;
}

/* The name that Windows' programs see and the one that Linux has are to be the same. */
static const char *tell_name(struct text *reply)
{
    char linux_name[LINUX_NAME_SIZE], *name = commands_host_name();
    bool same = name && linux_host_name(linux_name) && !strcmp(name, linux_name);

    if (same) {
        text_json(reply, name);
        text_format(reply, "}");
    }
    free(name);
    return same ? NULL : "the name did not come to all places";
}

const char *command_set_identity(const struct json *arguments, struct text *reply)
{
    const char *name = json_string(arguments, "name");
    const char *mac_text = json_string(arguments, "mac");
    const char *boot_id = json_string(arguments, "boot-id");
    uint8_t mac[LINUX_MAC_SIZE], seed[SEED_SIZE];
    const char *failure;

    if (!commands_owns_linux())
        return "this system's identity is not the agent's to set";
    if (!name || !*name || strlen(name) > 15 || !boot_id ||
        strlen(boot_id) != LINUX_BOOT_ID_SIZE - 1 || (mac_text && !read_mac(mac_text, mac)) ||
        !read_seed(json_string(arguments, "seed"), seed))
        return "a name of 1 to 15 characters, a boot-id, a seed of 32 bytes and perhaps a mac are "
               "wanted";
    if (!set_names(name))
        return "the name cannot be set";
    if (mac_text && !linux_set_mac(mac))
        return "the network card's address cannot be set";
    if (!linux_set_boot_id(boot_id))
        return "the boot-id cannot be set";
    if (!linux_seed(seed))
        return "the random numbers cannot begin anew";
    failure = tell(mac_text != NULL, reply);
    return failure ? failure : tell_name(reply);
}
