"""Images of every kind, made of one synthetic photograph, and what libvips' own tools make of them."""

import struct
import subprocess
import zlib
from pathlib import Path

import numpy
from PIL import Image, ImageCms

Pixels = numpy.ndarray


def vips(*arguments: object) -> None:
    subprocess.run(["vips", *map(str, arguments)], check=True, capture_output=True, timeout=60)


def photograph(width: int = 641, height: int = 427) -> Pixels:
    """Smooth areas, edges and a texture, no two corners alike."""
    y, x = numpy.mgrid[0:height, 0:width]
    red = 128 + 100 * numpy.sin(x / 37) * numpy.cos(y / 51)
    green = 255 * x / width
    blue = 255 * y / height
    picture = numpy.stack([red, green, blue], axis=-1)
    picture[height // 8 : height // 4, width // 8 : width // 2] = (250, 240, 20)
    picture[height // 2 : height // 2 + 9, :] = (10, 10, 200)
    texture = ((x * 7919 + y * 104729) % 97)[..., None] / 12
    return (picture + texture).clip(0, 255).astype(numpy.uint8)


def pixels(path: Path) -> Pixels:
    with Image.open(path) as image:
        return numpy.asarray(image.convert("RGBA")).astype(numpy.float64)


def difference(one: Path, other: Path) -> float:
    """Mean of all samples, of 255; colour where nothing shows does not count."""
    first, second = pixels(one), pixels(other)
    assert first.shape == second.shape, f"{first.shape} and {second.shape}"
    for picture in (first, second):
        picture[..., :3] *= picture[..., 3:] / 255
    return float(numpy.abs(first - second).mean())


class Makers:
    """One method per kind of image; each returns the file that it wrote."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.plain = folder / "plain.png"
        Image.fromarray(photograph()).save(self.plain)

    def saved(self, name: str, image: Image.Image, **options) -> Path:
        path = self.folder / name
        image.save(path, **options)
        return path

    def photo(self) -> Image.Image:
        return Image.open(self.plain)

    def oriented(self, orientation: int, format: str = "jpeg") -> Path:
        exif = Image.Exif()
        exif[0x0112] = orientation
        exif[0x010F] = "Zoetrope"
        return self.saved(f"oriented-{orientation}.{format}", self.photo(), exif=exif, quality=95)

    def progressive(self) -> Path:
        return self.saved("progressive.jpg", self.photo(), progressive=True, quality=92)

    def odd(self, width: int, height: int) -> Path:
        return self.saved(f"odd-{width}x{height}.jpg", Image.fromarray(photograph(width, height)), quality=95)

    def grey(self) -> Path:
        return self.saved("grey.jpg", self.photo().convert("L"), quality=95)

    def grey_with_alpha(self) -> Path:
        return self.saved("grey-alpha.png", self.with_alpha_image().convert("LA"))

    def with_alpha_image(self) -> Image.Image:
        image = self.photo().convert("RGBA")
        width, height = image.size
        y, x = numpy.mgrid[0:height, 0:width]
        alpha = numpy.where((x - width / 2) ** 2 + (y - height / 2) ** 2 < (height / 3) ** 2, 255, 0)
        alpha[:, : width // 6] = (255 * x / width)[:, : width // 6] * 4
        picture = numpy.asarray(image).copy()
        picture[..., 3] = alpha
        picture[alpha == 0, :3] = (0, 255, 0)
        return Image.fromarray(picture)

    def alpha(self, format: str = "png") -> Path:
        options = {"lossless": True} if format == "webp" else {}
        return self.saved(f"alpha.{format}", self.with_alpha_image(), **options)

    def palette(self) -> Path:
        return self.saved("palette.png", self.photo().quantize(64))

    def transparent_palette(self) -> Path:
        image = self.photo().quantize(64)
        return self.saved("transparent-palette.png", image, transparency=3)

    def gif(self) -> Path:
        return self.saved("still.gif", self.photo().quantize(128))

    def animation(self, frames: int = 3) -> Path:
        others = [Image.new("RGB", self.photo().size, (index * 60, 0, 0)) for index in range(1, frames)]
        return self.saved("animation.gif", self.photo().quantize(128), save_all=True, append_images=others)

    def bilevel(self) -> Path:
        return self.saved("bilevel.png", self.photo().convert("1"))

    def interlaced(self) -> Path:
        path = self.folder / "interlaced.png"
        vips("pngsave", self.plain, path, "--interlace")
        return path

    def deep(self) -> Path:
        """16 bits a sample."""
        path = self.folder / "deep.png"
        vips("colourspace", self.plain, path, "rgb16")
        return path

    def deep_alpha(self) -> Path:
        path = self.folder / "deep-alpha.tif"
        vips("colourspace", self.alpha(), path, "rgb16")
        return path

    def deep_grey(self) -> Path:
        path = self.folder / "deep-grey.png"
        vips("colourspace", self.plain, path, "grey16")
        return path

    def wide_gamut(self, suffix: str = "png") -> Path:
        path = self.folder / f"wide.{suffix}"
        vips("icc_transform", self.plain, path, "p3", "--input-profile", "srgb")
        return path

    def deep_wide_gamut(self) -> Path:
        path = self.folder / "deep-wide.tif"
        vips("icc_transform", self.plain, path, "p3", "--input-profile", "srgb", "--depth", "16")
        return path

    def cmyk(self, keeps_profile: bool = True) -> Path:
        path = self.folder / ("cmyk.jpg" if keeps_profile else "cmyk-plain.jpg")
        target = path if keeps_profile else f"{path}[strip]"
        vips("icc_transform", self.plain, target, "cmyk", "--input-profile", "srgb")
        return path

    def broken_profile(self) -> Path:
        return self.saved("broken-profile.jpg", self.photo(), icc_profile=b"\x00" * 300, quality=95)

    def unfitting_profile(self) -> Path:
        """An RGB profile in a grey image."""
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        return self.saved("unfitting-profile.png", self.photo().convert("L"), icc_profile=profile)

    def webp(self) -> Path:
        return self.saved("photo.webp", self.photo(), quality=90)

    def tiff(self) -> Path:
        return self.saved("photo.tif", self.photo(), compression="tiff_lzw")

    def avif(self) -> Path:
        path = self.folder / "photo.avif"
        vips("heifsave", self.plain, path, "--compression", "av1", "--Q", "90", "--effort", "2")
        return path

    def jpeg_xl(self) -> Path:
        path = self.folder / "photo.jxl"
        vips("jxlsave", self.plain, path, "--Q", "95")
        return path


def oracle(source: Path, result: Path, width: int, height: int, fallback: str = "") -> Path:
    """What libvips' own commands make of an image by the same steps: decoded small, reduced, converted.

    `fallback`: the profile that holds if the image has none, for images that are to be converted to sRGB.
    """
    if fallback == "cmyk":
        # Without a profile the command would take CMYK for something else: all pixels are converted first.
        decoded = result.with_suffix(".v")
        _to_srgb(source, decoded, fallback)
        vips("thumbnail", decoded, f"{result}[strip]", width, "--height", height, "--size", "down")
        return result
    shown = shown_size(source)
    factor = min(1, width / shown[0], height / shown[1])
    # The command rounds what it has decoded small; the size by the source is exact.
    exact = [max(1, int(side * factor + 0.5)) for side in shown]
    reduced = result.with_suffix(".v") if fallback else f"{result}[strip]"
    vips("thumbnail", source, reduced, exact[0], "--height", exact[1], "--size", "force")
    if fallback:
        _to_srgb(reduced, f"{result}[strip]", fallback)
    return result


def _to_srgb(source: Path, result: Path | str, fallback: str) -> None:
    vips(
        "icc_transform", source, result, "srgb", "--embedded", "--input-profile", fallback, "--intent", "perceptual",
        "--depth", "8",
    )


def shown_size(source: Path) -> tuple[int, int]:
    """Upright."""
    told = [
        int(subprocess.run(["vipsheader", "-f", field, source], check=True, capture_output=True, text=True).stdout)
        for field in ("width", "height")
    ]
    turned = subprocess.run(["vipsheader", "-f", "orientation", source], capture_output=True, text=True).stdout.strip()
    return (told[1], told[0]) if turned.isdigit() and int(turned) >= 5 else (told[0], told[1])


# Attacks.


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, data: bytes = b"", chunks: bytes = b"", depth: int = 8, colour: int = 2,
        interlaced: int = 0) -> bytes:
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
    return b"\x89PNG\r\n\x1a\n" + header + chunks + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def zeros(count: int) -> bytes:
    """So many zero bytes, deflated."""
    packer = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [packer.compress(block) for _ in range(count >> 20)]
    parts.append(packer.compress(bytes(count & ((1 << 20) - 1))))
    return b"".join(parts) + packer.flush()


def tiff(width: int, height: int, *, strips: bytes = b"\x00" * 64, compression: int = 1, next_directory: int = 0,
         bits: int = 8, samples: int = 1) -> bytes:
    entries = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, compression), (262, 3, 1, 1),
        (273, 4, 1, 8), (277, 3, 1, samples), (278, 4, 1, height), (279, 4, 1, len(strips)),
    ]
    body = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
    offset = 8 + len(strips)
    return b"II*\x00" + struct.pack("<I", offset) + strips + body + struct.pack("<I", next_directory and offset)


def gif(width: int, height: int, frames: int = 1, frame: tuple[int, int] = (1, 1)) -> bytes:
    head = b"GIF89a" + struct.pack("<HH", width, height) + b"\x80\x00\x00" + b"\x00\x00\x00\xff\xff\xff"
    picture = b"\x2c" + struct.pack("<HHHH", 0, 0, *frame) + b"\x00\x02\x02\x44\x01\x00"
    control = b"\x21\xf9\x04\x00\x00\x00\x00\x00"
    return head + (control + picture) * frames + b"\x3b"


def jpeg_header(width: int, height: int, *, progressive: bool = False, components: int = 3) -> bytes:
    marker = b"\xff\xc2" if progressive else b"\xff\xc0"
    parts = b"".join(bytes((index + 1, 0x11, 0)) for index in range(components))
    body = struct.pack(">BHHB", 8, height, width, components) + parts
    return b"\xff\xd8" + marker + struct.pack(">H", len(body) + 2) + body


def webp_header(width: int, height: int) -> bytes:
    """The extended form, with a canvas size and no picture."""
    body = b"\x00\x00\x00\x00" + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    chunk = b"VP8X" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk
