"""Where the project, its build and the benchmarks' own files are; brings in the end-to-end tests' harness."""

import os
import signal
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "Tests" / "EndToEnd"))

from harness.installation import MEDIA, ZOETROPE, clean_environment  # noqa: E402

# Sources are made once and kept here.
CACHE = Path(os.environ.get("ZOETROPE_HOME", PROJECT / ".zoetrope")).resolve() / "bench"

__all__ = ["CACHE", "MEDIA", "PROJECT", "ZOETROPE", "begin", "clean_environment", "say"]


def say(text: str) -> None:
    """Progress goes to standard error, results to standard output."""
    print(text, file=sys.stderr, flush=True)


def begin() -> None:
    """What each benchmark starts with: a build to measure, and an end that tidies up."""
    # Being asked to end is like Ctrl-C: what was started is stopped, temporary files go.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if not ZOETROPE.exists():
        sys.exit(f"{ZOETROPE} is missing; local/bench builds it")
    CACHE.mkdir(parents=True, exist_ok=True)
