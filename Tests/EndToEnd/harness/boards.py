"""A finished video's previews, made by ffmpeg and Pillow as the functions make them, for tests of the pages alone."""

import io
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from .job import Names

TILES, COLUMNS = 25, 5


@dataclass
class Finished:
    """A video and the objects of its previews by their keys."""

    key: str
    video: bytes
    objects: dict[str, bytes]
    manifest: dict

    def read(self, path: str) -> bytes | None:
        return self.video if path == self.key else self.objects.get(path)


def finished(
    video: Path, folder: Path, key: str, seconds: int, snippet: int = 30, width: int = 854, height: int = 480, rate: int = 24
) -> Finished:
    """Stills of each second, sheets of tiles, an overview, a poster, and a GIF of four frames for each clip."""
    stills = folder / "stills"
    stills.mkdir(parents=True)
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-i", video, "-vf", f"select='not(mod(n,{rate}))'", "-fps_mode", "passthrough",
         "-frames:v", str(seconds), "-q:v", "4", stills / "%d.jpg"], check=True)
    names, objects, pictures = Names.of(key), {}, []
    for second in range(seconds):
        content = (stills / f"{second + 1}.jpg").read_bytes()
        objects[names.still(second // snippet * snippet, second % snippet + 1)] = content
        pictures.append(Image.open(io.BytesIO(content)).convert("RGB"))
    clips = []
    for start in range(0, seconds, snippet):
        count = min(snippet, seconds - start)
        frames = [
            picture.resize((240, 240 * height // width)) for picture in pictures[start : start + count : max(1, count // 4)]
        ]
        moving = io.BytesIO()
        frames[0].save(moving, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)
        objects[names.gif(start)] = moving.getvalue()
        clips.append({"status": "complete", "start": start, "end": start + snippet - 1, "gif": names.gif(start),
                      "gifBytes": len(moving.getvalue()), "gifFrames": len(frames), "frames": count, "frameBytes": [1] * count})
    folder_key = names.storyboard
    tile = (min(320, width), round(min(320, width) * height / width))
    sheets = []
    for first in range(0, seconds, TILES):
        name = f"{folder_key}sheet-{len(sheets)}.jpg"
        objects[name] = _sheet(pictures[first : first + TILES], tile, COLUMNS, 5, quality=80)
        sheets.append({"key": name, "bytes": len(objects[name])})
    step = -(-seconds // 100)
    small, chosen = (80, round(80 * height / width)), pictures[::step]
    for quality in (75, 60, 50, 40, 30, 20):
        overview = _sheet(chosen, small, 10, -(-len(chosen) // 10), quality)
        if len(overview) <= 48_000:
            break
    objects[f"{folder_key}overview.jpg"] = overview
    objects[f"{folder_key}poster.jpg"] = objects[names.still(0, 2)]
    storyboard = {
        "sheets": sheets, "tiles": seconds, "interval": 1, "tileWidth": tile[0], "tileHeight": tile[1], "columns": COLUMNS,
        "rows": 5, "poster": {"key": f"{folder_key}poster.jpg", "bytes": 1}, "posterTime": 1,
        "overview": {"key": f"{folder_key}overview.jpg", "bytes": len(overview), "tiles": len(chosen), "interval": step,
                     "tileWidth": small[0], "tileHeight": small[1], "columns": 10, "rows": -(-len(chosen) // 10)},
    }  # fmt: skip
    manifest = {
        "status": "complete", "source": {"bucket": "videos", "key": key, "etag": "e", "size": video.stat().st_size},
        "version": "v", "settings": "s", "duration": seconds, "width": width, "height": height, "frameRate": rate,
        "codec": "h264", "snippetSize": snippet, "frames": seconds, "clips": clips, "storyboard": storyboard,
        "completedBy": "a test", "createdAt": 1,
    }  # fmt: skip
    objects[names.manifest] = json.dumps(manifest).encode()
    return Finished(key, video.read_bytes(), objects, manifest)


def _sheet(pictures: list[Image.Image], tile: tuple[int, int], columns: int, rows: int, quality: int) -> bytes:
    sheet = Image.new("RGB", (columns * tile[0], rows * tile[1]))
    for index, picture in enumerate(pictures):
        sheet.paste(picture.resize(tile, Image.Resampling.BOX), (index % columns * tile[0], index // columns * tile[1]))
    content = io.BytesIO()
    sheet.save(content, "JPEG", quality=quality)
    return content.getvalue()
