"""Every method of a world, against a real server."""

import json
import ssl
import urllib.error
import urllib.request
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from scandouble import Refused

EICAR = "44d88612fea8a8f36de82e1278abb02f"


def look_up(base, digest=EICAR, key="exampleapikey", path="/v2/hash", cafile=None):
    body = json.dumps({"hash": [digest]}).encode()
    request = urllib.request.Request(f"{base}{path}", data=body, headers={"apikey": key, "Content-Type": "application/json"})
    context = ssl.create_default_context(cafile=cafile) if cafile else None
    try:
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_addresses_lead_to_their_world(scandouble):
    here = scandouble.url
    assert scandouble.metadefender_cloud == scandouble.spectra_intelligence == scandouble.metadefender_core == here
    assert scandouble.metadefender_cloud_v4 == f"{here}/v4"
    assert scandouble.spectra_analyze.https == scandouble.https
    assert scandouble.https.startswith("https://localhost:")
    assert look_up(scandouble.metadefender_cloud)[0] == 200
    assert look_up(scandouble.metadefender_cloud.https, cafile=scandouble.ca_file)[0] == 200
    assert look_up(scandouble.metadefender_cloud_v4, path="/hash")[0] == 200
    paths = [(entry["request"]["prefix"], entry["request"]["path"]) for entry in scandouble.journal()]
    assert paths == [(f"/_world/{scandouble.name}", path) for path in ("/v2/hash", "/v2/hash", "/v4/hash")]


def test_every_api_of_the_server_has_an_address(scandouble):
    apis = scandouble.apis()
    assert set(apis.values()) == {scandouble.url}
    listed = {behaviour["api"] for behaviour in scandouble.admin.call("GET", "behaviours")["behaviours"]}
    assert set(apis) == listed
    for name, address in apis.items():
        assert getattr(scandouble, name.replace("-", "_"), address) == address


def test_the_clock(scandouble):
    start = scandouble.clock.freeze("2026-03-01T12:00:00Z")
    assert start == datetime(2026, 3, 1, 12, tzinfo=timezone.utc) == scandouble.clock.now()
    assert scandouble.clock.advance("24h") == start + timedelta(days=1)
    assert scandouble.clock.advance(timedelta(minutes=1, milliseconds=5)) == start + timedelta(days=1, minutes=1, milliseconds=5)
    assert scandouble.clock.set(start) == start
    assert scandouble.clock.freeze(start + timedelta(hours=1)) == start + timedelta(hours=1)
    assert scandouble.clock.run() >= start + timedelta(hours=1)
    assert abs(scandouble.clock.real() - datetime.now(timezone.utc)) < timedelta(seconds=10)


def test_samples_come_with_all_of_their_hashes(scandouble):
    one, two = scandouble.samples(
        {"name": "one", "content": "known", "verdict": "infected"}, {"name": "two", "md5": "0" * 32, "verdict": "clean"}
    )
    assert (one["name"], one["md5"], one["verdict"]) == ("one", "c90ae688b2a3b1fd0751fd743eb385cd", "infected")
    assert (two["md5"], len(two["sha256"])) == ("0" * 32, 64)
    assert scandouble.sample(two["sha1"]) == two
    with pytest.raises(Refused, match="no sample of world") as refused:
        scandouble.sample("1" * 32)
    assert refused.value.status == 404


def test_fixtures_as_text_mapping_and_file(scandouble, tmp_path):
    assert [one["name"] for one in scandouble.load("samples: [{ name: a, content: a, verdict: clean }]")] == ["a"]
    path = tmp_path / "more.yaml"
    path.write_text("samples:\n  - { name: b, content: b, verdict: clean }\n")
    assert [one["name"] for one in scandouble.load(path)] == ["b"]
    assert [one["name"] for one in scandouble.load(str(path))] == ["b"]
    for missing in ("fixtures/nowhere.yaml", Path("fixtures/nowhere.yaml")):
        with pytest.raises(FileNotFoundError, match="there is no fixture fixtures/nowhere.yaml; the current folder is /"):
            scandouble.load(missing)
    scandouble.load({"accounts": {"metadefender_cloud": [{"key": f"key-{scandouble.name}", "lookup_limit": 1}]}})
    assert look_up(scandouble.url, key=f"key-{scandouble.name}")[0] == 200
    assert look_up(scandouble.url, key=f"key-{scandouble.name}")[0] == 403
    with pytest.raises(Refused, match="sha256 has 3 hex digits, expected 64"):
        scandouble.samples({"name": "c", "sha256": "abc", "verdict": "clean"})


