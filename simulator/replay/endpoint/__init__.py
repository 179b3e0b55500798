"""Whom a replay talks to: the guard, the credentials, and the one door to httpx."""
