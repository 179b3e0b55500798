"""What a reader sees of a figure: its title, its texts, and those that lie over each other."""

from __future__ import annotations

from itertools import combinations

from matplotlib.axis import Tick
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text


def title(figure):
    """The finding on top, on one line."""
    return _plain(figure.get_suptitle())


def written(figure):
    """Every text that is drawn: of ticks only those within the limits of their axis."""
    axes = [axis for part in figure.axes if part.axison for axis in (part.xaxis, part.yaxis)]
    ticks = {
        id(text)
        for part in figure.axes
        for axis in (part.xaxis, part.yaxis)
        for tick in axis.findobj(Tick)
        for text in tick.findobj(Text)
    }
    others = [text for text in figure.findobj(Text) if id(text) not in ticks]
    seen = [
        label
        for axis in axes
        for at, label in zip(axis.get_ticklocs(), axis.get_ticklabels(), strict=False)
        if sorted((*axis.get_view_interval(), at))[1] == at
    ]
    return [text for text in others + seen if text.get_text().strip() and text.get_visible()]


def words(figure):
    """All of them as one text."""
    FigureCanvasAgg(figure).draw()
    return " | ".join(_plain(text.get_text()) for text in written(figure))


def _plain(text):
    return text.replace("\n", " ").replace("\u00a0", " ")


def boxes(figure):
    """Where they stand."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    return [(text, Text.get_window_extent(text, renderer)) for text in written(figure)]


def overlapping(figure):
    """Pairs of texts that lie over each other."""
    return [
        (first.get_text(), second.get_text())
        for (first, one), (second, other) in combinations(boxes(figure), 2)
        if one.padded(-1).overlaps(other.padded(-1))
    ]


def cut_off(figure):
    """Texts that reach beyond the figure."""
    edge = figure.bbox.padded(1)
    return [
        text.get_text()
        for text, box in boxes(figure)
        if not (edge.x0 <= box.x0 and box.x1 <= edge.x1 and edge.y0 <= box.y0 and box.y1 <= edge.y1)
    ]
