"""A client of the conversion service."""

import base64
import http.client
import json
import urllib.parse


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


USER = basic("someone", "secret")
PARAMETERS = {
    "TokenAuthUsername": "someone",
    "TokenAuthPassword": "secret",
    "SourceHostnameWhitelist": "127.0.0.1",
    "ConversionJobConcurrency": "2",
}


def parameters(**more: str) -> tuple[str, ...]:
    """Arguments of `zoetrope up`."""
    return tuple(word for pair in (PARAMETERS | more).items() for word in ("--parameter", "=".join(pair)))


def ask(
    port: int, target: str, method: str = "GET", seconds: float = 120, **headers: str
) -> tuple[int, http.client.HTTPMessage, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=seconds)
    try:
        connection.request(method, target, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.msg, answer.read()
    finally:
        connection.close()


def token(port: int, url: str, authorization: str = USER, **more: str) -> tuple[int, dict]:
    query = urllib.parse.urlencode({"url": url, "ifm": "mp4", "ofm": "gif"} | more)
    status, _, body = ask(port, f"/token?{query}", Authorization=authorization)
    return status, json.loads(body)


def convert(port: int, url: str, **more: str) -> tuple[int, http.client.HTTPMessage, bytes]:
    """Asks for a token and then for the GIF."""
    status, answer = token(port, url, **more)
    assert status == 200, answer
    return ask(port, f"/convert.gif?token={answer['token']}")
