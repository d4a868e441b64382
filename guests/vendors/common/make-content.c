// SPDX-License-Identifier: GPL-2.0-or-later
// Host-side generator of content files: make-content OUT VERSION FIELDS FIELD=TEXT...
/*
 * Each FIELD=TEXT makes one rule of FIELDS matchers, all wildcards but the one on FIELD (counted
 * from 1), which wants TEXT contained. The result passes content_check(), also where it reads a
 * field that no sensor supplies: such files are what the vendors are tried with.
 */
#include "content-build.h"

#include <stdio.h>
#include <stdlib.h>

static bool rule_parse(const char *argument, struct content_rule_text *ret_rule)
{
    char *end;
    unsigned long field = strtoul(argument, &end, 10);

    if (end == argument || *end != '=' || field > CONTENT_MAX_FIELDS)
        return false;
    *ret_rule = (struct content_rule_text){.field = (uint32_t)field, .text = end + 1};
    return true;
}

static bool file_write(const char *path, const struct content_buffer *buffer)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return false;
    bool written = fwrite(buffer->bytes, 1, buffer->size, file) == buffer->size;
    return fclose(file) == 0 && written;
}

int main(int argc, char **argv)
{
    static struct content_buffer buffer;
    struct content_rule_text rules[CONTENT_MAX_RULES];
    int rule_count = argc - 4;

    if (rule_count < 1 || rule_count > CONTENT_MAX_RULES) {
        fprintf(stderr, "usage: make-content OUT VERSION FIELDS FIELD=TEXT...\n");
        return 2;
    }
    for (int i = 0; i < rule_count; i++) {
        if (!rule_parse(argv[4 + i], &rules[i])) {
            fprintf(stderr, "make-content: '%s' is not FIELD=TEXT\n", argv[4 + i]);
            return 2;
        }
    }
    if (!content_build(&buffer, (uint32_t)strtoul(argv[2], NULL, 10),
                       (uint32_t)strtoul(argv[3], NULL, 10), rules, (uint32_t)rule_count)) {
        fprintf(stderr, "make-content: %s: a number or text is out of range\n", argv[1]);
        return 2;
    }
    if (!file_write(argv[1], &buffer)) {
        perror(argv[1]);
        return 3;
    }
    return 0;
}
