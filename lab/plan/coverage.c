/* SPDX-License-Identifier: GPL-2.0-or-later
 * What given rows cover.
 */
#include "plan/coverage.h"

#include <math.h>
#include <string.h>

#include "plan/feasible.h"
#include "util/error.h"

#define COMBINATIONS_MAX (1u << 28) /* of one set of parameters */
#define SETS_MAX 100000000u
#define ORDER_SETS_MAX 2000000u

/* The rows, and which combinations each of them may cover. */
typedef struct {
    const CoverModel *model;
    const guint16 *cells;
    guint n_rows;
    guint n;         /* parameters */
    int *negative;   /* a row: the parameter with its negative value, -1: none, -2: invalid row */
    GArray *members; /* of guint */
    guint strength;
    bool groups; /* whether the model's groups keep their own strength */
} Rows;

/* Walks over the sets of parameters: those of all members, then those of each group. */
typedef struct {
    guint phase;                      /* 0: all members, else a group's number + 1 */
    const GArray *members;            /* of guint: these or the group's */
    guint strength;                   /* parameters in a set */
    guint chosen[COVER_STRENGTH_MAX]; /* places in `members` */
    guint parameter[COVER_STRENGTH_MAX];
    guint levels[COVER_STRENGTH_MAX];
    guint combinations;
} Walk;

static void rows_clear(Rows *rows)
{
    g_free(rows->negative);
    g_clear_pointer(&rows->members, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Rows, rows_clear)

static bool row_obeys(const CoverModel *model, const guint16 *row)
{
    for (guint c = 0; c < model->constraints->len; c++)
        if (expression_truth(model->constraints->pdata[c], row) == TRUTH_FALSE)
            return false;
    return true;
}

static int row_negative(const CoverModel *model, const guint16 *row)
{
    int found = -1;
    if (!row_obeys(model, row))
        return -2;
    for (guint p = 0; p < model->parameters->len; p++) {
        if (row[p] == COVER_ANY || !cover_model_value(model, p, row[p])->negative)
            continue;
        if (found >= 0)
            return -2;
        found = (int)p;
    }
    return found;
}

static bool check_sets(guint n, guint strength, GError **error)
{
    double sets = 1;
    for (guint i = 1; i <= strength; i++)
        sets = sets * (n - strength + i) / i;
    if (strength < 1 || strength > COVER_STRENGTH_MAX || strength > n) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%u is no strength for %u parameters: it goes from 1 to %u", strength, n,
                    MIN(n, COVER_STRENGTH_MAX));
        return false;
    }
    if (sets > SETS_MAX) {
        g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                    "%u parameters have too many combinations of %u: use a lower strength", n,
                    strength);
        return false;
    }
    return true;
}

static bool rows_init(Rows *rows, const CoverModel *model, const guint16 *cells, guint n_rows,
                      const GArray *members, guint strength, bool groups, GError **error)
{
    guint n = model->parameters->len;
    *rows = (Rows){model,    cells, n_rows, n, NULL, g_array_new(FALSE, FALSE, sizeof(guint)),
                   strength, groups};
    for (guint p = 0; p < n; p++)
        if (!members && !cover_model_parameter(model, p)->result)
            g_array_append_val(rows->members, p);
    if (members)
        g_array_append_vals(rows->members, members->data, members->len);
    rows->negative = g_new(int, n_rows + 1);
    for (guint r = 0; r < n_rows; r++)
        rows->negative[r] = row_negative(model, cells + (gsize)r * n);
    for (guint g = 0; groups && g < model->groups->len; g++) {
        const CoverGroup *group = model->groups->pdata[g];
        if (group->strength > 0 && !check_sets(group->members->len, group->strength, error))
            return false;
    }
    return check_sets(rows->members->len, strength, error);
}

static bool walk_load(const Rows *rows, Walk *walk, GError **error)
{
    guint64 combinations = 1;
    for (guint i = 0; i < walk->strength; i++) {
        walk->levels[i] = cover_model_parameter(rows->model, walk->parameter[i])->values->len;
        combinations *= walk->levels[i];
        if (combinations > COMBINATIONS_MAX) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "some parameters have too many combinations: use a lower strength");
            return false;
        }
    }
    walk->combinations = (guint)combinations;
    return true;
}

