"""The inside of an article's body: paragraphs and what stands among them."""

from __future__ import annotations

import re

from newsarchive.demo.articles import DemoArticle
from newsarchive.demo.templates.parts import INDENT, attribute, escape, fill

_COMPANY = "https://finance.sina.com.cn/realstock/company/{0}/nc.shtml"
_US_QUOTES = "http://stock.finance.sina.com.cn/usstock/quotes/{0}.html"


def desktop_body(article: DemoArticle) -> str:
    """The body as pages from 2012 on have it, one element a line."""
    extras = article.extras
    attributes = f' cms-style="{extras["font"]}"' if "font" in extras else ""
    blocks = []
    linked: set[str] = set()
    for number, text in enumerate(article.paragraphs):
        inner = INDENT + _with_stocks(article, text, linked)
        if number in extras.get("heads", ()):
            inner = f"<strong>{inner}</strong>"
        elif number == extras.get("nested_font"):
            font = '<font cms-style="font-L strong-Bold">'
            inner = f"{font * 3}{inner}{'</font>' * 3}"
        block = f"<p{attributes}>{inner}</p>"
        if number == extras.get("quoted"):
            block = f"<blockquote>{block}</blockquote>"
        blocks.append(block)
    for position, inserted in sorted(_insertions(article), key=lambda pair: -pair[0]):
        blocks.insert(position, inserted)
    if "pager" in extras:
        blocks.append(pager(*extras["pager"]))
    return "\n".join(blocks)


def _insertions(article: DemoArticle) -> list[tuple[int, str]]:
    """(index of the paragraph it goes before, HTML), later ones first at the same place."""
    extras = article.extras
    found = []
    if "table" in extras:
        found.append((2, table(extras["table"])))
    if extras.get("ad"):
        found.append((1, fill("ad")))
    if "picture" in extras:
        found.append((int(extras["picture"].get("at", 1)), picture(extras["picture"])))
    if "related" in extras:
        url, title = extras["related"]
        link = f'<a href="{attribute(url)}" target="_blank">{escape(title)}</a>'
        found.append((len(article.paragraphs), f"<p>{INDENT}相关阅读：{link}</p>"))
    if extras.get("blank_paragraphs"):
        found.append((2, "<p></p>\n<p>\u3000</p>\n<p>&nbsp;&nbsp;</p>\n<p><br></p>"))
    if "video" in extras:
        found.append((0, video(extras["video"])))
    if "original_title" in extras:
        found.append((0, f"<p>{INDENT}原标题：{escape(extras['original_title'])}</p>"))
    return found


def _with_stocks(article: DemoArticle, text: str, linked: set[str]) -> str:
    """The paragraph's HTML: each stock is linked where it is named first."""
    html = escape(text)
    for name, symbol in article.extras.get("stocks", {}).items():
        if name in linked or escape(name) not in html:
            continue
        linked.add(name)
        quote = article.extras.get("quotes", {}).get(name, "")
        html = html.replace(escape(name), _stock_link(escape(name), symbol, quote), 1)
    return html


def _stock_link(name: str, symbol: str, quote: str) -> str:
    market, _, ticker = symbol.rpartition(":")
    address = (_US_QUOTES if market else _COMPANY).format(ticker)
    link = (
        f'<a href="{address}" class="keyword" target="_blank" '
        f'data-sudaclick="content_marketkeywords_p">{name}</a>'
    )
    if quote:
        colour = "green" if "-" in quote else "red"
        fonts = (f'<font color="{colour}">{part}</font>' for part in quote.split())
        quote = f"({', '.join(fonts)})"
    prefix = market or "stock"
    return f'<span id="{prefix}_{ticker}">{link}</span><span id="quote_{ticker}">{quote}</span>'


def symbols_comment(article: DemoArticle) -> str:
    """`<!-- news_keyword_pub,stock,sz300059&sh600519 -->`."""
    market = "stock"
    if article.symbols and ":" in article.symbols[0]:
        market = article.symbols[0].partition(":")[0]
    tickers = "&".join(symbol.rpartition(":")[2] for symbol in article.symbols)
    return f"<!-- news_keyword_pub,{market},{tickers} -->"


def pager(number: int, urls: tuple[str, ...]) -> str:
    """`上一页 1 2 3 下一页`: what leads nowhere is no link."""
    names = [url.rpartition("/")[2] for url in urls]

    def turn(text: str, to: int) -> str:
        there = 1 <= to <= len(names) and to != number
        return f'<a href="{names[to - 1]}">{text}</a>' if there else f"<span>{text}</span>"

    numbers = [turn(str(to), to) for to in range(1, len(names) + 1)]
    links = " ".join((turn("上一页", number - 1), *numbers, turn("下一页", number + 1)))
    return f'<p class="page">{links}</p>'


def picture(known: dict[str, str]) -> str:
    """A picture block; `kind`: plain, lazy (no src) or nested (wrapper in wrapper)."""
    caption = known.get("caption", "")
    src, alt = attribute(known["src"]), attribute(caption)
    if known.get("kind") == "lazy":
        image = f'<img alt="{alt}" class="lazy" data-src="{src}">'
    else:
        image = f'<img src="{src}" alt="{alt}" onerror="this.style.display=\'none\'">'
    block = (
        f'<div class="img_wrapper">{image}<span class="img_descr">{escape(caption)}</span></div>'
    )
    return f'<div class="img_wrapper">{block} </div>' if known.get("kind") == "nested" else block


def table(rows: list[list[str]]) -> str:
    """A table; the first row is its head."""
    lines = []
    for number, row in enumerate(rows):
        cell = "th" if number == 0 else "td"
        cells = "".join(f"<{cell}>{escape(str(text))}</{cell}>" for text in row)
        lines.append(f"<tr>{cells}</tr>")
    body = "\n".join(lines)
    return f'<table border="1" cellspacing="0" cellpadding="4"><tbody>\n{body}\n</tbody></table>'


def video(known: dict[str, str]) -> str:
    """A video player with the script that starts it."""
    title = re.sub(r"['\\]", "", known["title"])
    return fill("video", title=escape(title), page=known["page"], picture=known["picture"])
