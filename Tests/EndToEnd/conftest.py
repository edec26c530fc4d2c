import shutil
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from harness import oracle, videos
from harness.browser import CHROMIUM, Tab, chromium
from harness.endpoint import GIFS, SOURCE, Endpoint
from harness.installation import MEDIA, ZOETROPE
from harness.job import Jobs
from harness.puppets import Puppets


def pytest_sessionstart(session: pytest.Session) -> None:
    # Being asked to end is like Ctrl-C: what the fixtures started is stopped.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # What a shell starts with `&` ignores Ctrl-C, and so would all that the tests start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    missing = [tool for tool in ("ffmpeg", "ffprobe", CHROMIUM) if not shutil.which(tool)]
    if not ZOETROPE.exists():
        missing.append(f"{ZOETROPE} (swift build -c release)")
    if missing:
        pytest.exit(f"missing: {', '.join(missing)}; local/test brings everything that is needed", returncode=3)


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    """The endpoint that all tests share which do not harm it; each uses keys of its own."""
    shared = Endpoint(tmp_path_factory.mktemp("shared"))
    shared.start()
    yield shared
    assert shared.is_running, f"the endpoint did not survive the tests:\n{shared.tail()}"
    assert shared.stop() == 0


@pytest.fixture(scope="session")
def jobs(endpoint: Endpoint) -> Jobs:
    return Jobs(endpoint)


@pytest.fixture
def own_endpoint(tmp_path: Path) -> Iterator[Callable[..., Endpoint]]:
    """Makes endpoints for one test alone, not started yet."""
    made: list[Endpoint] = []

    def make(**arguments) -> Endpoint:
        made.append(Endpoint(tmp_path / f"endpoint-{len(made)}", **arguments))
        return made[-1]

    yield make
    for one in made:
        if one.is_running:
            one.stop()


def page_bucket(bucket: str, name: str, access: str, **settings: str) -> dict:
    """A bucket that the template opens to the pages."""
    pages = {"Name": name, "Access": access, "Settings": settings}
    return {"Type": "AWS::S3::Bucket", "Metadata": {"Zoetrope": {"Pages": pages}}, "Properties": {"BucketName": bucket}}


@pytest.fixture
def stage(own_endpoint: Callable[..., Endpoint], tmp_path: Path) -> Endpoint:
    """An endpoint with the buckets but without the functions: the test plays their part."""
    buckets = {
        "Source": page_bucket(SOURCE, "sourceBucket", "upload", snippetSize="30"),
        "Gifs": page_bucket(GIFS, "outputBucket", "read"),
    }
    made = own_endpoint(template=Puppets(tmp_path / "stage", resources=buckets, Idle={"Events": {}}).template)
    made.start()
    return made


@pytest.fixture(scope="session")
def video_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("videos")


@pytest.fixture(scope="session")
def short_video(video_folder: Path) -> Path:
    """Two seconds of numbered frames with B-frames: one clip, one GIF of 20 frames, two stills."""
    return videos.numbered(video_folder / "short.mp4", seconds=2, size=(320, 180), options=videos.B_FRAMES)


@pytest.fixture(scope="session")
def three_clips(video_folder: Path) -> Path:
    """64.5 seconds of numbered frames: three clips of 30, 30 and 4.5 seconds, 65 stills."""
    return videos.numbered(
        video_folder / "three-clips.mp4", seconds=64.5, rate="10", size=(320, 180), options=videos.B_FRAMES, audio=True
    )


@pytest.fixture(scope="session")
def three_clips_truth(three_clips: Path) -> oracle.Timeline:
    return oracle.timeline(three_clips)


@pytest.fixture(scope="session")
def bunny() -> Path:
    path = MEDIA / "bbb-480p-30s.mp4"
    if not path.exists():
        pytest.skip(f"{path} is absent")
    return path


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def tab(browser: Browser) -> Iterator[Callable[..., Tab]]:
    """Opens tabs for one test alone."""
    opened: list[Tab] = []

    def make(**settings) -> Tab:
        opened.append(Tab(browser, **settings))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