static guint group_strength(const Rows *rows, guint g)
{
    const CoverGroup *group = rows->model->groups->pdata[g];
    return group->strength ? group->strength : MIN(rows->strength, group->members->len);
}

static void walk_begin(const Rows *rows, guint phase, Walk *walk)
{
    const CoverGroup *group = phase > 0 ? rows->model->groups->pdata[phase - 1] : NULL;
    walk->phase = phase;
    walk->members = group ? group->members : rows->members;
    walk->strength = group ? group_strength(rows, phase - 1) : rows->strength;
    for (guint i = 0; i < walk->strength; i++)
        walk->chosen[i] = i;
}

static bool walk_step(const Rows *rows, Walk *walk)
{
    guint n = walk->members->len, t = walk->strength, i = t;
    while (i > 0 && walk->chosen[i - 1] == n - t + (i - 1))
        i--;
    if (i == 0 && (!rows->groups || walk->phase == rows->model->groups->len))
        return false;
    if (i == 0) {
        walk_begin(rows, walk->phase + 1, walk);
        return true;
    }
    walk->chosen[i - 1]++;
    for (; i < t; i++)
        walk->chosen[i] = walk->chosen[i - 1] + 1;
    return true;
}

static bool group_holds(const CoverGroup *group, const Walk *walk)
{
    guint found = 0;
    for (guint m = 0; m < group->members->len && found < walk->strength; m++)
        found += g_array_index(group->members, guint, m) == walk->parameter[found];
    return found == walk->strength;
}

/* False for a set that a group asks for at its own strength; between groups, for one that an
 * earlier group holds. */
static bool walk_wanted(const Rows *rows, Walk *walk)
{
    guint groups = walk->phase > 0 ? walk->phase - 1 : rows->model->groups->len;
    for (guint i = 0; i < walk->strength; i++)
        walk->parameter[i] = g_array_index(walk->members, guint, walk->chosen[i]);
    for (guint g = 0; rows->groups && g < groups; g++)
        if ((walk->phase == 0 || group_strength(rows, g) >= walk->strength) &&
            group_holds(rows->model->groups->pdata[g], walk))
            return false;
    return true;
}

static bool walk_next(const Rows *rows, Walk *walk)
{
    while (walk_step(rows, walk))
        if (walk_wanted(rows, walk))
            return true;
    return false;
}

static bool walk_first(const Rows *rows, Walk *walk)
{
    walk_begin(rows, 0, walk);
    return walk_wanted(rows, walk) || walk_next(rows, walk);
}

/* The combination that a row covers in the set; G_MAXUINT where it covers none. */
static guint row_combination(const Rows *rows, const Walk *walk, guint r)
{
    const guint16 *row = rows->cells + (gsize)r * rows->n;
    guint combination = 0;
    bool holds_negative = rows->negative[r] < 0;
    if (rows->negative[r] == -2)
        return G_MAXUINT;
    for (guint i = 0; i < walk->strength; i++) {
        guint16 value = row[walk->parameter[i]];
        if (value == COVER_ANY)
            return G_MAXUINT;
        holds_negative = holds_negative || (int)walk->parameter[i] == rows->negative[r];
        combination = combination * walk->levels[i] + value;
    }
    return holds_negative ? combination : G_MAXUINT;
}

static CoverageTuple tuple_of(const Walk *walk, guint combination)
{
    CoverageTuple tuple = {.n = walk->strength};
    for (guint i = walk->strength; i-- > 0;) {
        tuple.parameter[i] = (guint16)walk->parameter[i];
        tuple.value[i] = (guint16)(combination % walk->levels[i]);
        combination /= walk->levels[i];
    }
    return tuple;
}

/* ---- which combinations are possible -------------------------------------------------------- */

