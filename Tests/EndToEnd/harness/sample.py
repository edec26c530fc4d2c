"""`python -m harness.sample FILE`: draws the film that the pages offer to visitors who have none at hand.

A zoetrope: twelve balls in a ring, each a moment further in its jump, and a tone for each jump. Own work, as all of the pages."""

import math
import subprocess
import sys

from PIL import Image, ImageDraw

from .videos import FFMPEG

SIZE, RATE, SECONDS, BALLS, TURN = (320, 180), 12, 10, 12, 4
# A pentatonic scale, a note every half second that fades.
SOUND = "0.3*sin(2*PI*t*262*pow(2\\,floor(mod(floor(t*2)*7\\,12))/12))*exp(-5*mod(t\\,0.5))"


def frame(number: int) -> Image.Image:
    time = number / RATE
    image = Image.new("RGB", SIZE, (20, 24, 33))
    draw = ImageDraw.Draw(image)
    draw.ellipse((88, 118, 232, 158), outline=(70, 80, 100), width=2)
    places = [2 * math.pi * (ball / BALLS + time / TURN) for ball in range(BALLS)]
    # Those behind first.
    for ball, angle in sorted(enumerate(places), key=lambda one: math.sin(one[1])):
        jump = 62 * abs(math.sin(math.pi * (time + ball / BALLS)))
        x, y = 160 + 72 * math.cos(angle), 138 + 20 * math.sin(angle) - jump
        radius = 8 + 3 * math.sin(angle)
        colour = (255, 176, 32) if ball % 3 == 0 else (108, 180, 255) if ball % 3 == 1 else (79, 209, 181)
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    draw.rectangle((20, 166, 20 + 280 * time / SECONDS, 170), fill=(255, 176, 32))
    return image


def main() -> None:
    frames = b"".join(frame(number).tobytes() for number in range(RATE * SECONDS))
    subprocess.run([
        *FFMPEG, "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "x".join(map(str, SIZE)), "-r", str(RATE), "-i", "-",
        "-f", "lavfi", "-i", f"aevalsrc='{SOUND}':d={SECONDS}:s=22050", "-c:v", "libx264", "-preset", "veryslow", "-crf", "32",
        "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "20k", "-shortest", "-movflags", "+faststart", "-threads", "1", sys.argv[1],
    ], input=frames, check=True)


if __name__ == "__main__":
    main()
