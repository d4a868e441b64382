/* SPDX-License-Identifier: GPL-2.0-or-later
 * Finite fields of small order.
 */
#include "plan/field.h"

/* The prime whose power `order` is, and the exponent; false where it is none. */
static bool prime_power(guint order, guint *ret_prime, guint *ret_exponent)
{
    guint prime = 2, exponent = 0;
    while (prime <= order && order % prime != 0)
        prime++;
    for (; prime <= order && order % prime == 0; order /= prime)
        exponent++;
    *ret_prime = prime;
    *ret_exponent = exponent;
    return exponent > 0 && order == 1;
}

static guint add_digits(guint a, guint b, guint prime)
{
    guint sum = 0;
    for (guint place = 1; a > 0 || b > 0; place *= prime, a /= prime, b /= prime)
        sum += (a % prime + b % prime) % prime * place;
    return sum;
}

/* a times x, where x^exponent is `rest`. */
static guint shift(guint a, guint prime, guint order, guint rest)
{
    guint top = a / (order / prime);
    guint shifted = a % (order / prime) * prime;
    for (guint i = 0; i < top; i++)
        shifted = add_digits(shifted, rest, prime);
    return shifted;
}

static void multiply(Field *field, guint prime, guint rest)
{
    for (guint a = 0; a < field->order; a++) {
        for (guint b = 0; b < field->order; b++) {
            guint product = 0, power = a;
            for (guint digits = b; digits > 0; digits /= prime) {
                for (guint i = 0; i < digits % prime; i++)
                    product = add_digits(product, power, prime);
                power = shift(power, prime, field->order, rest);
            }
            field->product[a][b] = (guint8)product;
        }
    }
}

static bool has_divisors_of_zero(const Field *field)
{
    for (guint a = 1; a < field->order; a++)
        for (guint b = 1; b < field->order; b++)
            if (field->product[a][b] == 0)
                return true;
    return false;
}

bool field_init(Field *field, guint order)
{
    guint prime, exponent;
    if (order < 2 || order > FIELD_ORDER_MAX || !prime_power(order, &prime, &exponent))
        return false;
    field->order = order;
    for (guint a = 0; a < order; a++)
        for (guint b = 0; b < order; b++)
            field->sum[a][b] = (guint8)add_digits(a, b, prime);
    if (exponent == 1) {
        for (guint a = 0; a < order; a++)
            for (guint b = 0; b < order; b++)
                field->product[a][b] = (guint8)(a * b % prime);
        return true;
    }
    /* Some monic polynomial is irreducible: then the product has no divisors of zero. */
    for (guint rest = 1; rest < order; rest++) {
        multiply(field, prime, rest);
        if (!has_divisors_of_zero(field))
            return true;
    }
    return false;
}

guint field_order_from(guint order)
{
    guint prime, exponent;
    for (order = MAX(order, 2); order <= FIELD_ORDER_MAX; order++)
        if (prime_power(order, &prime, &exponent))
            return order;
    return 0;
}
