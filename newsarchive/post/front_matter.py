"""The front matter of a post: read by PyYAML, written by a template.

PyYAML cannot emit the seeds' layout (a trailing blank, the list's indent), and `safe_dump` leaves
`1e3` unquoted, which other readers take for a number.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import yaml

from newsarchive.exceptions import BadInput, Reason
from newsarchive.items import Article

#: The keys of the format, in their order.
KEYS = (
    "title",
    "categories",
    "headimg",
    "author",
    "comments",
    "date",
    "thumbnail",
)

#: Strings only: `comments` and `date` stay as they are written. libyaml's, where PyYAML has it.
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

#: Never in front matter: C0 and C1 controls, NEL, line and paragraph separators, BOM, surrogates
#: (docs/format.md), and the two noncharacters that no YAML reader takes.
_FORBIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_LINE_BREAKS = re.compile(r"[\t\n\v\f\r]+")

#: Plain scalars that a YAML 1.1 reader (PyYAML knows its own) or a YAML 1.2 reader (core schema,
#: section 10.3.2) takes for something else than a string.
_NOT_A_STRING = re.compile(
    r"y|n|yes|no|on|off|true|false|null|~|="
    r"|[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)(e[-+]?[0-9]+)?"
    r"|[-+]?0[obx][0-9a-f_]+"
    r"|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|[-+]?\.(inf|nan)"
    r"|\d{4}-\d{1,2}-\d{1,2}([Tt\s].*)?",
    re.IGNORECASE,
)


def one_line(text: str) -> str:
    """*text* without what must not be in front matter; line breaks and tabs become a blank."""
    return _FORBIDDEN.sub("", _LINE_BREAKS.sub(" ", text))


@lru_cache(maxsize=4096)
def plain_or_quoted(text: str) -> str:
    """*text* as it is where every YAML reader gives that string back, else in single quotes."""
    if text and not _NOT_A_STRING.fullmatch(text):
        try:
            if yaml.safe_load(f"- {text}\n") == [text] and yaml.safe_load(f"a: {text}") == {
                "a": text
            }:
                return text
        except yaml.YAMLError:
            pass
    return "'" + text.replace("'", "''") + "'"


def quoted(text: str) -> str:
    """*text* in single quotes, as the seeds have it; in double quotes where it holds a `'`."""
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def render(article: Article) -> str:
    """The lines between the two `---`, unknown keys in their places."""
    lines = {
        "title": f"title: {quoted(article.title)}\n",
        "categories": "categories: \n"
        + "".join(f" - {plain_or_quoted(name)}\n" for name in article.categories),
        "headimg": f"headimg: {quoted(article.headimg)}\n",
        "author": f"author: {plain_or_quoted(article.author)}\n",
        "comments": f"comments: {article.comments}\n",
        "date": f"date: {article.date}\n",
        "thumbnail": f"thumbnail: {quoted(article.thumbnail)}\n",
    }
    return "".join(
        lines.get(key, "") + "".join(text for after, text in article.extra_keys if after == key)
        for key in ("", *KEYS)
    )


def read(text: str) -> Article:
    """An Article, its body still empty, of the lines between the two `---`.

    Raises BadInput(BAD_FRONT_MATTER, NO_TITLE).
    """
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise BadInput(Reason.BAD_FRONT_MATTER, _first_line(error)) from error
    if not isinstance(root, yaml.MappingNode) or root.flow_style:
        raise BadInput(Reason.BAD_FRONT_MATTER, "not a list of keys")

    article = Article(title="", body="")
    known: dict[str, yaml.Node] = {}
    last_known = ""
    lines = text.splitlines(keepends=True)
    starts = [key.start_mark.line for key, _ in root.value] + [len(lines)]
    seen = set()
    for (key, value), start, end in zip(root.value, starts, starts[1:]):
        if not isinstance(key, yaml.ScalarNode) or key.value in seen or start == end:
            raise BadInput(
                Reason.BAD_FRONT_MATTER, f"a strange or repeated key in line {start + 1}"
            )
        seen.add(key.value)
        if key.value in KEYS:
            last_known = key.value
            known[key.value] = value
        else:
            article.extra_keys.append((last_known, "".join(lines[start:end])))

    article.title = _text(known, "title")
    if not article.title.strip():
        raise BadInput(Reason.NO_TITLE)
    article.categories = _texts(known, "categories")
    article.headimg = _text(known, "headimg")
    article.author = _text(known, "author")
    article.thumbnail = _text(known, "thumbnail")
    article.comments = _as_written(text, known, "comments") or "false"
    article.date = _as_written(text, known, "date")
    return article


def _text(known: dict[str, yaml.Node], key: str) -> str:
    node = known.get(key)
    if node is None:
        return ""
    if not isinstance(node, yaml.ScalarNode):
        raise BadInput(Reason.BAD_FRONT_MATTER, f"{key!r} holds no text")
    return one_line(node.value)


def _texts(known: dict[str, yaml.Node], key: str) -> list[str]:
    node = known.get(key)
    if isinstance(node, yaml.SequenceNode):
        return [_text({key: item}, key) for item in node.value]
    text = _text(known, key)  # a single category may stand without a list
    return [text] if text else []


def _as_written(text: str, known: dict[str, yaml.Node], key: str) -> str:
    node = known.get(key)
    return one_line(text[node.start_mark.index : node.end_mark.index]).strip() if node else ""


def _first_line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
