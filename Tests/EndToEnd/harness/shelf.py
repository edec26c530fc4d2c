"""A library of this machine's user with many files, whose lists are written directly."""

import json
import uuid

from .endpoint import Endpoint
from .library import LIBRARY, Client, Library

CAPACITY = 1000


def _plain(number: int) -> dict:
    return {"name": f"file {number:05}.bin", "mimeType": "application/octet-stream"}


def _mixed(number: int) -> dict:
    """As phones and recorders name them."""
    match number % 4:
        case 0:
            return {"name": f"IMG_{number:05}.jpeg", "mimeType": "image/jpeg", "width": 5472, "height": 3648}
        case 1:
            return {
                "name": f"VID_20261127_{number:06}.mp4", "mimeType": "video/mp4", "width": 1080, "height": 1920,
                "duration": 63.127 + number, "proxyStatus": "not_needed", "thumbnailFileId": str(uuid.UUID(int=1 << 64 | number)),
            }
        case 2:
            outline = f"{(number + 1) * 0x9E3779B97F4A7C15F39CC0605CEDC8341082276BF3A27251 % (1 << 192):048x}"
            return {
                "name": f"Recording {number:05}.m4a", "mimeType": "audio/mp4", "duration": 3600.5, "waveformOutline": outline,
            }
        case _:
            return {"name": f"a document {number:05}.pdf", "mimeType": "application/pdf"}


class Shelf(Library):
    """A library of this machine's user, and its page."""

    def __init__(self, endpoint: Endpoint):
        super().__init__(endpoint)
        self.owner = Client(endpoint.web_url)
        self.page_url = f"{endpoint.web_url}/library?library={self.id}"

    def fill(self, count: int, is_mixed: bool = False) -> None:
        """Lists files without contents: pages of the index are all that a list reads."""
        s3 = self.endpoint.client("s3")
        for first in range(0, count, CAPACITY):
            entries = [self._entry(number, is_mixed) for number in range(first, min(count, first + CAPACITY))]
            body = json.dumps({"entries": entries}).encode()
            s3.put_object(Bucket=LIBRARY, Key=f"index/files/{self.id}/{first // CAPACITY:08}.json", Body=body)

    def _entry(self, number: int, is_mixed: bool) -> dict:
        created = f"{2000 + number // 1200}-{number // 100 % 12 + 1:02}-05T00:00:00.{number % 1000:03}Z"
        return {
            "id": str(uuid.UUID(int=number)), "size": number + 1, "role": "original", "version": 1, "createdAt": created,
            **(_mixed if is_mixed else _plain)(number),
        }
