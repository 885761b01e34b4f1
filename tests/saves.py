"""Pages as browsers and other tools save them; Chromium's MHTML has its own test beside these."""

from __future__ import annotations

import re
from email import encoders
from email.mime.base import MIMEBase
from email.mime.multipart import MIMEMultipart
from urllib.parse import urlsplit

from newsarchive.demo.pictures import png
from newsarchive.demo.site import respond

_DOCTYPE = re.compile(r"\A\s*<!doctype[^>]*>", re.IGNORECASE)


def served(url: str) -> bytes:
    """The page of the small Sina at *url*."""
    parts = urlsplit(url)
    return respond(parts.netloc, parts.path, "", {}).body


def mhtml(page: bytes, url: str, *, charset: str = "", transfer: str = "quoted-printable") -> bytes:
    """As Chromium saves a "Webpage, Single File", written by the standard library."""
    whole = MIMEMultipart("related", type="text/html", boundary="----MultipartBoundary--aB3----")
    whole["From"] = "<Saved by Blink>"
    whole["Snapshot-Content-Location"] = url
    whole["Subject"] = "=?utf-8?Q?=E9=87=91=E8=9E=8D?="
    root = MIMEBase("text", "html")
    if charset:
        root.set_param("charset", charset)
    root["Content-ID"] = "<frame-0123456789@mhtml.blink>"
    root["Content-Location"] = url
    picture = MIMEBase("image", "png")
    picture["Content-Location"] = "https://n.sinaimg.cn/finance/1.png"
    picture.set_payload(png("1"))
    encoders.encode_base64(picture)
    root.set_payload(page.decode("ascii", "surrogateescape"))
    if transfer == "quoted-printable":
        encoders.encode_quopri(root)
    elif transfer == "base64":
        encoders.encode_base64(root)
    else:
        root["Content-Transfer-Encoding"] = transfer
    whole.attach(root)
    whole.attach(picture)
    return whole.as_bytes()


def marked(page: str, url: str) -> str:
    """With the comment of Chromium, Edge and Internet Explorer behind the doctype."""
    mark = f"\n<!-- saved from url=({len(url):04}){url} -->\n"
    doctype = _DOCTYPE.match(page)
    end = doctype.end() if doctype else 0
    return page[:end] + mark + page[end:]


def complete(page: str, url: str, folder: str) -> str:
    """As Chromium saves a "Webpage, Complete" whose pictures lie in *folder*."""
    return marked(re.sub(r'(<img[^>]* src=")[^"]*/', rf"\1./{folder}/", page), url)


def single_file(page: str, url: str, words: str = "Page saved with") -> str:
    """As the extension SingleFile saves a page; *words*: it began otherwise once."""
    comment = f"<!--\n {words} SingleFile \n url: {url} \n saved date: Fri Aug 06 2021\n-->"
    return re.sub(r"<html[^>]*>", lambda tag: tag[0] + comment, page, count=1)
