"""Lists by OData: the options of an address as SQL with bound parameters, and rows as a page.

::

    query = parse(request.query_params)                              # text → tree
    text, parameters = query.sql(archive, zone=view.zone, page_size=100)
    answer = page(query, rows, archive, view=view, url=…, page_size=100)

A page holds ``$top`` rows, or as many as the tenant's setting says, and ``odata.nextLink`` leads
to the next while there is one. QueryError is the answer 400.
"""

from __future__ import annotations

from simulator.tenant.odata.archive import Archive, Column, session_archive
from simulator.tenant.odata.errors import QueryError
from simulator.tenant.odata.pages import page
from simulator.tenant.odata.query import Query, parse

__all__ = ["Archive", "Column", "Query", "QueryError", "page", "parse", "session_archive"]
