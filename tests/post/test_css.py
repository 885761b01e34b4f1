"""Which CSS may stay, checked against a tokeniser of CSS Syntax 3 (tests/inspection.py)."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsarchive.post import body, css
from tests.inspection import css_faults

SHEETS = [
    ".appendQr_wrap{border:1px solid #E6E6E6;padding:8px;}",
    ".appendQr_wrap&#123;border:1px solid #E6E6E6;&#125;",
    "@media screen and (max-width:640px){.a>b~c+d{margin:0 auto}}",
    "@keyframes a{from{left:0}to{left:1px}}",
    "/* a comment */ .a{} /* another */",
    ".a::before{content:'—'}.b:hover,a[href^='x']{background:url(https://a/b.png)}",
    "@supports not (display:grid){.a:not(.b):nth-child(2n + 1){float:left}}",
    "@page{size:21cm 29.7cm}",
]
SAFE = [
    "",
    "color:#333",
    "color: red !important;",
    "  font-family: 'Microsoft YaHei', \"SimSun\";  ",
    "background:url(https://n.sinaimg.cn/finance/bg.png)",
    "background:URL( 'https://n.sinaimg.cn/bg.png' ) no-repeat",
    'background:url("https://n.sinaimg.cn/a-b_c.png?x=1&y=2#z")',
    "background:url(https://a/1.png),url(https://a/2.png)",
    "mso-pagination:widow-orphan;text-indent:24.0pt;mso-char-indent-count:2.0",
    "mso-ascii-font-family:Calibri;mso-hansi-theme-font:minor-latin;tab-stops:list 21.0pt",
    "width:calc(100% - 2px);transform:translate(-50%,-50%) rotate(45deg)",
    "/* a comment */color:red/* another */",
    "margin:calc((1px + 2px) * 3);color:rgba(0, 0, 0, .5) !important",
    "cursor:url(https://a/b.cur),auto;content:url(https://a/b.png)",
    "list-style:square url('https://a/b.png')",
    "filter:alpha(opacity=50);zoom:1;*display:inline;_height:1px",
    "linear-gradient(#fff,#000)",
    "--a:1px;margin:var(--a)",
]
UNKNOWN = [
    # Documents, not images; and what may become one.
    "filter:url(https://a/b.svg#c)",
    "clip-path:url(https://a/b.svg#c)",
    "-webkit-mask:url(https://a/b.svg#c)",
    "mask-image:url(https://a/b.png)",
    "fill:url(https://a/b.svg#c)",
    "marker-end:url(https://a/b.svg#c)",
    "shape-outside:url(https://a/b.png)",
    "--a:url(https://a/b.svg)",
    "url(https://a/b.png)",
    # Nothing that is not known.
    "new-property:1",
    "src:local(a)",
    "color:new-function(1)",
    "background:paint(a)",
    "background:-moz-element(#a)",
    "content:attr(a type(<url>))",
    "color:if(style(--a:b):red)",
    "width:e\uff58pression(alert(1))",
    "width:ｅｘｐｒｅｓｓｉｏｎ(alert(1))",
    "@container (a){b:c}",
    "@layer a;",
    "@counter-style a{symbols:url(https://a/b.png)}",
    "@property --a{syntax:'*'}",
    "@position-try --a{}",
    "@view-transition{navigation:auto}",
    "@-moz-document url-prefix(){a{color:red}}",
    "filter:progid:DXImageTransform.Microsoft.AlphaImageLoader(src='x')",
    "filter:progid:DXImageTransform.Microsoft.gradient(a=1)",
    "color:red)",
    "color:(red",
    "color:red;]",
    "color:'red",
    "color:red/*",
    "color:r/**/ed",
    "background:url/**/(//evil)",
    'content:"https://a"',
]
HOSTILE = [
    "@import 'https://evil/x.css';",
    "@import url(https://evil/x.css);",
    "@IMPORT 'x'",
    "@import/**/'//evil'",
    ".a{}@import 'x';",
    "@charset 'utf-7';",
    "@namespace url(http://evil);",
    "@font-face{font-family:a;src:local(b)}",
    "@font-face{src:url(https://evil/a.woff)}",
    "width:expression(alert(1))",
    "width:EXPRESSION (alert(1))",
    "width:exp/**/ression(alert(1))",
    "width:expr/* x */ession(alert(1))",
    "width:e\\78 pression(alert(1))",
    "width:\\65xpression(alert(1))",
    "width:e\\xpression(alert(1))",
    "behavior:url(x.htc)",
    "behaviour : x",
    "BEHAVIOR:url(#default#time2)",
    "-moz-binding:url(x.xml#y)",
    "-moz-binding : x",
    "background:url(http://a/b.png)",
    "background:url(//a/b.png)",
    "background:url(/b.png)",
    "background:url(b.png)",
    "background:url('')",
    "background:url()",
    "background:url(javascript:alert(1))",
    "background:url('javascript:alert(1)')",
    "background:url( JaVaScRiPt:alert(1) )",
    "background:url(data:image/svg+xml,<svg/onload=alert(1)>)",
    "background:url(data:image/png;base64,AA==)",
    "background:url(vbscript:x)",
    "background:u\\72l(http://a)",
    "background:\\75rl(http://a)",
    "background:\\000075 rl(http://a)",
    "background:u\\\nrl(http://a)",
    "background:ur/**/l(http://a)",
    "background:url(https://a/b.png),url(http://a/c.png)",
    "background:url(https://a/b.png) url(",
    "background:url('https://a/b.png\");color:red",
    "background:url(https://a/\\29 ;x:url(//evil))",
    "background:url(https://a b)",
    "background:url(https://)",
    'background:url("https://a/\n")',
    "background:image('http://a')",
    "background:image-set('http://a' 1x)",
    "background:-webkit-image-set('http://a' 1x)",
    "background:cross-fade('a','b')",
    "background:element(#a)",
    "background:src('http://a')",
    "list-style-image:url(ftp://a)",
    "cursor:url(cursor.cur),auto",
    "content:'javascript:x'",
    "-o-link:'javascript:alert(1)'",
    "a</style><script>alert(1)</script>",
    "a</STYLE >",
    "a</b",
    "<!-- a",
    "--> a",
    "<!--*/<img src=x>",
    "\\",
    "color:red\\9",
    # What the browser takes for comments and strings, and what is none.
    "content:'/*';background:url(//evil)/*'*/",
    'content:"url(https://y/*)";/*url(https://x*/background:url(//evil)',
    '@foo "url(https://y/*)";/*url(https://x*/@import/**/url(//evil)',
    'content:"url(https://y/*)";/*url(https://x*/width:expression(alert(1)',
    "/*url(https://x*/background:url(//evil)",
    "background:url(https://a/*);background:url(//evil)/*)",
    "/*/*/background:url(//evil)",
    "content:'\n;background:url(//evil);'",
]


@pytest.mark.parametrize("sheet", SAFE)
def test_harmless_css_is_safe(sheet: str) -> None:
    assert list(css_faults(sheet)) == []
    assert css.clean_declarations(sheet) == sheet
    assert css.is_safe_sheet(f"p,.a:hover{{{sheet}}}")


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_harmless_sheet_is_safe(sheet: str) -> None:
    assert css.is_safe_sheet(sheet)
    assert list(css_faults(sheet)) == []
    if "{" in sheet:
        assert css.clean_declarations(sheet) != sheet


@pytest.mark.parametrize("sheet", HOSTILE + UNKNOWN)
def test_hostile_css_is_not_safe(sheet: str) -> None:
    cleaned = css.clean_declarations(sheet)
    assert cleaned != sheet
    assert list(css_faults(cleaned)) == []
    assert css.clean_declarations(cleaned) == cleaned
    assert not css.is_safe_sheet(f"p{{{sheet}}}")


@pytest.mark.parametrize(
    "sheet", [sheet for sheet in HOSTILE + UNKNOWN if sheet.startswith(("@", ".a{}@"))]
)
def test_no_such_rule_begins_a_sheet(sheet: str) -> None:
    assert not css.is_safe_sheet(sheet)


def test_the_tokeniser_sees_most_of_it() -> None:
    """The other reader is no reader if it finds nothing; it does not mind escapes and `</`."""
    assert sum(bool(list(css_faults(sheet))) for sheet in HOSTILE) > 0.65 * len(HOSTILE)


@pytest.mark.parametrize(
    ("style", "kept"),
    [
        ("color:#333;background:url(javascript:alert(1))", "color:#333;"),
        ("background:url(//a);color:red", "color:red"),
        ("top:1;width:expression(alert(1));left:2;", "top:1;left:2;"),
        ("top:1; width:e\\78 pression(alert(1)) ; left:2", "top:1; left:2"),
        ("background:url('http://a/b;c.png') no-repeat;color:red", "color:red"),
        ('background:url("http://a/;x:y");color:red', "color:red"),
        ("background:url(http://a/;b);color:red", "color:red"),
        ("content:'a;b';background:url(//a)", "content:'a;b';"),
        ("background:url(//a)", ""),
        ("-moz-binding:url(a#b);", ""),
        ("top:1;/*b*/left:2;color:url(x)", "top:1;/*b*/left:2;"),
        ("top:1;beh/**/avior:x;left:2", "top:1;left:2"),
        ("color:red;filter:url(https://a/b#c);left:2", "color:red;left:2"),
        ("color:red;colour:red;{}", "color:red;"),
        ("background:url(https://a/b.png);behavior:x", "background:url(https://a/b.png);"),
        ("top:b /*;behavior:x*/;c:d", None),
        ("top:';behavior:x;", None),
        ("top:(;behavior:x;", None),
    ],
)
def test_declarations_go_one_by_one(style: str, kept: str | None) -> None:
    cleaned = css.clean_declarations(style)
    if kept is not None:
        assert cleaned == kept
    assert css.clean_declarations(cleaned) == cleaned
    assert list(css_faults(cleaned)) == []


def test_a_style_is_cleaned_in_its_place() -> None:
    markup = '<p style="color:red;background:url(//evil)" class="a">字</p><p style>二</p>'
    assert body.clean(markup).html == '<p style="color:red;" class="a">字</p><p style>二</p>'
    assert body.clean('<p style="behavior:x" class="a">字</p>').html == '<p class="a">字</p>'


def test_a_sheet_stays_whole_or_goes_whole() -> None:
    assert body.clean("<p>字</p><style>.a>b &amp; c</style>").html.endswith("</style>")
    assert body.clean("<p>字</p><style>.a{}@import 'x';</style>").html == "<p>字</p>"


PIECES = st.sampled_from(
    [
        *"url( URL( ) ( https:// https://a/b.png http://a //evil javascript: data:x".split(),
        *"' \" /* */ /**/ ; : { } @import @foo @media expression( behavior: -moz-binding:".split(),
        *"content: background: color:red a \\ \\72 \\75 \\29 u rl( ur l( e xpression( x".split(),
        *"image( src( image-set( var(--a) , < > <!-- --> </ * / ! # 字".split(),
        *(" ", "\n", "\t", "\f", "\\\n"),
    ]
)
SOUP = st.lists(PIECES, max_size=14).map("".join)


@given(SOUP)
@example('content:"url(https://y/*)";/*url(https://x*/background:url(//evil)')
def test_what_is_called_safe_loads_and_runs_nothing(sheet: str) -> None:
    sheet = f"p{{{sheet}}}"
    if css.is_safe_sheet(sheet):
        assert list(css_faults(sheet)) == []


@given(SOUP)
def test_what_is_left_of_declarations_is_safe_and_stays(style: str) -> None:
    cleaned = css.clean_declarations(style)
    assert list(css_faults(cleaned)) == []
    assert css.clean_declarations(cleaned) == cleaned
    assert len(cleaned) <= len(style)


@pytest.mark.parametrize(
    "piece",
    [
        "url(",
        "url( ",
        " ",
        "/*",
        "'",
        "\"'",
        "(",
        ";",
        "url(https://a",
        "expression",
        "\\",
        "@",
        "a:b;",
    ],
)
@pytest.mark.parametrize("lead", ["", "url(", "a:url('", "/*"])
def test_long_css_takes_no_long_time(lead: str, piece: str) -> None:
    sheet = lead + piece * (30_000 // len(piece))
    started = time.process_time()
    css.is_safe_sheet(sheet)
    css.clean_declarations(sheet)
    assert time.process_time() - started < 2
