"""Uploads: the files of one multipart form, streamed to disk (spec 6 §1.3)."""

from __future__ import annotations

import logging

import falcon
from falcon.media.multipart import MultipartFormHandler

from fileserver.store import Files, OutsideRoot, TooLarge

log = logging.getLogger(__name__)


class Uploads:
    """max_bytes: of one request's body; 0: no limit."""

    def __init__(self, files: Files, *, max_bytes: int) -> None:
        self._files = files
        self._max_bytes = max_bytes
        self._forms = MultipartFormHandler()
        self._forms.parse_options.max_body_part_count = 0

    def receive(self, req: falcon.Request) -> list[str]:
        """Store every part that carries a file name, under its field's name; returns the names in order.

        A form is not all or nothing: what came whole before a part failed, stays. Of parts with one name the first counts.
        A body that is no form holds no files. Raises: OutsideRoot, CannotStore, TooLarge, DiskFull, MultipartParseError.
        """
        self._measure(req.content_length or 0)
        if (req.content_type or "").partition(";")[0].strip().lower() != falcon.MEDIA_MULTIPART:
            return []
        # NOTE: a chunked body has no length; the parser stops at the closing boundary.
        length = req.content_length if req.content_length is not None else 1 << 62
        form = iter(self._forms.deserialize(req.stream, req.content_type, length))
        stored: dict[str, int] = {}
        part = next(form, None)
        while part is not None:
            name = (part.name or "").lstrip("/")
            if part.filename is None or not name or name in stored:
                part = next(form, None)
                continue
            if self._files.find(name) is None:
                raise OutsideRoot(name)
            with self._files.upload() as upload:
                upload.receive(part.stream, limit=self._max_bytes)
                self._measure(sum(stored.values()) + upload.size)
                # NOTE: only the next boundary proves that the part came whole; an upload that broke off raises here.
                part = next(form, None)
                upload.keep(name)
            stored[name] = upload.size
            log.debug("stored %s, %d bytes", name, upload.size)
        return list(stored)

    def _measure(self, size: int) -> None:
        if self._max_bytes and size > self._max_bytes:
            raise TooLarge(f"An upload may have {self._max_bytes} bytes (fileserver.upload.max_upload_size_mb)")
