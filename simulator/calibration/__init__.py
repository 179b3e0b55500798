"""From history to a scenario: figures estimated from records, never the records themselves."""
