"""deploy/monitoring: the alerts and the dashboard ask for metrics and labels that there are, and do what they say."""

import json
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from harness.endpoint import Endpoint
from harness.installation import PROJECT, TEMPLATE

FOLDER = PROJECT / "deploy" / "monitoring"
RULES, DASHBOARD = FOLDER / "zoetrope.rules.yml", FOLDER / "grafana-dashboard.json"
# Of Prometheus itself and of its node exporter.
FOREIGN = {
    "up", "node_memory_MemAvailable_bytes", "node_memory_MemTotal_bytes", "node_filesystem_avail_bytes",
    "node_filesystem_size_bytes", "node_cpu_seconds_total",
}
NOT_METRICS = {"and", "or", "unless", "offset", "bool"}
# In Swift: `Counter(label: "a_total"`, `record("a_seconds"`, `Counter(label: isHit ? "a_total" : "b_total"`.
RECORDED = re.compile(r'\b(Counter|Gauge|Meter|Timer|Recorder|record)\((?:label: )?(?:\w+ \? )?"([a-z]+_[a-z_]+)"')
OTHERWISE = re.compile(r'"[a-z]+_[a-z_]+" : "([a-z]+_[a-z_]+)"')


def promtool(*arguments: object, folder: Path = FOLDER) -> subprocess.CompletedProcess[str]:
    if not shutil.which("promtool"):
        pytest.skip("promtool is absent (Debian: prometheus)")
    return subprocess.run(
        ["promtool", *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120)


def rules(path: Path = RULES) -> list[dict]:
    return [rule for group in yaml.safe_load(path.read_text())["groups"] for rule in group["rules"]]


def panels() -> list[dict]:
    return [panel for panel in json.loads(DASHBOARD.read_text())["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    for rule in rules():
        yield rule["expr"]
    for panel in panels():
        yield from (target["expr"] for target in panel["targets"])


def metric_names(expression: str) -> set[str]:
    """What a PromQL expression selects by name."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]", " ", bare)
    bare = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    words = re.finditer(r"(?<![\w.:])([A-Za-z_:][\w:]*)(\s*\()?", bare)
    return {word[1] for word in words if not word[2]} - NOT_METRICS


def matched(label: str) -> set[str]:
    """The values that the expressions compare a label with, letter by letter."""
    return {value for text in expressions() for value in re.findall(rf'\b{label}="([^"]*)"', text)}


def histogram(name: str) -> set[str]:
    return {f"{name}_{part}" for part in ("bucket", "sum", "count")}


@pytest.fixture(scope="module")
def host_metrics(endpoint: Endpoint) -> set[str]:
    """What a running host exports, whether it has values yet or not."""
    with urllib.request.urlopen(f"{endpoint.web_url}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    names: set[str] = set()
    for name, kind in re.findall(r"(?m)^# TYPE (\S+) (\S+)$", text):
        names |= histogram(name) if kind == "histogram" else {name}
    return names


def function_metrics() -> set[str]:
    """What functions record, by their sources: it appears when the first of them does."""
    jobs = PROJECT / "Sources" / "Jobs"
    names: set[str] = set()
    for path in jobs.rglob("*.swift"):
        for line in path.read_text().splitlines():
            for kind, name in RECORDED.findall(line):
                names |= histogram(name) if kind in ("Timer", "Recorder", "record") else {name}
            names |= set(OTHERWISE.findall(line))
    return names


def test_promtool_finds_nothing_to_object_to():
    for arguments in (("check", "rules", RULES), ("check", "config", FOLDER / "prometheus.yml")):
        done = promtool(*arguments)
        assert done.returncode == 0 and "SUCCESS" in done.stdout, done.stdout + done.stderr


def test_each_alert_fires_when_it_should_and_only_then():
    done = promtool("test", "rules", "zoetrope.rules.test.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    tested = (FOLDER / "zoetrope.rules.test.yml").read_text()
    assert {rule["alert"] for rule in rules() if "alert" in rule} == set(re.findall(r"alertname: (\w+)", tested))


def test_the_tests_of_the_alerts_notice_a_rule_that_is_wrong(tmp_path: Path):
    shutil.copytree(FOLDER, tmp_path / "copy")
    copy = tmp_path / "copy" / RULES.name
    text = copy.read_text()
    copy.write_text(text.replace("zoetrope_dead_letters > 0", "zoetrope_dead_letters > 5"))
    assert copy.read_text() != text
    assert promtool("test", "rules", "zoetrope.rules.test.yml", folder=copy.parent).returncode != 0


def test_the_expressions_of_the_dashboard_can_be_parsed(tmp_path: Path):
    """By being written as rules, with Grafana's variables filled in."""
    wanted = []
    for panel in panels():
        for number, target in enumerate(panel["targets"]):
            text = target["expr"].replace("$__rate_interval", "1m").replace("$__range", "1h")
            wanted.append({"record": f"panel:{panel['id']}:{number}", "expr": re.sub(r"\$(job|instance)\b", ".*", text)})
    path = tmp_path / "dashboard.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": wanted}]}))
    done = promtool("check", "rules", path)
    assert done.returncode == 0 and f"{len(wanted)} rules found" in done.stdout, done.stdout + done.stderr


