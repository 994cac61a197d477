"""Bulk API 2.0 of the local org: ingest and query jobs."""

from __future__ import annotations

from starlette.routing import Route

from sf_lifecycle.localorg.bulk.ingest_routes import Ingest
from sf_lifecycle.localorg.bulk.jobs import JobBook
from sf_lifecycle.localorg.bulk.query_routes import Query
from sf_lifecycle.localorg.org import Org

__all__ = ["routes"]


def routes(org: Org) -> list[Route]:
    """The routes under `/services/data/vXX.0/jobs/`. Call once per org: the jobs belong to what it returns."""
    book = JobBook(org)
    return [*Ingest(book).routes(), *Query(book).routes()]
