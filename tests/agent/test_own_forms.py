"""Forms that a counsellor brings along."""

from __future__ import annotations

from pathlib import Path

import pytest

from penguin_local import paths
from penguin_local.agent.crisis_levels import Level
from penguin_local.agent.own_forms import Form, load_forms, read_form
from penguin_local.errors import BadInput, UsageError

FORM = """
title = "Small form"
version = "2"

[choices]
amount = [{ words = "no", points = 0 }, { words = "a bit", points = 1 }, { words = "much", points = 3 }]

[[item]]
id = "one"
text = "The first?"
choices = "amount"

[[item]]
id = "two"
text = "The second?"
choices = [{ words = "yes", points = -2 }, { words = "no", points = 2 }]
optional = true

[[score]]
name = "sum"
cut_offs = [{ from = -2, words = "little" }, { from = 3, words = "much", level = "concern" }]

[[flag]]
item = "two"
at_least = 2
level = "elevated"
words = "Ask about the second"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def _form(folder: Path, text: str = FORM, name: str = "small.toml") -> Form:
    folder.mkdir(exist_ok=True, parents=True)
    (folder / name).write_text(text, encoding="utf-8")
    return read_form(folder / name)


@pytest.mark.parametrize(
    ("answers", "points", "words", "level"),
    [
        ({"one": 0}, 0, "little", Level.NONE),
        ({"one": 2}, 3, "much", Level.CONCERN),
        ({"one": 2, "two": 0}, 1, "little", Level.NONE),
        ({"one": 1, "two": 1}, 3, "much", Level.ELEVATED),
        ({"one": 0, "two": 1}, 2, "little", Level.ELEVATED),
    ],
)
def test_points_are_summed_read_by_the_cut_offs_and_raised_by_flags(
    tmp_path: Path, answers: dict[str, int], points: int, words: str, level: Level
) -> None:
    screened, found = _form(tmp_path).score(answers)
    assert screened.instrument == "Small form (2)"
    assert screened.results["sum"] == str(points)
    assert f"sum {points}: {words}." in screened.reading
    assert found is level
    assert ("Ask about the second." in screened.reading) == (level is Level.ELEVATED)


def test_the_chosen_words_are_kept_by_item(tmp_path: Path) -> None:
    screened, _ = _form(tmp_path).score({"one": 1})
    assert screened.results == {"one": "a bit", "sum": "1"}


def test_an_answer_that_is_missing_and_not_optional_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"1 still to be answered, first: The first\?"):
        _form(tmp_path).score({"two": 0})


@pytest.mark.parametrize("answers", [{"one": 3}, {"one": -1}, {"one": True}, {"one": 0, "three": 0}])
def test_an_answer_that_cannot_be_is_refused(tmp_path: Path, answers: dict[str, int]) -> None:
    with pytest.raises(UsageError) as caught:
        _form(tmp_path).score(answers)
    assert caught.value.hint


def test_without_a_score_the_sum_over_all_items_is_kept(tmp_path: Path) -> None:
    form = _form(tmp_path, FORM[: FORM.index("[[score]]")])
    screened, level = form.score({"one": 2, "two": 1})
    assert screened.results["total"] == "5"
    assert screened.reading == "total 5."
    assert level is Level.NONE


def test_scores_over_named_items_stand_beside_one_another(tmp_path: Path) -> None:
    more = FORM + '[[score]]\nname = "second alone"\nitems = ["two"]\n'
    screened, _ = _form(tmp_path, more).score({"one": 2, "two": 1})
    assert (screened.results["sum"], screened.results["second alone"]) == ("5", "2")


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ('title = "Small form"', "", "title must be a text"),
        ('version = "2"', "version = 2", "version must be a text"),
        ('version = "2"', 'version = "2"\ncolour = "red"', "has an unknown key 'colour'"),
        ('id = "two"', 'id = "one"', "[[item]] id 'one' stands twice"),
        ('text = "The first?"', 'text = ""', "[[item]] 1 text must be a text of one line"),
        ('text = "The first?"', 'text = "a\\u001b[2J"', "[[item]] 1 text must be a text of one line"),
        ('choices = "amount"', 'choices = "amounts"', "[[item]] 1 choices 'amounts' is no list"),
        ('choices = "amount"', "", "[[item]] 1 choices must be a list of at least 2"),
        ('{ words = "yes", points = -2 }, ', "", "[[item]] 2 choices must be a list of at least 2"),
        ("points = -2", "points = 1.5", "[[item]] 2 choices 1 points must be a whole number"),
        ("points = -2", "points = 100000", "[[item]] 2 choices 1 points must be a whole number"),
        ('words = "yes"', 'words = "no"', "choices has the same words twice"),
        ('words = "a bit"', 'words = "no"', "[choices] amount has the same words twice"),
        ("optional = true", 'optional = "yes"', "[[item]] 2 optional must be true or false"),
        ('name = "sum"', 'name = "one"', "[[score]] name 'one' stands twice, or is an item's id"),
        ('name = "sum"', 'name = "sum"\nitems = ["three"]', "[[score]] 1 items: there is no item 'three'"),
        ("from = -2", "from = 0", "[[score]] 1 cut_offs must begin at -2 or below"),
        ("from = 3", "from = -2", "[[score]] 1 cut_offs must rise"),
        ('level = "concern"', 'level = "bad"', "[[score]] 1 cut_offs 2 level must be one of: none, concern"),
        ("cut_offs = [{", "cut_offs = {a = 1} #", "[[score]] 1 cut_offs must be a list"),
        ('item = "two"', 'item = "three"', "[[flag]] 1 item: there is no item 'three'"),
        ("at_least = 2", "at_least = 3", "[[flag]] 1 at_least 3 is reached by none or by all"),
        ("at_least = 2", "at_least = -2", "[[flag]] 1 at_least -2 is reached by none or by all"),
        ("[[item]]", "[[items]]", "has an unknown key 'items'"),
        ("[[flag]]", "[flag", "small.toml: "),
    ],
)
def test_a_wrong_form_is_refused_by_file_and_key(tmp_path: Path, old: str, new: str, named: str) -> None:
    assert old in FORM
    with pytest.raises(BadInput) as caught:
        _form(tmp_path, FORM.replace(old, new, 1))
    assert named in caught.value.message
    assert caught.value.message.startswith("small.toml: ")
    assert "docs/forms.md" in caught.value.hint


def test_a_form_of_more_than_a_hundred_items_is_refused(tmp_path: Path) -> None:
    items = "".join(f'[[item]]\nid = "{n}"\ntext = "?"\nchoices = "amount"\n' for n in range(99))
    with pytest.raises(BadInput, match="has 101 items"):
        _form(tmp_path, FORM + items)


def test_the_example_is_there_with_nothing_set_up_and_can_be_filled_in() -> None:
    ((example,), _) = load_forms()
    assert example.title == "How has the week been"
    screened, level = example.score({"weight": 0, "alone": 0, "small_good_things": 0, "next_week": 0})
    assert level is Level.NONE
    assert "a week that could be carried" in screened.reading
    heaviest = {item.id: len(item.choices) - 1 for item in example.items}
    assert example.score(heaviest)[1] is Level.ELEVATED


def test_forms_of_the_settings_folder_and_of_a_named_one_are_read_by_title(
    home: Path, tmp_path: Path
) -> None:
    _form(home / "forms")
    _form(tmp_path / "mine", FORM.replace("Small form", "Another form"), "another.toml")
    titles = [form.title for form in load_forms(tmp_path / "mine")[0]]
    assert titles == ["Another form", "How has the week been", "Small form"]


def test_a_file_of_the_same_name_takes_the_place_of_the_one_further_back(home: Path, tmp_path: Path) -> None:
    _form(home / "forms", FORM, "example.toml")
    assert [form.title for form in load_forms()[0]] == ["Small form"]
    _form(tmp_path / "mine", FORM.replace("Small form", "Mine"), "example.toml")
    assert [form.title for form in load_forms(tmp_path / "mine")[0]] == ["Mine"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder") as caught:
        load_forms(tmp_path / "nowhere")
    assert "--forms" in caught.value.hint


def test_the_documented_form_is_read_as_it_stands(tmp_path: Path) -> None:
    document = (paths.data().parent / "docs" / "forms.md").read_text(encoding="utf-8")
    shown = document.split("```toml\n")[1].split("```")[0]
    assert _form(tmp_path, shown).score({"weight": 1})[1] is Level.CONCERN


def test_a_broken_form_is_named_and_hides_no_other(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "broken.toml").write_text("[[item", encoding="utf-8")

    forms, (error,) = load_forms(tmp_path / "mine")

    assert forms
    assert error.message.startswith("broken.toml: ")
