# SPDX-License-Identifier: GPL-2.0-or-later
"""report.html in headless Chromium: it asks for nothing, says nothing on the console, its numbers
are those of report.json, every link resolves, filter and search find what report.json has, and no
text of a guest becomes markup or script.

usage: browser.py TRUCE RUN...    RUN: a folder with a plan and a journal

A large run is made besides, of TRUCE_HTML_CASES cases (1000)."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import page

FILTER = """
const [changes, done] = arguments;
for (const [id, value] of Object.entries(changes)) document.getElementById(id).value = value;
const from = performance.now();
document.getElementById('filter-text').dispatchEvent(new Event('input', {bubbles: true}));
requestAnimationFrame(() => {
    document.body.offsetHeight;
    const ms = performance.now() - from;
    done({ms, said: document.getElementById('shown').textContent,
          rows: [...document.querySelectorAll('.cases > li:not([hidden]) .id')]
              .map((e) => e.textContent)});
});
"""
CELLS = """
return [...document.querySelectorAll(`#${arguments[0]} a.cell`)].map((a) => ({...a.dataset,
    counts: Object.fromEntries([...a.querySelectorAll('.chip')].map((c) =>
        [c.className.replace('chip ', ''), Number(c.querySelector('b').textContent)]))}));
"""
LINKS = """
const broken = [];
for (const a of document.querySelectorAll('a[href]')) {
    const href = a.getAttribute('href');
    if (href.startsWith('#') ? !document.getElementById(decodeURIComponent(href.slice(1)))
                             : !href.startsWith('cases/')) broken.push(href);
}
const files = [...document.querySelectorAll('a[href^="cases/"]')];
return [broken, files.map((a) => decodeURIComponent(a.getAttribute('href')))];
"""


def findings(case):
    for attempt in case["attempts"]:
        if attempt["attempt"] == case["deciding_attempt"]:
            return attempt["findings"]
    return []


def requests(driven, address):
    """What the page asked for, beside itself and what it has as data:."""
    sent = [message["params"] for message in
            (json.loads(entry["message"])["message"] for entry in driven.log("performance"))
            if message["method"] == "Network.requestWillBeSent"]
    of_page = [one["request"]["url"] for one in sent if one["documentURL"].split("#")[0] == address]
    assert address in of_page, "the log of requests does not have the page itself"
    return [url for url in of_page if url != address and not url.startswith("data:")]


def check_filter(driven, report):
    cases = report["cases"]

    def shows(changes, wanted):
        empty = {"filter-text": "", "filter-state": "", "filter-vendor": "", "filter-test": ""}
        answer = driven.run_async(FILTER, {**empty, **changes})
        assert answer["said"].startswith(f"{len(wanted)} of {len(cases)} "), (changes, answer)
        assert sorted(answer["rows"]) == sorted(wanted) or len(wanted) > 200, (changes, answer)
        assert len(answer["rows"]) == min(len(wanted), 200), (changes, len(answer["rows"]))
        return answer["ms"]

    spent = [shows({}, [c["id"] for c in cases])]
    for state in ("passed", "failed", "error", "flaky", "skipped", "not-run"):
        wanted = [c["id"] for c in cases if c["state"] == state]
        spent.append(shows({"filter-state": state}, wanted))
    for vendor in sorted({v for c in cases for v in c["vendors"]}):
        wanted = [c["id"] for c in cases if vendor in c["vendors"]]
        spent.append(shows({"filter-vendor": vendor}, wanted))
    if cases:
        last = cases[-1]["id"]
        wanted = [c["id"] for c in cases if last in c["id"]]
        spent.append(shows({"filter-text": last.upper()}, wanted))
    spent.append(shows({"filter-text": "no such text anywhere"}, []))
    shows({}, [c["id"] for c in cases])
    return spent


def check_matrix(driven, report):
    """Each cell of the pairs is counted again from report.json."""
    rows = driven.run(CELLS, "pairs")
    expected = {}
    for case in report["cases"]:
        names = case["vendors"]
        pairs = [(names[0], names[0])] if len(names) == 1 else [
            (a, b) for i, a in enumerate(names) for b in names[i + 1:]]
        for pair in pairs:
            counts = expected.setdefault(pair, {})
            counts[case["state"]] = counts.get(case["state"], 0) + 1
    assert {(r["first"], r["second"]): r["counts"] for r in rows} == expected
    for table, column, of_case in (("guests", "guest", lambda case: [case["guest"]]),
                                   ("faults", "fault", lambda case: case["faults"])):
        rows = driven.run(CELLS, table)
        expected = {}
        for case in report["cases"]:
            for other in of_case(case):
                for vendor in case["vendors"] or ["no vendor"]:
                    counts = expected.setdefault((vendor, other), {})
                    counts[case["state"]] = counts.get(case["state"], 0) + 1
        found = {(r["with"], r[column]): r["counts"] for r in rows}
        only_one = table == "guests" and len(report["guests"]) < 2
        assert found == (expected if found or not only_one else {}), (table, found, expected)


def check_marks(driven, report):
    """A mark where each fault, load and probe begins; every picture says in words what it shows."""
    kinds = {"inject": "fault", "load": "load", "stress": "load", "soak": "load",
             "probe": "probe", "detect": "probe"}
    expected = {"fault": 0, "load": 0, "probe": 0}
    attempts = [attempt for case in report["cases"] for attempt in case["attempts"]]
    for attempt in attempts:
        for step in attempt["steps"]:
            kind = kinds.get(step["name"].split(" ")[0]) if step["began"] else None
            if kind:
                expected[kind] += 1
        expected["fault"] += sum(event["kind"] == "fault" for event in attempt["events"])
    for kind, count in expected.items():
        shown = driven.run(f"return document.querySelectorAll('.timeline use.m-{kind}').length")
        assert shown == count, (kind, shown, count)
        key = driven.run(f"return document.querySelectorAll('.key use.m-{kind}').length")
        assert key == (1 if report["cases"] else 0), (kind, key)
    named = driven.run("return [...document.querySelectorAll('.timeline svg')].filter("
                       "(e) => e.getAttribute('role') === 'img' && e.getAttribute('aria-label')).length")
    assert named == len(attempts), (named, len(attempts))
    return expected


def check_print_and_keys(driven, report):
    """Printing opens what did not pass and closes it again; a slash goes to the filter."""
    opened = "return document.querySelectorAll('details.case[open]').length"
    before = driven.run(opened)
    driven.run("dispatchEvent(new Event('beforeprint'))")
    wanted = min(200, sum(case["state"] != "passed" for case in report["cases"]))
    assert driven.run(opened) >= wanted, (driven.run(opened), wanted)
    driven.run("dispatchEvent(new Event('afterprint'))")
    assert driven.run(opened) == before, "printing leaves cases open"
    if report["cases"]:
        driven.run("document.activeElement.blur(); document.body.dispatchEvent("
                   "new KeyboardEvent('keydown', {key: '/', bubbles: true}))")
        assert driven.run("return document.activeElement.id") == "filter-text"


def check_hash(driven):
    """A hash that is no name does nothing; an error would be in the log."""
    driven.run_async("location.hash = '#%'; setTimeout(arguments[0], 100)")


def check_not_covered(driven, count):
    """A case that is linked is not behind the filter, which sticks to the top."""
    case = f"case-{(count + 1) // 2}"
    gap = driven.run_async(
        "location.hash = '#' + arguments[0]; setTimeout(() => arguments[1]("
        "document.getElementById(arguments[0]).getBoundingClientRect().top - "
        "document.getElementById('filter').getBoundingClientRect().bottom), 300)", case)
    assert gap >= 0, f"{case} is covered by {-gap} pixels"


def check_width(driven):
    """Wide tables scroll by themselves, never the page; on a telephone too."""
    for width in (1280, 500):
        driven.post(driven.session + "/window/rect", {"width": width, "height": 1000})
        wide, shown = driven.run(
            "const e = document.documentElement; return [e.scrollWidth, e.clientWidth]")
        assert wide <= shown, f"the page is {wide} wide in a window of {shown}"


def check(truce, run):
    with tempfile.TemporaryDirectory() as scratch:
        folder = pathlib.Path(scratch) / "run"
        shutil.copytree(run, folder, ignore=shutil.ignore_patterns("*.elf"))
        began = time.monotonic()
        subprocess.run([truce, "report", str(folder)], check=True, stdout=subprocess.DEVNULL)
        made = time.monotonic() - began
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        began = time.monotonic()
        with page.Page((folder / "report.html").as_uri()) as driven:
            loaded = time.monotonic() - began
            verdict = "return document.getElementById('verdict').lastElementChild.textContent"
            assert driven.run(verdict) == report["verdict"]
            for state, count in report["counts"].items():
                if state not in ("cases", "findings"):
                    said = driven.run(f"return document.getElementById('count-{state}').textContent")
                    assert int(said) == count, (state, said, count)
            check_matrix(driven, report)
            signatures = {f["signature"] for c in report["cases"] for f in findings(c)}
            groups = driven.run("return document.querySelectorAll('article.finding').length")
            assert groups == len(signatures), (groups, signatures)
            assert driven.run("return document.scripts.length") == 1
            broken, files = driven.run(LINKS)
            assert not broken, broken
            assert all((folder / name).is_file() for name in files), files
            check_marks(driven, report)
            spent = check_filter(driven, report)
            check_print_and_keys(driven, report)
            if report["cases"]:
                driven.run("location.hash = '#case-1'")
                opened = driven.run_async("requestAnimationFrame(() => arguments[0]("
                                          "document.querySelector('details[open]')?.id ?? ''))")
                assert opened == "case-1", opened
                check_not_covered(driven, len(report["cases"]))
                check_hash(driven)
            check_width(driven)
            log = driven.log()
            assert not log, log
            asked = requests(driven, (folder / "report.html").as_uri())
            assert not asked, asked
        size = os.path.getsize(folder / "report.html")
        print(f"# {len(report['cases'])} cases: reports in {made:.1f} s, {size >> 10} KiB, "
              f"loaded in {loaded:.1f} s, a filter takes {sorted(spent)[len(spent) // 2]:.0f} ms, "
              f"at most {max(spent):.0f} ms")
        return spent


def main(truce, *arguments):
    missing = page.available()
    if missing:
        print(f"skipped: there is no {' and no '.join(missing)} (Debian: chromium, chromium-driver)")
        return 77
    for run in arguments:
        check(truce, run)
        print(f"ok - {run}")
    with tempfile.TemporaryDirectory() as large:
        maker = pathlib.Path(__file__).with_name("make-run.py")
        count = os.environ.get("TRUCE_HTML_CASES", "1000")
        subprocess.run([sys.executable, str(maker), large, count], check=True)
        spent = check(truce, large)
        assert sorted(spent)[len(spent) // 2] < 2000, "the filter lags"
        print("ok - a large run")
    return 0


sys.exit(main(*sys.argv[1:]))
