/* SPDX-License-Identifier: GPL-2.0-or-later
 * Backtracking with propagation over the constraints of a model.
 */
#include "plan/feasible.h"

#include <string.h>

#define MEMORY_MAX 200000 /* remembered answers */
#define NESTED_MAX 4096   /* pairs of values that are compared one by one */

typedef struct {
    GArray *parameters;  /* of guint */
    GArray *constraints; /* of guint */
} Component;

struct Feasible {
    const CoverModel *model;
    guint n;       /* parameters */
    guint *offset; /* of a parameter's words in a domain */
    guint *words;
    guint n_words;
    guint64 *base;   /* allowed values */
    guint64 *domain; /* of the present query */
    guint *component_of;
    GPtrArray *components;   /* of Component* */
    GPtrArray *of_parameter; /* of GArray* of guint: the constraints that speak of it */
    bool *active;            /* a constraint counts; off only while a conflict is narrowed */
    bool *dirty;
    GHashTable *memory; /* GBytes of component and cells → possible or not */
    guint64 steps;
    bool gave_up;
};

static void component_free(gpointer data)
{
    Component *component = data;
    g_array_unref(component->parameters);
    g_array_unref(component->constraints);
    g_free(component);
}

static Expression *constraint(const Feasible *feasible, guint c)
{
    return feasible->model->constraints->pdata[c];
}

static guint find_root(guint *parent, guint p)
{
    while (parent[p] != p)
        p = parent[p] = parent[parent[p]];
    return p;
}

/* Parameters of one constraint belong to one component. */
static void link_components(Feasible *feasible)
{
    g_autofree guint *parent = g_new(guint, feasible->n);
    g_autofree guint8 *marks = g_new(guint8, feasible->n);
    g_autofree Component **of_root = g_new0(Component *, feasible->n);
    for (guint p = 0; p < feasible->n; p++) {
        parent[p] = p;
        g_ptr_array_add(feasible->of_parameter, g_array_new(FALSE, FALSE, sizeof(guint)));
    }
    for (guint c = 0; c < feasible->model->constraints->len; c++) {
        guint first = feasible->n;
        memset(marks, 0, feasible->n);
        expression_parameters(constraint(feasible, c), marks);
        for (guint p = 0; p < feasible->n; p++) {
            if (!marks[p])
                continue;
            g_array_append_val((GArray *)feasible->of_parameter->pdata[p], c);
            if (first == feasible->n)
                first = p;
            parent[find_root(parent, p)] = find_root(parent, first);
        }
    }
    for (guint p = 0; p < feasible->n; p++) {
        guint root = find_root(parent, p);
        if (!of_root[root]) {
            of_root[root] = g_new0(Component, 1);
            of_root[root]->parameters = g_array_new(FALSE, FALSE, sizeof(guint));
            of_root[root]->constraints = g_array_new(FALSE, FALSE, sizeof(guint));
            g_ptr_array_add(feasible->components, of_root[root]);
        }
        g_array_append_val(of_root[root]->parameters, p);
    }
    for (guint i = 0; i < feasible->components->len; i++) {
        Component *component = feasible->components->pdata[i];
        for (guint j = 0; j < component->parameters->len; j++)
            feasible->component_of[g_array_index(component->parameters, guint, j)] = i;
    }
}

/* Gives every constraint to the component of its parameters. */
static void place_constraints(Feasible *feasible)
{
    g_autofree bool *placed = g_new0(bool, feasible->model->constraints->len + 1);
    for (guint p = 0; p < feasible->n; p++) {
        const GArray *of = feasible->of_parameter->pdata[p];
        Component *component = feasible->components->pdata[feasible->component_of[p]];
        for (guint i = 0; i < of->len; i++) {
            guint c = g_array_index(of, guint, i);
            if (!placed[c])
                g_array_append_val(component->constraints, c);
            placed[c] = true;
        }
    }
}

static guint bytes_hash(gconstpointer bytes)
{
    return g_bytes_hash(bytes);
}

