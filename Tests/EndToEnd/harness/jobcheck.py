"""What must hold of every finished job: all that its manifest promises is there, and every picture is the right one."""

from fractions import Fraction

from . import framecode, pictures
from .job import Jobs, Names
from .oracle import Timeline


def assert_whole(jobs: Jobs, key: str, manifest: dict) -> None:
    """The manifest is complete and names exactly the objects that are there, with their sizes."""
    assert manifest["status"] == "complete", manifest.get("reason")
    assert manifest["source"]["key"] == key
    names = Names.of(key)
    expected = {}
    for clip in manifest["clips"]:
        assert clip["gif"] == names.gif(clip["start"])
        expected[clip["gif"]] = clip["gifBytes"]
        for number, size in enumerate(clip["frameBytes"], start=1):
            expected[names.still(clip["start"], number)] = size
    assert manifest["frames"] == sum(clip["frames"] for clip in manifest["clips"])
    assert jobs.pictures(key) == expected
    promised = storyboard_objects(manifest)
    if promised:
        assert jobs.storyboard(key) == promised


def storyboard_objects(manifest: dict) -> dict[str, int]:
    """The keys that the manifest's storyboard names, and how many bytes each must have; none if there is none."""
    storyboard = manifest.get("storyboard")
    if storyboard is None:
        return {}
    documents = [storyboard[name] for name in ("thumbnails", "description", "playlist", "overview", "poster")]
    return {one["key"]: one["bytes"] for one in [*storyboard["sheets"], *documents]}


def assert_right_pictures(jobs: Jobs, key: str, manifest: dict, truth: Timeline, snippet_size: int = 30) -> None:
    """Every still and every GIF frame shows what is on screen at its time."""
    names = Names.of(key)
    assert [clip["start"] for clip in manifest["clips"]] == [
        index * snippet_size for index in range(len(manifest["clips"]))
    ]
    for clip in manifest["clips"]:
        start = clip["start"]
        for number in range(1, clip["frames"] + 1):
            picture = pictures.still(jobs.get(names.still(start, number)))
            assert picture.shape[:2] == (manifest["height"], manifest["width"])
            shown, expected = framecode.read(picture), truth.on_screen(Fraction(start + number - 1))
            assert shown == expected, f"still {number} of clip {start}: frame {shown}, expected {expected}"
        animation = pictures.Animation(jobs.get(clip["gif"]))
        assert animation.loop == 0, "the GIF must loop endlessly"
        assert animation.width == 240
        assert abs(animation.height - 240 * manifest["height"] / manifest["width"]) <= 1
        assert set(animation.milliseconds) == {100}
        assert len(animation.frames) == clip["gifFrames"]
        shown = [framecode.read(picture) for picture in animation.frames]
        assert shown == [truth.on_screen(start + Fraction(index, 10)) for index in range(len(shown))]
