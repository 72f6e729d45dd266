"""What is said where a set has fewer scenarios than were asked for."""

from __future__ import annotations

import pytest

from penguin_local.cli.sampling import draw
from penguin_local.core.attributes import Domain
from tests.bench.people import a_scenario


def test_a_domain_with_fewer_than_were_asked_for_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    scenarios = [a_scenario(number) for number in range(5)]
    domain = scenarios[0].domain
    here = [s for s in scenarios if s.domain is domain]
    assert len(draw(here, per_domain=len(here), domains=(domain,), seed=1)) == len(here)
    assert capsys.readouterr().err == ""
    assert len(draw(here, per_domain=2_000, domains=(domain,), seed=1)) == len(here)
    assert (
        f"not 2,000 scenarios a domain, for the set has no more than {len(here)} of {domain}"
        in capsys.readouterr().err
    )


def test_a_domain_that_a_set_does_not_have_at_all_is_named_too(capsys: pytest.CaptureFixture[str]) -> None:
    one = a_scenario(1)
    draw([one], per_domain=1, domains=None, seed=1)
    told = capsys.readouterr().err
    assert str(one.domain) not in told
    assert all(f"0 of {d}" in told for d in Domain if d is not one.domain)
