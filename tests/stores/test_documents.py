"""Every document engine keeps the contract."""

from __future__ import annotations

from apiserver.testing.documents import DocumentStoreSuite


class TestDocumentStore(DocumentStoreSuite):
    """See the suite."""
