"""Pictures for tests: the smallest of each kind that begins as real ones do."""

from __future__ import annotations

from newsarchive.demo.pictures import png

JPG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\1" * 40 + b"\xff\xd9"
GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\4\1\0\0\0\0,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
WEBP = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\0\0\0\x10\x07\x10\x11\x11\x88\x88\xfe\x07\0"
PNG = png("一")
KINDS = {"jpg": JPG, "png": PNG, "gif": GIF, "webp": WEBP}
#: What calls itself a picture somewhere, and is none that is kept.
OTHERS = {
    "nothing": b"",
    "SVG": b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "SVG behind a declaration": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
    "a page": "<!DOCTYPE html><title>页面没有找到</title>".encode(),
    "a page behind a BOM": b"\xef\xbb\xbf<html>",
    "BMP": b"BM" + bytes(60),
    "ICO": b"\0\0\1\0\1\0" + bytes(60),
    "TIFF": b"II*\0" + bytes(60),
    "AVIF": b"\0\0\0\x1cftypavif" + bytes(60),
    "PDF": b"%PDF-1.7\n",
    "a picture behind a blank": b" " + PNG,
    "half a signature": PNG[:7],
    "a signature alone": PNG[:8],
    "a sound": b"RIFF\x24\0\0\0WAVEfmt " + bytes(20),
    "two bytes": b"\xff\xd8",
    "bad marker": b"\xff\xd8\xff\x00" + bytes(20),
    "GIF of no version": b"GIF88a" + bytes(20),
}
