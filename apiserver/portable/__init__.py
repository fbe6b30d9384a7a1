"""An installation as one stream of records, whatever its stores: what `trackyard move`, `backup`, `restore` and `verify` share.

`reading.py` gives the records of stores in sections and portions, `writing.py` puts them into stores, `comparing.py` and `references.py`
look whether they are whole, `moving.py` carries them over with checkpoints, `archive.py` and `backups.py` keep them in a file. Everything
goes through the interfaces of `stores/`; nothing here knows an engine. Docs: docs/backup.md, docs/scale-out.md.
"""
