"""The query language of the list endpoints: what a request body selects, in which order, which page, in which shape.

Services use `lists.get_all`, `lists.get_all_ex`, `lists.get_by_id_ex`, `lists.count` with an entity of `entities`; `scope` is the one
place that says which documents a company may see. Source: spec 2 §1-§5.
"""
