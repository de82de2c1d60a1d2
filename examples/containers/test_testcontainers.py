"""Testcontainers for Python: `pip install testcontainers pytest && pytest test_testcontainers.py`."""

import json
import urllib.request
from pathlib import Path

import pytest
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def scandouble():
    """The base URL. Append `/_world/<name>` to get an isolated world for a test."""
    container = DockerContainer("registry.example.com/scandouble:0.1.0").with_exposed_ports(8080)
    container.with_volume_mapping(str(FIXTURES), "/fixtures", "ro")
    container.waiting_for(HttpWaitStrategy(8080, "/_scandouble/health").for_status_code(200))
    with container:
        yield f"http://{container.get_container_host_ip()}:{container.get_exposed_port(8080)}"


def test_the_invoice_is_infected(scandouble):
    body = json.dumps({"hash": ["1584f8ea241a3accca59b09ce87a9036"]}).encode()
    request = urllib.request.Request(f"{scandouble}/_world/t1/v2/hash", body, {"apikey": "exampleapikey"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert json.load(answer)[0]["scan_result"] == 1
