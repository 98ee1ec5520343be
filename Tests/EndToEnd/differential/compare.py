"""What two answers to one call have different.

Calyx may say more than Flower: members that only Calyx has are no difference. An error of Flower's is a sentence; Calyx's is a
problem whose `detail` is that sentence.
"""

import json
from dataclasses import dataclass


@dataclass
class Answer:
    status: int
    body: object

    @classmethod
    def of(cls, response):
        try:
            body = response.json()
        except ValueError:
            body = response.text
        if response.headers.get("content-type", "").startswith("application/problem+json"):
            body = body.get("error") and {"error": body["error"]} or body["detail"]
        return cls(response.status_code, body)

    def named(self, names: dict):
        """The same with what differs by nature (the server's own task, its own worker) under common names."""
        text = json.dumps(self.body)
        for value, name in names.items():
            text = text.replace(value, name)
        return Answer(self.status, json.loads(text))


def differences(flower: Answer, calyx: Answer) -> list[tuple[str, object, object]]:
    """(where, Flower's, Calyx's)"""
    found = []
    if flower.status != calyx.status:
        found.append(("status", flower.status, calyx.status))
    _walk("body", flower.body, calyx.body, found)
    return found


def _walk(where, flower, calyx, found):
    if isinstance(flower, dict) and isinstance(calyx, dict):
        for key, value in flower.items():
            if key in calyx:
                _walk(f"{where}.{key}", value, calyx[key], found)
            else:
                found.append((f"{where}.{key}", value, "(absent)"))
        if where == "body" and all(isinstance(value, dict) and "uuid" in value for value in flower.values()):
            # A list of tasks is sorted, and its order is what was asked for.
            if list(flower) != list(calyx):
                found.append((f"{where} order", list(flower)[:9], list(calyx)[:9]))
    elif isinstance(flower, list) and isinstance(calyx, list) and len(flower) == len(calyx):
        for index, (left, right) in enumerate(zip(flower, calyx)):
            _walk(f"{where}[{index}]", left, right, found)
    elif type(flower) is not type(calyx) or flower != calyx:
        found.append((where, flower, calyx))
