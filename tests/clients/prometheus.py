"""Scrapes the metrics, and reads them with the parser of Prometheus' own client."""

import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from double import Double, row

MAX_SERIES = 500


def scrape(double):
    """Returns the families by name, and the value of every sample by name and labels."""
    with urllib.request.urlopen(f"{double.plain}/_scandouble/metrics", timeout=10) as response:
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        families = {family.name: family for family in text_string_to_metric_families(response.read().decode())}
    samples = [sample for family in families.values() for sample in family.samples]
    return families, {(sample.name, *sorted(sample.labels.items())): sample.value for sample in samples}


def look_up(double, path, expected):
    try:
        status = urllib.request.urlopen(double.plain + path, timeout=10).status
    except urllib.error.HTTPError as error:
        status = error.code
    assert status == expected, (path, status)


def check(double):
    for number in range(5):
        look_up(double, f"/_world/w{number}/hash/{'0' * 63}{number}", 200)
        look_up(double, f"/nowhere/{number}", 404)
    families, samples = scrape(double)
    types = [family.type for family in families.values()]
    row("every family has a type", f"{len(types)} families", "unknown" not in types and len(types) > 15)
    requests = families["scandouble_requests"].samples
    by_api = {api: sum(sample.value for sample in requests if sample.labels["api"] == api)
              for api in ("metadefender-core", "none")}
    row("requests are counted", str(by_api), by_api == {"metadefender-core": 5, "none": 5})
    labels = {tuple(sorted(sample.labels)) for sample in requests}
    row("requests have three labels", str(labels), labels == {("api", "behaviour", "status")})
    histogram = samples["scandouble_request_duration_seconds_count", ("api", "metadefender-core")]
    row("the histogram counts them", str(histogram), histogram == 5)
    row("the series are bounded", f"{len(samples)} series", len(samples) < MAX_SERIES)


server = Double().start()
try:
    check(server)
finally:
    server.stop()
