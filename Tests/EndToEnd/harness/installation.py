"""Where the project and its release build are."""

import os
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("ZOETROPE_BUILD", PROJECT / ".build" / "release"))
ZOETROPE = BUILD / "zoetrope"
TEMPLATE = PROJECT / "template.yaml"
# Real recordings that are not part of the project; tests that need one are skipped if it is absent.
MEDIA = Path(os.environ.get("ZOETROPE_MEDIA", PROJECT.parent / "shared" / "media"))

# Of every endpoint that tests start, so that their clients need not look into its data folder.
ACCESS_KEY, SECRET_KEY = "zoetrope-tests", "secret-of-the-tests"


def executables(kind: str = "") -> list[str]:
    """Of the template's functions; all of them, or those that local/package links in one way, `static` or `shared`."""
    command = [PROJECT / "local" / "functions", *([kind] if kind else [])]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.split()


def clean_environment(**additions: str) -> dict[str, str]:
    """This process's environment without anything that could configure an AWS client or Zoetrope, or names this test, but
    the tests' own keys; an addition that is empty takes a variable away."""
    named = {"SourceBucketName", "GifsBucketName", "GenerateFrames", "SnippetSize"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTEST_", "ZOETROPE_")) and name not in named
    }
    keys = {"ZOETROPE_ACCESS_KEY_ID": ACCESS_KEY, "ZOETROPE_SECRET_ACCESS_KEY": SECRET_KEY}
    return {name: value for name, value in (kept | keys | additions).items() if value}


def zoetrope(*arguments: object, seconds: float = 120, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line to its end."""
    return subprocess.run(
        [str(ZOETROPE), *map(str, arguments)], capture_output=True, text=True, timeout=seconds, stdin=subprocess.DEVNULL,
        env=clean_environment(**environment),
    )