/* A solver for rows of valid values, and one each for rows with a negative value of a parameter. */
typedef struct {
    const CoverModel *model;
    guint64 **valid;
    GPtrArray *solvers; /* of Feasible*, or NULL: [0] valid, [1 + p] with p's negative values */
    GPtrArray *allowed; /* of guint64**: what the solvers use */
    guint16 *row;
} Possible;

static void allowed_free(gpointer data)
{
    g_strfreev(data);
}

static void solver_free(gpointer data)
{
    feasible_free(data);
}

static void possible_init(Possible *possible, const CoverModel *model)
{
    *possible = (Possible){.model = model};
    possible->solvers = g_ptr_array_new_with_free_func(solver_free);
    possible->allowed = g_ptr_array_new_with_free_func(allowed_free);
    g_ptr_array_set_size(possible->solvers, (int)model->parameters->len + 1);
    possible->row = g_new(guint16, model->parameters->len + 1);
    for (guint p = 0; p < model->parameters->len; p++)
        possible->row[p] = COVER_ANY;
}

static void possible_clear(Possible *possible)
{
    g_ptr_array_unref(possible->solvers);
    g_ptr_array_unref(possible->allowed);
    g_free(possible->row);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Possible, possible_clear)

/* The solver for rows in which `negative` (or -1: none) has a negative value. */
static Feasible *solver_for(Possible *possible, int negative)
{
    Feasible **solver = (Feasible **)&possible->solvers->pdata[negative + 1];
    if (*solver)
        return *solver;
    guint n = possible->model->parameters->len;
    guint64 **allowed = g_new0(guint64 *, n + 1);
    for (guint p = 0; p < n; p++) {
        const GPtrArray *values = cover_model_parameter(possible->model, p)->values;
        allowed[p] = g_new0(guint64, values->len / 64 + 1);
        for (guint v = 0; v < values->len; v++)
            if (((CoverValue *)values->pdata[v])->negative == ((int)p == negative))
                allowed[p][v >> 6] |= G_GUINT64_CONSTANT(1) << (v & 63);
    }
    g_ptr_array_add(possible->allowed, allowed);
    *solver = feasible_new(possible->model, allowed);
    return *solver;
}

static bool tuple_possible(Possible *possible, const CoverageTuple *tuple)
{
    int negative = -1;
    for (guint i = 0; i < tuple->n; i++) {
        if (!cover_model_value(possible->model, tuple->parameter[i], tuple->value[i])->negative)
            continue;
        if (negative >= 0)
            return false;
        negative = (int)tuple->parameter[i];
    }
    for (guint i = 0; i < tuple->n; i++)
        possible->row[tuple->parameter[i]] = tuple->value[i];
    bool well = feasible_partial(solver_for(possible, negative), possible->row);
    for (guint i = 0; i < tuple->n; i++)
        possible->row[tuple->parameter[i]] = COVER_ANY;
    return well;
}

/* ---- measure -------------------------------------------------------------------------------- */

static void measure_set(const Rows *rows, const Walk *walk, Possible *possible, guint8 *seen,
                        guint missing_max, Coverage *coverage)
{
    memset(seen, 0, walk->combinations / 8 + 1);
    for (guint r = 0; r < rows->n_rows; r++) {
        guint combination = row_combination(rows, walk, r);
        if (combination != G_MAXUINT)
            seen[combination / 8] |= (guint8)(1u << combination % 8);
    }
    for (guint combination = 0; combination < walk->combinations; combination++) {
        bool covered = seen[combination / 8] >> combination % 8 & 1;
        CoverageTuple tuple = tuple_of(walk, combination);
        if (!covered && !tuple_possible(possible, &tuple)) {
            coverage->impossible++;
            continue;
        }
        coverage->possible++;
        coverage->covered += covered;
        if (!covered && coverage->missing->len < missing_max)
            g_array_append_val(coverage->missing, tuple);
    }
}

