"""A status in words, in six languages, and back."""

from __future__ import annotations

import pytest

from simulator.entity import ChatSessionStatus
from simulator.entity.labels import (
    LABELS,
    LANGUAGES,
    label,
    language_code,
    reference,
    status_of,
)


@pytest.mark.parametrize("status", ChatSessionStatus)
def test_every_status_has_a_label_in_every_language_that_is_read_back(status):
    assert tuple(LABELS[status]) == LANGUAGES
    for language in LANGUAGES:
        assert status_of(label(status, language)) is status
        assert status_of(label(status, language).upper()) is status


def test_no_label_tells_two_statuses():
    told = [
        (each.casefold(), status)
        for status, by_language in LABELS.items()
        for labels in by_language.values()
        for each in labels.split(", ")
    ]
    assert len(dict(told)) == len(set(told))


@pytest.mark.parametrize("status", ChatSessionStatus)
def test_a_status_is_read_by_name_number_and_reference(status):
    for text in (status.name, str(status.value), f"[I:{status.value}]", reference(status)):
        assert status_of(text) is status


@pytest.mark.parametrize(
    ("status", "english"),
    [  # the product's own list of statuses
        (1, "Pre-chat form"),
        (2, "FAQ link"),
        (3, "Offline form"),
        (4, "Waiting"),
        (5, "Waiting for agent"),
        (6, "Waiting for customer"),
        (7, "Finished"),
        (10, "Request posted"),
        (11, "Closed in queue"),
    ],
)
def test_english_labels_are_the_products(status, english):
    assert label(ChatSessionStatus(status), "en") == english


@pytest.mark.parametrize("text", ["", "Asleep", "99", "[I:99]", "[SR_OTHER]", 'NO:"Sover"'])
def test_what_tells_no_status_is_none(text):
    assert status_of(text) is None


@pytest.mark.parametrize(
    ("name", "code"), [("nb-NO", "no"), ("NN", "no"), ("us", "en"), ("de-AT", "de"), ("fr", "fr")]
)
def test_a_language_by_its_header_name(name, code):
    assert language_code(name) == code
