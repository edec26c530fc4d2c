"""The render benchmark's figures as a table: a column per clip, the targets beside the figures."""

from collections.abc import Callable

from table import Limit, cell, rendered

# By the height of the clip: what a clip may cost relative to the reference and to a decode, and occupy in MB.
TARGETS = {
    480: {"cpuToReference": 0.22, "cpuToDecode": 1.8, "peak": 110},
    720: {"cpuToReference": 0.25, "cpuToDecode": 1.35, "peak": 120},
    1080: {"cpuToReference": 0.30, "cpuToDecode": 1.15, "peak": 140, "cpuOfKeyFramesToExact": 0.25},
}
# What it may cost on one processor that has AVX2 and nothing newer, relative to a decode.
TARGETS_WITH_AVX2 = {480: 1.40, 720: 1.12, 1080: 0.98}
# How far a GIF may be below the reference's, in dB and in SSIM.
PSNR_LOSS, SSIM_LOSS = 0.1, 0.005

CONTENDERS = {
    "reference": "reference, two commands",
    "single": "best single ffmpeg command",
    "decode": "bare decode, one thread",
    "ours": "zoetrope",
    "oursOnOneProcessor": "zoetrope on one processor",
    "keyFrames": "zoetrope, key frames only",
}


def report(result: dict) -> str:
    clips = result["clips"]
    rows: list[list[str]] = [["", *(clip["name"] for clip in clips)]]

    def add(name: str, text: Callable[[dict], str]) -> None:
        rows.append([f"  {name}", *(text(clip) for clip in clips)])

    def usage(field: str, form: str, scale: float = 1) -> None:
        for contender, name in CONTENDERS.items():
            limited = contender == "ours" and field == "peak"
            add(name, lambda clip: cell(
                _median(clip, contender, field, scale), form, _target(clip, "peak") if limited else None
            ))

    def ratio(key: str, name: str) -> None:
        add(name, lambda clip: cell(clip.get("ratios", {}).get(key), ".3f", _target(clip, key)))

    if any("medians" in clip for clip in clips):
        rows.append(["seconds of CPU"])
        usage("cpu", ".2f")
        rows.append(["seconds of wall time"])
        usage("wall", ".2f")
        rows.append(["peak memory of a process, MB"])
        usage("peak", ".0f", 1e-6)
        rows.append(["ratios, within each run"])
        ratio("cpuToReference", "CPU: zoetrope / reference")
        ratio("cpuToSingle", "CPU: zoetrope / single command")
        ratio("cpuToDecode", "CPU: zoetrope / decode")
        add("CPU: zoetrope on one processor / decode", lambda clip: cell(
            clip.get("ratios", {}).get("cpuOfOneProcessorToDecode"), ".3f",
            _limit(TARGETS_WITH_AVX2.get(clip["height"]) if result["vectors"] == "avx2" else None),
        ))
        ratio("cpuOfKeyFramesToExact", "CPU: key frames only / exact")
        ratio("cpuOfAllProcessorsToOne", "CPU: all processors / one")
        ratio("wallOfOneProcessorToAll", "wall: one processor / all")
        ratio("wallOfReferenceToOurs", "wall: reference / zoetrope")

    rows.append(["GIF"])
    _score_rows(add, "gif", limited=True)
    rows.append(["stills"])
    _score_rows(add, "stills", limited=False)
    rows.append(["outputs"])
    add("the same bytes each time", lambda clip: "yes" if clip["deterministic"] else "NO")

    runs, processors = result["runs"], result["processors"]
    facts = f"runs of each: {runs} (medians are shown); {processors} processors, {result['ffmpeg']}"
    if result["vectors"]:
        facts += f"; vector instructions: {result['vectors']}"
    return f"{rendered(rows)}\n\n{facts}"


def _score_rows(add: Callable, kind: str, limited: bool) -> None:
    """Ours beside the reference's; a GIF's difference must stay within the limits."""

    def value(clip: dict, whose: str, field: str) -> float:
        return clip["quality"][kind][whose][field]

    def pair(field: str, name: str, form: str, scale: float = 1) -> None:
        for whose, shown in (("reference", "reference"), ("ours", "zoetrope")):
            add(f"{name}, {shown}", lambda clip: cell(value(clip, whose, field) * scale, form))

    def difference(field: str, name: str, form: str, loss: float) -> None:
        limit = Limit(-loss, at_least=True) if limited else None
        add(f"{name}, difference", lambda clip: cell(
            value(clip, "ours", field) - value(clip, "reference", field), form, limit
        ))

    pair("psnr", "PSNR in dB", ".2f")
    difference("psnr", "PSNR in dB", "+.2f", PSNR_LOSS)
    pair("ssim", "SSIM", ".4f")
    difference("ssim", "SSIM", "+.4f", SSIM_LOSS)
    pair("bytes", "kB", ".0f", 1e-3)
    add("bytes, zoetrope / reference", lambda clip: cell(
        value(clip, "ours", "bytes") / value(clip, "reference", "bytes"), ".3f", Limit(1) if limited else None
    ))


def _median(clip: dict, contender: str, field: str, scale: float) -> float | None:
    return clip["medians"][contender][field] * scale if "medians" in clip else None


def _target(clip: dict, key: str) -> Limit | None:
    return _limit(TARGETS.get(clip["height"], {}).get(key))


def _limit(value: float | None) -> Limit | None:
    return None if value is None else Limit(value)
