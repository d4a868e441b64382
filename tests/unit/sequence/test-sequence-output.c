/* SPDX-License-Identifier: GPL-2.0-or-later
 * Sequences as CSV, JSON and values of a parameter.
 */
#include "sample.h"

static SequenceModel *quoted_model(void)
{
    SequenceModel *model = sequence_model_new();

    sequence_model_add_event(model, "install", SEQUENCE_FIRST, false);
    sequence_model_add_event(model, "update, \"hot\"", SEQUENCE_ANYWHERE, true);
    sequence_model_add_event(model, "reboot", SEQUENCE_ANYWHERE, false);
    sequence_model_add_rule(model, 0, 1, true);
    return model;
}

static void test_csv(void)
{
    g_autoptr(SequenceModel) model = quoted_model();
    g_autoptr(SequenceArray) array = sample_rows(3, 2, "012\n02");
    g_autofree char *csv = sequence_array_csv(model, array);

    g_assert_cmpstr(csv, ==,
                    "row,step1,step2,step3\r\n"
                    "1,install,\"update, \"\"hot\"\"\",reboot\r\n"
                    "2,install,reboot,\r\n");
}

static void test_values(void)
{
    g_autoptr(SequenceModel) model = quoted_model();
    g_autoptr(SequenceArray) array = sample_rows(3, 2, "021\n02");
    g_auto(GStrv) values = sequence_array_values(model, array);

    g_assert_cmpuint(g_strv_length(values), ==, 2);
    g_assert_cmpstr(values[0], ==, "install > reboot > update, \"hot\"");
    g_assert_cmpstr(values[1], ==, "install > reboot");
}

static void test_json(void)
{
    g_autoptr(SequenceModel) model = quoted_model();
    g_autoptr(SequenceArray) array = sample_rows(3, 2, "012\n02");
    cJSON *json = sequence_array_json(model, array);
    char *text = cJSON_PrintUnformatted(json);

    g_assert_cmpstr(text, ==,
                    "{\"format\":\"truce-sequences\",\"version\":1,\"strength\":2,\"presence\":2,"
                    "\"lower_bound\":0,\"events\":["
                    "{\"name\":\"install\",\"place\":\"first\",\"optional\":false},"
                    "{\"name\":\"update, \\\"hot\\\"\",\"place\":\"anywhere\",\"optional\":true},"
                    "{\"name\":\"reboot\",\"place\":\"anywhere\",\"optional\":false}],"
                    "\"rules\":[{\"first\":\"install\",\"second\":\"update, \\\"hot\\\"\","
                    "\"needed\":true}],"
                    "\"rows\":[[\"install\",\"update, \\\"hot\\\"\",\"reboot\"],"
                    "[\"install\",\"reboot\"]]}");
    cJSON_free(text);
    cJSON_Delete(json);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sequence/csv", test_csv);
    g_test_add_func("/sequence/values", test_values);
    g_test_add_func("/sequence/json", test_json);
    return g_test_run();
}
