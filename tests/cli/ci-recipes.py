# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipes of docs/ci/: their YAML is what its CI system takes, and every option of truce in them
exists.

usage: ci-recipes.py TRUCE docs"""
import pathlib
import re
import subprocess
import sys

# What each system does not start without.
NEEDED = {
    "github.yml": {"name", "on", "jobs"},
    "gitlab-ci.yml": {"stages", "compatibility", "report"},
    "azure-pipelines.yml": {"pool", "jobs"},
}


def main(truce, docs):
    try:
        import yaml
    except ImportError:
        print("skipped: there is no python3-yaml")
        return 77
    folder = pathlib.Path(docs)
    for name, needed in NEEDED.items():
        # BaseLoader: YAML 1.1 takes the key 'on' for a boolean.
        recipe = yaml.load((folder / "ci" / name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
        assert needed <= set(recipe), f"{name} lacks {needed - set(recipe)}"
    pages = [folder / "ci.md", *sorted((folder / "ci").iterdir())]
    commands = [
        command
        for page in pages
        for command in re.findall(r"truce (run|report|diff) ((?:[^\n`|>]|\n +--)*)",
                                  page.read_text(encoding="utf-8"))
    ]
    assert len(commands) > 14, commands
    for verb, words in commands:
        known = subprocess.run([truce, verb, "--help"], capture_output=True, text=True, check=True).stdout
        for option in re.findall(r"(--[a-z-]+)", words):
            assert re.search(rf"{option}\b", known), f"truce {verb} has no {option}"
    print(f"ok - {len(NEEDED)} recipes, {len(commands)} commands")
    return 0


sys.exit(main(*sys.argv[1:]))
