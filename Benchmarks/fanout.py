"""What fan-out costs: small events through PutEvents, rule, queue and real function processes; how soon an idle runtime
hands an event over; what environments occupy that all wait at the same time; and how soon a runtime that was killed
with a backlog is at work again.

Events are sent as PutEvents requests of 10 entries that botocore has signed beforehand, over a few kept connections;
the function is a small C program that speaks the Lambda Runtime API."""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from project import CACHE, begin, say

import accounting
import signed
from fanout_report import report
from fanout_runtime import CONNECTIONS, FanOut
from harness.endpoint import SOURCE, Endpoint
from measure import Failed

SMALL, LARGE = 1_000, 100_000
# Requests are signed in advance, and a signature is good for 15 minutes.
MOST = 500_000
# A small number of events is over too soon for one run to tell much.
RUNS_OF_SMALL = 5
SINGLE_EVENTS = 200
# The seed's headline shape: as many clips at the same time as its longest talk has.
ENVIRONMENTS = 345
# Of the project's own functions.
OWN_ENVIRONMENTS = 20


def throughput(folder: Path, count: int, concurrency: int, of_a_video: int) -> dict:
    """Many events at once, from the first request to the last recorded end."""
    runs = []
    with FanOut(folder, count, concurrency) as fan_out:
        fan_out.warm_up()
        for number in range(RUNS_OF_SMALL if count <= SMALL else 1):
            say(f"{count} events, run {number + 1} …")
            runs.append(_run(fan_out, count, of_a_video))
        result = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        metrics = fan_out.metrics()
        # What the warm-up has sent is in there, too.
        succeeded = metrics['zoetrope_invocations_total{outcome="success"}']
        if succeeded < count * len(runs):
            raise Failed(f"the runtime counts only {succeeded:.0f} successes")
        return {
            "events": count, "runs": len(runs), **result,
            "retries": metrics.get("zoetrope_retries_total", 0), "deadLetters": metrics.get("zoetrope_dead_letters", 0),
            "coldStarts": metrics["zoetrope_cold_starts_total"], "peakOfHost": fan_out.peak(),
        }  # fmt: skip


def _run(fan_out: FanOut, count: int, of_a_video: int) -> dict:
    requests = signed.put_events(fan_out.endpoint, range(count), of_a_video=of_a_video)
    fan_out.tally.clear()
    own = time.process_time()
    host, functions = fan_out.cpu()
    began = time.monotonic()
    accepted = signed.publish_all(fan_out.endpoint, requests, CONNECTIONS)
    fan_out.wait(f"{count} events", lambda: fan_out.tally.answered >= count)
    fan_out.settle()
    wall = time.monotonic() - began
    host_after, functions_after = fan_out.cpu()
    return {
        "wall": wall,
        "eventsPerSecond": count / wall,
        "acceptedPerSecond": count / accepted,
        "cpuOfHostPerEvent": (host_after - host) / count,
        "cpuOfFunctionsPerEvent": (functions_after - functions) / count,
        "cpuOfBenchmarkPerEvent": (time.process_time() - own) / count,
        "repetitions": fan_out.check(count),
    }


def latency(folder: Path, concurrency: int) -> dict:
    """Single events to a runtime that is idle otherwise: from sending PutEvents until the function has the event."""
    say(f"{SINGLE_EVENTS} single events …")
    with FanOut(folder, SINGLE_EVENTS, concurrency) as fan_out:
        fan_out.warm_up()
        before = fan_out.metrics()
        dispatched, accepted = [], []
        with signed.Connection(fan_out.endpoint) as connection:
            for slot, request in enumerate(signed.put_events(fan_out.endpoint, range(SINGLE_EVENTS), entries=1)):
                sent = time.time_ns()
                connection.publish(request)
                accepted.append((time.time_ns() - sent) / 1e9)
                fan_out.wait("one event", lambda: fan_out.tally.answered > slot, seconds=30)
                dispatched.append((fan_out.tally.time(slot) - sent) / 1e9)
                time.sleep(0.02)
        after = fan_out.metrics()
    in_time = 'zoetrope_queue_time_seconds_bucket{le="0.005"}'
    return {
        "events": SINGLE_EVENTS,
        "dispatch": _percentiles(dispatched),
        "accepted": _percentiles(accepted),
        # The runtime's own view, from enqueueing to dispatch.
        "queuedAtMost5ms": (after[in_time] - before[in_time]) / SINGLE_EVENTS,
    }


def environments(folder: Path, count: int = ENVIRONMENTS) -> dict:
    """As many invocations running at the same time as there are environments, each in a process of its own."""
    say(f"{count} environments at the same time …")
    with FanOut(folder, count, count) as fan_out:
        began = time.monotonic()
        fan_out.publish(range(count), wait=600_000)
        fan_out.wait("all to run", lambda: fan_out.tally.received >= count, seconds=120)
        seconds = time.monotonic() - began
        status = fan_out.status()
        memory = [accounting.proportional(pid) for pid in fan_out.processes()]
        fan_out.tally.release()
        fan_out.wait("all to end", lambda: fan_out.tally.answered >= count, seconds=120)
        fan_out.settle()
        repetitions = fan_out.check(count)
        return {
            "environments": count, "running": status["running"], "busy": status["functions"][0]["busy"],
            "seconds": seconds, "memory": _memory(memory), "repetitions": repetitions, "peakOfHost": fan_out.peak(),
        }  # fmt: skip


