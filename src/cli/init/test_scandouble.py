"""A first test: `pytest tests/test_scandouble.py`. Each test gets a world of its own, so tests run in parallel."""

import json
import pathlib
import urllib.request

FIXTURE = pathlib.Path(__file__).parent.parent / "fixtures" / "invoice.yaml"


def look_up(base_url, digest):
    """In place of your own client, which gets the base URL of the world."""
    headers = {"apikey": "exampleapikey", "Content-Type": "application/json"}
    body = json.dumps({"hash": [digest]}).encode()
    request = urllib.request.Request(f"{base_url}/v2/hash", body, headers)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def test_the_invoice_is_infected(scandouble):
    scandouble.load(FIXTURE)
    (result,) = look_up(scandouble.url, "1584f8ea241a3accca59b09ce87a9036")
    assert result["scan_result"] == 1
    scandouble.verify({"call": {"api": "metadefender-cloud", "status": 200}, "times": 1})
