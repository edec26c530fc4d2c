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

from project import PROJECT

from audio_service import PARAMETER, Service, one_and_two_nodes
from harness.endpoint import Endpoint

BUILD = Path(os.environ.get("ZOETROPE_BUILD", PROJECT / ".build" / "release"))
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


def compare(title: str, commands: dict[str, list], rounds: int) -> None:
    found: dict[str, list] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, command in commands.items():
            found[name].append(run(command))
    medians = {name: [statistics.median(column) for column in zip(*rows, strict=True)] for name, rows in found.items()}
    base = medians[next(iter(medians))]
    for name, (wall, cpu, memory) in medians.items():
        print(
            f"| {title} | {name} | {wall:.2f} | {cpu:.2f} | {memory:.0f} | {wall / base[0]:.2f} | {cpu / base[1]:.2f} |",
            flush=True,
        )


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600, help="length of the audio (default: 600)")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--nodes", metavar="MINUTES", type=int, help="also so much audio on one node and on two, each on one processor"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wav = music(folder / "music.wav", arguments.seconds)
        zoetrope = BUILD / "zoetrope"
        print("| job | program | s | CPU s | MiB | of wall | of CPU |\n| --- | --- | --- | --- | --- | --- | --- |")
        for target, options in TARGETS.items():
            compare(
                f"WAV to {target}",
                {
                    "ffmpeg": [*FFMPEG, "-i", wav, *options, "-map_metadata", "0", folder / f"f.{target}"],
                    "zoetrope, one processor": ["taskset", "1", zoetrope, "transcode", wav, folder / f"o.{target}"],
                    "zoetrope": [zoetrope, "transcode", wav, folder / f"z.{target}"],
                },
                arguments.rounds,
            )
        # The three of the service's documentation: three minutes of MP3 and of WAV, ten of FLAC.
        for minutes, kind in ((3, "mp3"), (3, "wav"), (10, "flac")):
            source = folder / f"{minutes}.{kind}"
            options = TARGETS[kind]
            subprocess.run([*FFMPEG, "-i", music(folder / "part.wav", minutes * 60), *options, source], check=True)
            compare(
                f"{minutes} min of {kind.upper()} to mp3",
                {
                    "ffmpeg": [*FFMPEG, "-i", source, *TARGETS["mp3"], folder / "g.mp3"],
                    "zoetrope, one processor": ["taskset", "1", zoetrope, "transcode", source, folder / "h.mp3"],
                    "zoetrope": [zoetrope, "transcode", source, folder / "h.mp3"],
                },
                arguments.rounds,
            )
        mp3 = folder / "f.mp3"
        commands = {
            "ffmpeg, decoding to 16 kHz": [*FFMPEG, "-i", mp3, "-ac", "1", "-ar", "16000", "-f", "f32le", os.devnull],
            "zoetrope, peaks": [zoetrope, "waveform", mp3, folder / "w.json"],
            "zoetrope, .dat": [zoetrope, "waveform", mp3, folder / "w.dat"],
        }
        if shutil.which("audiowaveform"):
            commands["audiowaveform"] = ["audiowaveform", "-q", "-i", mp3, "-o", folder / "a.dat"]
        else:
            print("(audiowaveform is not installed; its row is left out)")
        compare("waveform of MP3", commands, arguments.rounds)
        service(folder, wav, arguments.rounds)
        if arguments.nodes:
            nodes(folder, arguments.nodes)


def service(folder: Path, wav: Path, rounds: int) -> None:
    """First bytes and jobs: shares of the wall time of the ffmpeg command."""
    endpoint = Endpoint(folder / "service", arguments=PARAMETER)
    endpoint.start()
    try:
        caller = Service(endpoint)
        print("\n| request | s | of ffmpeg's wall |\n| --- | --- | --- |")
        for target, options in TARGETS.items():
            command = [*FFMPEG, "-i", wav, *options, "-map_metadata", "0", folder / f"f.{target}"]
            found: dict[str, list[float]] = {"ffmpeg": [], "first byte": [], "last byte": [], "job": []}
            for _ in range(rounds):
                caller.forget()
                found["ffmpeg"].append(run(command)[0])
                first, last = caller.streamed(wav, target)
                found["first byte"].append(first)
                found["last byte"].append(last)
                caller.forget()
                found["job"].append(caller.job(wav, target))
            medians = {name: statistics.median(values) for name, values in found.items()}
            for name in ("first byte", "last byte", "job"):
                print(f"| {target}: {name} | {medians[name]:.2f} | {medians[name] / medians['ffmpeg']:.3f} |", flush=True)
        memory = caller.memory()
        print(f"| largest memory, MiB | host {memory['host']:.0f}, function {memory['function']:.0f} | |")
    finally:
        endpoint.stop()


def nodes(folder: Path, minutes: int) -> None:
    if not shutil.which("redis-server"):
        return print("(redis-server is not installed; the row of two nodes is left out)")
    seconds = one_and_two_nodes(folder, music(folder / "nodes.wav", minutes * 60), "mp3")
    print(f"\n{minutes} min to mp3: one node {seconds[1]:.1f} s, two {seconds[2]:.1f} s, {seconds[2] / seconds[1]:.2f} of it")


if __name__ == "__main__":
    main()
