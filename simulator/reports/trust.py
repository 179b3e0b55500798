"""What a page may contain: HTML and SVG from a notebook, reduced to what cannot do harm.

A notebook's code is trusted, as any program one runs; the data it shows is not: a first message
may hold ``<script>``, a name may hold a control character. pandas escapes its cells, but nothing
makes every display do so. Hence every piece of HTML on its way into a page is taken apart and
written anew: known elements and attributes pass, what could run or fetch something does not, and
text is text. The page's Content-Security-Policy is the second fence behind this one.

Two things happen on the way, since here every table and drawing passes: ids get a prefix, as two
drawings may use the same ones, and wide things get a box of their own to scroll in. And what no
reader can see is left out: ids that nothing refers to, groups that say nothing, and digits of a
path beyond a hundredth of a unit; matplotlib writes a third of a drawing in them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser

__all__ = ["plain_text", "safe_html"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HTML = _words(
    """a abbr article aside b bdi blockquote br caption cite code col colgroup dd del details dfn
    div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 header hr i img ins kbd li mark ol p pre q s
    samp section small span strong sub summary sup table tbody td tfoot th thead time tr u ul var
    wbr"""
)
_SVG = _words(
    """svg g path rect circle ellipse line polyline polygon text tspan textpath title desc defs
    use symbol clippath mask pattern lineargradient radialgradient stop marker image"""
)
_VOID = _words("br col hr img wbr")
_DROPPED_WITH_CONTENT = _words(
    """script template iframe object noscript noembed noframes foreignobject metadata audio video
    canvas select textarea math head xmp plaintext animate animatemotion animatetransform set"""
)
_ATTRIBUTES = _words(
    """alt class colspan datetime dir headers height hidden href id lang open reversed role rowspan
    scope span src start style tabindex title value width"""
) | _words(
    """alignment-baseline baseline-shift clip-path clip-rule clippathunits color cx cy d display
    dominant-baseline dx dy fill fill-opacity fill-rule font-family font-size font-stretch
    font-style font-variant font-weight fx fy gradienttransform gradientunits lengthadjust
    letter-spacing marker-end marker-mid marker-start markerheight markerunits markerwidth mask
    maskcontentunits maskunits offset opacity orient overflow paint-order patterncontentunits
    patterntransform patternunits points preserveaspectratio r refx refy rotate rx ry
    shape-rendering spreadmethod stop-color stop-opacity stroke stroke-dasharray
    stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit stroke-opacity
    stroke-width text-anchor text-decoration text-rendering textlength transform
    transform-origin vector-effect viewbox visibility word-spacing x x1 x2 xlink:href xml:space y
    y1 y2"""
)
_BOXED = frozenset({"table", "svg"})
_PROSE = frozenset({"alt", "aria-label", "aria-description", "title"})
_REFERS_BY_ID = frozenset({"aria-controls", "aria-describedby", "aria-labelledby", "headers"})

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_DECLARED_ID = re.compile(r"""\bid\s*=\s*["']?([^"'\s>]+)""", re.IGNORECASE)
_REFERRED_ID = re.compile(
    r"""#([\w.\-]+)|(?:aria-(?:controls|describedby|labelledby)|headers)\s*=\s*["']([^"']*)["']"""
)
_PICTURE = r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*"
_INNER_IMAGE = re.compile(_PICTURE)
_SAFE_URL = re.compile(rf"""url\(\s*["']?(?:#[^"'()\s]+|{_PICTURE})["']?\s*\)""")
_ID_REFERENCE = re.compile(r"#([\w.\-]+)")
_UNSAFE_CSS = re.compile(
    r"[<\\]|//|@import|@font-face|position\s*:|behaviou?r\s*:|-moz-binding|"
    r"(?:url|src|image|image-set|cross-fade|element|expression|paint)\s*\(",
    re.IGNORECASE,
)
_FINE_DIGITS = re.compile(r"(\.\d\d)\d+")
_WEB_LINK = re.compile(r"(?:https?://|mailto:)\S+", re.IGNORECASE)
_LOCAL_LINK = re.compile(r"[\w.\-][\w.\-/%]*(?:#[\w.\-]*)?", re.ASCII)


def safe_html(html: str, *, prefix: str = "", links: bool = False) -> str:
    """The HTML without anything that runs, fetches or reaches outside its own place.

    Args:
        html: From an output or a Markdown cell, well formed or not.
        prefix: Put before every id, and before the references to it, inside this piece.
        links: Let links to the web and to files beside the page stand, as in text that a
            notebook's author wrote; otherwise they lose their target and keep their words.

    >>> safe_html('<b onclick="x()">5 &lt; 6</b><script>x()</script>')
    '<b>5 &lt; 6</b>'
    """
    ids = frozenset(_DECLARED_ID.findall(html))
    writer = _Writer(_Rules(prefix, links, ids if links else ids & _referred(html)))
    writer.feed(plain_text(html))
    writer.close()
    return writer.finished()


def plain_text(text: str) -> str:
    """The text without control characters, of which HTML allows only tab and line ends."""
    return _CONTROL.sub("", text)


def _referred(html: str) -> frozenset[str]:
    found = _REFERRED_ID.findall(html)
    return frozenset(id_ for single, several in found for id_ in (single, *several.split()))


@dataclass(frozen=True, slots=True)
class _Rules:
    prefix: str
    links: bool
    ids: frozenset[str]
    """Those that stand: declared in this piece, and referred to in it."""

    def attribute(self, tag: str, name: str, value: str) -> str | None:
        """The value as it may stand, or None if the attribute must go."""
        if name in {"href", "xlink:href", "src"}:
            return self._reference(tag, name, value.strip())
        if name == "id":
            return self.prefix + value if value in self.ids else None
        if name == "d":
            return _FINE_DIGITS.sub(r"\1", " ".join(value.split()))
        if name in _REFERS_BY_ID:
            return " ".join(self._own(part) for part in value.split())
        if name in _PROSE:
            return value
        return self.css(value)

    def css(self, css: str) -> str | None:
        """The style with its references to ids inside, or None if it reaches outside."""
        if _UNSAFE_CSS.search(_SAFE_URL.sub("", css)):
            return None
        return _ID_REFERENCE.sub(lambda found: "#" + self._own(found[1]), css)

    def stylesheet(self, css: str) -> str | None:
        """The rules, if each is about an id inside this piece, as pandas' Styler writes them.

        Any other rule would dress the whole page: pandas' own block for plain frames does.
        """
        selectors = [
            selector.strip().partition(" ")[0]
            for rule in css.split("}")[:-1]
            for selector in rule.partition("{")[0].split(",")
        ]
        ours = {f"#{id_}" for id_ in self.ids}
        return self.css(css) if selectors and ours.issuperset(selectors) else None

    def _reference(self, tag: str, name: str, value: str) -> str | None:
        if value.startswith("#"):
            return "#" + self._own(value[1:])
        if (tag == "img" and name == "src") or (tag == "image" and name != "src"):
            inner = "".join(value.split())
            return inner if _INNER_IMAGE.fullmatch(inner) else None
        if tag == "a" and name == "href" and self.links:
            return value if _WEB_LINK.fullmatch(value) or _LOCAL_LINK.fullmatch(value) else None
        return None

    def _own(self, id_: str) -> str:
        return self.prefix + id_ if id_ in self.ids else id_


class _Writer(HTMLParser):
    """Writes what it reads, as far as the rules allow, with every element closed."""

    def __init__(self, rules: _Rules) -> None:
        super().__init__(convert_charrefs=True)
        self._rules = rules
        self._pieces: list[str] = []
        self._open: list[str] = []
        self._closings: list[str] = []
        """What ends each open element: its end tag and that of its box, or nothing."""
        self._dropping: list[str] = []
        self._css: list[str] | None = None

    def finished(self) -> str:
        """All that was written, with what is still open closed."""
        self._close_down_to(0)
        return "".join(self._pieces)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropping or tag in _DROPPED_WITH_CONTENT:
            self._dropping.append(tag)
        elif tag == "style":
            self._css = []
        elif tag == "img":
            self._picture(attrs)
        elif tag in _VOID:
            self._pieces.append(f"<{tag}{self._attributes(tag, attrs)}>")
        elif tag in _HTML or tag in _SVG:
            self._start(tag, self._attributes(tag, attrs))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._dropping or tag in _DROPPED_WITH_CONTENT:
            return
        if tag in _SVG and "svg" in self._open:
            self._pieces.append(f"<{tag}{self._attributes(tag, attrs)}/>")
            return
        self.handle_starttag(tag, attrs)
        if tag in _SVG or tag == "style":
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._dropping:
            if tag in self._dropping:
                del self._dropping[_last(self._dropping, tag) :]
        elif tag == "style":
            self._end_style()
        elif tag in self._open:
            self._close_down_to(_last(self._open, tag))

    def handle_data(self, data: str) -> None:
        if self._css is not None:
            self._css.append(data)
        elif not self._dropping:
            self._pieces.append(escape(data, quote=False))

    def _picture(self, attrs: list[tuple[str, str | None]]) -> None:
        """A picture, or its words where its source may not stand; without words it decorates."""
        words = dict(attrs).get("alt") or ""
        attributes = self._attributes("img", [*attrs, ("alt", "")])
        shown = f"<img{attributes}>" if " src=" in attributes else escape(words, quote=False)
        self._pieces.append(shown)

    def _start(self, tag: str, attributes: str) -> None:
        start, end = f"<{tag}{attributes}>", f"</{tag}>"
        if tag in _BOXED and "svg" not in self._open:
            start, end = f'<div class="scroll {tag}">{start}', f"{end}</div>"
        elif tag == "g" and not attributes:
            start = end = ""
        self._pieces.append(start)
        self._open.append(tag)
        self._closings.append(end)

    def _end_style(self) -> None:
        css = self._rules.stylesheet("".join(self._css or ()))
        self._css = None
        if css is not None:
            self._pieces.append(f"<style>{css}</style>")

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        written: dict[str, str] = {}
        for name, value in attrs:
            if name in _ATTRIBUTES or name.startswith("aria-"):
                allowed = self._rules.attribute(tag, name, value or "")
                if allowed is not None:
                    written.setdefault(name, allowed)
        if written.get("href", "").startswith("http"):
            written["rel"] = "noopener noreferrer"
        return "".join(f' {name}="{escape(value)}"' for name, value in written.items())

    def _close_down_to(self, depth: int) -> None:
        while len(self._open) > depth:
            self._open.pop()
            self._pieces.append(self._closings.pop())


def _last(tags: list[str], tag: str) -> int:
    return len(tags) - 1 - tags[::-1].index(tag)
