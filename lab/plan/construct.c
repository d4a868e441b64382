/* SPDX-License-Identifier: GPL-2.0-or-later
 * Covering arrays that algebra gives at once.
 */
#include "plan/construct.h"

#include "plan/field.h"

static guint most_levels(guint n_columns, const guint *levels)
{
    guint most = 1;
    for (guint c = 0; c < n_columns; c++)
        most = MAX(most, levels[c]);
    return most;
}

/* base^exponent, or 0 where that is over CONSTRUCT_ROWS_MAX. */
static guint power(guint base, guint exponent)
{
    guint64 product = 1;
    for (guint i = 0; i < exponent; i++) {
        product *= base;
        if (product > CONSTRUCT_ROWS_MAX)
            return 0;
    }
    return (guint)product;
}

static void append(GArray *cells, guint value, guint levels)
{
    guint16 cell = (guint16)(value % levels);
    g_array_append_val(cells, cell);
}

static GArray *polynomials(guint n_columns, const guint *levels, guint strength, guint rows,
                           const Field *field)
{
    GArray *cells = g_array_new(FALSE, FALSE, sizeof(guint16));
    for (guint r = 0; r < rows; r++) {
        for (guint c = 0; c < n_columns; c++) {
            guint rest = r, value = 0;
            if (c == field->order) {
                append(cells, r % field->order, levels[c]); /* the leading coefficient */
                continue;
            }
            for (guint i = 0; i < strength; i++, rest /= field->order)
                value = field->sum[field->product[value][c]][rest % field->order];
            append(cells, value, levels[c]);
        }
    }
    return cells;
}

static GArray *sums(guint n_columns, const guint *levels, guint strength, guint rows, guint most)
{
    GArray *cells = g_array_new(FALSE, FALSE, sizeof(guint16));
    for (guint r = 0; r < rows; r++) {
        guint rest = r, sum = 0;
        for (guint c = 0; c < n_columns; c++) {
            guint value = c < strength ? rest % most : sum;
            append(cells, value, levels[c]);
            sum = (sum + value) % most;
            rest /= most;
        }
    }
    return cells;
}

/* n over k, at most `limit`. */
static guint choose(guint n, guint k, guint limit)
{
    guint64 product = 1;
    for (guint i = 1; i <= k && product <= limit; i++)
        product = product * (n - k + i) / i;
    return (guint)MIN(product, limit);
}

guint construct_binary_columns(guint rows, guint limit)
{
    return choose(rows - 1, (rows + 1) / 2, limit);
}

static GArray *kleitman_spencer(guint n_columns, const guint *levels)
{
    guint rows = 4;
    while (construct_binary_columns(rows, n_columns) < n_columns)
        rows++;
    GArray *cells = g_array_new(FALSE, TRUE, sizeof(guint16));
    g_array_set_size(cells, rows * n_columns);
    guint64 set = (G_GUINT64_CONSTANT(1) << ((rows + 1) / 2)) - 1;
    for (guint c = 0; c < n_columns; c++) {
        for (guint r = 1; r < rows; r++)
            if (levels[c] > 1)
                g_array_index(cells, guint16, r * n_columns + c) = set >> (r - 1) & 1;
        /* The next larger number with as many bits. */
        guint64 low = set & -set, ripple = set + low;
        set = ripple | (((set ^ ripple) >> 2) / low);
    }
    return cells;
}

GArray *construct_cover(guint n_columns, const guint *levels, guint strength)
{
    guint most = most_levels(n_columns, levels), order = MAX(most, n_columns - 1);
    Field field;
    if (n_columns < 2 || strength < 2 || most < 2 || n_columns <= strength)
        return NULL;
    if (n_columns == strength + 1 && power(most, strength) > 0)
        return sums(n_columns, levels, strength, power(most, strength), most);
    if (strength == 2 && most == 2)
        return kleitman_spencer(n_columns, levels);
    order = field_order_from(order);
    if (order < MAX(strength, 2) || power(order, strength) == 0 || !field_init(&field, order))
        return NULL;
    return polynomials(n_columns, levels, strength, power(order, strength), &field);
}
