"""Which addresses the configuration of Elasticsearch means."""

from __future__ import annotations

from typing import Any

import pytest

from apiserver import configuration
from apiserver.settings import Settings
from apiserver.stores.elastic.opening import cluster


@pytest.mark.parametrize(
    ("entry", "hosts"),
    [
        ({}, ["http://127.0.0.1:9200"]),
        ({"hosts": ["e:9201", "https://f:1/p"]}, ["http://e:9201", "https://f:1/p"]),
        ({"hosts": [{"host": "e", "scheme": "https"}]}, ["https://e:9200"]),
        ({"hosts": ["https://e:1/p"], "service_host": "s"}, ["https://s:1/p"]),
        ({"hosts": [{"host": "e", "port": 1}], "service_host": "s", "service_port": 2}, ["http://s:2"]),
    ],
)
def test_hosts(entry: dict[str, Any], hosts: list[str]) -> None:
    """Texts and objects; the parts of the service go before them."""
    settings = Settings.from_dict({"hosts.elastic.events": entry}, secrets=[])
    assert list(cluster(settings, "events").options.hosts) == hosts


def test_names_of_the_reference() -> None:
    """One host and port for both clusters."""
    found = configuration.load({"CLEARML_ELASTIC_SERVICE_HOST": "elastic", "ELASTIC_SERVICE_PORT": "9201"})
    assert found.problems == []
    for name in ("events", "workers"):
        assert list(cluster(found.settings(), name).options.hosts) == ["http://elastic:9201"]
