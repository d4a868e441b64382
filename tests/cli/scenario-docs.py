# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages about scenarios against the schemas and the catalogue: whatever a file may hold is
told, each step, expectation and fault in a row or a paragraph of its own.

usage: scenario-docs.py TRUCE schemas scenarios docs"""
import json
import pathlib
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

NS = "{http://relaxng.org/ns/structure/1.0}"


class Schema:
    """The elements that a set of schemas defines, with attributes found through references."""

    def __init__(self, folder, names):
        self.roots = [ET.parse(folder / f"{name}.rng").getroot() for name in names]
        self.defines = {d.get("name"): d for root in self.roots for d in root.iter(NS + "define")}

    def elements(self):
        return [e for root in self.roots for e in root.iter(NS + "element")]

    def attributes(self, pattern):
        """{name: [values]} of an element, without those of the elements in it."""
        found = {}
        for part in pattern:
            if part.tag == NS + "attribute":
                found[part.get("name")] = [v.text for v in part.iter(NS + "value")]
            elif part.tag == NS + "ref" and part.get("name") in self.defines:
                found.update(self.attributes(self.defines[part.get("name")]))
            elif part.tag != NS + "element":
                found.update(self.attributes(part))
        return found


def rows(page, heading):
    """{first cell: row} of the table that begins with so a heading; each word of a cell that names
    several is one."""
    table = page.split(f"\n{heading} |", 1)[1].split("\n\n", 1)[0]
    found = {}
    for line in table.splitlines():
        cell = line.split("|")[1] if line.startswith("|") else ""
        for word in re.findall(r"`([a-z-]+)", cell):
            found[word] = found.get(word, "") + line
    return found


def told(word, text):
    return re.search(rf"`{re.escape(word)}[`=]", text)


def check_elements(schema, page, what):
    missing = [f"{what}: element '{e.get('name')}'" for e in schema.elements()
               if not told(e.get("name"), page) and f"<{e.get('name')}" not in page]
    missing += [f"{what}: attribute '{name}' of '{e.get('name')}'" for e in schema.elements()
                for name in schema.attributes(e) if not told(name, page)]
    return missing


def check_rows(schema, elements, table, what):
    missing = []
    for element in elements:
        row = table.get(element.get("name"))
        if row is None:
            missing.append(f"{what}: no row for '{element.get('name')}'")
            continue
        for name, values in schema.attributes(element).items():
            missing += [f"{what}: '{word}' in the row of '{element.get('name')}'"
                        for word in [name, *values] if not told(word, row)]
    return missing


def steps_of(schema):
    kinds = list(schema.defines["step"][0])
    return [schema.defines[kind.get("name")][0] if kind.tag == NS + "ref" else kind
            for kind in kinds]


def check_scenarios(schemas, docs):
    schema = Schema(schemas, ["types", "scenario", "scenario-steps", "scenario-matrix"])
    formats = (docs / "formats.md").read_text(encoding="utf-8")
    language = formats.split("\n## A scenario", 1)[1].split("\n## guest.xml", 1)[0]
    library = (docs / "scenarios.md").read_text(encoding="utf-8")
    steps = steps_of(schema)
    expects = schema.attributes(schema.defines["expect"][0])
    assert len(steps) > 18 and len(expects) > 10, (len(steps), len(expects))
    seen = library.split("\n## Which step was seen where", 1)[1]
    missing = check_elements(schema, language, "formats.md")
    missing += check_rows(schema, steps, rows(language, "| step"), "formats.md, steps")
    missing += [f"formats.md, expectations: no row for '{name}'" for name in expects
                if name not in rows(language, "| attribute | on")]
    missing += [f"scenarios.md: where step '{step.get('name')}' was seen" for step in steps
                if not told(step.get("name"), seen)]
    missing += [f"scenarios.md: where expectation '{name}' was seen" for name in expects
                if not told(name, seen)]
    return missing


def check_library(scenarios, docs):
    """Each scenario of the suite has a row in the table of what it shows and of what was seen."""
    page = (docs / "scenarios.md").read_text(encoding="utf-8")
    suite = ET.parse(scenarios / "certification.xml").getroot()
    files = [include.get("file") for include in suite.iter("include")]
    assert len(files) > 12, files
    return [f"scenarios.md: a row for '{file}' in both tables" for file in files
            if len(re.findall(rf"^\| `{re.escape(file)}` \|", page, re.M)) < 2]


def check_faults(truce, docs):
    page = (docs / "faults.md").read_text(encoding="utf-8")
    tried = page.split("**Where they were tried.**", 1)[1].split("\n\n", 1)[0]
    listed = subprocess.run([truce, "faults", "--json"], capture_output=True, text=True, check=True)
    names = [fault["name"] for fault in json.loads(listed.stdout)["faults"]]
    assert len(names) > 14, names
    return [f"faults.md: where '{name}' was tried" for name in names if not told(name, tried)]


def main(truce, schemas, scenarios, docs):
    docs = pathlib.Path(docs)
    schemas = pathlib.Path(schemas)
    load = Schema(schemas, ["types", "load-profile"])
    stress = (docs / "stress.md").read_text(encoding="utf-8")
    missing = check_scenarios(schemas, docs) + check_library(pathlib.Path(scenarios), docs)
    missing += check_elements(load, stress, "stress.md")
    missing += [f"stress.md: no row for load '{kind.text}'" for kind in load.roots[1].iter(NS + "value")
                if kind.text not in rows(stress, "| kind")]
    missing += check_faults(truce, docs)
    print("\n".join(missing) if missing else "all is told")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