def own_environments(folder: Path, count: int = OWN_ENVIRONMENTS) -> dict:
    """The project's own functions that do not render, idle after an invocation that asked the store for something."""
    record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": SOURCE}, "object": {"key": "absent.mp4"}}}
    event = {"Records": [record]}
    endpoint = Endpoint(folder, arguments=("--concurrency", str(count)))
    endpoint.start()
    result = {}
    try:
        for name, payload in (("Snippets", event), ("RecordFailure", {"requestPayload": event})):
            say(f"{count} environments of {name} …")
            result[name] = _memory(_idle(endpoint, name, payload, count))
    finally:
        code = endpoint.stop()
    if code != 0:
        raise Failed(f"zoetrope up ended with code {code}: {endpoint.tail()}")
    return result


def _idle(endpoint: Endpoint, name: str, event: object, count: int) -> list[int]:
    """Bytes of each environment, once there are `count`."""
    request = signed.invocation(endpoint, f"{name}Function", event)
    connections = [signed.Connection(endpoint) for _ in range(2 * count)]
    try:
        # A call that finds a process idle takes that one; so it may take some rounds.
        for _ in range(20):
            for connection in connections:
                connection.send(request)
            for connection in connections:
                answer = connection.answer()
                if b"errorMessage" in answer:
                    raise Failed(f"{name} failed: {answer.decode(errors='replace')}")
            processes = accounting.children(endpoint.pid, name)
            if len(processes) >= count:
                break
    finally:
        for connection in connections:
            connection.__exit__()
    time.sleep(0.5)
    return [accounting.proportional(pid) for pid in processes]


def backlog(folder: Path, count: int, concurrency: int) -> dict:
    """A runtime that is killed while events are queued, and started again."""
    say(f"start with {count} queued events …")
    with FanOut(folder, count, concurrency) as fan_out:
        fan_out.publish(range(count), wait=800_000)
        asked = time.monotonic()
        queued = fan_out.status()["functions"][0]["queued"]
        status = time.monotonic() - asked
        peak = fan_out.peak()
        fan_out.endpoint.kill()
        fan_out.tally.clear()
        # The backlog is worked off from the start on.
        fan_out.tally.release()
        started, began = time.time_ns(), time.monotonic()
        fan_out.endpoint.start()
        ready = time.monotonic() - began
        fan_out.wait("the backlog to be worked off", lambda: fan_out.tally.answered >= count)
        fan_out.settle()
        wall = time.monotonic() - began
        repetitions = fan_out.check(count)
        return {
            "queued": queued, "status": status, "ready": ready,
            "firstDispatch": (min(fan_out.tally.times()[:count]) - started) / 1e9,
            "eventsPerSecond": count / wall, "repetitions": repetitions,
            "cpuOfHostPerEvent": accounting.cpu(fan_out.endpoint.pid) / count, "peakOfHost": max(peak, fan_out.peak()),
        }  # fmt: skip


def _percentiles(seconds: list[float]) -> dict:
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return {"p50": cuts[49], "p99": cuts[98], "max": max(seconds)}


def _memory(amounts: list[int]) -> dict:
    if not amounts:
        raise Failed("no function process is there to be measured")
    return {"environments": len(amounts), "mean": statistics.mean(amounts), "max": max(amounts)}


PARTS = ("throughput", "latency", "environments", "backlog")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="local/bench fanout", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", metavar="N", nargs="?", type=int, default=LARGE, help=f"events (default: {LARGE})")
    parser.add_argument("--concurrency", type=int, default=8, help="invocations at the same time (default: 8)")
    parser.add_argument(
        "--of-a-video", metavar="EVENTS", type=int, default=signed.EVENTS_OF_A_VIDEO,
        help=f"events that name the same video, which share a turn in the queue (default: {signed.EVENTS_OF_A_VIDEO})",
    )
    parser.add_argument("--only", choices=PARTS, action="append", help="measure this part; may be repeated")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    options = parser.parse_args()
    if not 1 <= options.count <= MOST:
        parser.error(f"N must be a whole number from 1 to {MOST}")
    if not 1 <= options.concurrency <= 4096:
        parser.error("--concurrency must be a whole number from 1 to 4096")
    if options.of_a_video < 1:
        parser.error("--of-a-video must be at least 1")
    begin()

    parts, count, concurrency = options.only or PARTS, options.count, options.concurrency
    result: dict = {
        "processors": len(os.sched_getaffinity(0)), "concurrency": concurrency, "ofAVideo": options.of_a_video,
    }  # fmt: skip
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        folder = Path(name)
        if "throughput" in parts:
            counts = sorted({min(SMALL, count), count})
            result["throughput"] = [
                throughput(folder / f"events-{n}", n, concurrency, options.of_a_video) for n in counts
            ]
            if len(counts) > 1:
                first, last = result["throughput"]
                result["ratios"] = {key: last[key] / first[key] for key in ("cpuOfHostPerEvent", "eventsPerSecond")}
        if "latency" in parts:
            result["latency"] = latency(folder / "latency", concurrency)
        if "environments" in parts:
            result["environments"] = environments(folder / "environments")
            result["ownEnvironments"] = own_environments(folder / "own")
        if "backlog" in parts:
            result["backlog"] = backlog(folder / "backlog", count, concurrency)
    print(json.dumps(result, indent=2) if options.json else report(result))


if __name__ == "__main__":
    try:
        main()
    except (Failed, AssertionError, OSError) as failure:
        sys.exit(f"local/bench: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)
