"""Waiting for outcomes: always by asking again, always with an end."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def until(what: str, ask: Callable[[], Value | None], seconds: float = 60, every: float = 0.05) -> Value:
    """Asks until there is an answer; fails, naming what was waited for, when `seconds` have passed."""
    deadline = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer is not None and answer is not False:
            return answer
        assert time.monotonic() < deadline, f"waited {seconds} s without success for {what}"
        time.sleep(every)
