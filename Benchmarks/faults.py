"""What becomes of jobs when the power goes at random instants, and of damaged videos: how many of each, and whether
anything was lost."""

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import botocore.exceptions

from project import CACHE, begin, say

from harness import damage, powercut, videos
from harness.endpoint import Endpoint
from harness.job import Jobs
from harness.outcome import metric
from table import rendered

# The most that the endpoint may occupy when all is over, bytes.
MEMORY = 150e6
# Variants that are uploaded at once.
BATCH = 100
# Seconds until a batch must have ended.
PATIENCE = 600
# So many clips of a video of a second and a half are worth mentioning.
MANY = 10
# What a check, a request that is not answered, or a file that should be there raises.
FAILURES = (AssertionError, botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError, OSError)
OUTCOMES = ("success", "reported", "crashed", "outOfMemory", "timedOut")


def kills(count: int, seed: str, folder: Path) -> dict:
    """Cuts a job off `count` times, each in a data folder of its own."""
    video = videos.numbered(folder / "film.mp4", seconds=powercut.SECONDS, rate="10", size=damage.SIZE)
    truth, calm = powercut.undisturbed(video, folder / "undisturbed")
    say(f"undisturbed: {calm.took:.2f} s, {calm.uploads} uploads")
    rounds = []
    for number in range(count):
        name = f"kill {number + 1}"
        with tempfile.TemporaryDirectory(dir=folder) as own:
            try:
                one = powercut.interrupted(video, Path(own), truth, seed=f"{seed} {name}", span=calm.took)
            except FAILURES as error:
                one = powercut.Round(problems=[f"{type(error).__name__}: {error}"])
        say(f"{name}/{count}: {_verdict(one.problems)}")
        rounds.append({"name": name, **vars(one)})
    return {"took": calm.took, "problems": calm.problems, "rounds": rounds}


def damaged(count: int, seed: str, folder: Path) -> dict:
    """`count` damaged variants of a video in each container, and whole ones before and after them.

    Each container has an endpoint of its own, so that what one does to it is not taken for another's doing.
    """
    whole = {container: damage.small_video(container, folder).read_bytes() for container in damage.CONTAINERS}
    containers = []
    for container in whole:
        one = {"outcomes": {}, "problems": []}
        try:
            with tempfile.TemporaryDirectory(dir=folder) as own, _endpoint(Path(own)) as endpoint:
                one = _container(endpoint, whole, container, count, seed)
        except FAILURES as error:
            one["problems"].append(f"{type(error).__name__}: {error}")
        say(f"{container}: {_verdict(one['problems'])}")
        containers.append({"name": container, **one})
    return {"containers": containers}


def _container(endpoint: Endpoint, whole: dict[str, bytes], container: str, count: int, seed: str) -> dict:
    jobs = Jobs(endpoint)
    for name, content in whole.items():
        jobs.completed(content, f"before/whole.{name}")
    before, memory = _ended(endpoint), _resident(endpoint)
    made = damage.variants(whole[container], list(whole.values()), count, seed=f"{seed} {container}")
    contents = {f"{container}/{number:04} {name}.{container}": content for number, (name, content) in enumerate(made)}
    statuses: Counter[str] = Counter()
    problems: list[str] = []
    most = 0
    began = time.monotonic()
    keys = list(contents)
    for first in range(0, len(keys), BATCH):
        manifests, wrong = damage.process_all(
            jobs, {key: contents[key] for key in keys[first : first + BATCH]}, seconds=PATIENCE
        )
        problems += wrong
        for key, manifest in manifests.items():
            statuses[manifest["status"] if manifest else "none"] += 1
            clips = len(manifest["clips"]) if manifest else 0
            most = max(most, clips)
            if clips > MANY:
                say(f"'{key}' has become {clips} clips")
            if manifest and (manifest.get("reason") or "").startswith("gave up"):
                say(f"'{key}': {manifest['reason']}")
        if any(manifest is None for manifest in manifests.values()):
            # What is still at work would only be waited for again.
            break
    seconds = time.monotonic() - began
    outcomes = {name: value - before[name] for name, value in _ended(endpoint).items()}
    figures = {
        "variants": statuses.total(), "complete": statuses["complete"], "failed": statuses["failed"], "most": most,
        "outcomes": outcomes, "seconds": seconds, "memory": [memory, _resident(endpoint)], "problems": problems,
    }  # fmt: skip
    if outcomes["timedOut"]:
        problems.append(f"{outcomes['timedOut']} invocations outlived their time")
    if figures["memory"][1] > MEMORY:
        problems.append(f"the endpoint occupies {figures['memory'][1] / 1e6:.0f} MB (≤ {MEMORY / 1e6:.0f})")
    after = jobs.process(whole[container], f"after/whole.{container}")
    if after["status"] != "complete":
        problems.append(f"a whole video failed afterwards: {after.get('reason')}")
    return figures


