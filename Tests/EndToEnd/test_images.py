"""Derived images by the command line: pixels against libvips' own command, sizes, and files made to harm."""

import resource
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from harness import images
from harness.installation import ZOETROPE, clean_environment, zoetrope

# Mean difference of samples that still counts as the same picture, of 255.
SAME = 1.5


@pytest.fixture(scope="module")
def makers(tmp_path_factory: pytest.TempPathFactory) -> images.Makers:
    return images.Makers(tmp_path_factory.mktemp("images"))


KINDS = {
    **{f"orientation {n}": (lambda m, n=n: m.oriented(n)) for n in range(1, 9)},
    "orientation in webp": lambda m: m.oriented(6, "webp"),
    "orientation in png": lambda m: m.oriented(8, "png"),
    "progressive": lambda m: m.progressive(),
    "odd 1": lambda m: m.odd(1001, 3),
    "odd 2": lambda m: m.odd(257, 1023),
    "odd 3": lambda m: m.odd(1999, 1333),
    "grey": lambda m: m.grey(),
    "grey with alpha": lambda m: m.grey_with_alpha(),
    "alpha png": lambda m: m.alpha("png"),
    "alpha webp": lambda m: m.alpha("webp"),
    "palette": lambda m: m.palette(),
    "transparent palette": lambda m: m.transparent_palette(),
    "gif": lambda m: m.gif(),
    "first frame of a gif": lambda m: m.animation(),
    "bilevel": lambda m: m.bilevel(),
    "interlaced png": lambda m: m.interlaced(),
    "16 bits": lambda m: m.deep(),
    "16 bits with alpha": lambda m: m.deep_alpha(),
    "16 bits grey": lambda m: m.deep_grey(),
    "wide gamut png": lambda m: m.wide_gamut("png"),
    "wide gamut jpeg": lambda m: m.wide_gamut("jpg"),
    "wide gamut 16 bits": lambda m: m.deep_wide_gamut(),
    "cmyk": lambda m: m.cmyk(),
    "cmyk without profile": lambda m: m.cmyk(keeps_profile=False),
    "broken profile": lambda m: m.broken_profile(),
    "unfitting profile": lambda m: m.unfitting_profile(),
    "webp": lambda m: m.webp(),
    "tiff": lambda m: m.tiff(),
    "avif": lambda m: m.avif(),
    "jpeg xl": lambda m: m.jpeg_xl(),
}


@pytest.mark.parametrize("kind", KINDS)
def test_pixels_are_those_of_libvips(kind: str, makers: images.Makers, tmp_path: Path):
    source = KINDS[kind](makers)
    for width, height in ((233, 200), (64, 64)):
        ours = tmp_path / f"ours-{width}.png"
        ended = zoetrope("image", source, ours, "--width", width, "--height", height)
        assert ended.returncode == 0, ended.stderr
        fallback = {"wide": "srgb", "cmyk": "cmyk"}.get(kind.split()[0], "")
        theirs = images.oracle(source, tmp_path / f"theirs-{width}.png", width, height, fallback)
        assert images.difference(ours, theirs) <= SAME
        with Image.open(ours) as image:
            assert not {"icc_profile", "exif", "xmp"} & set(image.info)


@pytest.mark.parametrize("format", ["jpg", "webp", "avif"])
def test_lossy_formats_show_the_same_and_hold_no_metadata(format: str, makers: images.Makers, tmp_path: Path):
    source = makers.oriented(6)
    out = tmp_path / f"out.{format}"
    assert zoetrope("image", source, out, "--width", 200, "--quality", 95).returncode == 0
    theirs = images.oracle(source, tmp_path / "theirs.png", 200, 4096)
    assert images.difference(out, theirs) < 6
    with Image.open(out) as image:
        assert not {"icc_profile", "exif", "xmp"} & set(image.info)
        if format == "jpg":
            assert image.info.get("progressive")


def test_transparent_parts_are_white_in_jpeg(makers: images.Makers, tmp_path: Path):
    out = tmp_path / "out.jpg"
    assert zoetrope("image", makers.alpha(), out, "--width", 100).returncode == 0
    red, green, blue, _ = images.pixels(out)[-3, -3]
    assert min(red, green, blue) > 250


def test_no_colour_of_hidden_pixels_shows_at_edges(makers: images.Makers, tmp_path: Path):
    """What is transparent in the source is green; a picture that is not green anywhere must stay so."""
    picture = makers.with_alpha_image().copy()
    pixels = picture.load()
    for x in range(picture.width):
        for y in range(picture.height):
            if pixels[x, y][3]:
                pixels[x, y] = (200, 0, 0, pixels[x, y][3])
    source = makers.saved("fringe.png", picture)
    out = tmp_path / "out.png"
    assert zoetrope("image", source, out, "--width", 77).returncode == 0
    result = images.pixels(out)
    assert result[result[..., 3] > 8][:, 1].max() <= 4


