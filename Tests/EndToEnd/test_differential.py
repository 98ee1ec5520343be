"""Flower 2.2 and Calyx, asked the same on the same broker and the same workers."""

import re

import pytest

from differential.calls import CALLS
from differential.compare import differences
from differential.differences import DIFFERENCES, SHOWN_ELSEWHERE
from differential.effects import check
from differential.world import World
from harness.calyx import ROOT
from harness.polling import until


@pytest.fixture(scope="module")
def world(directory):
    world = World(directory / "differential")
    yield world
    world.stop()


@pytest.fixture(scope="module")
def seen():
    """Calls that were made, and listed differences that were met."""
    return {"calls": set(), "differences": set()}


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.name)
def test_both_answer_the_same(world, seen, call):
    answers = {}
    for server in ("flower", "calyx"):
        answers[server] = world.ask(server, call)
        if call.effect:
            check(world, server, call.effect, answers[server])
    seen["calls"].add(call.name)
    unexplained = []
    for place, flower, calyx in differences(answers["flower"], answers["calyx"]):
        explanations = [known for known in DIFFERENCES if known.explains(call.name, place, flower, calyx)]
        seen["differences"].update(explanations)
        if not explanations:
            unexplained.append(f"{place}: Flower {flower!r:.300}, Calyx {calyx!r:.300}")
    assert not unexplained, "\n".join(unexplained)


def test_every_listed_difference_exists(seen):
    if len(seen["calls"]) < len(CALLS):
        pytest.skip("only with all calls")
    assert not [known.reason for known in DIFFERENCES if known not in seen["differences"]]


def test_the_documentation_has_a_line_for_each_difference_and_a_test_for_each_line():
    page = (ROOT / "docs" / "from-flower.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if re.match(r"\| (?!Flower \|)", line)]
    assert len(lines) > 50
    shown = [known.line for known in DIFFERENCES if not known.reason.startswith("… ")] + list(SHOWN_ELSEWHERE)
    without_line = [part for part in shown if not part or sum(part in line for line in lines) != 1]
    assert not without_line, "lines of differences that are not, or more than once, in docs/from-flower.md"
    assert not [line for line in lines if sum(part in line for part in shown) != 1], "lines without a test, or with two"
    for place, name in SHOWN_ELSEWHERE.values():
        files = [ROOT / place] if place.endswith(".py") else list((ROOT / place).rglob("*.swift"))
        assert any(name in file.read_text(encoding="utf-8") for file in files), f"{place} has no test '{name}'"


def test_a_worker_that_comes_later_is_known_and_obeys(world):
    """Flower knows it once somebody refreshes."""
    later = world.later()
    calyx = world.clients["calyx"]
    until(lambda: calyx.get("/api/workers").json().get(later.node, {}).get("status") is True, seconds=60, what="it is known")
    until(lambda: calyx.post(f"/api/worker/pool/grow/{later.node}").status_code == 200, seconds=20, what="it obeys")
