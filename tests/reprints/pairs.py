"""Pairs of texts that are reprints of each other, and pairs that only look so: the same each time.

Made of the small Sina's articles and of the notices beside this file, by what happens to a text
when another medium prints it, and by what daily reports have in common.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import yaml

from newsarchive.demo.articles import load_articles

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?|[一二三四五六七八九十百千万亿]{2,}")
_READ = yaml.safe_load(Path(__file__).with_name("notices.yaml").read_text("utf-8"))
_NOTICES: list[str] = _READ["with_numbers"]
_NAMED: list[str] = _READ["without_numbers"]
_COMPANIES = (
    "松溪冷链 醴泉酒业 遥望天线 镕达矿业 远航股份 乐橙文具 青屿服务 安栖生活 岭上茶事".split()
)
_BANKS = "海澄银行 云州证券 临江期货 平川基金".split()
_WORDS = (("上涨", "下跌"), ("上升", "下降"), ("增长", "减少"), ("走高", "走低"), ("买入", "卖出"))
#: What media put around a text that they print.
_SOURCES = ("来源：经济参考", "（原标题：旧题目一则）", "本报记者 甲 乙 报道", "转自：港美股参考")
_EDITORS = (
    "责任编辑：甲 SF001",
    "（编辑：乙）",
    "校对：丙 审核：丁",
    "更多精彩内容，请关注本报公众号",
)

Text = list[str]  # its paragraphs


class Pair(NamedTuple):
    """Two texts, and whether the one is a reprint of the other."""

    kind: str
    reprint: bool
    one: str
    other: str
    codes: bool = False  #: whether the pages have the symbols of the companies that they name

    def symbols(self, text: str) -> list[str]:
        """The symbols of one of the texts."""
        named = [at for at, name in enumerate(_COMPANIES) if self.codes and name in text]
        return [f"sh60000{at}" for at in named]


@cache
def pairs() -> tuple[Pair, ...]:
    """All of them, some 2,000."""
    dice = random.Random(20210805)
    found: list[Pair] = []
    texts = _texts()
    for text in texts:
        for name, change in REPRINTS.items():
            if changed := change(text, dice):
                found.append(_pair(name, True, text, changed))
        for name, change in OTHERS.items():
            if changed := change(text, dice):
                found.append(_pair(name, False, text, changed))
    for number, notice in enumerate(_NOTICES * 12):
        one, other = (_notice(notice, dice) for _ in range(2))
        found.append(_pair("daily notice", False, one, other))
        found.append(_pair("notice, reprinted", True, one, _printed(one, dice)))
        if number % len(_NOTICES):
            found.append(_pair("two notices", False, one, _notice(_NOTICES[0], dice)))
    for notice in _NAMED * 6:
        one, other = (
            notice.replace("{c}", name).splitlines() for name in dice.sample(_COMPANIES, 2)
        )
        pair = _pair("another company, without symbols", False, one, other)
        found += [pair, pair._replace(kind="another company", codes=True)]
    articles = [item for item in load_articles() if item.paragraphs]
    for article in articles:
        same = [item for item in articles if item.lids[:1] == article.lids[:1]]
        same.remove(article)
        for item in dice.sample(same, min(3, len(same))):
            both = list(article.paragraphs), list(item.paragraphs)
            found.append(_pair("same topic", False, *both))
    return tuple(found)


def crowd(size: int) -> list[str]:
    """So many daily notices of each template, all of other days."""
    dice = random.Random(3)
    return ["\n".join(_notice(notice, dice)) for notice in _NOTICES for _ in range(size)]


def _texts() -> list[Text]:
    """The articles, short as they are, and longer ones made of three of a list."""
    articles = [list(item.paragraphs) for item in load_articles() if item.paragraphs]
    joined = (chain(*articles[at : at + 3]) for at in range(0, len(articles), 2))
    return articles + list(map(list, joined))


def _pair(kind: str, reprint: bool, one: Text, other: Text) -> Pair:
    return Pair(kind, reprint, "\n".join(one), "\n".join(other))


# What reprints have


def _framed(text: Text, dice: random.Random) -> Text:
    return [dice.choice(_SOURCES), *text, dice.choice(_EDITORS)]


def _without_first(text: Text, dice: random.Random) -> Text:
    return text[1:] if len(text) >= 4 else []


def _without_last(text: Text, dice: random.Random) -> Text:
    return text[:-1] if len(text) >= 4 else []


def _with_paragraph(text: Text, dice: random.Random) -> Text:
    new = dice.choice(dice.choice(_texts()[:100]))
    at = dice.choice((0, len(text)))
    return [*text[:at], new, *text[at:]] if len(text) >= 4 else []


def _corrected(text: Text, dice: random.Random) -> Text:
    """One number in four or more is another, at most two."""
    count = len(set(_NUMBER.findall("\n".join(text))))
    chosen = set(dice.sample(range(count), min(2, count // 4)))
    return _renumbered(text, dice, lambda number: number in chosen) if chosen else []


def _typeset(text: Text, dice: random.Random) -> Text:
    """Full-width digits, other signs, blanks, other paragraphs."""
    table = str.maketrans("0123456789,%“”、；", "０１２３４５６７８９，％「」，。")
    lines = [line.translate(table).replace("。", "。 ").strip() for line in text]
    half = len(lines) // 2
    return ["\u3000\u3000" + "".join(lines[:half]), *lines[half:]]


def _reworded(text: Text, dice: random.Random) -> Text:
    """A word in forty is another one, as editors do."""
    words = {"表示": "称", "目前": "现时", "已经": "已", "可以": "可", "但": "不过", "以及": "和"}
    for old, new in words.items():
        text = [line.replace(old, new) for line in text]
    return text


def _printed(text: Text, dice: random.Random) -> Text:
    """Several of these at once, as they come."""
    for change in dice.sample((_framed, _typeset, _reworded, _corrected, _without_last), 3):
        text = change(text, dice) or text
    return text


REPRINTS: dict[str, Callable[[Text, random.Random], Text]] = {
    "source and editor": _framed,
    "first paragraph dropped": _without_first,
    "last paragraph dropped": _without_last,
    "a paragraph more": _with_paragraph,
    "numbers corrected": _corrected,
    "typeset anew": _typeset,
    "reworded": _reworded,
    "several at once": _printed,
}


# What only looks so


def _renumbered(text: Text, dice: random.Random, choose: Callable[[int], bool]) -> Text:
    """The distinct numbers that are chosen by their place become others, of the same form."""
    known = list(dict.fromkeys(_NUMBER.findall("\n".join(text))))
    table = {old: _another(old, dice) for at, old in enumerate(known) if choose(at)}
    return [_NUMBER.sub(lambda found: table.get(found[0], found[0]), line) for line in text]


def _another(number: str, dice: random.Random) -> str:
    digits = "123456789" if number[0].isdigit() else "一二三四五六七八九"
    new = number
    while new == number:
        new = "".join(dice.choice(digits) if char in digits else char for char in number)
        if not set(number) & set(digits):  # 十, 百亿
            new = dice.choice(digits) + number
    return new


def _other_day(text: Text, dice: random.Random) -> Text:
    """All numbers are others; texts with few of them say too little."""
    if len(set(_NUMBER.findall("\n".join(text)))) < 4:
        return []
    return _renumbered(text, dice, lambda number: True)


def _other_way(text: Text, dice: random.Random) -> Text:
    """The numbers are others, and what went up goes down."""
    changed = _other_day(text, dice)
    for up, down in _WORDS:
        changed = [line.replace(up, "\0").replace(down, up).replace("\0", down) for line in changed]
    return changed


def _follow_up(text: Text, dice: random.Random) -> Text:
    """Another article that ends with a paragraph of this one."""
    other = dice.choice(_texts())
    return [*other, text[-1]] if other[0] not in text and len(text) >= 3 else []


OTHERS: dict[str, Callable[[Text, random.Random], Text]] = {
    "another day's numbers": _other_day,
    "the other way round": _other_way,
    "a paragraph in common": _follow_up,
}


def _notice(notice: str, dice: random.Random) -> Text:
    return re.sub(r"\{(\w)\}", lambda slot: _slot(slot[1], dice), notice).splitlines()


def _slot(name: str, dice: random.Random) -> str:
    if name == "n":
        return str(dice.randint(11, 999))
    if name == "m":
        return str(dice.randint(1, 9))
    if name == "d":
        return f"{dice.randint(1, 12)}月{dice.randint(1, 28)}日"
    return dice.choice({"c": _COMPANIES, "t": _BANKS, "w": ["上涨", "下跌"]}[name])