Feasible *feasible_new(const CoverModel *model, guint64 *const *allowed)
{
    Feasible *feasible = g_new0(Feasible, 1);
    guint n = model->parameters->len, n_constraints = model->constraints->len;
    feasible->model = model;
    feasible->n = n;
    feasible->offset = g_new(guint, n + 1);
    feasible->words = g_new(guint, n + 1);
    for (guint p = 0; p < n; p++) {
        feasible->offset[p] = feasible->n_words;
        feasible->words[p] = cover_model_parameter(model, p)->values->len / 64 + 1;
        feasible->n_words += feasible->words[p];
    }
    feasible->base = g_new(guint64, feasible->n_words + 1);
    feasible->domain = g_new(guint64, feasible->n_words + 1);
    for (guint p = 0; p < n; p++)
        memcpy(feasible->base + feasible->offset[p], allowed[p],
               feasible->words[p] * sizeof(guint64));
    feasible->component_of = g_new0(guint, n + 1);
    feasible->components = g_ptr_array_new_with_free_func(component_free);
    feasible->of_parameter = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    feasible->active = g_new(bool, n_constraints + 1);
    memset(feasible->active, true, n_constraints + 1);
    feasible->dirty = g_new0(bool, n_constraints + 1);
    feasible->memory =
        g_hash_table_new_full(bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    link_components(feasible);
    place_constraints(feasible);
    return feasible;
}

void feasible_free(Feasible *feasible)
{
    if (!feasible)
        return;
    g_free(feasible->offset);
    g_free(feasible->words);
    g_free(feasible->base);
    g_free(feasible->domain);
    g_free(feasible->component_of);
    g_ptr_array_unref(feasible->components);
    g_ptr_array_unref(feasible->of_parameter);
    g_free(feasible->active);
    g_free(feasible->dirty);
    g_hash_table_unref(feasible->memory);
    g_free(feasible);
}

bool feasible_constrained(const Feasible *feasible, guint parameter)
{
    return ((GArray *)feasible->of_parameter->pdata[parameter])->len > 0;
}

bool feasible_gave_up(const Feasible *feasible)
{
    return feasible->gave_up;
}

bool feasible_holds(const Feasible *feasible, const guint16 *row, guint parameter)
{
    const GArray *of = feasible->of_parameter->pdata[parameter];
    for (guint i = 0; i < of->len; i++)
        if (expression_truth(constraint(feasible, g_array_index(of, guint, i)), row) != TRUTH_TRUE)
            return false;
    return true;
}

bool feasible_holds_all(const Feasible *feasible, const guint16 *row)
{
    for (guint c = 0; c < feasible->model->constraints->len; c++)
        if (expression_truth(constraint(feasible, c), row) != TRUTH_TRUE)
            return false;
    return true;
}

/* ---- domains -------------------------------------------------------------------------------- */

static guint64 *domain_of(const Feasible *feasible, guint p)
{
    return feasible->domain + feasible->offset[p];
}

static guint domain_size(const Feasible *feasible, guint p)
{
    guint size = 0;
    for (guint w = 0; w < feasible->words[p]; w++)
        size += (guint)__builtin_popcountll(domain_of(feasible, p)[w]);
    return size;
}

/* The next value of the domain at or after `v`; COVER_ANY where there is none. */
static guint domain_next(const Feasible *feasible, guint p, guint v)
{
    const guint64 *domain = domain_of(feasible, p);
    for (guint w = v / 64; w < feasible->words[p]; w++) {
        guint64 bits = domain[w];
        if (w == v / 64)
            bits &= ~G_GUINT64_CONSTANT(0) << (v % 64);
        if (bits)
            return w * 64 + (guint)__builtin_ctzll(bits);
    }
    return COVER_ANY;
}

static bool domain_has(const Feasible *feasible, guint p, guint v)
{
    return v != COVER_ANY && domain_of(feasible, p)[v >> 6] >> (v & 63) & 1;
}

static void domain_assign(Feasible *feasible, guint p, guint v)
{
    memset(domain_of(feasible, p), 0, feasible->words[p] * sizeof(guint64));
    domain_of(feasible, p)[v >> 6] = G_GUINT64_CONSTANT(1) << (v & 63);
}

static void touch(Feasible *feasible, guint p)
{
    const GArray *of = feasible->of_parameter->pdata[p];
    for (guint i = 0; i < of->len; i++)
        feasible->dirty[g_array_index(of, guint, i)] = true;
}

/* ---- terms over domains --------------------------------------------------------------------- */

typedef struct {
    guint32 low, high;
} Range;

static Range rank_range(const Feasible *feasible, guint p, const guint32 *rank)
{
    Range range = {G_MAXUINT32, 0};
    for (guint v = domain_next(feasible, p, 0); v != COVER_ANY;
         v = domain_next(feasible, p, v + 1)) {
        range.low = MIN(range.low, rank[v]);
        range.high = MAX(range.high, rank[v]);
    }
    return range;
}

/* Whether some value of the domain has the rank. */
static bool has_rank(const Feasible *feasible, guint p, const guint32 *rank, guint32 wanted)
{
    for (guint v = domain_next(feasible, p, 0); v != COVER_ANY; v = domain_next(feasible, p, v + 1))
        if (rank[v] == wanted)
            return true;
    return false;
}

static bool ranks_meet(const Feasible *feasible, const Expression *term)
{
    if ((guint64)domain_size(feasible, term->parameter) * domain_size(feasible, term->other) >
        NESTED_MAX)
        return true;
    for (guint v = domain_next(feasible, term->parameter, 0); v != COVER_ANY;
         v = domain_next(feasible, term->parameter, v + 1))
        if (has_rank(feasible, term->other, term->other_rank, term->rank[v]))
            return true;
    return false;
}

static Truth same_truth(const Feasible *feasible, const Expression *term, Range a, Range b)
{
    if (a.low == a.high && b.low == b.high)
        return a.low == b.low ? TRUTH_TRUE : TRUTH_FALSE;
    if (a.high < b.low || b.high < a.low || !ranks_meet(feasible, term))
        return TRUTH_FALSE;
    return TRUTH_OPEN;
}

static Truth less_truth(Range a, Range b, bool or_equal)
{
    if (or_equal ? a.high <= b.low : a.high < b.low)
        return TRUTH_TRUE;
    if (or_equal ? a.low > b.high : a.low >= b.high)
        return TRUTH_FALSE;
    return TRUTH_OPEN;
}

static Truth opposite(Truth truth)
{
    return truth == TRUTH_OPEN ? TRUTH_OPEN : truth == TRUTH_TRUE ? TRUTH_FALSE : TRUTH_TRUE;
}

static Truth relation_truth(const Feasible *feasible, const Expression *term)
{
    /* One parameter with itself: its one value is on both sides. */
    if (term->parameter == term->other)
        return relation_holds(term->relation, 0, 0) ? TRUTH_TRUE : TRUTH_FALSE;
    Range a = rank_range(feasible, term->parameter, term->rank);
    Range b = rank_range(feasible, term->other, term->other_rank);
    switch (term->relation) {
    case RELATION_EQ:
        return same_truth(feasible, term, a, b);
    case RELATION_NE:
        return opposite(same_truth(feasible, term, a, b));
    case RELATION_LT:
        return less_truth(a, b, false);
    case RELATION_LE:
        return less_truth(a, b, true);
    case RELATION_GT:
        return less_truth(b, a, false);
    case RELATION_GE:
        return less_truth(b, a, true);
    }
    g_assert_not_reached();
}

static Truth member_truth(const Feasible *feasible, const Expression *term)
{
    bool inside = false, outside = false;
    for (guint w = 0; w < feasible->words[term->parameter]; w++) {
        guint64 domain = domain_of(feasible, term->parameter)[w];
        inside |= (domain & term->allowed[w]) != 0;
        outside |= (domain & ~term->allowed[w]) != 0;
    }
    return inside && outside ? TRUTH_OPEN : inside ? TRUTH_TRUE : TRUTH_FALSE;
}

static Truth domain_truth(const Feasible *feasible, const Expression *expression)
{
    Expression **child = expression->children ? (Expression **)expression->children->pdata : NULL;
    guint n = expression->children ? expression->children->len : 0;
    switch (expression->kind) {
    case EXPRESSION_AND:
    case EXPRESSION_OR: {
        Truth deciding = expression->kind == EXPRESSION_AND ? TRUTH_FALSE : TRUTH_TRUE;
        Truth truth = opposite(deciding);
        for (guint i = 0; i < n; i++) {
            Truth part = domain_truth(feasible, child[i]);
            if (part == deciding)
                return deciding;
            if (part == TRUTH_OPEN)
                truth = TRUTH_OPEN;
        }
        return truth;
    }
    case EXPRESSION_NOT:
        return opposite(domain_truth(feasible, child[0]));
    case EXPRESSION_IF: {
        Truth condition = domain_truth(feasible, child[0]);
        Truth then = condition == TRUTH_FALSE ? TRUTH_OPEN : domain_truth(feasible, child[1]);
        if (condition == TRUTH_TRUE)
            return then;
        Truth otherwise = n > 2 ? domain_truth(feasible, child[2]) : TRUTH_TRUE;
        if (condition == TRUTH_FALSE)
            return otherwise;
        return then == otherwise ? then : TRUTH_OPEN;
    }
    case EXPRESSION_MEMBER:
        return member_truth(feasible, expression);
    case EXPRESSION_RELATION:
        return relation_truth(feasible, expression);
    }
    g_assert_not_reached();
}

/* ---- propagation ---------------------------------------------------------------------------- */

static bool force_member(Feasible *feasible, const Expression *term, bool wanted)
{
    guint64 *domain = domain_of(feasible, term->parameter);
    bool changed = false, left = false;
    for (guint w = 0; w < feasible->words[term->parameter]; w++) {
        guint64 now = domain[w] & (wanted ? term->allowed[w] : ~term->allowed[w]);
        changed |= now != domain[w];
        left |= now != 0;
        domain[w] = now;
    }
    if (changed)
        touch(feasible, term->parameter);
    return left;
}

/* Whether a value with this rank has a partner in the range (for = : in the other's domain). */
static bool has_partner(const Feasible *feasible, Relation relation, guint32 rank, guint other,
                        const guint32 *other_rank, Range range)
{
    switch (relation) {
    case RELATION_EQ:
        return rank >= range.low && rank <= range.high &&
               (domain_size(feasible, other) > NESTED_MAX / 64 ||
                has_rank(feasible, other, other_rank, rank));
    case RELATION_NE:
        return range.low != range.high || rank != range.low;
    case RELATION_LT:
        return rank < range.high;
    case RELATION_LE:
        return rank <= range.high;
    case RELATION_GT:
        return rank > range.low;
    case RELATION_GE:
        return rank >= range.low;
    }
    g_assert_not_reached();
}

/* Takes from p's domain the values that have no partner in other's. */
static bool revise(Feasible *feasible, guint p, const guint32 *rank, Relation relation, guint other,
                   const guint32 *other_rank)
{
    Range range = rank_range(feasible, other, other_rank);
    bool changed = false, left = false;
    for (guint v = domain_next(feasible, p, 0); v != COVER_ANY;
         v = domain_next(feasible, p, v + 1)) {
        if (has_partner(feasible, relation, rank[v], other, other_rank, range)) {
            left = true;
            continue;
        }
        domain_of(feasible, p)[v >> 6] &= ~(G_GUINT64_CONSTANT(1) << (v & 63));
        changed = true;
    }
    if (changed)
        touch(feasible, p);
    return left;
}

static bool force_relation(Feasible *feasible, const Expression *term, bool wanted)
{
    static const Relation negated[] = {RELATION_NE, RELATION_EQ, RELATION_GE,
                                       RELATION_GT, RELATION_LE, RELATION_LT};
    static const Relation turned[] = {RELATION_EQ, RELATION_NE, RELATION_GT,
                                      RELATION_GE, RELATION_LT, RELATION_LE};
    Relation relation = wanted ? term->relation : negated[term->relation];
    if (term->parameter == term->other)
        return relation_holds(relation, 0, 0);
    return revise(feasible, term->parameter, term->rank, relation, term->other, term->other_rank) &&
           revise(feasible, term->other, term->other_rank, turned[relation], term->parameter,
                  term->rank);
}

static bool force(Feasible *feasible, const Expression *expression, bool wanted);

/* AND must be true, OR false: so must every part. AND false, OR true: the last part that is open.
 */
static bool force_list(Feasible *feasible, const Expression *expression, bool wanted)
{
    bool every = (expression->kind == EXPRESSION_AND) == wanted;
    const Expression *last = NULL;
    for (guint i = 0; i < expression->children->len; i++) {
        const Expression *child = expression->children->pdata[i];
        if (every) {
            if (!force(feasible, child, wanted))
                return false;
            continue;
        }
        Truth truth = domain_truth(feasible, child);
        if (truth == (wanted ? TRUTH_TRUE : TRUTH_FALSE) || (truth == TRUTH_OPEN && last))
            return true;
        if (truth == TRUTH_OPEN)
            last = child;
    }
    return every || (last && force(feasible, last, wanted));
}

static bool force_if(Feasible *feasible, const Expression *expression, bool wanted)
{
    Expression **child = (Expression **)expression->children->pdata;
    const Expression *otherwise = expression->children->len > 2 ? child[2] : NULL;
    Truth condition = domain_truth(feasible, child[0]);
    Truth bad = wanted ? TRUTH_FALSE : TRUTH_TRUE;
    if (condition == TRUTH_TRUE)
        return force(feasible, child[1], wanted);
    if (condition == TRUTH_FALSE)
        return otherwise ? force(feasible, otherwise, wanted) : wanted;
    if (domain_truth(feasible, child[1]) == bad)
        return force(feasible, child[0], false) &&
               (otherwise ? force(feasible, otherwise, wanted) : wanted);
    if ((otherwise ? domain_truth(feasible, otherwise) : TRUTH_TRUE) == bad)
        return force(feasible, child[0], true) && force(feasible, child[1], wanted);
    return true;
}

/* Takes values from the domains so that the expression can still be `wanted`; false where it
 * cannot. */
static bool force(Feasible *feasible, const Expression *expression, bool wanted)
{
    switch (expression->kind) {
    case EXPRESSION_AND:
    case EXPRESSION_OR:
        return force_list(feasible, expression, wanted);
    case EXPRESSION_NOT:
        return force(feasible, expression->children->pdata[0], !wanted);
    case EXPRESSION_IF:
        return force_if(feasible, expression, wanted);
    case EXPRESSION_MEMBER:
        return force_member(feasible, expression, wanted);
    case EXPRESSION_RELATION:
        return force_relation(feasible, expression, wanted);
    }
    g_assert_not_reached();
}

static bool propagate(Feasible *feasible, const Component *component)
{
    bool again = true;
    while (again) {
        again = false;
        for (guint i = 0; i < component->constraints->len; i++) {
            guint c = g_array_index(component->constraints, guint, i);
            if (!feasible->dirty[c] || !feasible->active[c])
                continue;
            feasible->dirty[c] = false;
            again = true;
            if (!force(feasible, constraint(feasible, c), true))
                return false;
        }
    }
    return true;
}

/* ---- search --------------------------------------------------------------------------------- */

/* The parameter of an undecided constraint with the fewest values left; -1 where all constraints
 * hold whatever is chosen. */
static int choose(const Feasible *feasible, const Component *component, guint8 *marks)
{
    int best = -1;
    guint least = G_MAXUINT;
    memset(marks, 0, feasible->n);
    for (guint i = 0; i < component->constraints->len; i++) {
        guint c = g_array_index(component->constraints, guint, i);
        if (feasible->active[c] && domain_truth(feasible, constraint(feasible, c)) != TRUTH_TRUE)
            expression_parameters(constraint(feasible, c), marks);
    }
    for (guint i = 0; i < component->parameters->len; i++) {
        guint p = g_array_index(component->parameters, guint, i);
        guint size = marks[p] ? domain_size(feasible, p) : 1;
        if (size > 1 && size < least) {
            least = size;
            best = (int)p;
        }
    }
    return best;
}

static void domains_copy(const Feasible *feasible, const Component *component, guint64 *to,
                         const guint64 *from)
{
    for (guint i = 0; i < component->parameters->len; i++) {
        guint p = g_array_index(component->parameters, guint, i);
        memcpy(to + feasible->offset[p], from + feasible->offset[p],
               feasible->words[p] * sizeof(guint64));
    }
}

static bool solve(Feasible *feasible, const Component *component, const guint16 *hint)
{
    if (!propagate(feasible, component))
        return false;
    g_autofree guint8 *marks = g_new(guint8, feasible->n);
    int chosen = choose(feasible, component, marks);
    if (chosen < 0)
        return true;
    guint p = (guint)chosen;
    g_autofree guint64 *saved = g_new(guint64, feasible->n_words);
    domains_copy(feasible, component, saved, feasible->domain);
    guint first = hint && domain_has(feasible, p, hint[p]) ? hint[p] : domain_next(feasible, p, 0);
    for (guint v = first; v != COVER_ANY; v = domain_next(feasible, p, 0)) {
        if (++feasible->steps > FEASIBLE_STEPS_MAX) {
            feasible->gave_up = true;
            return false;
        }
        domain_assign(feasible, p, v);
        touch(feasible, p);
        if (solve(feasible, component, hint))
            return true;
        domains_copy(feasible, component, feasible->domain, saved);
        domain_of(feasible, p)[v >> 6] &= ~(G_GUINT64_CONSTANT(1) << (v & 63));
        saved[feasible->offset[p] + (v >> 6)] &= ~(G_GUINT64_CONSTANT(1) << (v & 63));
    }
    return false;
}

/* Puts the cells of the row, where they have a value, into the domains. */
static bool start(Feasible *feasible, const Component *component, const guint16 *row)
{
    feasible->steps = 0;
    domains_copy(feasible, component, feasible->domain, feasible->base);
    for (guint i = 0; i < component->constraints->len; i++)
        feasible->dirty[g_array_index(component->constraints, guint, i)] = true;
    for (guint i = 0; i < component->parameters->len; i++) {
        guint p = g_array_index(component->parameters, guint, i);
        if (row[p] == COVER_ANY) {
            if (domain_next(feasible, p, 0) == COVER_ANY)
                return false;
            continue;
        }
        if (!domain_has(feasible, p, row[p]))
            return false;
        domain_assign(feasible, p, row[p]);
    }
    return true;
}

static GBytes *memory_key(const Feasible *feasible, guint number, const guint16 *row)
{
    const Component *component = feasible->components->pdata[number];
    guint n = component->parameters->len;
    guint16 *key = g_new(guint16, n + 2);
    for (guint i = 0; i < n; i++)
        key[i] = row[g_array_index(component->parameters, guint, i)];
    key[n] = (guint16)number;
    key[n + 1] = (guint16)(number >> 16);
    return g_bytes_new_take(key, (n + 2) * sizeof *key);
}

static bool partial(Feasible *feasible, guint number, const guint16 *row)
{
    const Component *component = feasible->components->pdata[number];
    gpointer known;
    if (component->constraints->len == 0)
        return start(feasible, component, row);
    g_autoptr(GBytes) key = memory_key(feasible, number, row);
    if (g_hash_table_lookup_extended(feasible->memory, key, NULL, &known))
        return known != NULL;
    bool possible = start(feasible, component, row) && solve(feasible, component, NULL);
    if (g_hash_table_size(feasible->memory) >= MEMORY_MAX)
        g_hash_table_remove_all(feasible->memory);
    g_hash_table_insert(feasible->memory, g_steal_pointer(&key), GINT_TO_POINTER(possible));
    return possible;
}

bool feasible_partial_with(Feasible *feasible, const guint16 *row, guint parameter)
{
    return partial(feasible, feasible->component_of[parameter], row);
}

bool feasible_partial(Feasible *feasible, const guint16 *row)
{
    for (guint i = 0; i < feasible->components->len; i++)
        if (!partial(feasible, i, row))
            return false;
    return true;
}

bool feasible_complete(Feasible *feasible, guint16 *row, const guint16 *hint)
{
    g_autofree guint16 *complete = g_memdup2(row, feasible->n * sizeof *row);
    for (guint i = 0; i < feasible->components->len; i++) {
        const Component *component = feasible->components->pdata[i];
        if (!start(feasible, component, row) || !solve(feasible, component, hint))
            return false;
        for (guint j = 0; j < component->parameters->len; j++) {
            guint p = g_array_index(component->parameters, guint, j);
            bool hinted = hint && domain_has(feasible, p, hint[p]);
            complete[p] = hinted ? hint[p] : (guint16)domain_next(feasible, p, 0);
        }
    }
    if (feasible->n > 0)
        memcpy(row, complete, feasible->n * sizeof *row);
    return true;
}

static bool component_possible(Feasible *feasible, const Component *component, const guint16 *none)
{
    return start(feasible, component, none) && solve(feasible, component, NULL);
}

GArray *feasible_conflict(Feasible *feasible)
{
    GArray *conflict = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autofree guint16 *none = g_new(guint16, feasible->n + 1);
    for (guint p = 0; p < feasible->n; p++)
        none[p] = COVER_ANY;
    for (guint i = 0; i < feasible->components->len; i++) {
        const Component *component = feasible->components->pdata[i];
        if (component_possible(feasible, component, none))
            continue;
        for (guint j = 0; j < component->constraints->len; j++) {
            guint c = g_array_index(component->constraints, guint, j);
            feasible->active[c] = false;
            if (!component_possible(feasible, component, none))
                continue;
            feasible->active[c] = true;
            g_array_append_val(conflict, c);
        }
        memset(feasible->active, true, feasible->model->constraints->len + 1);
        break;
    }
    return conflict;
}

guint feasible_parameters(const Feasible *feasible)
{
    return feasible->n;
}
