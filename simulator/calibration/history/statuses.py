"""A chat's status by its name, its number or its translated label."""

from __future__ import annotations

import re
from typing import Final

from simulator.entity import ChatSessionStatus

__all__ = ["LABELS", "status_of"]

LABELS: Final = {
    ChatSessionStatus.Invalid: "Invalid, Ugyldig, Ogiltig, Ungültig, Ongeldig",
    ChatSessionStatus.PreChatForm: (
        "Pre-chat form, Skjema før chat, Formulär före chatt, Formular før chat, "
        "Formular vor dem Chat, Pre-Chat-Formular, Formulier voor chat"
    ),
    ChatSessionStatus.Faq: "FAQ link, FAQ, FAQ-lenke, FAQ-kobling, FAQ-länk, FAQ-koppeling",
    ChatSessionStatus.OfflineForm: (
        "Offline form, Offline-skjema, Frakoblet skjema, Offlineformulär, Offline-formular, "
        "Offlineformulier"
    ),
    ChatSessionStatus.InQueue: (
        "Waiting, In queue, Venter, I kø, Väntar, I kö, Wartet, Wartend, In der Warteschlange, "
        "Wachtend, Wacht, In wachtrij, In de wachtrij"
    ),
    ChatSessionStatus.CustomerLast: (
        "Waiting for agent, Venter på agent, Venter på saksbehandler, Väntar på agent, "
        "Väntar på handläggare, Venter på sagsbehandler, Wartet auf Agent, Wartet auf Agenten, "
        "Wacht op agent, Wachten op agent, Wacht op medewerker"
    ),
    ChatSessionStatus.UserLast: (
        "Waiting for customer, Venter på kunde, Venter på kunden, Väntar på kund, "
        "Väntar på kunden, Wartet auf Kunde, Wartet auf Kunden, Wacht op klant, Wachten op klant"
    ),
    ChatSessionStatus.Finished: (
        "Finished, Ferdig, Fullført, Färdig, Slutförd, Færdig, Fuldført, Fertig, Beendet, "
        "Voltooid, Afgerond, Klaar"
    ),
    ChatSessionStatus.Deleted: "Deleted, Slettet, Borttagen, Raderad, Gelöscht, Verwijderd",
    ChatSessionStatus.Closed: "Closed, Lukket, Stängd, Geschlossen, Gesloten",
    ChatSessionStatus.RequestPosted: (
        "Request posted, Henvendelse sendt, Forespørsel sendt, Ärende skickat, Förfrågan skickad, "
        "Begäran skickad, Anmodning sendt, Forespørgsel sendt, Anfrage gesendet, "
        "Verzoek verzonden, Verzoek geplaatst, Aanvraag verzonden"
    ),
    ChatSessionStatus.ClosedFromQueue: (
        "Closed in queue, Closed from queue, Lukket i kø, Stängd i kö, "
        "In Warteschlange geschlossen, In der Warteschlange geschlossen, Gesloten in wachtrij, "
        "Gesloten in de wachtrij"
    ),
}
"""English as the product's documentation has it; Norwegian, Swedish, Danish, German and Dutch in
plain translation."""


def _bare(label: str) -> str:
    return "".join(character for character in label.casefold() if character.isalnum())


_KNOWN: Final = {
    **{_bare(label): status for status, labels in LABELS.items() for label in labels.split(", ")},
    **{_bare(status.name): status for status in ChatSessionStatus},
    **{str(status.value): status for status in ChatSessionStatus},
}
_NUMBER: Final = re.compile(r"\[I:(\d+)\]")
_TRANSLATED: Final = re.compile(r'[A-Z]{2}:"([^"]*)"')


def status_of(text: str) -> ChatSessionStatus | None:
    """The status that a cell tells, in any of the languages; None if it is none that is known.

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
