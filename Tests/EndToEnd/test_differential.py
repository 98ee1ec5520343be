"""Flower 2.2 and Calyx, asked the same on the same broker and the same workers."""

import pytest

from differential.calls import CALLS
from differential.compare import differences
from differential.differences import DIFFERENCES
from differential.effects import check
from differential.world import World


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
