"""The corpus from the command line.

    python -m attacks list [--corpus FILE]      who executes each entry: id → runner / test / missing; fails on missing
    python -m attacks run [--corpus FILE] [--only ID,ID] [--target plain|tls|kept|stripped|bare]
                                                executes every entry that is bytes; fails when one gets through
"""

import argparse
import pathlib
import sys
import tempfile

from . import corpus
from .coverage import executor
from .runner import require_understood, run
from .stand import Stand

TARGETS = {
    "plain": lambda stand: stand.plain(),
    "tls": lambda stand: stand.tls(),
    "kept": lambda stand: stand.behind_nginx("calyx"),
    "stripped": lambda stand: stand.behind_nginx("calyx-stripped"),
    "bare": lambda stand: stand.bare(),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="attacks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["list", "run"])
    parser.add_argument("--corpus", type=pathlib.Path, default=corpus.OWN)
    parser.add_argument("--only", default="", help="these ids, separated by commas")
    parser.add_argument("--target", choices=list(TARGETS), action="append", help="default: plain and tls")
    arguments = parser.parse_args()
    try:
        attacks = corpus.load(arguments.corpus)
        require_understood(attacks)
    except corpus.CorpusError as error:
        sys.exit(f"attacks: {error}")
    only = {id for id in arguments.only.split(",") if id}
    attacks = [attack for attack in attacks if not only or attack.id in only]
    return show(attacks) if arguments.command == "list" else execute(attacks, arguments.target or ["plain", "tls"])


def show(attacks: list[corpus.Attack]) -> int:
    missing = 0
    for attack in attacks:
        who = executor(attack)
        missing += who == "missing"
        print(f"{attack.id:8} → {who}")
    print(f"{len(attacks)} entries, {missing} missing")
    return 1 if missing else 0


def execute(attacks: list[corpus.Attack], names: list[str]) -> int:
    safe = through = 0
    with tempfile.TemporaryDirectory(prefix="calyx-") as directory, Stand(pathlib.Path(directory)) as stand:
        for name in names:
            target = TARGETS[name](stand)
            for attack in attacks:
                if not target.takes(attack):
                    continue
                result = run(attack, target)
                if result.violations:
                    print(result, flush=True)
                    through += 1
                else:
                    safe += 1
    print(f"{safe} passed, {through} failed")
    return 1 if through else 0


if __name__ == "__main__":
    sys.exit(main())
