"""Cards: text alternatives, escaped data, ids that do not meet, the same bytes every time."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pandas as pd
import pytest
from matplotlib.figure import Figure

from simulator import charts
from simulator.charts.display import figure_svg, heading

ALT = "Bars by hour & a <line>"


def markup(shown):
    return shown._repr_mimebundle_()["text/html"]


@pytest.fixture
def card(draw, frames):
    frame = frames["traffic_by_hour"]
    return markup(charts.show(draw("traffic_by_hour"), alt=ALT, table=frame, caption="Per day <1>"))


def test_card_has_a_text_alternative_and_a_table(card):
    assert '<svg role="img" aria-label="Bars by hour &amp; a &lt;line&gt;"' in card
    assert "<details><summary>Data table</summary>" in card
    assert '<th scope="col">incoming</th>' in card
    assert "Per day &lt;1&gt;" in card


def test_terminal_gets_the_text_alternative(draw, frames):
    shown = charts.show(draw("wait_tail"), alt=ALT, table=frames["wait_tail"])
    assert shown._repr_mimebundle_()["text/plain"] == ALT


def test_text_stays_text_and_nothing_is_fetched(card):
    assert "Europe/Oslo" in card
    assert re.findall(r"(?:https?:)?//", card) == []
    assert "<script" not in card


def test_every_tag_is_closed(card):
    open_tags = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            if tag not in ("path", "use", "br"):
                open_tags.append(tag)

        def handle_startendtag(self, tag, attributes):
            pass

        def handle_endtag(self, tag):
            if tag not in ("path", "use"):
                assert open_tags.pop() == tag

    Reader().feed(card)
    assert open_tags == []


def test_ids_of_two_cards_never_meet(draw, frames):
    pages = [
        markup(charts.show(draw(name), alt=name, table=frames[name]))
        for name in ("wait_tail", "traffic_by_hour", "waits_over_the_day")
    ]
    ids = [set(re.findall(r'\bid="([^"]+)"', page)) for page in pages]
    assert all(ids)
    assert sum(map(len, ids)) == len(set.union(*ids))


def test_every_reference_inside_finds_its_id(card):
    ids = re.findall(r'\bid="([^"]+)"', card)
    references = re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', card)
    assert references
    assert {first or second for first, second in references} <= set(ids)
    assert len(ids) == len(set(ids))


def test_same_figure_gives_the_same_bytes(draw):
    assert figure_svg(draw("wait_tail"), alt=ALT) == figure_svg(draw("wait_tail"), alt=ALT)


def test_style_reaches_nothing_but_its_own_card(card):
    own = re.search(r'<figure id="(\w+)"', card)[1]
    style = re.search(r"<style>(.*?)</style>", card)[1]
    selectors = [s for rule in style.split("}")[:-1] for s in rule.split("{")[0].split(",")]
    assert all(selector.startswith(f"#{own}") for selector in selectors)


def test_text_from_the_data_is_escaped_everywhere():
    hostile = "<script>alert(1)</script>"
    figure = Figure()
    figure.suptitle(hostile)
    frame = pd.DataFrame({"first_message": [hostile], hostile: [1]})
    page = markup(charts.show(figure, alt=hostile, table=frame, caption=hostile))
    tiles = pd.DataFrame({key: [hostile] for key in ("figure", "value", "interval", "definition")})
    page += markup(charts.tiles(tiles)) + markup(charts.table_card(frame))
    page += markup(charts.prose(hostile))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_page_filter_lets_a_card_through_whole(card):
    from simulator.reports.trust import safe_html

    kept = safe_html(card, prefix="c1-")
    assert kept.count("<style>") == 1
    assert kept.count("<path") == card.count("<path")
    assert kept.count("<td") == card.count("<td")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("wait_s", "wait (s)"),
        ("mean_high_s", "mean high (s)"),
        ("excl_short_abandons_low", "excl short abandons low (%)"),
        ("per_hour_low", "per hour low"),
        ("from_min", "from (min)"),
        ("n", "n"),
    ],
)
def test_heading_has_its_unit(column, expected):
    assert heading(column) == expected


def test_shares_in_per_cent_and_missing_as_a_dash():
    frame = pd.DataFrame({"of_all": [0.1234, None], "p90_s": [1234.56, 2.0], "agent": ["Bo", None]})
    cells = re.findall(r"<td[^>]*>(.*?)</td>", markup(charts.table_card(frame)))
    assert cells == ["12.3", "1,234.6", "Bo", "–", "2.0", "–"]


def test_long_table_says_how_much_it_leaves_out():
    page = markup(charts.table_card(pd.DataFrame({"n": range(1450)})))
    assert "1,050 more rows" in page


def test_instants_are_local_with_their_zone():
    moments = pd.to_datetime(["2026-03-23 09:00"]).tz_localize("Europe/Oslo")
    page = markup(charts.table_card(pd.DataFrame({"start": moments})))
    assert "2026-03-23 09:00 CET" in page


def test_stacked_cards_stand_below_each_other_as_markup_and_as_words():
    both = charts.stacked(charts.prose("first"), charts.prose("second"))._repr_mimebundle_()
    assert both["text/html"].index("first") < both["text/html"].index("second")
    assert both["text/plain"] == "first\n\nsecond"
