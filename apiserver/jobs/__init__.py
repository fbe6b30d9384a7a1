"""Work in the background. Each job is one function over a backend; `table.py` lists them, `schedule.py` runs them in one process."""
