"""Transcoding and waveforms against ffmpeg and, if it is installed, audiowaveform: wall time, CPU time and memory.

Each row is the median of the rounds, and commands take turns, so that load hits them alike.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from project import PROJECT, begin

from audio_load import Memory, five_jobs, large_upload, say, started
from audio_service import Service, one_and_two_nodes
from table import Limit, cell

BUILD = Path(os.environ.get("ZOETROPE_BUILD", PROJECT / ".build" / "release"))
# Targets that several processors encode together.
CUT = ("mp3", "flac")
FFMPEG = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-threads", "1"]
TARGETS = {
    "mp3": ["-codec:a", "libmp3lame", "-qscale:a", "2"], "m4a": ["-codec:a", "aac", "-b:a", "192k"],
    "wav": ["-codec:a", "pcm_s16le"], "flac": ["-codec:a", "flac", "-compression_level", "8"],
    "ogg": ["-codec:a", "libvorbis"],
}


def run(command: list) -> tuple[float, float, float]:
    """Seconds, seconds of CPU, MiB."""
    began = time.monotonic()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


Medians = dict[str, list[float]]


def compare(title: str, commands: dict[str, list], rounds: int) -> Medians:
    """Prints a row for each command; the first one is what the others are compared with."""
    found: dict[str, list] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(run(command))
    medians = {
        name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()
    }
    base = medians[next(iter(medians))]
    for name, (wall, cpu, memory) in medians.items():
        print(
            f"| {title} | {name} | {wall:.2f} | {cpu:.2f} | {memory:.0f} | {wall / base[0]:.2f} | {cpu / base[1]:.2f} |",
            flush=True,
        )
    return medians


def heading(*columns: str) -> None:
    print(f"\n| {' | '.join(columns)} |\n|{' --- |' * len(columns)}", flush=True)


def music(path: Path, seconds: int) -> Path:
    glide = "0.4*sin(2*PI*(200+150*sin(0.7*t))*t)*(0.6+0.4*sin(5*t))"
    subprocess.run(
        [
            *FFMPEG, "-f", "lavfi", "-i", f"aevalsrc={glide}:d={seconds}:s=44100", "-f", "lavfi", "-i",
            f"anoisesrc=d={seconds}:c=pink:r=44100:a=0.2:seed=9", "-filter_complex",
            "[0][1]amerge=inputs=2,volume='0.5+0.5*sin(t)':eval=frame[a]", "-map", "[a]", "-ac", "2", path,
        ],
        check=True,
    )
    return path


def ffmpeg(source: Path, target: str, output: Path) -> list:
    return [*FFMPEG, "-i", source, *TARGETS[target], "-map_metadata", "0", output]


def programs(source: Path, target: str, folder: Path) -> dict[str, list]:
    zoetrope = BUILD / "zoetrope"
    return {
        "ffmpeg": ffmpeg(source, target, folder / f"f.{target}"),
        "zoetrope, one processor": ["taskset", "1", zoetrope, "transcode", source, folder / f"o.{target}"],
        "zoetrope": [zoetrope, "transcode", source, folder / f"z.{target}"],
    }


COLUMNS = ("job", "program", "s", "CPU s", "MiB", "of wall", "of CPU")


def targets(folder: Path, wav: Path, rounds: int) -> None:
    heading(*COLUMNS)
    for target in TARGETS:
        found = compare(f"WAV to {target}", programs(wav, target, folder), rounds)
        cpu = found["zoetrope, one processor"][1] / found["ffmpeg"][1]
        say(f"WAV to {target}, CPU on one processor, of ffmpeg's", cpu, ".2f", Limit(1.05))
        if target in CUT:
            wall = found["zoetrope"][0] / found["ffmpeg"][0]
            say(f"WAV to {target}, wall on all processors, of ffmpeg's", wall, ".2f", Limit(0.6))


def examples(folder: Path, wav: Path, rounds: int) -> None:
    """The three of the service's documentation: three minutes of MP3 and of WAV, ten of FLAC."""
    heading(*COLUMNS)
    for minutes, kind in ((3, "mp3"), (3, "wav"), (10, "flac")):
        source = folder / f"{minutes}.{kind}"
        subprocess.run(ffmpeg(music(folder / "part.wav", minutes * 60), kind, source), check=True)
        compare(f"{minutes} min of {kind.upper()} to mp3", programs(source, "mp3", folder), rounds)


