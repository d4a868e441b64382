/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One Windows command line from separate arguments, quoted so that the C runtime's parser gives the
 * same arguments back ("Parsing C command-line arguments", MS docs). Pure. */
#ifndef TRUCE_COMMAND_LINE_H
#define TRUCE_COMMAND_LINE_H

#include "text.h"

/* Adds ARGUMENT, after a space unless it is the first. */
void command_line_add(struct text *line, const char *argument);

#endif