bool coverage_measure(const CoverModel *model, const guint16 *cells, guint n_rows,
                      const GArray *members, guint strength, guint missing_max,
                      Coverage **ret_coverage, GError **error)
{
    g_auto(Rows) rows = {0};
    g_auto(Possible) possible = {0};
    g_autoptr(Coverage) coverage = g_new0(Coverage, 1);
    g_autofree guint8 *seen = NULL;
    Walk walk;
    coverage->missing = g_array_new(FALSE, FALSE, sizeof(CoverageTuple));
    possible_init(&possible, model);
    if (!rows_init(&rows, model, cells, n_rows, members, strength, false, error))
        return false;
    for (guint r = 0; r < n_rows; r++)
        coverage->invalid_rows += rows.negative[r] == -2;
    for (bool more = walk_first(&rows, &walk); more; more = walk_next(&rows, &walk)) {
        if (!walk_load(&rows, &walk, error))
            return false;
        seen = g_realloc(seen, walk.combinations / 8 + 1);
        measure_set(&rows, &walk, &possible, seen, missing_max, coverage);
    }
    *ret_coverage = g_steal_pointer(&coverage);
    return true;
}

void coverage_free(Coverage *coverage)
{
    if (!coverage)
        return;
    g_array_unref(coverage->missing);
    g_free(coverage);
}

/* ---- explain -------------------------------------------------------------------------------- */

static void coverage_row_free(gpointer data)
{
    CoverageRow *row = data;
    g_array_unref(row->tuples);
    g_free(row);
}

/* owner: 0 none, G_MAXUINT32 several, else row + 1. */
static void explain_set(const Rows *rows, const Walk *walk, guint32 *owner, guint tuples_max,
                        GPtrArray *explained)
{
    memset(owner, 0, walk->combinations * sizeof *owner);
    for (guint r = 0; r < rows->n_rows; r++) {
        guint combination = row_combination(rows, walk, r);
        if (combination != G_MAXUINT)
            owner[combination] = owner[combination] == 0 ? r + 1 : G_MAXUINT32;
    }
    for (guint combination = 0; combination < walk->combinations; combination++) {
        if (owner[combination] == 0 || owner[combination] == G_MAXUINT32)
            continue;
        CoverageRow *row = explained->pdata[owner[combination] - 1];
        row->alone++;
        if (row->tuples->len < tuples_max) {
            CoverageTuple tuple = tuple_of(walk, combination);
            g_array_append_val(row->tuples, tuple);
        }
    }
}

bool coverage_explain(const CoverModel *model, const guint16 *cells, guint n_rows, guint strength,
                      guint tuples_max, GPtrArray **ret_rows, GError **error)
{
    g_auto(Rows) rows = {0};
    g_autoptr(GPtrArray) explained = g_ptr_array_new_with_free_func(coverage_row_free);
    g_autofree guint32 *owner = NULL;
    Walk walk;
    if (!rows_init(&rows, model, cells, n_rows, NULL, strength, true, error))
        return false;
    for (guint r = 0; r < n_rows; r++) {
        CoverageRow *row = g_new0(CoverageRow, 1);
        row->tuples = g_array_new(FALSE, FALSE, sizeof(CoverageTuple));
        g_ptr_array_add(explained, row);
    }
    for (bool more = walk_first(&rows, &walk); more; more = walk_next(&rows, &walk)) {
        if (!walk_load(&rows, &walk, error))
            return false;
        owner = g_renew(guint32, owner, walk.combinations);
        explain_set(&rows, &walk, owner, tuples_max, explained);
    }
    *ret_rows = g_steal_pointer(&explained);
    return true;
}

/* ---- order ---------------------------------------------------------------------------------- */

/* All sets of parameters at once, and a bit for each of their combinations. */
typedef struct {
    const Rows *rows;
    GArray *walks;    /* of Walk */
    GArray *bases;    /* of gsize: where the bits of each set begin */
    guint64 *covered; /* by the rows that have their place */
} Marks;

static void marks_clear(Marks *marks)
{
    g_clear_pointer(&marks->walks, g_array_unref);
    g_clear_pointer(&marks->bases, g_array_unref);
    g_free(marks->covered);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Marks, marks_clear)