def test_what_is_in_progress_for_a_sample_is_completed(scandouble):
    (slow,) = scandouble.samples({"name": "slow", "content": "slow", "verdict": "clean", "in_progress": True})

    def progress():
        with urllib.request.urlopen(f"{scandouble.metadefender_core}/hash/{slow['md5']}", timeout=10) as answer:
            return json.load(answer)["scan_results"]["progress_percentage"]

    assert progress() < 100
    scandouble.finish(slow["md5"])
    assert progress() == 100


def test_faults(scandouble):
    down = scandouble.faults.add(api="metadefender-cloud", when={"next": 1}, status=503, retry_after=120, id="down")
    assert down == "down"
    assert look_up(scandouble.url)[0] == 503
    assert look_up(scandouble.url)[0] == 200
    assert [(rule["id"], rule["seen"], rule["fired"]) for rule in scandouble.faults.list()] == [("down", 2, 1)]
    scandouble.faults.remove("down")
    scandouble.faults.start("revoked-key", api="metadefender-cloud")
    assert look_up(scandouble.url)[0] == 401
    scandouble.faults.stop("revoked-key")
    assert look_up(scandouble.url)[0] == 200
    scandouble.faults.add(hash=EICAR, refuse="exhausted")
    assert look_up(scandouble.url)[0] == 403
    scandouble.faults.clear()
    assert scandouble.faults.list() == []
    with pytest.raises(Refused, match="no scenario"):
        scandouble.faults.start("nonsense")


def test_settings(scandouble):
    assert scandouble.settings["metadefender-cloud.lookup-limit"] == "4000"
    scandouble.settings["metadefender-cloud.lookup-limit"] = 1
    scandouble.settings["behaviour-headers"] = False
    assert scandouble.settings["behaviour-headers"] == "false"
    assert [look_up(scandouble.url)[0] for _ in range(2)] == [200, 403]
    del scandouble.settings["metadefender-cloud.lookup-limit"]
    assert scandouble.settings["metadefender-cloud.lookup-limit"] == "4000"


def test_received_requests_are_listed_and_verified(scandouble):
    look_up(scandouble.url)
    look_up(scandouble.url, key="wrong")
    assert [entry["response"]["status"] for entry in scandouble.journal()] == [200, 401]
    assert [entry["number"] for entry in scandouble.journal(status="4xx")] == [2]
    scandouble.verify({"call": {"behaviour": "metadefender-cloud/bulk.ok", "hashes": [EICAR]}, "times": 1})
    with pytest.raises(AssertionError, match="exactly 2"):
        scandouble.verify({"call": {"behaviour": "metadefender-cloud/bulk.ok"}, "times": 2})
    with pytest.raises(Refused):
        scandouble.verify({"nonsense": 1})


def test_coverage_of_one_world(scandouble):
    look_up(scandouble.url)
    (cloud,) = scandouble.coverage("metadefender-cloud")["apis"]
    assert [row["id"] for row in cloud["behaviours"] if row["count"]] == ["bulk.ok"]
    assert scandouble.coverage()["total"]["exercised"] == 1


def test_a_reset_of_parts_or_of_all(scandouble):
    look_up(scandouble.url)
    scandouble.faults.add(status=500)
    scandouble.reset("journal")
    assert (scandouble.journal(), len(scandouble.faults.list())) == ([], 1)
    scandouble.reset()
    assert scandouble.faults.list() == []


def test_worlds_do_not_see_each_other(scandouble, scandouble_server):
    other = scandouble_server.world(f"{scandouble.name}-other")
    scandouble.samples({"name": "mine", "content": "mine", "verdict": "infected"})
    other.faults.add(status=500)
    assert scandouble.faults.list() == []
    assert look_up(scandouble.url)[0] == 200
    with pytest.raises(Refused):
        other.sample(scandouble.load("samples: [{ name: x, content: x, verdict: clean }]")[0]["sha256"])
    other.remove()
    with pytest.raises(Refused):
        scandouble_server.admin.call("GET", f"worlds/{other.name}")
