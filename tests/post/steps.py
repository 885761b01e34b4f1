"""What each step of the cleaning makes of a body."""

from __future__ import annotations

from typing import NamedTuple

BASE = "https://finance.sina.com.cn/china/2021-08-06/doc-ikztesta0000001.shtml"


class Step(NamedTuple):
    """A piece of a container's inner HTML, and the BODY that it becomes."""

    name: str
    markup: str
    expected: str
    #: Whether the seeds' tool chain makes the same of it.
    as_seeds: bool = True


def same(name: str, markup: str) -> Step:
    return Step(name, markup, markup)


IMG = ' referrerpolicy="no-referrer">'
STEPS = [
    # 1: parsed as HTML5 says, then again as a document.
    Step("blanks before the first content go", "\n\t  <p>字</p>", "<p>字</p>"),
    Step(
        "comments before it go", "<!-- a --> <!-- b --><p>字</p><!-- c -->", "<p>字</p><!-- c -->"
    ),
    Step("a style before it goes", "<style>.a</style><p>字</p>", "<p>字</p>"),
    Step("a link before it goes", "<link rel=x href=y>字", "字"),
    Step("a script before it goes", "\n<script>x</script>\n<p>字</p>", "<p>字</p>"),
    same("U+3000 is no blank before it", "　<p>字</p>"),
    same("U+00A0 is no blank before it", "\u00a0<p>字</p>"),
    same("a later style stays", "<p>字</p><style>.a,.b>c</style>"),
    Step("unclosed elements are closed", "<p>一<b>二", "<p>一<b>二</b></p>"),
    Step("a paragraph ends the one before", "<p>一<p>二", "<p>一</p><p>二</p>"),
    Step("misnested ones are repaired", "<b>一<i>二</b>三</i>", "<b>一<i>二</i></b><i>三</i>"),
    Step("end tags of nothing go", "一</div></b>二</span>", "一二"),
    Step("but </p> and </br> make one", "一</p>二</br>三", "一<p></p>二<br>三"),
    Step(
        "tables are completed",
        "<table><tr><td>一<td>二</table>",
        "<table><tbody><tr><td>一</td><td>二</td></tr></tbody></table>",
    ),
    Step(
        "text is put before its table",
        "<table>一<tr><td>二</table>",
        "一<table><tbody><tr><td>二</td></tr></tbody></table>",
    ),
    same("a table may stand in a paragraph", "<p>一<table><tbody></tbody></table>二</p>"),
    Step(
        "a link in a link is two",
        '<span><a href="https://a/" class="x"><span></span><a href="https://b/">二</a></span>',
        '<span><a href="https://a/" class="x"><span></span></a><a href="https://b/">二</a></span>',
    ),
    Step(
        "names are lower case",
        "<P ID=a><SPAN Class=B>字</SPAN></P>",
        '<p id="a"><span class="B">字</span></p>',
    ),
    Step("the first of two attributes counts", "<p id=a ID=b>字</p>", '<p id="a">字</p>'),
    Step("body and html are no elements", "一<body><html>二</html>三</body>四", "一二三四"),
    Step("CRLF and CR are newlines", "一\r\n二\r三", "一\n二\n三"),
    # 2: scripts.
    Step("scripts go", "<p>一<script>a</script>二<SCRIPT src=x></SCRIPT></p>", "<p>一二</p>"),
    Step("script text is no text", "<p>字</p><script>'<p>no</p>'</script>", "<p>字</p>"),
    same("scripts in comments stay", "<p>字</p><!-- <script>x</script> -->"),
    # 3: links.
    Step(
        "relative to the page",
        '<a href="b.shtml">x</a>',
        '<a href="https://finance.sina.com.cn/china/2021-08-06/b.shtml">x</a>',
    ),
    Step(
        "relative to the host", "<a href=/a>x</a>", '<a href="https://finance.sina.com.cn/a">x</a>'
    ),
    Step("relative to the scheme", "<a href=//b.cn/c>x</a>", '<a href="https://b.cn/c">x</a>'),
    Step("upwards", "<a href=../a>x</a>", '<a href="https://finance.sina.com.cn/china/a">x</a>'),
    Step("a query", "<a href=?a=b&c=d>x</a>", f'<a href="{BASE}?a=b&c=d">x</a>'),
    Step("a fragment", "<a href=#a>x</a>", f'<a href="{BASE}#a">x</a>'),
    Step("nothing", '<a href="">x</a>', f'<a href="{BASE}">x</a>'),
    Step(
        "a host gains its slash",
        "<a href=http://guba.sina.com.cn>x</a>",
        '<a href="http://guba.sina.com.cn/">x</a>',
    ),
    Step(
        "hosts are lower case",
        "<a href=HTTP://Guba.Sina.com.cn/A>x</a>",
        '<a href="http://guba.sina.com.cn/A">x</a>',
    ),
    Step("default ports go", "<a href=https://a.cn:443/b>x</a>", '<a href="https://a.cn/b">x</a>'),
    Step(
        "dots are resolved", "<a href=https://a.cn/b/./../c>x</a>", '<a href="https://a.cn/c">x</a>'
    ),
    Step(
        "blanks around and newlines within go",
        '<a href=" https://a.cn/\nb ">x</a>',
        '<a href="https://a.cn/b">x</a>',
    ),
    Step(
        "other letters are encoded",
        "<a href=https://a.cn/字?q=词#尾>x</a>",
        '<a href="https://a.cn/%E5%AD%97?q=%E8%AF%8D#%E5%B0%BE">x</a>',
    ),
    Step(
        "hosts are in punycode",
        "<a href=https://例子.cn/>x</a>",
        '<a href="https://xn--fsqu00a.cn/">x</a>',
    ),
    Step(
        "backslashes are slashes",
        r'<a href="https:\\a.cn\b">x</a>',
        '<a href="https://a.cn/b">x</a>',
    ),
    same("what is no URL stays", '<a href="http://[">x</a>'),
    same("a link without an address stays", '<a name="x" target="_blank">x</a>'),
    same("mail stays", '<a href="mailto:a@b.cn">x</a>'),
    same(
        "other elements' addresses stay",
        '<p>x</p><img usemap="#m"' + IMG + '<map><area href="a.htm"></map>',
    ),
    # 4: pictures.
    Step(
        "referrerpolicy comes last",
        '<img id="0" src="https://a/b.png" alt="c">',
        '<img id="0" src="https://a/b.png" alt="c"' + IMG,
    ),
    Step(
        "or where it was",
        '<img referrerpolicy="origin" src="https://a/b.png" alt="c">',
        '<img referrerpolicy="no-referrer" src="https://a/b.png" alt="c">',
    ),
    Step(
        "src becomes absolute",
        '<img src="//a/b.png"><img src="c.png">',
        f'<img src="https://a/b.png"{IMG}<img src="https://finance.sina.com.cn/china/2021-08-06/c.png"{IMG}',
    ),
    Step("src is trimmed", '<img src=" //a/b.png ">', '<img src="https://a/b.png"' + IMG),
    *(
        Step(
            f"lazy {kind}",
            f'<img data-x="//a/b.{kind}?w=1" alt="c">',
            f'<img data-x="//a/b.{kind}?w=1" alt="c" src="https://a/b.{kind}?w=1"{IMG}',
        )
        for kind in ("gif", "png", "jpg", "webp")
    ),
    same("jpeg and svg are not looked for", '<img data-x="//a/b.jpeg" data-y="//a/b.svg"' + IMG),
    Step(
        "the first of two lazy ones",
        '<img data-a="//a/1.png" real_src="//a/2.jpg">',
        f'<img data-a="//a/1.png" real_src="//a/2.jpg" src="https://a/1.png"{IMG}',
    ),
    Step(
        "lazy under any name, alt too",
        '<img alt="x.png" real_src="//a/2.jpg">',
        '<img alt="x.png" real_src="//a/2.jpg" '
        f'src="https://finance.sina.com.cn/china/2021-08-06/x.png"{IMG}',
    ),
    Step(
        "an empty src is none",
        '<img src="" data-x="//a/b.png">',
        f'<img src="https://a/b.png" data-x="//a/b.png"{IMG}',
    ),
    Step(
        "a src beats a lazy one",
        '<img src="//a/1.gif" data-x="//a/2.png">',
        f'<img src="https://a/1.gif" data-x="//a/2.png"{IMG}',
    ),
    Step("no address, no src", '<img alt="c">', '<img alt="c"' + IMG),
    Step(
        "handlers go",
        '<img onclick=a src="https://a/b.png" onerror=b alt onload=c>',
        f'<img src="https://a/b.png" alt{IMG}',
    ),
    Step(
        "a picture in the text stays one",
        "<p>一<img src=https://a/b.png>二</p>",
        f'<p>一<img src="https://a/b.png"{IMG}二</p>',
    ),
    # 5: written.
    same("attributes keep their order", '<p z-a="1" a-z="2" m-a="3" class="x" id="y">字</p>'),
    same("class keeps its blanks", '<p class="b  a ">字</p>'),
    same("cms-style keeps its blank", '<font cms-style="font-L ">字</font>'),
    Step("quotes are double", "<p title='a' id=b>字</p>", '<p title="a" id="b">字</p>'),
    Step(
        "empty values are bare",
        '<img src="https://a/b.png" alt="" data-link=\'\'>',
        f'<img src="https://a/b.png" alt data-link{IMG}',
    ),
    same("bare attributes stay bare", '<p style>一</p><input type="checkbox" checked>'),
    Step("void elements have no slash", "一<br/>二<hr />三<wbr/>", "一<br>二<hr>三<wbr>"),
    Step("a slash closes nothing else", "<span/>字", "<span>字</span>"),
    Step("nbsp", "一&nbsp;二&#160;三\u00a0四", "一\u00a0二\u00a0三\u00a0四"),
    same("three kinds of blanks stay apart", "<p>　　 \u00a0字\u00a0　 </p>"),
    Step("> stays", "<p>a > b >> c &gt; d</p>", "<p>a > b >> c > d</p>"),
    same("quotes in text stay", "<p>\"甲\" '乙'</p>"),
    Step("&quot; in text", "<p>&quot;甲&quot; &#39;乙&apos;</p>", "<p>\"甲\" '乙'</p>"),
    same("AT&T", "<p>AT&T、R&D、S&P 500 & co &</p>"),
    Step("&amp; where it is no reference", "<p>AT&amp;T &amp;&amp; x</p>", "<p>AT&T && x</p>"),
    Step(
        "&amp; where it would be one",
        "<p>&amp;lt;b&amp;gt; &amp;copy; &amp;#60;</p>",
        "<p>&amp;lt;b&amp;gt; &amp;copy; &amp;#60;</p>",
    ),
    Step("references without semicolon", "<p>&copy &amp;copy &ampx</p>", "<p>© &amp;copy &x</p>"),
    Step(
        "< is always escaped",
        "<p>1 &lt; 2 < 3 &#60; &#x3c;</p>",
        "<p>1 &lt; 2 &lt; 3 &lt; &lt;</p>",
    ),
    same("escaped markup stays text", "<p>&lt;script>alert(1)&lt;/script></p>"),
    Step("named references", "<p>&ldquo;&mdash;&hellip;&yen;&rdquo;</p>", "<p>“—…¥”</p>"),
    Step("numbers of Windows", "<p>&#147;&#x94;</p>", "<p>“”</p>"),
    Step(
        "a & in an address",
        '<a href="https://a/?b=1&amp;c=2">x</a>',
        '<a href="https://a/?b=1&c=2">x</a>',
    ),
    same("a raw & in an attribute", '<p data-x="key=a&value=6">字</p>'),
    Step("a quote in an attribute", "<p title='a\"b'>字</p>", '<p title="a&quot;b">字</p>'),
    Step("< in an attribute", '<p title="a<b>c">字</p>', '<p title="a&lt;b>c">字</p>'),
    same("comments stay as they are", '<p>字</p><!-- <a href="b" c=""/> & &amp; > " -->')._replace(
        as_seeds=False
    ),
    same("comments of one tag", '<p>字</p><!--article_adlist[<p cms-style="font-M">-->'),
    same("stock comments", "<p>字</p><!-- news_keyword_pub,stock,sz000686&sz002926 -->"),
    same("a literal \\n in a comment", "<p>字</p><!-- a\\nb -->"),
    Step(
        "declarations are comments",
        "<p>字</p><!x y></ z>",
        "<p>字</p><!--x y--><!-- z-->",
    ),
    same("blank lines stay", "<p>一</p>\n\n   \n\t\n<p>二</p>\n  "),
    same("blanks alone stay", "<p> </p><p>　</p><p></p><span>\n</span>"),
    same("empty elements stay", "<p></p><span></span><font></font><div></div>"),
    same("nested fonts stay", '<font a-b="c"><font a-b="c"><font a-b="c">字</font></font></font>'),
    same(
        "Word's elements stay", '<p class="MsoNormal" style="mso-pagination:none">字<o:p></o:p></p>'
    ),
    same(
        "unknown attributes stay",
        '<p cms-style="font-L" data-sudaclick="x" suda-uatrack="k=v">字</p>',
    ),
    same("names with quotes stay", '<img alt="甲" 乙"丙"="1"' + IMG),
    Step("a pre keeps its newlines", "<pre>\n\n一\n</pre>", "<pre>\n\n一\n</pre>"),
    Step("the newline of a pre is no text", "<pre>\n一</pre>", "<pre>一</pre>"),
    Step("nor that of a textarea", "<textarea>\n一</textarea>", "<textarea>一</textarea>"),
    Step("which keeps a second", "<textarea>\n\n一</textarea>", "<textarea>\n\n一</textarea>"),
    same("markup in a textarea is text", "<textarea>&lt;/textarea>&lt;b></textarea>"),
    # 6: braces.
    Step(
        "braces in text",
        "<p>{{ a }} {% b %}</p>",
        "<p>&#123;&#123; a &#125;&#125; &#123;% b %&#125;</p>",
    ),
    Step("in attributes", '<p title="{a}">字</p>', '<p title="&#123;a&#125;">字</p>'),
    Step("in comments", "<p>字</p><!-- {a} -->", "<p>字</p><!-- &#123;a&#125; -->"),
    Step(
        "in styles",
        "<p>字</p><style>a{top:0}</style>",
        "<p>字</p><style>a&#123;top:0&#125;</style>",
    ),
    # What Hexo would make of HTML besides, and a web server.
    Step(
        "fences of code",
        "<p>字\n```js\n~~~~\n</p>",
        "<p>字\n&#96;&#96;&#96;js\n&#126;&#126;&#126;&#126;\n</p>",
        as_seeds=False,
    ),
    same("no fences", "<p>`字` ``字`` ~~字~~</p>"),
    Step(
        "Hexo's sign for what it puts back",
        "<p>&lt;!--swig\ufffc0--></p>",
        "<p>&lt;!--swig&#65532;0--></p>",
        as_seeds=False,
    ),
    Step(
        "server-side includes",
        '<p>字</p><!--#exec cmd="a"--><!-- #a -->',
        '<p>字</p><!--&#35;exec cmd="a"--><!-- #a -->',
        as_seeds=False,
    ),
    Step("as references", "<p>&#123;&lbrace;&#x7D;</p>", "<p>&#123;&#123;&#125;</p>"),
    Step("and their own references in text", "<p>&amp;#123;</p>", "<p>&amp;#123;</p>"),
    Step(
        "in addresses",
        "<a href=https://a/{b}?{c}>x</a>",
        '<a href="https://a/%7Bb%7D?&#123;c&#125;">x</a>',
    ),
    # Texts that a removed element had kept apart.
    Step("two texts that become one", "<p>&amp<script></script>;lt;</p>", "<p>&;lt;</p>"),
    Step("a reference around a script", "<p>x&amp;l<script></script>t;y</p>", "<p>x&amp;lt;y</p>"),
]
