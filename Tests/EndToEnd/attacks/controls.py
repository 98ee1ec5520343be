"""The runner proved on a gateway that lacks one rule: for each rule, some entry of the corpus must notice.

    python -m attacks.controls prepare TREE       copies the sources to TREE, with a switch at every rule
    python -m attacks.controls run BINARY         executes the corpus once for each rule, that rule switched off
                                                  [--only RULE,RULE]

The switch exists in the copy alone: the program that is built from the sources has none.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

from harness import calyx
from harness.calyx import ROOT

from . import corpus
from .controlled_rules import CHANGES, GATEWAY, REFUSED_BY_THE_DECODER, SWITCH, rules
from .runner import run
from .stand import Stand


class ChangeError(Exception):
    """The sources do not look as a change expects them."""


def changed_sources(root: pathlib.Path = ROOT) -> dict[pathlib.Path, str]:
    """File to text with all switches in place."""
    texts: dict[pathlib.Path, str] = {GATEWAY / "Removed.swift": SWITCH}
    for name, changes in CHANGES.items():
        path = GATEWAY / name
        text = (root / path).read_text()
        for old, new in changes:
            if text.count(old) != 1:
                raise ChangeError(f"{path} has {text.count(old)} times instead of once {old!r}: controlled_rules.py must follow the sources")
            text = text.replace(old, new)
        texts[path] = text
    return texts


def prepare(tree: pathlib.Path):
    texts = changed_sources()
    tree.mkdir(parents=True, exist_ok=True)
    for name in ("Package.swift", "Package.resolved"):
        shutil.copy(ROOT / name, tree)
    for name in ("Sources", "Tests"):
        shutil.rmtree(tree / name, ignore_errors=True)
        # Times are kept: what did not change is not built again.
        shutil.copytree(ROOT / name, tree / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for path, text in texts.items():
        (tree / path).write_text(text)


def noticed(rule: str) -> list[str]:
    """Ids of the entries that get through a gateway without the rule."""
    with tempfile.TemporaryDirectory(prefix="calyx-") as directory, Stand(pathlib.Path(directory)) as stand:
        target = stand.plain(env={"CALYX_REMOVED_RULE": rule})
        return [attack.id for attack in corpus.load() if target.takes(attack) and run(attack, target).violations]


def prove(binary: pathlib.Path, only: set[str]) -> int:
    calyx.BINARY = binary
    whole = noticed("")
    if whole:
        print(f"with every rule in place: {' '.join(whole)}")
        return 1
    proved = unproved = 0
    for rule in rules():
        if only and rule not in only:
            continue
        entries = noticed(rule)
        if entries:
            proved += 1
        elif rule not in REFUSED_BY_THE_DECODER:
            unproved += 1
        otherwise = "the decoder refuses it too" if rule in REFUSED_BY_THE_DECODER else "nobody notices"
        print(f"without {rule:45} → {' '.join(entries) or otherwise}", flush=True)
    print(f"{proved} passed, {unproved} failed")
    return 1 if unproved or not proved else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="attacks.controls", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare").add_argument("tree", type=pathlib.Path)
    running = commands.add_parser("run")
    running.add_argument("binary", type=pathlib.Path)
    running.add_argument("--only", default="", help="these rules, separated by commas")
    arguments = parser.parse_args()
    if arguments.command == "run":
        return prove(arguments.binary.resolve(), {rule for rule in arguments.only.split(",") if rule})
    try:
        prepare(arguments.tree)
    except ChangeError as error:
        sys.exit(f"attacks.controls: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
