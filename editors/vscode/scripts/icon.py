"""Draws media/icon.png: lines of text with one word, in the middle, still open.

python editors/vscode/scripts/icon.py
"""

import struct
import zlib
from pathlib import Path

import numpy as np

SIZE = 256  # pixels a side
GROUND, LINE, WORD, CURSOR = (31, 58, 61), (140, 170, 168), (255, 191, 87), (255, 255, 255)

# Rounded rectangles: left, top, right, bottom, radius, colour.
SHAPES = [
    (0, 0, 256, 256, 52, GROUND),
    (40, 62, 172, 80, 9, LINE),
    (188, 62, 216, 80, 9, LINE),
    (40, 116, 88, 140, 12, LINE),
    (104, 116, 130, 140, 12, WORD),
    (144, 122, 168, 134, 6, WORD),
    (184, 116, 216, 140, 12, LINE),
    (134, 100, 140, 156, 3, CURSOR),
    (40, 176, 104, 194, 9, LINE),
    (120, 176, 190, 194, 9, LINE),
]


def draw() -> np.ndarray:
    """The picture, uint8 [SIZE, SIZE, 4] RGBA, edges smoothed by their distance to each pixel."""
    y, x = np.mgrid[0:SIZE, 0:SIZE] + 0.5
    image = np.zeros((SIZE, SIZE, 4))
    for left, top, right, bottom, radius, colour in SHAPES:
        dx = np.abs(x - (left + right) / 2) - (right - left) / 2 + radius
        dy = np.abs(y - (top + bottom) / 2) - (bottom - top) / 2 + radius
        outside = np.hypot(np.maximum(dx, 0), np.maximum(dy, 0))
        distance = outside + np.minimum(np.maximum(dx, dy), 0) - radius
        alpha = np.clip(0.5 - distance, 0, 1)[..., None]
        image[..., :3] = image[..., :3] * (1 - alpha) + np.array(colour) * alpha
        image[..., 3:] = np.maximum(image[..., 3:], alpha * 255)
    return image.round().astype(np.uint8)


def png(image: np.ndarray) -> bytes:
    """The bytes of a PNG file (RFC 2083) of an RGBA picture."""
    height, width, _ = image.shape
    rows = b"".join(b"\0" + row.tobytes() for row in image)

    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return signature + body


if __name__ == "__main__":
    target = Path(__file__).parents[1] / "media" / "icon.png"
    target.write_bytes(png(draw()))
