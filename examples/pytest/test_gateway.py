"""Each test has its own world, so tests can run in any order and in parallel: `pytest -n auto`."""

import pytest
from gateway import Appliance, Busy, Cloud, Core, Intelligence

EICAR = "3395856ce81f2b7382dee72602f798b642f14140"


@pytest.fixture
def cloud(scandouble):
    return Cloud(scandouble.metadefender_cloud, "exampleapikey")


def test_known_malware_is_found(cloud):
    assert cloud.infected([EICAR, "0" * 40]) == [EICAR]


def test_a_sample_of_this_test_is_found(scandouble, cloud):
    (dropper,) = scandouble.samples({"name": "dropper.exe", "content": "harmless", "verdict": "infected"})
    assert cloud.infected([dropper["sha256"]]) == [dropper["sha256"]]


def test_the_daily_quota_is_renewed(scandouble):
    cloud = Cloud(scandouble.metadefender_cloud, "limitedapikey")
    cloud.infected([EICAR, EICAR])
    with pytest.raises(Busy):
        cloud.infected([EICAR])
    scandouble.clock.advance("24h")
    assert cloud.infected([EICAR]) == [EICAR]


def test_it_waits_for_the_time_in_retry_after(scandouble, cloud):
    scandouble.faults.add(api="metadefender-cloud", when={"next": 2}, status=503, retry_after=120)
    slept = []
    assert cloud.infected_in_the_end([EICAR], slept.append) == [EICAR]
    assert slept == [120, 120]


def test_it_gives_up_after_three_attempts(scandouble, cloud):
    scandouble.faults.start("maintenance")
    with pytest.raises(Busy):
        cloud.infected_in_the_end([EICAR], lambda seconds: None)
    assert len(scandouble.journal(status="503")) == 3


def test_many_hashes_take_one_call(scandouble, cloud):
    cloud.infected([f"{number:040x}" for number in range(100)])
    scandouble.verify({"call": {"behaviour": "metadefender-cloud/bulk.unknown"}, "times": 1})


def test_it_waits_for_the_scanner(scandouble):
    (slow,) = scandouble.samples(
        {"name": "slow.zip", "content": "slow", "verdict": "infected", "finishes_after": "90s", "scanned_at": "-0s"}
    )
    core = Core(scandouble.metadefender_core)
    assert core.verdict(slow["sha256"]) == "wait"
    scandouble.clock.advance("90s")
    assert core.verdict(slow["sha256"]) == "block"


def test_unknown_files_do_not_pass(scandouble):
    assert Core(scandouble.metadefender_core).verdict("0" * 64) == "unknown"


def test_the_appliance_queues_a_sample_once(scandouble):
    appliance = Appliance(scandouble.spectra_analyze, "exampletoken")
    assert appliance.look_again(EICAR) == "Sample is queued for analysis."
    assert appliance.look_again(EICAR) == "Sample is already queued for analysis."
    scandouble.clock.advance("1m")
    assert appliance.look_again(EICAR) == "Sample is queued for analysis."


def test_a_rescan_changes_the_verdict_of_every_api(scandouble):
    (late,) = scandouble.samples(
        {"name": "late.exe", "content": "late", "verdict": "clean", "after_rescan": {"verdict": "infected", "after": "90s"}}
    )
    core = Core(scandouble.metadefender_core)
    assert core.verdict(late["sha256"]) == "pass"
    Intelligence(scandouble.spectra_intelligence, "u/scandouble", "scandouble").rescan(late["sha1"])
    scandouble.clock.advance("10m")
    assert core.verdict(late["sha256"]) == "block"
