"""A person's two records: the one that signs in, and the one that others see. Both have one id."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from apiserver import build_info
from apiserver.stores.collections import AUTH_USERS, USERS
from apiserver.stores.documents import DocumentStore
from apiserver.stores.filters import Eq


def insert(
    documents: DocumentStore, *, name: str, company: str, role: str, email: str, now: datetime, shown: Mapping[str, Any] | None = None
) -> str:
    """Store a new person; the id. shown: more of what others see. Raises: DuplicateKey (the e-mail), and then nothing is stored."""
    user_id = uuid.uuid4().hex
    signs_in = {
        "id": user_id, "name": name, "company": company, "email": email, "role": role, "created": now,
        "credentials": [], "autocreated": False,
    }  # fmt: skip
    seen = {
        "id": user_id, "name": name, "company": company, "preferences": "", "created": now,
        "created_in_version": build_info.server_version(), **(shown or {}),
    }  # fmt: skip
    documents.insert(AUTH_USERS, signs_in)
    try:
        documents.insert(USERS, seen)
    except Exception:
        documents.delete(AUTH_USERS, Eq("id", user_id))
        raise
    return user_id