static bool marks_init(Marks *marks, const Rows *rows, GError **error)
{
    gsize n = 0;
    Walk walk;
    *marks = (Marks){rows, g_array_new(FALSE, FALSE, sizeof(Walk)),
                     g_array_new(FALSE, FALSE, sizeof(gsize)), NULL};
    for (bool more = walk_first(rows, &walk); more; more = walk_next(rows, &walk)) {
        if (!walk_load(rows, &walk, error))
            return false;
        g_array_append_val(marks->walks, walk);
        g_array_append_val(marks->bases, n);
        n += walk.combinations;
        if (n > COMBINATIONS_MAX || marks->walks->len > ORDER_SETS_MAX) {
            g_set_error(error, TRUCE_ERROR, TRUCE_ERROR_INPUT,
                        "there are too many combinations to order rows by: use a lower strength");
            return false;
        }
    }
    marks->covered = g_new0(guint64, n / 64 + 1);
    return true;
}

/* How many combinations of the row are new; with `take` they are marked as covered. */
static guint64 count_fresh(Marks *marks, guint r, bool take)
{
    guint64 fresh = 0;
    for (guint s = 0; s < marks->walks->len; s++) {
        guint combination = row_combination(marks->rows, &g_array_index(marks->walks, Walk, s), r);
        if (combination == G_MAXUINT)
            continue;
        gsize bit = g_array_index(marks->bases, gsize, s) + combination;
        guint64 mask = G_GUINT64_CONSTANT(1) << (bit & 63);
        fresh += !(marks->covered[bit >> 6] & mask);
        if (take)
            marks->covered[bit >> 6] |= mask;
    }
    return fresh;
}

/* The best of the rows that wait. What a row adds only falls, so an old figure is a bound: only
 * rows that look best are counted again. */
static guint best_row(Marks *marks, const CoverageWishes *wishes, guint tier, double *value,
                      const bool *placed)
{
    guint n = marks->rows->n_rows;
    for (;;) {
        guint best = n;
        for (guint r = 0; r < n; r++)
            if (!placed[r] && (!wishes->tier || wishes->tier[r] == tier) &&
                (best == n || value[r] > value[best]))
                best = r;
        if (best == n)
            return n;
        double cost = wishes->cost && wishes->cost[best] > 0 ? wishes->cost[best] : 1;
        double now = (double)count_fresh(marks, best, false) / cost;
        if (now >= value[best])
            return best;
        value[best] = now;
    }
}

static const CoverageWishes no_wishes = {NULL, NULL};

bool coverage_order(const CoverModel *model, const guint16 *cells, guint n_rows, guint strength,
                    const CoverageWishes *wishes, GArray **ret_order, GError **error)
{
    g_auto(Rows) rows = {0};
    g_auto(Marks) marks = {0};
    g_autoptr(GArray) order = g_array_new(FALSE, FALSE, sizeof(CoverageStep));
    g_autofree bool *placed = g_new0(bool, n_rows + 1);
    g_autofree double *value = g_new(double, n_rows + 1);
    guint tier = 0;
    wishes = wishes ? wishes : &no_wishes;
    if (!rows_init(&rows, model, cells, n_rows, NULL, strength, true, error) ||
        !marks_init(&marks, &rows, error))
        return false;
    for (guint r = 0; r < n_rows; r++)
        value[r] = HUGE_VAL;
    while (order->len < n_rows) {
        guint best = best_row(&marks, wishes, tier, value, placed);
        if (best == n_rows) {
            tier++;
            continue;
        }
        CoverageStep step = {best, count_fresh(&marks, best, true)};
        placed[best] = true;
        g_array_append_val(order, step);
    }
    *ret_order = g_steal_pointer(&order);
    return true;
}

char *coverage_tuple_text(const CoverModel *model, const CoverageTuple *tuple)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < tuple->n; i++) {
        const CoverValue *value = cover_model_value(model, tuple->parameter[i], tuple->value[i]);
        g_string_append_printf(text, "%s%s=%s%s", i > 0 ? ", " : "",
                               cover_model_parameter(model, tuple->parameter[i])->name,
                               value->negative ? "~" : "", (char *)value->names->pdata[0]);
    }
    return g_string_free(text, FALSE);
}