@contextmanager
def _endpoint(folder: Path) -> Iterator[Endpoint]:
    endpoint = Endpoint(folder)
    endpoint.start()
    try:
        yield endpoint
    finally:
        assert endpoint.is_running, f"the endpoint has ended: {endpoint.tail()}"
        assert endpoint.stop() == 0, f"the endpoint did not end well: {endpoint.tail()}"


def _ended(endpoint: Endpoint) -> dict[str, int]:
    return {name: metric(endpoint, "zoetrope_invocations_total", outcome=name) for name in OUTCOMES}


def _resident(endpoint: Endpoint) -> int:
    """Bytes that the endpoint occupies, without its functions."""
    lines = Path(f"/proc/{endpoint.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS:"))


def _verdict(problems: list[str]) -> str:
    return "\n  ".join(["WRONG", *problems]) if problems else "as it must be"


def all_problems(result: dict) -> list[str]:
    """All that is not as it must be."""
    found = []
    if "kills" in result:
        found += [f"undisturbed: {problem}" for problem in result["kills"]["problems"]]
        found += [f"{one['name']}: {problem}" for one in result["kills"]["rounds"] for problem in one["problems"]]
    if "damaged" in result:
        containers = result["damaged"]["containers"]
        found += [f"{one['name']}: {problem}" for one in containers for problem in one["problems"]]
    return found


def report(result: dict) -> str:
    parts = []
    if "kills" in result:
        rows = [["kill -9", "after, s", "clips done", "uploads", "back after, s", "verdict"]]
        for one in result["kills"]["rounds"]:
            when = "–" if one["cut_after"] is None else f"{one['cut_after']:.2f}"
            done = "manifest" if one["finished_before"] else str(one["clips_before"])
            verdict = f"{len(one['problems'])} WRONG" if one["problems"] else "met"
            rows.append([one["name"], when, done, str(one["uploads"]), f"{one['recovery']:.1f}", verdict])
        parts.append(f"{rendered(rows)}\n\nundisturbed, the job takes {result['kills']['took']:.2f} s")
    if "damaged" in result:
        rows = [["damaged", "variants", "complete", "failed", "most clips", *OUTCOMES, "s", "memory, MB", "verdict"]]
        for one in result["damaged"]["containers"]:
            outcomes = [str(one["outcomes"].get(name, "–")) for name in OUTCOMES]
            verdict = f"{len(one['problems'])} WRONG" if one["problems"] else "met"
            figures = [str(one.get(name, "–")) for name in ("variants", "complete", "failed", "most")]
            memory = " → ".join(f"{figure / 1e6:.0f}" for figure in one.get("memory", []))
            rows.append([one["name"], *figures, *outcomes, f"{one.get('seconds', 0):.0f}", memory, verdict])
        explained = f"{OUTCOMES[0]} … {OUTCOMES[-1]} count invocations; memory is the endpoint's, before and after"
        parts.append(f"{rendered(rows)}\n\n{explained}")
    problems = all_problems(result)
    parts.append("\n".join([f"{len(problems)} things are not as they must be", *problems]) if problems else "all met")
    return "\n\n".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="local/bench faults", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=_count, default=20, help="how often a job is cut off (default: 20)")
    parser.add_argument("--variants", type=_count, default=500, help="damaged videos per container (default: 500)")
    parser.add_argument("--seed", default="1", help="another one gives other instants and other damage (default: 1)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    begin()
    result = {}
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        if options.kills:
            result["kills"] = kills(options.kills, options.seed, _fresh(folder, "kills"))
        if options.variants:
            result["damaged"] = damaged(options.variants, options.seed, _fresh(folder, "damaged"))
    print(json.dumps(result, indent=2) if options.json else report(result))
    if all_problems(result):
        sys.exit(1)


def _fresh(folder: str, name: str) -> Path:
    path = Path(folder) / name
    path.mkdir()
    return path


def _count(text: str) -> int:
    value = int(text)
    if value < 0:
        raise argparse.ArgumentTypeError(f"expected 0 or more, found {value}")
    return value


if __name__ == "__main__":
    try:
        main()
    except AssertionError as failure:
        sys.exit(f"local/bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
