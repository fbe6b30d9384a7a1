"""The servers of the scale-out stack, as `apiserver/testing/stacks.py` asks for them: started when the first test needs one."""

from __future__ import annotations

from functools import partial

from apiserver.testing import stacks
from tests.servers.base import shared
from tests.servers.elasticsearch import ELASTIC_7
from tests.servers.mongo import MONGO
from tests.servers.redis import REDIS


def offer() -> None:
    stacks.servers |= {"mongo": partial(shared, MONGO), "elastic": partial(shared, ELASTIC_7), "redis": partial(shared, REDIS)}
