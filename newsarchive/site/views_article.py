"""The pages of an article: a version of it, two side by side, the capture it was read from."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, make_response, render_template, request, url_for

from newsarchive import pictures
from newsarchive.archive import warc
from newsarchive.archive.schema import Row
from newsarchive.archive.warc_slice import Slice, slice_of
from newsarchive.exceptions import BadInput, StorageError
from newsarchive.items import Article
from newsarchive.sina import reading
from newsarchive.site import body, compare, guard
from newsarchive.site.here import nothing, site
from newsarchive.site.language import say

pages = Blueprint("article", __name__, url_prefix="/articles/<id:doc_id>")
#: The clocks in the order of what happens to an article: name, and whose they are.
CLOCKS = (
    ("published_at", "page"),
    ("updated_at", "page"),
    ("listed_at", "list"),
    ("list_ctime", "list"),
    ("list_mtime", "list"),
    ("first_seen_at", "archive"),
    ("seen_at", "archive"),
    ("fetched_at", "archive"),
    ("served_at", "site"),
)
#: Reprints that a page names.
_REPRINTS = 50
#: What of a version may change beside its text.
_TOLD = "title source editor keywords symbols original_title updated_at layout cause".split()


@pages.get("")
def current(doc_id: str) -> str:
    return _page(doc_id, 0)


@pages.get("/<int:revision>")
def version(doc_id: str, revision: int) -> str:
    return _page(doc_id, revision)


@pages.get("/<int:revision>/body")
def body_of(doc_id: str, revision: int) -> Response:
    """What the article's page shows in a frame."""
    _, row = _versions(doc_id, revision)
    shown, _, remote = _body(row)
    answer = make_response(render_template("body.html", body=shown))
    answer.headers["Content-Security-Policy"] = guard.article_policy(remote=remote)
    return answer


@pages.get("/compare")
def compared(doc_id: str) -> str:
    versions, last = _versions(doc_id, 0)
    told = {}
    for name, otherwise in (("old", last["revision"] - 1), ("new", last["revision"])):
        text = request.args.get(name, "")
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else otherwise
        told[name] = next((row for row in versions if row["revision"] == number), None)
    old, new = told["old"], told["new"]
    if old is None or new is None:
        nothing("error.version")
    changed = [name for name in _TOLD if old[name] != new[name]]
    texts = [_lines(old), _lines(new)]
    lost = [row["revision"] for row, text in zip((old, new), texts) if not text]
    rows = [] if lost else compare.rows(*texts)
    return render_template(
        "compare.html", versions=versions, old=old, new=new, rows=rows, changed=changed, lost=lost
    )


@pages.get("/<int:revision>/capture")
def capture(doc_id: str, revision: int) -> str:
    _, row = _versions(doc_id, revision)
    piece = _slice(row)
    try:
        found = warc.capture(piece.path, piece.offset)
    except (OSError, BadInput):
        nothing("error.capture")
    return render_template("capture.html", row=row, found=found, piece=piece)


@pages.get("/<int:revision>/capture.warc.gz")
def capture_file(doc_id: str, revision: int) -> Response:
    """The capture's own records, as they lie in the archive's WARC file."""
    _, row = _versions(doc_id, revision)
    piece = _slice(row)
    answer = Response(piece.parts(), mimetype="application/warc")
    name = f"{row['doc_id']}-{row['revision']}{warc.ENDING}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.content_length = piece.size
    return answer


def _page(doc_id: str, revision: int) -> str:
    versions, row = _versions(doc_id, revision)
    ledger = site().store.ledger
    trouble, shown, post = "", None, None
    try:
        shown, post, remote = _body(row)
    except (BadInput, StorageError):
        trouble, remote = say("article.unreadable"), False
    stones = ledger.tombstones(doc_id)
    arguments = {"doc_id": doc_id, "revision": row["revision"]}
    return render_template(
        "article.html",
        row=row,
        post=post,
        versions=versions,
        is_current=row["revision"] == versions[-1]["revision"],
        shown=shown,
        trouble=trouble,
        remote=remote,
        stones=stones,
        gone=next((stone for stone in stones if stone["returned_at"] is None), None),
        listings=ledger.listings(doc_id),
        reprints=_reprints(doc_id),
        clocks=CLOCKS,
        forms={code: reading.exchange_form(code) for code in row["symbols"]},
        recorded=slice_of(site().store.root, row["warc_file"], row["warc_offset"]),
        frame=url_for("article.body_of", **arguments, pictures="remote" if remote else None),
    )


def _reprints(doc_id: str) -> list[tuple[Row, bool]]:
    """The other articles with the same text, and whether each is the first that had it."""
    known = site().background.reprints.get(doc_id, ())
    others = [other for other in known if other != doc_id][:_REPRINTS]
    rows = sorted(site().store.ledger.some(others), key=lambda row: (row["date"], row["doc_id"]))
    return [(row, row["doc_id"] == known[0]) for row in rows]


def _versions(doc_id: str, revision: int) -> tuple[list[Row], Row]:
    """All versions, and the one that is asked for; 0: the current one."""
    versions: list[Row] = list(site().store.ledger.history(doc_id))
    if not versions:
        nothing("error.article")
    wanted = [row for row in versions if revision in (0, row["revision"])]
    if not wanted:
        nothing("error.version")
    return versions, wanted[-1]


def _body(row: Row) -> tuple[body.Shown, Article, bool]:
    """A version's body. Raises BadInput and StorageError where its post cannot be read."""
    remote = request.args.get("pictures") == "remote"
    post = site().store.read(row)
    shown = body.shown(post.body, row["url"], say("article.picture"), _place, remote=remote)
    return shown, post, remote


def picture(fan: str, name: str) -> Response:
    """A picture of the archive, by the hash in its name; its type is that of its bytes."""
    path = f"{pictures.FOLDER}/{fan}/{name}"
    file = site().store.root / path
    if not pictures.is_path(path) or file.is_symlink() or not file.is_file():
        nothing("error.picture")
    try:
        data = file.read_bytes()
    except OSError:
        nothing("error.picture")
    kind = pictures.kind(data)
    if hashlib.sha256(data).hexdigest() != pictures.sha256_of(path) or not kind:
        nothing("error.picture")
    answer = Response(data, mimetype=f"image/{'jpeg' if kind == 'jpg' else kind}")
    answer.headers["Cache-Control"] = "max-age=86400, immutable"
    return answer


def _slice(row: Row) -> Slice:
    """Where the capture lies that a version was read from."""
    piece = slice_of(site().store.root, row["warc_file"], row["warc_offset"])
    if piece is None:
        nothing("error.capture")
    return piece


def _place(path: str) -> str:
    _, fan, name = path.split("/")
    return url_for("picture", fan=fan, name=name)


def _lines(row: Row) -> list[str]:
    try:
        return reading.text(site().store.read(row).body).split("\n")
    except (BadInput, StorageError):
        return []
