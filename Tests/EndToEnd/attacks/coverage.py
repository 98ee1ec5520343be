"""Says who executes an entry of the corpus: the runner, or a test that is named after it."""

import pathlib
import re

from .corpus import Attack

DIRECTORY = pathlib.Path(__file__).parent
LATER = DIRECTORY / "team_access.txt"
"""Ids of entries that need what signing in by other providers, tokens and the audit bring; one on a line."""


def executor(attack: Attack) -> str:
    if attack.is_raw:
        return "runner"
    tests = named_tests()
    if attack.id in tests:
        return f"test {tests[attack.id]}"
    if attack.id in LATER.read_text().split():
        return "with team access"
    return "missing"


def named_tests() -> dict[str, str]:
    """Id to file and name of every test function `test_ABC_01_…` in this directory."""
    found = {}
    for path in sorted(DIRECTORY.glob("test_*.py")):
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(), re.MULTILINE):
            match = re.match(r"test_([A-Z0-9]+)_(\d+)_", name)
            if match:
                found[f"{match[1]}-{match[2]}"] = f"{path.name}::{name}"
    return found
