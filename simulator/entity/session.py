"""ChatSessionEntity and the carriers within it, key for key as the reference page has them.

Source: the page of POST ChatSession/Pickup. ``ChatbotIsActive`` and ``Rating`` are newer than
that page; what else newer tenants add is not read. Strings and carriers may be null; the other
values are so only where a query's ``$select`` left them out.
"""

# ruff: noqa: RUF009 - wire() declares a field, as dataclasses.field() does

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from simulator.entity.codes import (
    AssociateType,
    ChatSessionFlags,
    ChatSessionStatus,
    SaleCompleted,
    SaleStatus,
    TicketBaseStatus,
    TicketOrigin,
    TicketReadStatus,
    TicketSecurityLevel,
    Unlisted,
)
from simulator.entity.wire import (
    NUMBER,
    OBJECT,
    TEXT,
    TIME,
    WHOLE,
    YES_NO,
    Carrier,
    carried,
    flags_of,
    mapping_of,
    one_of,
    wire,
)

if TYPE_CHECKING:
    from simulator.entity.times import WireTime

__all__ = [
    "Associate",
    "ChatSession",
    "Contact",
    "FieldProperties",
    "FieldProperty",
    "Person",
    "Project",
    "Right",
    "Sale",
    "Ticket",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Right(Carrier):
    """What the caller may do. A mask is a comma list such as "Select, Update", kept as text."""

    mask: str | None = wire("Mask", TEXT)
    reason: str | None = wire("Reason", TEXT)


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProperty(Carrier):
    """What the caller may do with one field, and the field's .NET type and length."""

    field_right: Right | None = wire("FieldRight", carried(Right))
    field_type: str | None = wire("FieldType", TEXT)
    field_length: int | None = wire("FieldLength", WHOLE)


FieldProperties = Mapping[str, FieldProperty | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Associate(Carrier):
    """A user of the product: the agent who handles a session, or the one it is transferred to."""

    associate_id: int | None = wire("AssociateId", WHOLE)
    name: str | None = wire("Name", TEXT)
    person_id: int | None = wire("PersonId", WHOLE)
    rank: int | None = wire("Rank", WHOLE)
    tooltip: str | None = wire("Tooltip", TEXT)
    type: AssociateType | Unlisted | None = wire(
        "Type", one_of(AssociateType, AssociateType.Unknown)
    )
    group_idx: int | None = wire("GroupIdx", WHOLE)
    full_name: str | None = wire("FullName", TEXT)
    formal_name: str | None = wire("FormalName", TEXT)
    deleted: bool | None = wire("Deleted", YES_NO)
    ej_user_id: int | None = wire("EjUserId", WHOLE)
    user_name: str | None = wire("UserName", TEXT)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person(Carrier):
    """The customer, where known: what the product's own screens call a contact."""

    position: str | None = wire("Position", TEXT)
    person_id: int | None = wire("PersonId", WHOLE)
    mrmrs: str | None = wire("Mrmrs", TEXT)
    firstname: str | None = wire("Firstname", TEXT)
    lastname: str | None = wire("Lastname", TEXT)
    middle_name: str | None = wire("MiddleName", TEXT)
    title: str | None = wire("Title", TEXT)
    description: str | None = wire("Description", TEXT)
    email: str | None = wire("Email", TEXT)
    full_name: str | None = wire("FullName", TEXT)
    direct_phone: str | None = wire("DirectPhone", TEXT)
    formal_name: str | None = wire("FormalName", TEXT)
    country_id: int | None = wire("CountryId", WHOLE)
    contact_id: int | None = wire("ContactId", WHOLE)
    contact_name: str | None = wire("ContactName", TEXT)
    retired: int | None = wire("Retired", WHOLE)
    rank: int | None = wire("Rank", WHOLE)
    active_interests: int | None = wire("ActiveInterests", WHOLE)
    contact_department: str | None = wire("ContactDepartment", TEXT)
    contact_country_id: int | None = wire("ContactCountryId", WHOLE)
    contact_org_nr: str | None = wire("ContactOrgNr", TEXT)
    fax_phone: str | None = wire("FaxPhone", TEXT)
    mobile_phone: str | None = wire("MobilePhone", TEXT)
    contact_phone: str | None = wire("ContactPhone", TEXT)
    associate_name: str | None = wire("AssociateName", TEXT)
    associate_id: int | None = wire("AssociateId", WHOLE)
    use_person_address: bool | None = wire("UsePersonAddress", YES_NO)
    contact_fax: str | None = wire("ContactFax", TEXT)
    kanafname: str | None = wire("Kanafname", TEXT)
    kanalname: str | None = wire("Kanalname", TEXT)
    post1: str | None = wire("Post1", TEXT)
    post2: str | None = wire("Post2", TEXT)
    post3: str | None = wire("Post3", TEXT)
    email_name: str | None = wire("EmailName", TEXT)
    contact_full_name: str | None = wire("ContactFullName", TEXT)
    active_erp_links: int | None = wire("ActiveErpLinks", WHOLE)
    ticket_priority_id: int | None = wire("TicketPriorityId", WHOLE)
    support_language_id: int | None = wire("SupportLanguageId", WHOLE)
    support_associate_id: int | None = wire("SupportAssociateId", WHOLE)
    category_name: str | None = wire("CategoryName", TEXT)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact(Carrier):
    """The customer's company: what the product's own screens call a company."""

    contact_id: int | None = wire("ContactId", WHOLE)
    name: str | None = wire("Name", TEXT)
    org_nr: str | None = wire("OrgNr", TEXT)
    department: str | None = wire("Department", TEXT)
    url: str | None = wire("URL", TEXT)
    city: str | None = wire("City", TEXT)
    direct_phone: str | None = wire("DirectPhone", TEXT)
    associate_id: int | None = wire("AssociateId", WHOLE)
    country_id: int | None = wire("CountryId", WHOLE)
    email_address: str | None = wire("EmailAddress", TEXT)
    kananame: str | None = wire("Kananame", TEXT)
    email_address_name: str | None = wire("EmailAddressName", TEXT)
    url_name: str | None = wire("URLName", TEXT)
    associate_full_name: str | None = wire("AssociateFullName", TEXT)
    business_name: str | None = wire("BusinessName", TEXT)
    category_name: str | None = wire("CategoryName", TEXT)
    country_name: str | None = wire("CountryName", TEXT)
    address: dict[str, Any] | None = wire("Address", OBJECT)
    formatted_address: str | None = wire("FormattedAddress", TEXT)
    full_name: str | None = wire("FullName", TEXT)
    is_owner_contact: bool | None = wire("IsOwnerContact", YES_NO)
    active_erp_links: int | None = wire("ActiveErpLinks", WHOLE)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))


