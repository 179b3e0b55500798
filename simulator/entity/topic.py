"""ChatTopicEntity: a channel of chats and the settings of its queue.

Source: the reference page of GET ChatTopic/{id}. Its inner carriers whose settings no queue
depends on (language, templates, widget, bot) are kept as the objects that they are.
"""

# ruff: noqa: RUF009 - wire() declares a field, as dataclasses.field() does

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.entity.session import Associate, FieldProperties, FieldProperty, Right
from simulator.entity.wire import (
    OBJECT,
    TEXT,
    TIME,
    WHOLE,
    YES_NO,
    Carrier,
    carried,
    mapping_of,
    wire,
)

if TYPE_CHECKING:
    from simulator.entity.times import WireTime

__all__ = ["ChatTopic", "ChatTopicAgent"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTopic(Carrier):
    """A channel. ``…Minutes`` and ``OfflineFormTimeLimit`` are minutes."""

    chat_topic_id: int | None = wire("ChatTopicId", WHOLE)
    name: str | None = wire("Name", TEXT)
    description: str | None = wire("Description", TEXT)
    welcome_message: str | None = wire("WelcomeMessage", TEXT)
    language: dict[str, Any] | None = wire("Language", OBJECT)
    last_accept: WireTime | None = wire("LastAccept", TIME)
    seconds_pr_accept: int | None = wire("SecondsPrAccept", WHOLE)
    """The mean time from request to pickup."""
    alert_recipient: str | None = wire("AlertRecipient", TEXT)
    alert_template: dict[str, Any] | None = wire("AlertTemplate", OBJECT)
    collect_consent: bool | None = wire("CollectConsent", YES_NO)
    badge_header: str | None = wire("BadgeHeader", TEXT)
    custom_queue_text_enabled: bool | None = wire("CustomQueueTextEnabled", YES_NO)
    custom_queue_text: str | None = wire("CustomQueueText", TEXT)
    warn_new_chat_minutes: int | None = wire("WarnNewChatMinutes", WHOLE)
    warn_manager_new_chat_minutes: int | None = wire("WarnManagerNewChatMinutes", WHOLE)
    ticket_enabled: bool | None = wire("TicketEnabled", YES_NO)
    ticket_category: dict[str, Any] | None = wire("TicketCategory", OBJECT)
    ticket_priority: dict[str, Any] | None = wire("TicketPriority", OBJECT)
    opening_hours_enabled: bool | None = wire("OpeningHoursEnabled", YES_NO)
    opening_hours: dict[str, Any] | None = wire("OpeningHours", OBJECT)
    widget: dict[str, Any] | None = wire("Widget", OBJECT)
    bot_enabled: bool | None = wire("BotEnabled", YES_NO)
    bot_settings: dict[str, Any] | None = wire("BotSettings", OBJECT)
    offline_collect_consent: bool | None = wire("OfflineCollectConsent", YES_NO)
    warn_chat_message_minutes: int | None = wire("WarnChatMessageMinutes", WHOLE)
    warn_manager_chat_message_minutes: int | None = wire("WarnManagerChatMessageMinutes", WHOLE)
    use_queue_offline_form: bool | None = wire("UseQueueOfflineForm", YES_NO)
    offline_form_time_limit: int | None = wire("OfflineFormTimeLimit", WHOLE)
    offline_form_queue_length: int | None = wire("OfflineFormQueueLength", WHOLE)
    widget_enable_rating: bool | None = wire("WidgetEnableRating", YES_NO)
    widget_rating_text: str | None = wire("WidgetRatingText", TEXT)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatTopicAgent(Carrier):
    """What an agent may do in a channel."""

    topic_id: int | None = wire("TopicId", WHOLE)
    user: Associate | None = wire("User", carried(Associate))
    can_listen: bool | None = wire("CanListen", YES_NO)
    can_respond: bool | None = wire("CanRespond", YES_NO)
    can_manage: bool | None = wire("CanManage", YES_NO)
    can_notify: bool | None = wire("CanNotify", YES_NO)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))