def test_images_are_never_enlarged(makers: images.Makers, tmp_path: Path):
    out = tmp_path / "out.webp"
    assert zoetrope("image", makers.progressive(), out, "--width", 4000, "--height", 4000).returncode == 0
    with Image.open(out) as image:
        assert image.size == (641, 427)


def test_variants_come_from_the_registry(makers: images.Makers, tmp_path: Path):
    sizes = {}
    for name in ("search", "timeline", "face", "card", "preview"):
        out = tmp_path / f"{name}.jpg"
        assert zoetrope("image", makers.odd(1999, 1333), out, "--variant", name).returncode == 0
        with Image.open(out) as image:
            sizes[name] = image.size
    assert sizes == {
        "search": (80, 53), "timeline": (240, 160), "face": (300, 200), "card": (540, 360), "preview": (1620, 1080),
    }


@pytest.mark.parametrize(
    "arguments",
    [
        ["a.jpg", "b.gif"], ["a.jpg", "b"], ["a.jpg", "b.jpg", "--width", "0"], ["a.jpg", "b.jpg", "--quality", "101"],
        ["a.jpg", "b.jpg", "--variant", "none"], ["a.jpg", "b.jpg", "--variant", "card", "--width", "3"],
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str]):
    assert zoetrope("image", *arguments).returncode == 2


def test_a_file_that_is_not_there_ends_with_1(tmp_path: Path):
    ended = zoetrope("image", tmp_path / "none.jpg", tmp_path / "out.jpg")
    assert ended.returncode == 1
    assert "none.jpg" in ended.stderr
    assert ended.stdout == ""


