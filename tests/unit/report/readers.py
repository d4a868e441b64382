# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads the golden reports with readers that are not ours: each report.json must be valid by the
schema, each junit.xml must load in junitparser with the numbers that report.json has.

usage: readers.py REPORT-SCHEMA DIFF-SCHEMA FOLDER...    the folders are searched for both"""
import copy
import json
import pathlib
import sys
import xml.etree.ElementTree

try:
    import jsonschema
    import junitparser
except ImportError as missing:
    print(f"skipped: {missing} (Debian: python3-jsonschema, python3-junitparser)")
    sys.exit(77)


def check_junit(path, report):
    counts = report["counts"]
    suites = junitparser.JUnitXml.fromfile(str(path))
    cases = [case for suite in suites for case in suite]
    broken = report["outcome"] != "finished" or not any(
        counts[state] for state in ("passed", "failed", "error", "flaky")
    )
    expected = {
        "tests": counts["cases"] + broken,
        "failures": counts["failed"] + counts["flaky"],
        "errors": counts["error"] + broken,
        "skipped": counts["skipped"] + counts["not-run"],
    }
    said = {name: getattr(suites, name) for name in ("tests", "failures", "errors")}
    said["skipped"] = sum(suite.skipped for suite in suites)
    # Jenkins' xunit-plugin, junit-10.xsd: the attributes of the root.
    root = set(xml.etree.ElementTree.parse(path).getroot().attrib)
    assert root <= {"name", "time", "tests", "failures", "disabled", "errors"}, f"{path}: {root}"
    assert said == expected, f"{path}: {said}, not {expected}"
    for kind, name in (
        (junitparser.Failure, "failures"),
        (junitparser.Error, "errors"),
        (junitparser.Skipped, "skipped"),
    ):
        found = sum(any(isinstance(r, kind) for r in case.result) for case in cases)
        assert found == expected[name], f"{path}: {found} testcases are {name}"
    assert len(cases) == expected["tests"], f"{path}: {len(cases)} testcases"


def check_schema_refuses(validator, report):
    """The schema must be able to fail."""
    for spoil in (
        lambda r: r.pop("counts"),
        lambda r: r.update(surprise=1),
        lambda r: r["cases"][0].update(state="perfect"),
        lambda r: r["cases"][0]["attempts"][0].pop("findings"),
    ):
        spoilt = copy.deepcopy(report)
        spoil(spoilt)
        assert not validator.is_valid(spoilt), "the schema accepts a spoilt report"


def check_diffs(schema_path, paths):
    schema = json.loads(pathlib.Path(schema_path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    assert len(paths) >= 7, f"only {len(paths)} differences found"
    for path in paths:
        difference = json.loads(path.read_text(encoding="utf-8"))
        validator.validate(difference)
        difference["cases"]["surprise"] = []
        assert not validator.is_valid(difference), "the schema accepts a spoilt difference"


def main(schema_path, diff_schema_path, *folders):
    schema = json.loads(pathlib.Path(schema_path).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    paths = sorted(path for folder in folders for path in pathlib.Path(folder).rglob("report.json"))
    assert len(paths) >= 9, f"only {len(paths)} reports found"
    for path in paths:
        report = json.loads(path.read_text(encoding="utf-8"))
        validator.validate(report)
        check_junit(path.with_name("junit.xml"), report)
        if path.parent.name == "passed":
            check_schema_refuses(validator, report)
    diffs = sorted(path for folder in folders for path in pathlib.Path(folder).rglob("diff.json"))
    check_diffs(diff_schema_path, diffs)
    print(f"{len(paths)} reports and {len(diffs)} differences read")


main(*sys.argv[1:])
