"""Waiting for something to become true, instead of sleeping and hoping."""

import time


def until(condition, *, seconds: float = 10, what: str = ""):
    """Calls `condition` until it returns something true, and returns that; an AssertionError names what never came."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            last = condition()
        except Exception as error:  # a server that is just starting refuses, resets, answers oddly
            last = error
        else:
            if last:
                return last
        if time.monotonic() >= deadline:
            raise AssertionError(f"not within {seconds} s: {what or condition}; last seen: {last!r}")
        time.sleep(0.03)
