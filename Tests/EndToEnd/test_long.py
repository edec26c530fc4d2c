"""One hour of video. Takes minutes: pytest -m long."""

from pathlib import Path

import pytest

from harness import videos
from harness.job import Jobs
from harness.jobcheck import assert_whole


@pytest.mark.long
def test_an_hour_gives_120_gifs_and_3600_stills(jobs: Jobs, bunny: Path, tmp_path: Path):
    # 30.02 s of the recording is sound; its pictures are exactly 30 s, so the loop is cut there.
    loop = tmp_path / "hour.mp4"
    videos.run(
        [*videos.FFMPEG, "-stream_loop", "119", "-i", bunny, "-map", "0:v", "-c", "copy", "-movflags", "+faststart", loop]
    )

    jobs.s3.upload_file(str(loop), "zoetrope-source", "hour.mp4")
    etag = jobs.s3.head_object(Bucket="zoetrope-source", Key="hour.mp4")["ETag"].strip('"')
    manifest = jobs.wait("hour.mp4", etag, seconds=1200)

    assert len(manifest["clips"]) == 120
    assert {clip["gifFrames"] for clip in manifest["clips"]} == {300}
    assert manifest["frames"] == 3600
    assert_whole(jobs, "hour.mp4", manifest)