def test_the_dashboard_is_one():
    dashboard = json.loads(DASHBOARD.read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids)) > 20
    places = [panel["gridPos"] for panel in dashboard["panels"]]
    assert all(0 <= place["x"] and place["x"] + place["w"] <= 24 for place in places)
    # Each cell of the grid belongs to one panel.
    cells = [(x, y) for at in places for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
    assert len(cells) == len(set(cells))
    variables = {variable["name"] for variable in dashboard["templating"]["list"]}
    assert set(re.findall(r"\$\{?([a-z]\w*)", DASHBOARD.read_text())) <= variables


def test_every_metric_is_one_that_is_exported(host_metrics: set[str]):
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    used = set().union(*(metric_names(text) for text in expressions()))
    assert len(used) > 30
    assert used <= host_metrics | function_metrics() | FOREIGN | recorded
    # And the check would notice one that is not.
    assert metric_names('sum by (le) (rate(zoetrope_no_such_total{a="b"}[5m])) > 0') == {"zoetrope_no_such_total"}
    assert "zoetrope_no_such_total" not in host_metrics | function_metrics()


def test_every_value_of_a_label_is_one_that_there_is():
    functions = {
        name for name, resource in yaml.load(TEMPLATE.read_text(), Loader=_Tagged)["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert matched("function") <= functions and matched("function")
    host = PROJECT / "Sources" / "Host"
    ends = re.search(r"enum EnvironmentEnd[^{]*\{\s*case ([^\n]*)", (host / "FunctionHost" / "HostObserver.swift").read_text())
    evictions = (PROJECT / "Sources" / "Jobs" / "ConversionAPI" / "ConversionMetrics.swift").read_text()
    reasons = set(ends[1].split(", ")) | set(re.findall(r'\("reason", "(\w+)"\)', evictions))
    assert matched("reason") <= reasons and matched("reason")
    assert matched("state") <= {"starting", "idle", "busy"}


@pytest.mark.parametrize(
    "expression, expected",
    [
        ("up{job='x'} == 0", {"up"}),
        ("a_total offset 5m unless b", {"a_total", "b"}),
        ('histogram_quantile(0.95, sum by (route, le) (rate(c_bucket{x=~"5.."}[5m])))', {"c_bucket"}),
        ("a:b and on (job, instance) sum(c) >= 3", {"a:b", "c"}),
    ],
)
def test_names_are_found_in_expressions(expression: str, expected: set[str]):
    assert metric_names(expression) == expected


class _Tagged(yaml.SafeLoader):
    """Reads CloudFormation's short forms, such as `!Ref`, as nothing."""


_Tagged.add_multi_constructor("!", lambda loader, suffix, node: None)
