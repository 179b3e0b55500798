"""Small desks to hold beside each other."""

from __future__ import annotations

TODAY = """
name: today
timezone: Europe/Oslo
start: 2026-03-23T00:00
days: 2
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["08:00-18:00"]}
    arrivals: {rate_per_hour: 14}
    work: {exponential: {mean: 8m}}
    patience: {exponential: {mean: 5m}}
    reaction: {exponential: {mean: 20s}}
  - id: 2
    name: Support
    opening_hours: {mon-fri: ["08:00-16:00"]}
    arrivals: {rate_per_hour: 6}
    work: {exponential: {mean: 10m}}
    patience: {exponential: {mean: 8m}}
agents:
  - group: Sellers
    roster:
      - {agent: Ada, weekday: mon-fri, start: "08:00", end: "16:00", breaks: 12:00-12:30}
      - {agent: Bo, weekday: mon-fri, start: "08:00", end: "18:00"}
    topics: [Sales]
    cap: 2
    output: [1, 1.5]
  - group: Helpers
    count: 2
    hours: {mon-fri: ["08:00-18:00"]}
    topics: [Sales, Support]
    cap: 2
    output: [1, 1.5]
  - group: Floaters
    names: [Cy]
    hours: {mon: ["10:00-12:00"]}
    topics: [Support]
    absent: 0.2
  - group: Table
    staffing:
      - {weekday: mon-fri, start: "10:00", end: "12:00", agents: 1}
      - {weekday: mon-fri, start: "12:00", end: "13:00", agents: 0}
    topics: [Support]
"""


def like_today(name: str, *changes: tuple[str, str]) -> str:
    """``TODAY`` under another name, with some of its text replaced."""
    text = TODAY.replace("name: today", f"name: {name}", 1)
    for before, after in changes:
        assert before in text, before
        text = text.replace(before, after)
    return text


def queue(name: str, *, agents: int, per_hour: float = 54.0) -> str:
    """An M/M/c day of eight hours with a mean work of three minutes."""
    return f"""
name: {name}
timezone: UTC
start: 2026-03-23T00:00
days: 1
topics:
  - id: 1
    name: Chat
    opening_hours: {{mon-fri: ["08:00-16:00"]}}
    arrivals: {{rate_per_hour: {per_hour}}}
    work: {{exponential: {{mean: 3m}}}}
agents:
  - {{group: Desk, count: {agents}, hours: {{mon-fri: ["08:00-16:00"]}}, topics: [Chat]}}
service_level: {{threshold: 20s}}
"""