def attacks(makers: images.Makers) -> dict[str, bytes]:
    """60 files, each made to cost more than it should."""
    good = {
        "jpeg": makers.odd(1999, 1333).read_bytes(), "progressive": makers.progressive().read_bytes(),
        "png": makers.plain.read_bytes(), "webp": makers.webp().read_bytes(), "gif": makers.animation().read_bytes(),
        "tiff": makers.tiff().read_bytes(), "avif": makers.avif().read_bytes(), "jxl": makers.jpeg_xl().read_bytes(),
    }
    made: dict[str, bytes] = {
        "png of 787402 pixels a side": images.png(787_402, 787_402),
        "png of 2^31-1 pixels": images.png(2**31 - 1, 1),
        "png wider than allowed": images.png(16_385, 1),
        "png of 20000 a side": images.png(20_000, 20_000, data=images.zeros(1 << 20)),
        "png of no width": images.png(0, 10),
        "deflate bomb in 50 megapixels": images.png(7000, 7000, data=images.zeros(7000 * 21_001), colour=2),
        "deflate bomb of 256 megapixels": images.png(16_000, 16_000, data=images.zeros(16_000 * 16_001), colour=0),
        "interlaced bomb": images.png(7000, 7000, data=images.zeros(150 << 20), interlaced=1),
        "16-bit interlaced bomb": images.png(7000, 7000, data=images.zeros(64 << 20), depth=16, colour=6, interlaced=1),
        "profile bomb": images.png(
            100, 100, data=images.zeros(30_100),
            chunks=images.png_chunk(b"iCCP", b"p\x00\x00" + images.zeros(200 << 20)),
        ),
        "text bomb": images.png(
            100, 100, data=images.zeros(30_100),
            chunks=images.png_chunk(b"zTXt", b"k\x00\x00" + images.zeros(200 << 20)),
        ),
        "100000 text chunks": images.png(
            100, 100, data=images.zeros(30_100), chunks=images.png_chunk(b"tEXt", b"k\x00v") * 100_000
        ),
        "jpeg of 65535 a side": images.jpeg_header(65_535, 65_535) + b"\xff\xd9",
        "progressive jpeg of 16000 a side": images.jpeg_header(16_000, 16_000, progressive=True) + b"\xff\xd9",
        "jpeg of no height": images.jpeg_header(100, 0) + b"\xff\xd9",
        "jpeg with 200 components": images.jpeg_header(100, 100, components=200) + b"\xff\xd9",
        "jpeg with 5000 scans": good["progressive"][:-2] + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" * 5000,
        "jpeg without a frame": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100),
        "jpeg of markers only": b"\xff\xd8" + b"\xff\xe1\x00\x02" * 500_000,
        "jpeg of fill bytes": b"\xff\xd8" + b"\xff" * 5_000_000,
        "jpeg signature only": b"\xff\xd8\xff",
        "exif that loops": exif_loop(good["jpeg"]),
        "exif with 65535 entries": exif_entries(good["jpeg"]),
        "webp of 16384 a side": images.webp_header(16_384, 16_384),
        "webp of 16777216 a side": images.webp_header(1 << 24, 1 << 24),
        "webp without a picture": images.webp_header(100, 100),
        "webp that lies about its length": good["webp"][:4] + b"\xff\xff\xff\x7f" + good["webp"][8:],
        "gif of 65535 a side": images.gif(65_535, 65_535),
        "gif with 10000 frames": images.gif(1000, 1000, frames=10_000),
        "gif with a frame larger than itself": images.gif(10, 10, frame=(60_000, 60_000)),
        "gif header only": images.gif(10, 10)[:13],
        "tiff of 2^31 a side": images.tiff(2**31, 2**31),
        "tiff of 16000 a side": images.tiff(16_000, 16_000),
        "tiff whose directories loop": images.tiff(100, 100, next_directory=1),
        "tiff with one huge deflated strip": images.tiff(7000, 7000, strips=images.zeros(200 << 20), compression=8),
        "tiff with 64-bit samples": images.tiff(5000, 5000, bits=64),
        "tiff with 1000 samples a pixel": images.tiff(1000, 1000, samples=1000),
        "tiff header only": b"II*\x00\x08\x00\x00\x00",
        "svg": b'<svg xmlns="http://www.w3.org/2000/svg" width="99999" height="99999"/>',
        "svg that reads files": b'<?xml version="1.0"?><!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>',
        "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>",
        "postscript": b"%!PS-Adobe-3.0\n/Helvetica findfont 99 scalefont setfont showpage",
        "mvg": b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://127.0.0.1/x)'\npop graphic-context",
        "bmp": b"BM" + bytes(200),
        "fits": b"SIMPLE  =                    T" + bytes(2880),
        "vips": bytes.fromhex("08f2a6b6") + bytes(200),
        "netpbm": b"P6 60000 60000 255\n" + bytes(100),
        "csv": b"1,2,3\n" * 1000,
        "nothing": b"",
        "noise": bytes((index * 7919 + 13) % 256 for index in range(10_000)),
        "heif without boxes": b"\x00\x00\x00\x18ftypheic" + bytes(100),
        "heif with a huge box": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic\x7f\xff\xff\xffmeta" + bytes(100),
    }
    for name in ("jpeg", "progressive", "png", "webp", "gif", "tiff", "avif", "jxl"):
        made[f"half a {name}"] = good[name][: len(good[name]) // 2]
    return made


def exif_loop(jpeg: bytes) -> bytes:
    directory = (
        b"II*\x00\x08\x00\x00\x00" + b"\x01\x00" + b"\x69\x87\x04\x00\x01\x00\x00\x00\x08\x00\x00\x00" + b"\x08\x00\x00\x00"
    )
    return with_exif(jpeg, directory)


def exif_entries(jpeg: bytes) -> bytes:
    return with_exif(jpeg, b"II*\x00\x08\x00\x00\x00\xff\xff" + b"\x0f\x01\x02\x00\xff\xff\xff\xff\x08\x00\x00\x00" * 5000)


def with_exif(jpeg: bytes, tiff: bytes) -> bytes:
    body = b"Exif\x00\x00" + tiff
    return b"\xff\xd8\xff\xe1" + (len(body) + 2).to_bytes(2, "big") + body + jpeg[2:]


def test_harmful_files_are_refused_or_bounded(makers: images.Makers, tmp_path: Path):
    made = attacks(makers)
    assert len(made) >= 60
    for number, (name, content) in enumerate(made.items()):
        source = tmp_path / f"{number}.jpg"
        source.write_bytes(content)
        out = tmp_path / f"{number}.png"
        process = subprocess.Popen(
            [str(ZOETROPE), "image", str(source), str(out), "--width", "720", "--height", "360"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment(), preexec_fn=limit_memory,
        )
        _, errors = process.communicate(timeout=30)
        assert process.returncode in (0, 1), f"{name}: {process.returncode} {errors.decode()}"
        if process.returncode == 0:
            with Image.open(out) as image:
                assert image.width <= 720 and image.height <= 360, name
        else:
            assert errors.startswith(b"zoetrope: "), f"{name}: {errors.decode()}"
            assert b"failed\n" != errors[-7:], f"{name}: the process of the image died: {errors.decode()}"
            assert not out.exists(), name


def limit_memory() -> None:
    """Address space, so that what asks for more is refused by the system and fails here."""
    resource.setrlimit(resource.RLIMIT_AS, (1500 << 20, 1500 << 20))
