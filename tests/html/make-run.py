# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the plan and the journal of a large run that never was, to measure reports with.

usage: make-run.py FOLDER CASES

Eight vendors, alone and in ordered pairs, in as many tests as are needed; of a hundred cases eight
fail with one of twelve signatures, two are flaky, one is an error, two are skipped. The same
arguments give the same files."""
import datetime
import itertools
import json
import pathlib
import sys

VENDORS = ["alder", "birch", "cedar", "elm", "fir", "hazel", "larch", "oak"]
SETS = [[]] + [[v] for v in VENDORS] + [list(p) for p in itertools.permutations(VENDORS, 2)]
BEGAN = datetime.datetime(2026, 11, 22, 10, 31, 7)


class Journal:
    def __init__(self, path):
        self.file = open(path, "w", encoding="utf-8")
        self.ms = 0

    def add(self, record, after_ms=0, **members):
        self.ms += after_ms
        time = (BEGAN + datetime.timedelta(milliseconds=self.ms)).isoformat(timespec="milliseconds")
        self.file.write(json.dumps({"t": time + "Z", "ms": self.ms, "type": record, **members}) + "\n")


def finding(number, vendors):
    module = f"{vendors[number % len(vendors)]}.sys" if vendors else "ntoskrnl.exe"
    code = ("0x0000007E", "0x00000050", "0x000000D1")[number % 3]
    return {
        "id": "F1", "kind": ("boot-loop", "bugcheck")[number % 2],
        "summary": f"bugcheck {code} in {module}+0x1234", "step": "2", "step_name": "update content 3",
        "vendors": vendors[:1], "confidence": ("low", "medium", "high")[number % 3],
        "reasons": [f"The bugcheck names {module}."],
        "bugcheck": {"code": code, "name": "SYSTEM_THREAD_EXCEPTION_NOT_HANDLED",
                     "parameters": ["0x1", "0x2", "0x3", "0x4"], "module": module,
                     "offset": "0x1234", "source": "minidump"},
        "boots": 3, "recovery": {"grade": "hands", "duration_ms": 41000, "reboots": 1, "text": "safe mode"},
        "evidence": [],
    }


def state_of(number):
    place = number * 37 % 100
    for state, share in (("failed", 8), ("flaky", 2), ("error", 1), ("skipped", 2)):
        if place < share:
            return state
        place -= share
    return "passed"


def add_attempt(journal, case, attempt, state, found):
    head = {"case": case, "attempt": attempt}
    journal.add("attempt-begin", 5, **head)
    journal.add("event", 1, **head, kind="boot", text="boot 1, normal mode, after a clone of the warm state")
    journal.add("event", 400, **head, kind="ready", text="the agent answered after 400 ms")
    for step in range(1, 6):
        name = {"step": str(step), "name": ("install", "update content 3", "reboot", "probe each", "detect each")[step - 1]}
        failed = state == "failed" and step == 2
        journal.add("step-begin", 1, **head, **name)
        if failed:
            for boot in range(2, 5):
                journal.add("event", 3000, **head, kind="panic", text="the guest crashed")
                journal.add("event", 20, **head, kind="boot", text=f"boot {boot}, normal mode, after a crash")
        journal.add("step-end", 2000, **head, **name, outcome="failed" if failed else "ok",
                    message="the guest agent was not reached" if failed else None, duration_ms=11060 if failed else 2000)
        if failed:
            break
    if state == "failed":
        journal.add("finding", 1, **head, finding=found)
    journal.add("evidence", 1, **head, kind="timeline", outcome="collected", bytes=2048, sha256="0" * 64,
                file=f"cases/{case.replace('/', '-')}/attempt-{attempt}/timeline.ndjson", reason=None)
    journal.add("attempt-end", 1, **head, state=state, reason=None,
                timings={"clone_ms": 400, "ready_ms": 400, "steps_ms": 9000, "evidence_ms": 10, "end_ms": 5})


def main(folder, count):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    cases = []
    for number in range(count):
        vendors = SETS[number % len(SETS)]
        test = f"test-{number // len(SETS) // 8 + 1}"
        parameters = {"content": str(number // len(SETS) % 8 + 1)}
        cases.append({"id": f"{test}/reference/{'+'.join(vendors) or 'none'}/content={parameters['content']}",
                      "test": test, "title": f"Updates of content, number {test[5:]}", "guest": "reference",
                      "vendors": vendors, "parameters": parameters, "control": len(vendors) < 2,
                      "why": "each value of the matrix once",
                      "faults": [["power-cut"], [], ["disk-full", "disk-slow"], [], []][number % 5]})
    (folder / "plan.json").write_text(json.dumps({"format": 1, "scenario": "large", "cases": cases}))
    journal = Journal(folder / "journal.ndjson")
    journal.add("run-begin", format=1, run="large", truce="0.1.0",
                scenario={"name": "large", "title": "Eight vendors, pair by pair", "file": "large.xml", "sha256": "5" * 64},
                host={"libvirt": "9.0.0", "qemu": "7.2.22", "accelerator": "tcg", "kernel": "6.1", "cpus": 2, "memory_mib": 7950},
                guests=[{"name": "reference", "kind": "reference", "title": "Debian 12 and Wine 8.0",
                         "limits": "Nothing about the kernel of Windows.", "image_sha256": "9" * 64}],
                vendors=[{"name": v, "title": v.title(), "files": []} for v in VENDORS])
    for number, case in enumerate(cases):
        state = state_of(number)
        journal.add("case-begin", 1, case=case["id"])
        if state == "flaky":
            add_attempt(journal, case["id"], 1, "failed", finding(number, case["vendors"]))
            add_attempt(journal, case["id"], 2, "passed", None)
        elif state != "skipped":
            add_attempt(journal, case["id"], 1, state, finding(number, case["vendors"]))
        reason = {"skipped": "this guest has no safe mode", "error": "QEMU ended"}.get(state)
        journal.add("case-end", 1, case=case["id"], state=state, reason=reason)
    journal.add("run-end", 1, outcome="finished", reason=None)


main(sys.argv[1], int(sys.argv[2]))
