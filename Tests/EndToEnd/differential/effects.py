"""What a call has done, asked at the worker, at the broker or in the result backend: never at the server that did it."""

import json

from harness.polling import until

from .world import OWN, World


def check(world: World, server: str, effect, answer):
    name, *arguments = effect if isinstance(effect, tuple) else (effect,)
    EFFECTS[name](world, server, answer, *arguments)


EFFECTS = {}


def effect(function):
    EFFECTS[function.__name__] = function
    return function


def asked(world, method, worker="d1@diff", *arguments):
    answers = getattr(world.app.control.inspect([worker], timeout=2), method)(*arguments) or {}
    return answers.get(worker)


@effect
def pool_of_d1(world, server, answer, by):
    world.processes += by
    until(lambda: len(asked(world, "stats")["pool"]["processes"]) == world.processes, what=f"{world.processes} processes")


@effect
def autoscale_of_d2(world, server, answer):
    limit = int(OWN[server]["limit"])
    until(lambda: asked(world, "stats", "d2@diff")["autoscaler"]["max"] == limit, what="the autoscaler has the new limit")


def consumed(world):
    return {queue["name"] for queue in asked(world, "active_queues")}


@effect
def consumes_extra(world, server, answer):
    until(lambda: f"extra-{OWN[server]['own']}" in consumed(world), what="the queue is consumed")


@effect
def consumes_html(world, server, answer):
    # Flower escapes what it is told, so the worker consumes another queue there.
    name = "a&b<c>-qc7" if server == "calyx" else "a&amp;b&lt;c&gt;-qf7"
    until(lambda: name in consumed(world), what=f"the queue {name} is consumed")


@effect
def consumes_no_extra(world, server, answer):
    until(lambda: f"extra-{OWN[server]['own']}" not in consumed(world), what="the queue is not consumed")


def registered(world, *attributes):
    return next(entry for entry in asked(world, "registered", "d1@diff", *attributes) if entry.startswith("e2e.add"))


@effect
def soft_limit_of_add(world, server, answer):
    assert f"soft_time_limit={OWN[server]['limit']}.5" in registered(world, "soft_time_limit")


@effect
def rate_limit_of_add(world, server, answer):
    assert f"rate_limit={OWN[server]['limit']}/m" in registered(world)


def own_id(world, server, answer):
    return answer.body["task-id"].replace("<own>", OWN[server]["own"])


@effect
def ran(world, server, answer):
    result = world.app.AsyncResult(own_id(world, server, answer))
    assert result.get(timeout=20) in (3, 11, 15)


@effect
def parked(world, server, answer):
    assert answer.status == 200 and world.redis.client.llen("parked") > 0


@effect
def parked_options(world, server, answer):
    messages = [json.loads(message) for message in world.redis.client.lrange("parked\x06\x163", 0, -1)]
    wanted = own_id(world, server, answer)
    headers, properties = next(
        (message["headers"], message["properties"]) for message in messages if message["headers"]["id"] == wanted)
    assert headers["customer"] == "acme" and headers["timelimit"] == [9, 8] and headers["expires"]
    assert headers["argsrepr"] in ("[5, 6]", "(5, 6)") and properties["priority"] == 3


@effect
def add_is_still_a_success(world, server, answer):
    assert world.app.AsyncResult(world.tasks["add"]).state == "SUCCESS"


@effect
def failure_is_kept(world, server, answer):
    # Flower overwrites it, which is why each server has its own.
    state = world.app.AsyncResult(world.tasks[f"failed_{server}"]).state
    assert state == ("FAILURE" if server == "calyx" else "ABORTED")


@effect
def revoked_at_workers(world, server, answer):
    for worker in world.workers:
        until(lambda: f"{OWN[server]['own']}-later" in asked(world, "revoked", worker), what=f"{worker} has revoked it")


@effect
def terminated(world, server, answer):
    until(lambda: world.running.state == "REVOKED", seconds=15, what="the running task was killed")


@effect
def victim_is_gone(world, server, answer):
    until(lambda: not world.workers[OWN[server]["victim"]].is_alive, seconds=20, what="the worker has ended")
