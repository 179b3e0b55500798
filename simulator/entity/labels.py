"""A chat's status in words: its labels by language, and the status that a text tells."""

from __future__ import annotations

import re
from typing import Final

from simulator.entity.codes import ChatSessionStatus

__all__ = ["LABELS", "LANGUAGES", "label", "language_code", "reference", "status_of"]

LANGUAGES: Final = ("en", "no", "sv", "da", "de", "nl")
_ALIASES: Final = {"nb": "no", "nn": "no", "us": "en"}

LABELS: Final[dict[ChatSessionStatus, dict[str, str]]] = {
    ChatSessionStatus.Invalid: {
        "en": "Invalid",
        "no": "Ugyldig",
        "sv": "Ogiltig",
        "da": "Ugyldig",
        "de": "Ungültig",
        "nl": "Ongeldig",
    },
    ChatSessionStatus.PreChatForm: {
        "en": "Pre-chat form",
        "no": "Skjema før chat",
        "sv": "Formulär före chatt",
        "da": "Formular før chat",
        "de": "Formular vor dem Chat, Pre-Chat-Formular",
        "nl": "Formulier voor chat",
    },
    ChatSessionStatus.Faq: {
        "en": "FAQ link, FAQ",
        "no": "FAQ-lenke, FAQ-kobling",
        "sv": "FAQ-länk",
        "da": "FAQ-link",
        "de": "FAQ-Link",
        "nl": "FAQ-koppeling",
    },
    ChatSessionStatus.OfflineForm: {
        "en": "Offline form",
        "no": "Offline-skjema, Frakoblet skjema",
        "sv": "Offlineformulär",
        "da": "Offline-formular",
        "de": "Offlineformular",
        "nl": "Offlineformulier",
    },
    ChatSessionStatus.InQueue: {
        "en": "Waiting, In queue",
        "no": "Venter, I kø",
        "sv": "Väntar, I kö",
        "da": "Venter, I kø",
        "de": "Wartet, Wartend, In der Warteschlange",
        "nl": "Wachtend, Wacht, In wachtrij, In de wachtrij",
    },
    ChatSessionStatus.CustomerLast: {
        "en": "Waiting for agent",
        "no": "Venter på agent, Venter på saksbehandler",
        "sv": "Väntar på agent, Väntar på handläggare",
        "da": "Venter på agent, Venter på sagsbehandler",
        "de": "Wartet auf Agent, Wartet auf Agenten",
        "nl": "Wacht op agent, Wachten op agent, Wacht op medewerker",
    },
    ChatSessionStatus.UserLast: {
        "en": "Waiting for customer",
        "no": "Venter på kunde, Venter på kunden",
        "sv": "Väntar på kund, Väntar på kunden",
        "da": "Venter på kunde, Venter på kunden",
        "de": "Wartet auf Kunde, Wartet auf Kunden",
        "nl": "Wacht op klant, Wachten op klant",
    },
    ChatSessionStatus.Finished: {
        "en": "Finished",
        "no": "Ferdig, Fullført",
        "sv": "Färdig, Slutförd",
        "da": "Færdig, Fuldført",
        "de": "Fertig, Beendet",
        "nl": "Voltooid, Afgerond, Klaar",
    },
    ChatSessionStatus.Deleted: {
        "en": "Deleted",
        "no": "Slettet",
        "sv": "Borttagen, Raderad",
        "da": "Slettet",
        "de": "Gelöscht",
        "nl": "Verwijderd",
    },
    ChatSessionStatus.Closed: {
        "en": "Closed",
        "no": "Lukket",
        "sv": "Stängd",
        "da": "Lukket",
        "de": "Geschlossen",
        "nl": "Gesloten",
    },
    ChatSessionStatus.RequestPosted: {
        "en": "Request posted",
        "no": "Henvendelse sendt, Forespørsel sendt",
        "sv": "Ärende skickat, Förfrågan skickad, Begäran skickad",
        "da": "Anmodning sendt, Forespørgsel sendt",
        "de": "Anfrage gesendet",
        "nl": "Verzoek verzonden, Verzoek geplaatst, Aanvraag verzonden",
    },
    ChatSessionStatus.ClosedFromQueue: {
        "en": "Closed in queue, Closed from queue",
        "no": "Lukket i kø",
        "sv": "Stängd i kö",
        "da": "Lukket i kø",
        "de": "In Warteschlange geschlossen, In der Warteschlange geschlossen",
        "nl": "Gesloten in wachtrij, Gesloten in de wachtrij",
    },
}
"""Labels by status and language, the usual one first. English as the product's documentation has
it; Norwegian, Swedish, Danish, German and Dutch in plain translation."""


def language_code(name: str) -> str:
    """The two letters of a language header's name: ``nb-NO`` is ``no``."""
    code = name.strip().lower().partition("-")[0]
    return _ALIASES.get(code, code)


def label(status: ChatSessionStatus, language: str) -> str:
    """The usual label of a status in one of ``LANGUAGES``.

    >>> label(ChatSessionStatus.ClosedFromQueue, "no")
    'Lukket i kø'
    """
    return LABELS[status][language].partition(", ")[0]


def reference(status: ChatSessionStatus) -> str:
    """What stands for the label where no language was asked for; its name is ours.

    >>> reference(ChatSessionStatus.InQueue)
    '[SR_CHATSESSIONSTATUS_INQUEUE]'
    """
    return f"[SR_CHATSESSIONSTATUS_{status.name.upper()}]"


def _bare(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


_KNOWN: Final = {
    **{
        _bare(each): status
        for status, by_language in LABELS.items()
        for labels in by_language.values()
        for each in labels.split(", ")
    },
    **{_bare(status.name): status for status in ChatSessionStatus},
    **{_bare(reference(status)): status for status in ChatSessionStatus},
    **{str(status.value): status for status in ChatSessionStatus},
}
_NUMBER: Final = re.compile(r"\[I:(\d+)\]")
_TRANSLATED: Final = re.compile(r'[A-Z]{2}:"([^"]*)"')


def status_of(text: str) -> ChatSessionStatus | None:
    """The status that a text tells: its name, its number, or its label in any of the languages.

    None if it is none that is known.

    >>> status_of("Lukket i kø").name, status_of("7").name
    ('ClosedFromQueue', 'Finished')
    >>> status_of('NO:"Ferdig";US:"Finished"').name
    'Finished'
    """
    if number := _NUMBER.fullmatch(text.strip()):
        return _KNOWN.get(number[1])
    if labels := _TRANSLATED.findall(text):
        return next((_KNOWN[_bare(each)] for each in labels if _bare(each) in _KNOWN), None)
    return _KNOWN.get(_bare(text))
