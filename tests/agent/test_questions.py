"""How the agent asks, and what it costs."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest

from penguin_local import paths
from penguin_local.agent.costs import load_costs
from penguin_local.agent.questions import SENSITIVE, WORDINGS, Mode, load_questions
from penguin_local.core.attributes import Attribute
from penguin_local.errors import BadInput

BUNDLED = paths.data() / "questions.toml"
EVERY = pytest.mark.parametrize(("attribute", "mode"), list(product(Attribute, Mode)))


@EVERY
def test_every_attribute_has_gentle_wordings_a_reason_and_a_way_out(attribute: Attribute, mode: Mode) -> None:
    question = load_questions().about(attribute, mode)
    assert len(question.wordings) >= WORDINGS
    assert all(wording.endswith("?") for wording in question.wordings)
    assert not any("must" in text for text in (*question.wordings, question.why, question.skip))
    assert question.why.endswith(".")
    assert question.skip.endswith(".")


@EVERY
def test_sensitive_questions_ask_permission_first(attribute: Attribute, mode: Mode) -> None:
    permission = load_questions().about(attribute, mode).permission
    assert (permission is not None) == (attribute in SENSITIVE)
    assert permission is None or "?" in permission


@pytest.mark.parametrize("attribute", Attribute)
def test_about_a_client_nobody_is_addressed_as_the_one_it_is_about(attribute: Attribute) -> None:
    question = load_questions().about(attribute, Mode.CLIENT)
    assert all("client" in wording for wording in question.wordings)
    texts = " ".join((*question.wordings, question.why, question.skip, question.permission or ""))
    about_them = texts.lower().replace("your client", "the client")
    assert not {"your", "yours", "yourself"} & set(about_them.split())


def test_the_wording_is_drawn_by_the_seed() -> None:
    question = load_questions().about(Attribute.EMOTION)
    drawn = [question.worded(seed, Attribute.EMOTION) for seed in range(40)]
    assert set(drawn) == set(question.wordings)
    assert drawn == [question.worded(seed, Attribute.EMOTION) for seed in range(40)]


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[age.self]", "[agee.self]", "[agee] is no attribute"),
        ("[age.self]", "[age.me]", "[age] has an unknown key 'me'"),
        ("[age.client]", "[age.self.more]", "[age.self] has an unknown key 'more'"),
        ('why = "Which steps', 'because = "Which steps', "[age.self] has an unknown key 'because'"),
        ('why = "Which steps', 'why = " Which steps', "[age.self] why must be a text"),
        ('    "Roughly how old are you?",\n', "", "[age.self] ask needs 2 different wordings"),
        ('    "Roughly how old are you?",\n', "    3,\n", "[age.self] ask must be a list of texts"),
        ('permission = "May I ask how', '# "', "[physical_health.self] permission must be a text"),
        ('version = "questions-1"', "version = 1", "`version` must be a text"),
    ],
)
def test_a_wrong_file_is_refused_by_name_and_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    path = tmp_path / "mine.toml"
    text = BUNDLED.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_questions(path)
    assert f"mine.toml: {named}" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("text", ["", "[age", "age = 1"])
def test_a_file_without_questions_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=r"mine\.toml"):
        load_questions(path)


def test_every_attribute_has_a_cost_and_self_harm_the_highest() -> None:
    costs = load_costs()
    assert set(costs) == set(Attribute)
    assert max(costs, key=costs.__getitem__) is Attribute.SELF_HARM
    assert min(costs[a] for a in SENSITIVE) > max(costs[a] for a in Attribute if a not in SENSITIVE)


def test_costs_of_ones_own_override_only_what_they_name(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('[age]\nweight = 1\n[gender]\nweight = 0.0\nreason = "ours"\n', encoding="utf-8")
    assert load_costs(path) == {**load_costs(), Attribute.AGE: 1.0, Attribute.GENDER: 0.0}


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[agee]\nweight = 0.5", "[agee] is no attribute"),
        ("age = 0.5", "[age] is not a table"),
        ("[age]\nweigth = 0.5", "[age] has an unknown key 'weigth'"),
        ("[age]", "[age] weight must be a number from 0 to 1"),
        ("[age]\nweight = 1.5", "[age] weight must be a number from 0 to 1, not 1.5"),
        ("[age]\nweight = -0.1", "[age] weight must be"),
        ("[age]\nweight = nan", "[age] weight must be"),
        ("[age]\nweight = true", "[age] weight must be"),
        ('[age]\nweight = "high"', "[age] weight must be"),
        ("[age", "mine.toml"),
        ("[age]\nweight = 0.5\nweight = 0.6\n", "Cannot overwrite a value"),
    ],
)
def test_wrong_costs_are_refused_by_name_and_key(tmp_path: Path, text: str, named: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        load_costs(path)
    assert named in caught.value.message
    assert "mine.toml" in caught.value.message
    assert "bundled" not in caught.value.hint
