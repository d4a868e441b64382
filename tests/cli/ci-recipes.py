# SPDX-License-Identifier: GPL-2.0-or-later
"""The recipes of docs/ci.md: their YAML is YAML, and every option of truce in them exists.

usage: ci-recipes.py TRUCE docs/ci.md"""
import pathlib
import re
import subprocess
import sys


def main(truce, path):
    try:
        import yaml
    except ImportError:
        print("skipped: there is no python3-yaml")
        return 77
    text = pathlib.Path(path).read_text(encoding="utf-8")
    recipes = re.findall(r"^```yaml\n(.*?)^```", text, re.M | re.S)
    assert len(recipes) == 3, len(recipes)
    for recipe in recipes:
        assert isinstance(yaml.safe_load(recipe), dict), recipe
    commands = re.findall(r"truce (run|report|diff) ([^\n`|>]*)", text)
    assert len(commands) > 10, commands
    for verb, words in commands:
        known = subprocess.run([truce, verb, "--help"], capture_output=True, text=True, check=True).stdout
        for option in re.findall(r"(--[a-z-]+)", words):
            assert re.search(rf"{option}\b", known), f"truce {verb} has no {option}"
    print(f"ok - {len(recipes)} recipes, {len(commands)} commands")
    return 0


sys.exit(main(*sys.argv[1:]))
