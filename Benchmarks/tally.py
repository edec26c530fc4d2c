"""The file that the benchmark shares with the processes of the function functions/tally.c: what has reached them is
read from memory, which costs the measured runtime nothing."""

import mmap
from pathlib import Path

# As in `struct tally`, in words of eight bytes.
RECEIVED, ANSWERED, RELEASED, TIMES = 0, 1, 2, 4


class Tally:
    """Counters, and when each event, named by its slot, was delivered first."""

    def __init__(self, path: Path, slots: int):
        self.path = path
        self.slots = slots
        with open(path, "w+b") as file:
            file.truncate((TIMES + slots) * 8)
            self._words = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")

    @property
    def received(self) -> int:
        """Deliveries, repetitions included."""
        return self._words[RECEIVED]

    @property
    def answered(self) -> int:
        """Responses that the host has accepted."""
        return self._words[ANSWERED]

    def time(self, slot: int) -> int:
        """Nanoseconds since 1970 of the event's first delivery; 0 if there was none."""
        return self._words[TIMES + slot]

    def times(self) -> list[int]:
        return self._words[TIMES:].tolist()

    def release(self) -> None:
        """Events that are waiting, or will come, wait no longer."""
        self._words[RELEASED] = 1

    def clear(self) -> None:
        """For another measurement; no event may be on its way."""
        for place in (RECEIVED, ANSWERED, RELEASED):
            self._words[place] = 0
        self._words[TIMES:] = memoryview(bytes(self.slots * 8)).cast("q")
