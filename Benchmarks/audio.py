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

PROJECT = Path(__file__).resolve().parents[1]
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
    medians = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in found.items()}
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
        for source, target in (("mp3", "mp3"), ("flac", "mp3")):
            compare(
                f"{source.upper()} to {target}",
                {
                    "ffmpeg": [*FFMPEG, "-i", folder / f"f.{source}", *TARGETS[target], folder / f"g.{target}"],
                    "zoetrope": [zoetrope, "transcode", folder / f"f.{source}", folder / f"h.{target}"],
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


if __name__ == "__main__":
    main()
