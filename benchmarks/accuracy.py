"""How well newsarchive reads Sina's pages, beside extractors made for pages of any site.

    python benchmarks/accuracy.py [--json FILE]

Prints three Markdown tables; FILE gets every mark of every page. What is scored, and how, is in
docs/accuracy.md. `make accuracy` installs the other extractors; one that is absent is left out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.extractors import Tool, newsarchive, others, release
from newsarchive.sina import encoding
from tests.accuracy import gold, scoring, visible
from tests.accuracy.gold import Page
from tests.accuracy.scoring import Found, Score

PASSES = 3
FIELDS = scoring.FIELDS


def run(tool: Tool, page: Page, markup: str) -> Found:
    """What *tool* reads; nothing where it raises, as some do on a page without any text."""
    try:
        return tool.read(page, markup)
    except Exception:
        return Found()


def mark(tool: Tool, page: Page, markup: str) -> Score:
    """The marks of *tool*. A general author may be what Sina calls the source, or the editor."""
    found = run(tool, page, markup)
    editors = {page.editor, page.editor.split()[0]} if page.editor else set()
    if tool.name != "newsarchive" and found.source in editors:
        found = replace(found, source=page.source)
    return scoring.score(page, found)


def cpu(tool: Tool, texts: Sequence[tuple[Page, str]]) -> float:
    """Milliseconds of CPU a page, the median of PASSES over all pages."""
    spent = []
    for _ in range(PASSES):
        begun = time.process_time()
        for page, markup in texts:
            run(tool, page, markup)
        spent.append(time.process_time() - begun)
    return statistics.median(spent) / len(texts) * 1000


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, figures to the right."""
    rule = ["---", *["---:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def bodies(
    marks: dict[str, list[Score]], group: Callable[[Page], str], order: Sequence[str]
) -> str:
    """Body F1 of each tool, a column for each group of pages and one for all."""
    first = next(iter(marks.values()))
    counts = {
        name: sum(group(known.page) == name and known.body is not None for known in first)
        for name in order
    }
    names = [name for name in order if counts[name]]
    head = ["body F1", *(f"{name} ({counts[name]})" for name in names), "all"]
    rows = []
    for tool, scores in marks.items():
        groups = [[known for known in scores if group(known.page) == name] for name in names]
        means = map(scoring.body_mean, (*groups, scores))
        rows.append([tool, *("-" if mean is None else f"{mean:.3f}" for mean in means)])
    return table(head, rows)


def fields(tools: Sequence[Tool], marks: dict[str, list[Score]], spent: dict[str, float]) -> str:
    """Of how many pages each field is right, of all and of the real ones; the CPU of a page."""
    rows = []
    for tool in tools:
        scores = marks[tool.name]
        real = [known for known in scores if known.page.origin == gold.REAL]
        shares = [
            " / ".join(f"{scoring.share(part, name):.0%}" for part in (scores, real) if part)
            if name in tool.fields
            else "-"
            for name in FIELDS
        ]
        rows.append([tool.name, *shares, f"{spent[tool.name]:.1f}"])
    head = ["exact: all / real", "title", "time", "source or author", "editor", "CPU ms/page"]
    return table(head, rows)


def told(known: Score) -> dict[str, object]:
    """One page's marks for the JSON file."""
    page = known.page
    marks = {name: getattr(known, name) for name in ("body", *FIELDS)}
    return {"page": page.name, "origin": page.origin, "template": page.template, **marks}


def misses(scores: Iterable[Score]) -> list[str]:
    """Where newsarchive is not right, a line a page."""
    lines = []
    for known in scores:
        wrong = [name for name in FIELDS if not getattr(known, name)]
        if known.body is not None and known.body < 1:
            wrong.insert(0, f"body {known.body:.4f}")
        if wrong:
            lines.append(f"- {known.page.name} ({known.page.template}): {', '.join(wrong)}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description="Score the extraction beside other extractors.")
    parser.add_argument("--json", type=Path, help="write every mark of every page here")
    target: Path | None = parser.parse_args().json
    texts = [(page, encoding.decode(page.data)[0]) for page in gold.pages()]
    tools = [newsarchive()]
    absent = []
    for tool in others():
        if isinstance(tool, Tool):
            tools.append(tool)
        else:
            absent.append(tool)
    marks = {tool.name: [mark(tool, *text) for text in texts] for tool in tools}
    spent = {tool.name: cpu(tool, texts) for tool in tools}

    templates = sorted({page.template for page, _ in texts})
    print(f"{len(texts)} pages; {', '.join(f'{t.name} {release(t.name)}' for t in tools)}\n")
    print(bodies(marks, lambda page: page.template, templates), end="\n\n")
    origins = (gold.DEMO, gold.FIXTURE, gold.REAL)
    print(bodies(marks, lambda page: page.origin, origins), end="\n\n")
    print(fields(tools, marks, spent), end="\n\n")
    print("newsarchive's misses:", *(misses(marks["newsarchive"]) or ["none"]), sep="\n")
    if absent:
        print(f"\nNot installed, so left out: {', '.join(absent)}.")
    if not gold.SHARED.is_dir():
        print("\nNo real pages here: they are not part of this repository.")
    if not visible.has_parser():
        print("\nhtml5lib is not installed: bodies of saved pages are not scored.")
    if target is not None:
        report = {
            tool.name: {
                "version": release(tool.name),
                "cpu_ms": round(spent[tool.name], 3),
                "pages": [told(known) for known in marks[tool.name]],
            }
            for tool in tools
        }
        target.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