def waveform(folder: Path, wav: Path, rounds: int) -> None:
    mp3 = folder / "waveform.mp3"
    subprocess.run(ffmpeg(wav, "mp3", mp3), check=True)
    zoetrope = BUILD / "zoetrope"
    commands = {
        "ffmpeg, decoding to 16 kHz": [*FFMPEG, "-i", mp3, "-ac", "1", "-ar", "16000", "-f", "f32le", os.devnull],
        "zoetrope, peaks": [zoetrope, "waveform", mp3, folder / "w.json"],
        "zoetrope, .dat": [zoetrope, "waveform", mp3, folder / "w.dat"],
    }
    if shutil.which("audiowaveform"):
        commands["audiowaveform"] = ["audiowaveform", "-q", "-i", mp3, "-o", folder / "a.dat"]
    else:
        print("(audiowaveform is not in PATH; its row is left out. docs/TRANSCODING.md says how to build it)")
    heading(*COLUMNS)
    found = compare("waveform of MP3", commands, rounds)
    bare = found["ffmpeg, decoding to 16 kHz"][1]
    for name in ("zoetrope, peaks", "zoetrope, .dat"):
        say(f"{name}, CPU, of bare decoding", found[name][1] / bare, ".2f", Limit(1.15))
        if theirs := found.get("audiowaveform"):
            say(f"{name}, CPU, of audiowaveform's", found[name][1] / theirs[1], ".2f", Limit(0.7))


def service(folder: Path, wav: Path, rounds: int) -> None:
    """First bytes and jobs: shares of the wall time of the ffmpeg command."""
    endpoint = started(folder / "service")
    try:
        caller = Service(endpoint)
        heading("request", "s", "of ffmpeg's wall")
        with Memory(endpoint) as memory:
            for target in TARGETS:
                requests(caller, folder, wav, target, rounds)
        say("largest memory of the host, MiB", memory.host, ".0f")
        say("largest memory of one function, MiB", memory.function, ".0f")
    finally:
        endpoint.stop()


def requests(caller: Service, folder: Path, wav: Path, target: str, rounds: int) -> None:
    found: dict[str, list[float]] = {"ffmpeg": [], "first byte": [], "last byte": [], "job": []}
    for _ in range(rounds):
        caller.forget()
        found["ffmpeg"].append(run(ffmpeg(wav, target, folder / f"f.{target}"))[0])
        first, last = caller.streamed(wav, target)
        found["first byte"].append(first)
        found["last byte"].append(last)
        caller.forget()
        found["job"].append(caller.job(wav, target))
    medians = {name: statistics.median(values) for name, values in found.items()}
    limits = {"first byte": Limit(0.05)} if target == "mp3" else {}
    if target in CUT:
        limits["job"] = Limit(0.6)
    for name in ("first byte", "last byte", "job"):
        share = cell(medians[name] / medians["ffmpeg"], ".3f", limits.get(name))
        print(f"| {target}: {name} | {medians[name]:.3f} | {share} |", flush=True)


def nodes(folder: Path, minutes: int) -> None:
    if not shutil.which("redis-server"):
        return print("(redis-server is not installed; the row of two nodes is left out)")
    found = one_and_two_nodes(folder, music(folder / "nodes.wav", minutes * 60), "mp3")
    print(f"\n{minutes} min to mp3")
    for count, name in ((1, "one node, s"), (2, "two nodes, s")):
        say(name, found[count], ".1f")
    say("two nodes, of one", found[2] / found[1], ".2f", Limit(0.6))


PARTS = {"targets": targets, "examples": examples, "waveform": waveform, "service": service}


def main() -> None:
    parser = argparse.ArgumentParser(prog="local/bench audio", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="length of the audio (600)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--upload", metavar="MIB", type=int, default=1024, help="size of the large upload (1024)")
    parser.add_argument("--nodes", metavar="MINUTES", type=int, default=60, help="audio for one node and for two (60)")
    names = [*PARTS, "jobs", "upload", "nodes"]
    parser.add_argument("--only", choices=names, action="append", help="one part; may be repeated (all)")
    arguments = parser.parse_args()
    begin()
    wanted = arguments.only or names
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wav = music(folder / "music.wav", arguments.seconds)
        for part, measure in PARTS.items():
            if part in wanted:
                measure(folder, wav, arguments.rounds)
        if "jobs" in wanted:
            five_jobs(folder, wav)
        if "upload" in wanted:
            large_upload(folder, arguments.upload)
        if "nodes" in wanted:
            nodes(folder, arguments.nodes)


if __name__ == "__main__":
    main()
