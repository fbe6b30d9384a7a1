"""The suite of every DocumentStore: `class TestDocumentStore(DocumentStoreSuite)` with a fixture `documents` that opens a clean store."""

from __future__ import annotations

from apiserver.stores.documents import DocumentStore
from apiserver.testing.documents_reading import FilterSuite, ReadingSuite
from apiserver.testing.documents_together import TogetherSuite
from apiserver.testing.documents_writing import WritingSuite


class DocumentStoreSuite(FilterSuite, ReadingSuite, WritingSuite, TogetherSuite):
    """Everything that `stores/documents.py`, `filters.py` and `errors.py` promise."""

    def test_is_a_document_store(self, documents: DocumentStore) -> None:
        """An engine states as data what it cannot do."""
        assert isinstance(documents, DocumentStore)
        assert set(documents.capabilities) <= {"transactions", "snapshots", "text"}