@dataclass(frozen=True, slots=True, kw_only=True)
class Project(Carrier):
    """A project that the session is linked to."""

    project_id: int | None = wire("ProjectId", WHOLE)
    name: str | None = wire("Name", TEXT)
    description: str | None = wire("Description", TEXT)
    url: str | None = wire("URL", TEXT)
    type: str | None = wire("Type", TEXT)
    associate_id: int | None = wire("AssociateId", WHOLE)
    associate_full_name: str | None = wire("AssociateFullName", TEXT)
    type_id: int | None = wire("TypeId", WHOLE)
    updated: WireTime | None = wire("Updated", TIME)
    status_id: int | None = wire("StatusId", WHOLE)
    status: str | None = wire("Status", TEXT)
    text_id: int | None = wire("TextId", WHOLE)
    publish_to: WireTime | None = wire("PublishTo", TIME)
    publish_from: WireTime | None = wire("PublishFrom", TIME)
    is_published: bool | None = wire("IsPublished", YES_NO)
    url_name: str | None = wire("URLName", TEXT)
    project_number: str | None = wire("ProjectNumber", TEXT)
    active_erp_links: int | None = wire("ActiveErpLinks", WHOLE)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale(Carrier):
    """A sale that the session is linked to."""

    contact_name: str | None = wire("ContactName", TEXT)
    sale_date: WireTime | None = wire("SaleDate", TIME)
    sale_id: int | None = wire("SaleId", WHOLE)
    probability: int | None = wire("Probability", WHOLE)
    title: str | None = wire("Title", TEXT)
    amount: float | None = wire("Amount", NUMBER)
    currency: str | None = wire("Currency", TEXT)
    project_name: str | None = wire("ProjectName", TEXT)
    associate_full_name: str | None = wire("AssociateFullName", TEXT)
    description: str | None = wire("Description", TEXT)
    status: SaleStatus | Unlisted | None = wire("Status", one_of(SaleStatus, SaleStatus.Unknown))
    weighted_amount: float | None = wire("WeightedAmount", NUMBER)
    project_id: int | None = wire("ProjectId", WHOLE)
    earning_percent: float | None = wire("EarningPercent", NUMBER)
    earning: float | None = wire("Earning", NUMBER)
    contact_id: int | None = wire("ContactId", WHOLE)
    associate_id: int | None = wire("AssociateId", WHOLE)
    person_id: int | None = wire("PersonId", WHOLE)
    sale_type_id: int | None = wire("SaleTypeId", WHOLE)
    sale_type_name: str | None = wire("SaleTypeName", TEXT)
    person_full_name: str | None = wire("PersonFullName", TEXT)
    completed: SaleCompleted | Unlisted | None = wire(
        "Completed", one_of(SaleCompleted, SaleCompleted.Unknown)
    )
    active_erp_links: int | None = wire("ActiveErpLinks", WHOLE)
    next_due_date: WireTime | None = wire("NextDueDate", TIME)
    number: str | None = wire("Number", TEXT)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket(Carrier):
    """A request that the session is linked to. ``TimeTo…`` are minutes, ``TimeSpent…`` seconds."""

    ticket_id: int | None = wire("TicketId", WHOLE)
    title: str | None = wire("Title", TEXT)
    created_at: WireTime | None = wire("CreatedAt", TIME)
    last_changed: WireTime | None = wire("LastChanged", TIME)
    read_by_owner: WireTime | None = wire("ReadByOwner", TIME)
    read_by_customer: WireTime | None = wire("ReadByCustomer", TIME)
    first_read_by_user: WireTime | None = wire("FirstReadByUser", TIME)
    activate: WireTime | None = wire("Activate", TIME)
    closed_at: WireTime | None = wire("ClosedAt", TIME)
    replied_at: WireTime | None = wire("RepliedAt", TIME)
    alert_timeout: WireTime | None = wire("AlertTimeout", TIME)
    deadline: WireTime | None = wire("Deadline", TIME)
    created_by: int | None = wire("CreatedBy", WHOLE)
    created_by_name: str | None = wire("CreatedByName", TEXT)
    author: str | None = wire("Author", TEXT)
    owned_by: int | None = wire("OwnedBy", WHOLE)
    owned_by_name: str | None = wire("OwnedByName", TEXT)
    category: int | None = wire("Category", WHOLE)
    category_name: str | None = wire("CategoryName", TEXT)
    category_fullname: str | None = wire("CategoryFullname", TEXT)
    slevel: TicketSecurityLevel | Unlisted | None = wire(
        "Slevel", one_of(TicketSecurityLevel, TicketSecurityLevel.Unknown)
    )
    priority: int | None = wire("Priority", WHOLE)
    base_status: TicketBaseStatus | Unlisted | None = wire(
        "BaseStatus", one_of(TicketBaseStatus, TicketBaseStatus.Unknown)
    )
    ticket_status: int | None = wire("TicketStatus", WHOLE)
    origin: TicketOrigin | Unlisted | None = wire(
        "Origin", one_of(TicketOrigin, TicketOrigin.Unknown)
    )
    cust_id: int | None = wire("CustId", WHOLE)
    cust_firstname: str | None = wire("CustFirstname", TEXT)
    cust_middle_name: str | None = wire("CustMiddleName", TEXT)
    cust_lastname: str | None = wire("CustLastname", TEXT)
    alert_level: int | None = wire("AlertLevel", WHOLE)
    connect_id: int | None = wire("ConnectId", WHOLE)
    read_status: TicketReadStatus | Unlisted | None = wire(
        "ReadStatus", one_of(TicketReadStatus, TicketReadStatus.Unknown)
    )
    time_to_reply: int | None = wire("TimeToReply", WHOLE)
    real_time_to_reply: int | None = wire("RealTimeToReply", WHOLE)
    time_to_close: int | None = wire("TimeToClose", WHOLE)
    real_time_to_close: int | None = wire("RealTimeToClose", WHOLE)
    time_spent_internally: int | None = wire("TimeSpentInternally", WHOLE)
    time_spent_externally: int | None = wire("TimeSpentExternally", WHOLE)
    time_spent_queue: int | None = wire("TimeSpentQueue", WHOLE)
    real_time_spent_internally: int | None = wire("RealTimeSpentInternally", WHOLE)
    real_time_spent_externally: int | None = wire("RealTimeSpentExternally", WHOLE)
    real_time_spent_queue: int | None = wire("RealTimeSpentQueue", WHOLE)
    has_attachment: bool | None = wire("HasAttachment", YES_NO)
    num_replies: int | None = wire("NumReplies", WHOLE)
    num_messages: int | None = wire("NumMessages", WHOLE)
    from_address: str | None = wire("FromAddress", TEXT)
    cust_fullname: str | None = wire("CustFullname", TEXT)
    ticket_status_display_value: str | None = wire("TicketStatusDisplayValue", TEXT)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatSession(Carrier):
    """ChatSessionEntity: one chat, from the request to the end."""

    chat_session_id: int | None = wire("ChatSessionId", WHOLE)
    topic_id: int | None = wire("TopicId", WHOLE)
    user: Associate | None = wire("User", carried(Associate))
    person: Person | None = wire("Person", carried(Person))
    customer_alias: str | None = wire("CustomerAlias", TEXT)
    customer_host: str | None = wire("CustomerHost", TEXT)
    customer_name: str | None = wire("CustomerName", TEXT)
    customer_email: str | None = wire("CustomerEmail", TEXT)
    customer_phone: str | None = wire("CustomerPhone", TEXT)
    customer_consented: bool | None = wire("CustomerConsented", YES_NO)
    customer_company_name: str | None = wire("CustomerCompanyName", TEXT)
    status: ChatSessionStatus | Unlisted | None = wire(
        "Status", one_of(ChatSessionStatus, ChatSessionStatus.Invalid)
    )
    first_message: str | None = wire("FirstMessage", TEXT)
    last_message: str | None = wire("LastMessage", TEXT)
    when_requested: WireTime | None = wire("WhenRequested", TIME)
    when_started: WireTime | None = wire("WhenStarted", TIME)
    when_ended: WireTime | None = wire("WhenEnded", TIME)
    when_idle: WireTime | None = wire("WhenIdle", TIME)
    when_fetched: WireTime | None = wire("WhenFetched", TIME)
    session_key: str | None = wire("SessionKey", TEXT, shown=False)
    initial_queue_pos: int | None = wire("InitialQueuePos", WHOLE)
    alert_level: int | None = wire("AlertLevel", WHOLE)
    rank: int | None = wire("Rank", WHOLE)
    flags: tuple[ChatSessionFlags | Unlisted, ...] | None = wire(
        "Flags", flags_of(ChatSessionFlags, ChatSessionFlags.CustomerIsTyping)
    )
    contact: Contact | None = wire("Contact", carried(Contact))
    project: Project | None = wire("Project", carried(Project))
    sale: Sale | None = wire("Sale", carried(Sale))
    ticket: Ticket | None = wire("Ticket", carried(Ticket))
    transfer_to: Associate | None = wire("TransferTo", carried(Associate))
    chatbot_is_active: bool | None = wire("ChatbotIsActive", YES_NO)
    rating: int | None = wire("Rating", WHOLE)
    table_right: Right | None = wire("TableRight", carried(Right))
    field_properties: FieldProperties | None = wire("FieldProperties", mapping_of(FieldProperty))
