"""The fan-out benchmark's figures as tables, the targets beside them."""

from collections.abc import Callable

from table import Limit, cell, rendered

EVENTS_PER_SECOND = Limit(1000, at_least=True)
# How much more an event may cost among many than among few, on the host.
COST = Limit(1.2)
# MB.
MEMORY_OF_HOST, MEMORY_OF_ENVIRONMENT = Limit(150), Limit(6)
# Milliseconds.
DISPATCH = Limit(5)
# Seconds.
RECOVERY = Limit(10)


def report(result: dict) -> str:
    tables = [
        table(result[part])
        for part, table in (
            ("throughput", _throughput), ("ratios", _ratios), ("latency", _latency), ("environments", _environments),
            ("ownEnvironments", _own_environments), ("backlog", _backlog),
        )
        if part in result
    ]  # fmt: skip
    facts = (
        f"{result['processors']} processors; {result['concurrency']} invocations at the same time, but for the "
        f"environments; {result['ofAVideo']} events of a video"
    )
    return "\n\n".join([*tables, facts])


def _throughput(columns: list[dict]) -> str:
    rows = [["PutEvents → rule → queue → function", *(f"{column['events']:,} events" for column in columns)]]

    def add(name: str, text: Callable[[dict], str]) -> None:
        rows.append([f"  {name}", *(text(column) for column in columns)])

    def figure(name: str, key: str, form: str, scale: float = 1, limit: Limit | None = None) -> None:
        add(name, lambda column: cell(column[key] * scale, form, limit))

    figure("runs (medians are shown)", "runs", "d")
    figure("seconds", "wall", ".2f")
    figure("events/s, end to end", "eventsPerSecond", ".0f", limit=EVENTS_PER_SECOND)
    figure("events/s, accepted", "acceptedPerSecond", ".0f")
    figure("CPU per event, host, µs", "cpuOfHostPerEvent", ".0f", 1e6)
    figure("CPU per event, functions, µs", "cpuOfFunctionsPerEvent", ".0f", 1e6)
    figure("CPU per event, benchmark, µs", "cpuOfBenchmarkPerEvent", ".0f", 1e6)
    figure("peak memory of the host, MB", "peakOfHost", ".0f", 1e-6, MEMORY_OF_HOST)
    figure("repeated deliveries", "repetitions", ".0f")
    figure("retries", "retries", ".0f")
    figure("dead letters", "deadLetters", ".0f")
    figure("processes started", "coldStarts", ".0f")
    return rendered(rows)


def _ratios(ratios: dict) -> str:
    return rendered([
        ["from the fewest events to the most", "ratio"],
        ["  CPU of the host per event", cell(ratios["cpuOfHostPerEvent"], ".3f", COST)],
        ["  events/s", cell(ratios["eventsPerSecond"], ".3f")],
    ])


def _latency(latency: dict) -> str:
    rows = [[f"{latency['events']} single events, idle runtime", "p50, ms", "p99, ms", "longest, ms"]]
    for name, key, limit in (
        ("PutEvents sent → function has it", "dispatch", DISPATCH), ("PutEvents sent → accepted", "accepted", None),
    ):  # fmt: skip
        figures = latency[key]
        rows.append([
            f"  {name}", cell(figures["p50"] * 1e3, ".2f", limit), cell(figures["p99"] * 1e3, ".2f"),
            cell(figures["max"] * 1e3, ".2f"),
        ])  # fmt: skip
    rows.append([f"  enqueued to dispatched within 5 ms, as the runtime says: {latency['queuedAtMost5ms']:.0%}"])
    return rendered(rows)


def _environments(found: dict) -> str:
    memory = found["memory"]
    return rendered([
        ["environments at the same time", ""],
        ["  invocations running", cell(found["running"], "d", Limit(found["environments"], at_least=True))],
        ["  seconds until all ran", cell(found["seconds"], ".2f")],
        ["  memory (PSS) per environment, MB", cell(memory["mean"] * 1e-6, ".2f", MEMORY_OF_ENVIRONMENT)],
        ["  memory (PSS) of the largest, MB", cell(memory["max"] * 1e-6, ".2f")],
        ["  peak memory of the host, MB", cell(found["peakOfHost"] * 1e-6, ".0f", MEMORY_OF_HOST)],
        ["  repeated deliveries", cell(found["repetitions"], "d")],
    ])


def _own_environments(found: dict) -> str:
    rows = [["own functions, idle after an invocation", "environments", "PSS each, MB", "PSS of the largest, MB"]]
    for name, memory in found.items():
        rows.append([
            f"  {name}", cell(memory["environments"], "d"),
            cell(memory["mean"] * 1e-6, ".2f", MEMORY_OF_ENVIRONMENT), cell(memory["max"] * 1e-6, ".2f"),
        ])  # fmt: skip
    return rendered(rows)


def _backlog(found: dict) -> str:
    return rendered([
        [f"kill -9 with {found['queued']:,} queued, then start", ""],
        ["  seconds until it says how much is queued, before", cell(found["status"], ".3f")],
        ["  seconds until ready", cell(found["ready"], ".2f", RECOVERY)],
        ["  seconds until the first dispatch", cell(found["firstDispatch"], ".2f", RECOVERY)],
        ["  events/s while working it off", cell(found["eventsPerSecond"], ".0f", EVENTS_PER_SECOND)],
        ["  CPU per event, host, µs", cell(found["cpuOfHostPerEvent"] * 1e6, ".0f")],
        ["  peak memory of the host, MB", cell(found["peakOfHost"] * 1e-6, ".0f", MEMORY_OF_HOST)],
        ["  repeated deliveries", cell(found["repetitions"], "d")],
    ])
