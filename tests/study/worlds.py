"""A scenario file small enough to simulate in a blink, and one to break off."""

from __future__ import annotations

SMALL = """
name: corner shop
timezone: Europe/Oslo
start: 2026-03-23T00:00
days: 1
topics:
  - id: 1
    name: Sales
    opening_hours: {mon-fri: ["08:00-18:00"]}
    arrivals: {rate_per_hour: 12}
    work: {exponential: {mean: 8m}}
    patience: {exponential: {mean: 5m}}
    reaction: {exponential: {mean: 20s}}
agents:
  - group: Desk
    count: 2
    topics: [Sales]
    cap: 2
    output: [1, 1.5]
"""

BUSIER = SMALL.replace("rate_per_hour: 12", "rate_per_hour: 13")
LONG = SMALL.replace("days: 1", "days: 40").replace("rate_per_hour: 12", "rate_per_hour: 60")
