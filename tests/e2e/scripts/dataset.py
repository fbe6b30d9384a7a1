"""A dataset and a version that builds on it: made, uploaded, finished, found, fetched and compared."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from clearml import Dataset

NAME, PROJECT = "digits", "e2e datasets"


def check(what: str, found: Any, wanted: Any) -> None:
    if found != wanted:
        raise SystemExit(f"{what}: found {found!r}, wanted {wanted!r}")
    print(f"ok: {what}")


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def read(folder: str) -> dict[str, bytes]:
    root = Path(folder)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def main() -> None:
    folder = Path(sys.argv[1]) / "files"
    first = {"train/0.bin": bytes(range(256)) * 40, "train/ü.txt": "ünïcode".encode(), "labels.csv": b"file,label\n0.bin,0\n"}
    write(folder, first)
    base = Dataset.create(dataset_name=NAME, dataset_project=PROJECT, dataset_version="1.0.0", dataset_tags=["e2e"])
    check("files added", base.add_files(folder), 3)
    base.set_metadata({"classes": 10})
    base.upload(show_progress=False)
    base.finalize(auto_upload=False)

    found = Dataset.get(dataset_name=NAME, dataset_project=PROJECT)
    check("found by name", found.id, base.id)
    check("its files", sorted(found.list_files()), sorted(first))
    check("its tags", found.tags, ["e2e"])
    check("its metadata", found.get_metadata(), {"classes": 10})
    check("its copy", read(found.get_local_copy()), first)

    write(folder, {"train/1.bin": b"new", "labels.csv": b"file,label\n0.bin,0\n1.bin,1\n"})
    (folder / "train/ü.txt").unlink()
    child = Dataset.create(dataset_name=NAME, dataset_project=PROJECT, dataset_version="1.1.0", parent_datasets=[base.id])
    check("removed, added, changed", child.sync_folder(folder), (1, 1, 1))
    child.upload(show_progress=False)
    child.finalize()
    second = read(str(folder))

    newest = Dataset.get(dataset_name=NAME, dataset_project=PROJECT)
    check("the newest version", (newest.id, newest.version), (child.id, "1.1.0"))
    check("its own copy", read(newest.get_local_copy()), second)
    older = Dataset.get(dataset_name=NAME, dataset_project=PROJECT, dataset_version="1.0.0")
    check("the older version", older.id, base.id)
    check("what builds on what", newest.get_dependency_graph(), {child.id: [base.id], base.id: []})

    listed = {row["id"]: row["version"] for row in Dataset.list_datasets(dataset_project=PROJECT, only_completed=True)}
    check("listed", listed, {base.id: "1.0.0", child.id: "1.1.0"})
    check("listed by tag", [row["id"] for row in Dataset.list_datasets(dataset_project=PROJECT, tags=["e2e"])], [base.id])

    Dataset.delete(dataset_id=child.id)
    check("after one was deleted", [row["id"] for row in Dataset.list_datasets(dataset_project=PROJECT)], [base.id])


if __name__ == "__main__":
    main()
