"""Prints `generated/errors.py`: one exception class for each error code."""

from __future__ import annotations

from apiserver.codegen.layout import docstring, header, literal
from apiserver.codegen.model import Contract


def print_errors(contract: Contract) -> str:
    lines = [header("schema/errors.conf")]
    lines += ['"""One exception for each error code of the wire; raise them as `errors.InvalidTaskId(id=...)`."""', ""]
    lines += ["from __future__ import annotations", "", "from apiserver.calls.errors import ApiError", ""]
    rows = sorted(contract.errors, key=lambda row: (row.code, row.subcode))
    for row in rows:
        lines += ["", f"class {row.class_name}(ApiError):"]
        lines += docstring(f"{row.code}/{row.subcode} {row.name}", 4)
        lines += ["", f"    code = {row.code}", f"    subcode = {row.subcode}", f"    text = {literal(row.text)}", ""]
    lines += ["", "BY_CODE: dict[tuple[int, int], type[ApiError]] = {"]
    lines += [f"    ({row.code}, {row.subcode}): {row.class_name}," for row in rows]
    return "\n".join([*lines, "}"]) + "\n"
