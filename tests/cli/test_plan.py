"""`penguin-local plan` with the bundled models: planned, shown, handed on, stopped and gone on with."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from penguin_local import paths
from penguin_local.agent import situation
from penguin_local.agent.lattice import VERSION
from penguin_local.agent.retrieval import load_index
from penguin_local.cli import app as program
from penguin_local.core.attributes import Attribute
from penguin_local.lm.catalogue import bundled_path, find_embedder
from penguin_local.store import parquet
from penguin_local.store.path_files import PathFile, read_paths, write_paths
from tests.cli.program import Program, until
from tests.store.planned import path_file

SMALL = (
    *("plan", "--domains", "health,life", "--per-domain", "1", "--depth", "2", "--rollouts", "8"),
    *("--max-tokens", "12", "--slots", "4", "--context", "768", "--threads", "1"),
)
"""Two scenarios, the bundled model, answers cut short."""


@dataclass(frozen=True)
class Ended:
    code: int
    told: str
    talk: str

    @property
    def json(self) -> Any:
        assert self.code == 0, self.talk
        return json.loads(self.told)


@dataclass(frozen=True)
class Here:
    """The program in this process, with a home of its own."""

    home: Path

    def run(self, *words: str) -> Ended:
        told, talk = io.StringIO(), io.StringIO()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("PENGUIN_LOCAL_HOME", str(self.home))
            patch.setenv("COLUMNS", "120")
            with contextlib.redirect_stdout(told), contextlib.redirect_stderr(talk):
                code = program.run(list(words))
        return Ended(code, told.getvalue(), talk.getvalue())


def own(here: Here) -> list[dict[str, Any]]:
    """What `plan list` names beside what comes along."""
    rows: list[dict[str, Any]] = here.run("plan", "list", "--format", "json").json
    return [row for row in rows if row["kind"] != "bundled"]


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Here:
    """A home in which the plan `p` has been made without a break."""
    here = Here(tmp_path_factory.mktemp("plan") / "home")
    ended = here.run(*SMALL, "--name", "p")
    assert ended.code == 0, ended.talk
    return here


@pytest.fixture(scope="module")
def exported(here: Here) -> Path:
    file = here.home.parent / "p.parquet"
    ended = here.run("plan", "export", "p", str(file))
    assert ended.code == 0, ended.talk
    assert "2 paths in" in ended.talk
    return file


@pytest.fixture
def elsewhere(tmp_path: Path) -> Here:
    return Here(tmp_path / "home")


def test_a_plan_is_shown_by_domain_and_by_scenario(here: Here) -> None:
    found = here.run("plan", "show", "p", "--format", "json").json
    assert found["plan"] == "p"
    assert found["settings"]["rule"] == "surrogate"
    assert re.fullmatch("[0-9a-f]{64}", found["settings"]["embedder sha256"])
    assert set(found["domains"]) == {"health", "life"}
    assert found["overall"]["scenarios"] == len(found["paths"]) == 2
    for one in found["paths"]:
        assert 1 <= len(one["path"]) <= 2
        assert len(one["scores"]) == len(one["path"]) + 1
        assert all(1 <= score <= 5 for score in one["scores"])
        assert one["evaluations"] <= 8


@pytest.mark.parametrize("view", ["table", "json", "md"])
def test_every_form_says_what_the_paths_are_worth(here: Here, view: str) -> None:
    for words in (("show", "p"), ("show", "p", first_of(here))):
        told = here.run("plan", *words, "--format", view).told
        assert "demonstration model" in told
        assert "self-judged" in told


def first_of(here: Here) -> str:
    paths = here.run("plan", "show", "p", "--format", "json").json["paths"]
    return str(paths[0]["scenario"])


def test_the_search_of_a_scenario_is_drawn_size_by_size(here: Here) -> None:
    name = first_of(here)
    found = here.run("plan", "show", "p", name, "--format", "json").json
    on_path = sorted((s for s in found["subsets"] if s["on_path"]), key=lambda s: len(s["known"]))
    assert [s["score"] for s in on_path] == found["scores"]
    judged = [s for s in found["subsets"] if s["judged"]]
    assert len(judged) == found["evaluations"]
    assert all(s["visits"] for s in judged)
    ended = here.run("plan", "show", "p", name.split("/")[-1])
    lines = [line for line in ended.told.splitlines() if line.startswith("●")]
    labels = ["nothing known", *(f"+ {Attribute(a).label}" for a in found["path"])]
    assert [label in line for label, line in zip(labels, lines, strict=True)] == [True] * len(labels)
    assert [f"{score:.2f}" in line for score, line in zip(found["scores"], lines, strict=True)]
    path = " > ".join(Attribute(a).label for a in found["path"])
    assert f"path: {path}" in ended.told


def test_the_drawing_is_one_file_for_light_and_dark(here: Here, tmp_path: Path) -> None:
    file = tmp_path / "search.svg"
    ended = here.run("plan", "show", "p", first_of(here), "--svg", str(file))
    assert ended.code == 0, ended.talk
    drawn = file.read_text(encoding="utf-8")
    root = ElementTree.fromstring(drawn)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "prefers-color-scheme: dark" in drawn
    assert not re.search(r"(href|src)=\"(?!#)|url\((?!#)|@import", drawn)
    used, given = set(re.findall(r"var\((--[\w-]+)\)", drawn)), set(re.findall(r"(--[\w-]+):", drawn))
    assert used <= given
    texts = ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "nothing known" in texts
    assert "on the path" in texts
    again = tmp_path / "again.svg"
    here.run("plan", "show", "p", first_of(here), "--svg", str(again))
    assert again.read_bytes() == file.read_bytes()


def test_the_same_command_finds_its_finished_plan_again_and_loads_nothing(here: Here) -> None:
    again = here.run(*SMALL, "--name", "p", "--format", "json")
    assert again.json["overall"]["scenarios"] == 2
    assert "2 of 2 scenarios were finished before" in again.talk
    assert "slots" not in again.talk


def test_another_setting_under_the_same_name_is_refused(here: Here) -> None:
    refused = here.run(*SMALL, "--name", "p", "--rollouts", "9", "--exploration", "1")
    assert refused.code == 2
    assert "--rollouts was 8, now 9; --exploration was 0.5, now 1.0" in refused.talk
    assert "penguin-local plan delete p" in refused.talk


def test_greedy_answers_are_part_of_a_plans_settings_and_so_are_the_rules_of_its_search(
    elsewhere: Here,
) -> None:
    ended = elsewhere.run(*SMALL, "--temperature", "0", "--name", "greedy")
    assert ended.code == 0, ended.talk
    settings = elsewhere.run("plan", "show", "greedy", "--format", "json").json["settings"]
    assert settings["temperature"] == 0
    assert settings["search rules"] == VERSION
    refused = elsewhere.run(*SMALL, "--name", "greedy")
    assert refused.code == 2
    assert "temperature was 0" in refused.talk


def test_a_second_plan_remembers_what_the_first_evaluated(here: Here) -> None:
    ended = here.run(*SMALL, "--name", "q", "--exploration", "0.6")
    assert ended.code == 0, ended.talk
    assert re.search(r"\d+ subsets \([1-9]\d* remembered\)", ended.talk)
    assert here.run("plan", "delete", "q", "--yes").code == 0
    assert [row["plan"] for row in own(here)] == ["p"]


def test_a_finished_plan_can_be_used_by_its_name(here: Here, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENGUIN_LOCAL_HOME", str(here.home))
    index = load_index("p", embedder_sha256=find_embedder().sha256)
    assert len(index) == 2
    assert index.fingerprints["self-judged"] is True
    assert index.fingerprints["agent prompt"] == situation.PROMPT_VERSION
    nearest = index.nearest(read_paths(paths.imported_paths() / "p.parquet").entries[1].embedding[None], k=1)
    assert nearest[0][0].similarity == pytest.approx(1.0, abs=1e-5)


def test_paths_go_to_another_machine_as_one_file(exported: Path, elsewhere: Here) -> None:
    took = elsewhere.run("plan", "import", str(exported))
    assert took.code == 0
    assert "imported p: 2 paths" in took.talk
    assert "differs" not in took.talk
    assert "demonstration" in took.talk
    again = elsewhere.run("plan", "import", str(exported))
    assert again.code == 2
    assert "--replace" in again.talk
    assert elsewhere.run("plan", "import", str(exported), "--replace").code == 0
    listed = own(elsewhere)
    assert [(row["plan"], row["kind"], row["finished"]) for row in listed] == [("p", "imported", 2)]
    shown = elsewhere.run("plan", "show", "p", "--format", "json").json
    name = shown["paths"][0]["scenario"]
    search = elsewhere.run("plan", "show", "p", name, "--format", "json").json
    assert len(search["subsets"]) == len(shown["paths"][0]["scores"])
    second = elsewhere.home.parent / "again.parquet"
    second.write_bytes(b"something of the person's own")
    over = elsewhere.run("plan", "export", "p", str(second))
    assert (over.code, "is there already" in over.talk, "--force" in over.talk) == (2, True, True)
    assert second.read_bytes() == b"something of the person's own"
    assert elsewhere.run("plan", "export", "p", str(second), "--force").code == 0
    assert second.read_bytes() == exported.read_bytes()
    (elsewhere.home / "paths" / "broken.parquet").write_bytes(exported.read_bytes()[:99])
    broken = elsewhere.run("plan", "list").told
    assert "broken" in broken
    assert "damaged" in broken
    assert elsewhere.run("plan", "show", "broken").code == 3
    (elsewhere.home / "paths" / "broken.parquet").unlink()
    refused = elsewhere.run(*SMALL, "--name", "p")
    assert (refused.code, "a path index named p was imported" in refused.talk) == (2, True)
    assert elsewhere.run("plan", "delete", "p", "--yes").code == 0
    assert own(elsewhere) == []


def test_an_import_never_takes_the_name_of_a_plan_made_here(exported: Path, here: Here) -> None:
    listed = own(here)
    for more in ((), ("--replace",)):
        refused = here.run("plan", "import", str(exported), *more)
        assert (refused.code, "p is the name of a plan made here" in refused.talk) == (2, True)
    assert own(here) == listed


def test_vectors_of_another_width_are_refused_at_the_import(
    exported: Path, elsewhere: Here, tmp_path: Path
) -> None:
    content = read_paths(exported)
    short = [replace(entry, embedding=np.ones(1, np.float32)) for entry in content.entries]
    file = tmp_path / "short.parquet"
    write_paths(file, PathFile("short", content.fingerprints, tuple(short)))
    refused = elsewhere.run("plan", "import", str(file))
    assert (refused.code, "have 1 numbers" in refused.talk) == (3, True)
    assert own(elsewhere) == []


def altered(exported: Path, tmp_path: Path, **changed: str) -> Path:
    content = read_paths(exported)
    prints = {**content.fingerprints, **{name.replace("_", " "): value for name, value in changed.items()}}
    file = tmp_path / "altered.parquet"
    write_paths(file, PathFile(content.name, prints, content.entries))
    return file


def test_what_was_different_there_is_named_at_the_import(
    exported: Path, elsewhere: Here, tmp_path: Path
) -> None:
    other = {"model": "/etc/passwd", "model_sha256": "f" * 64, "judge_sha256": "e" * 64}
    file = altered(exported, tmp_path, **other, agent_prompt="agent-0")
    took = elsewhere.run("plan", "import", str(file))
    assert took.code == 0
    assert "differs: model: /etc/passwd (ffffffffffff) is not on this machine" in took.talk
    here_sha = read_paths(exported).fingerprints["judge sha256"]
    assert (
        f"judge: penguin-nano has other weights here (eeeeeeeeeeee there, {str(here_sha)[:12]} here)"
        in took.talk
    )
    assert f"agent prompt: agent-0 there, {situation.PROMPT_VERSION} here" in took.talk
    assert took.talk.count("differs:") == 3


def test_an_index_of_another_embedding_model_is_refused(
    exported: Path, elsewhere: Here, tmp_path: Path
) -> None:
    file = altered(exported, tmp_path, embedder="big-embedder", embedder_sha256="d" * 64)
    refused = elsewhere.run("plan", "import", str(file))
    assert refused.code == 3
    assert "big-embedder (dddddddddddd)" in refused.talk
    assert find_embedder().name in refused.talk
    assert own(elsewhere) == []


@pytest.mark.parametrize(
    ("words", "code", "message", "remedy"),
    [
        (["plan", "--rule", "latice"], 2, "there is no rule 'latice'", "did you mean lattice?"),
        (["plan", "--rule", "zzz"], 2, "there is no rule 'zzz'", "surrogate"),
        (["plan", "--depth", "0"], 2, "--depth", "--help"),
        (["plan", "--depth", "11"], 2, "--depth", "--help"),
        (["plan", "--rollouts", "1"], 2, "--rollouts", "--help"),
        (["plan", "--rollouts", "5"], 2, "5 rollouts are too few", "--rollouts 6"),
        (["plan", "--rollouts", "5", "--depth", "10"], 2, "5 rollouts are too few", "--rollouts 11"),
        (["plan", "--rollouts", "1000000"], 2, "--rollouts", "--help"),
        (["plan", "--exploration", "nan"], 2, "--exploration", "--help"),
        (["plan", "--name", "a/b"], 2, "cannot be the name of a plan", "lower-case"),
        (["plan", "--name", "x.parquet"], 2, "cannot be the name of a plan", "not ending in .parquet"),
        (["plan", "--name", "penguin-nano-v1"], 2, "is the name of a bundled index", "choose another --name"),
        (["plan", "--domains", "helth"], 2, "there is no domain 'helth'", "relationship"),
        (["plan", "--model", "no-such-model"], 4, "no-such-model", "penguin-nano"),
        (["plan", "--scenarios", "no-such-set"], 2, "no-such-set", "penguin-synthetic-v1"),
        (["plan", "--depth", "3", "show", "p"], 2, "--depth belongs to planning", "behind its name"),
        (["plan", "show", "p"], 2, "there is no plan 'p'", "penguin-local plan"),
        (["plan", "export", "p", "{folder}"], 2, "{folder} is a folder", "name a file"),
        (["plan", "delete", "p", "--yes"], 2, "there is no plan 'p'", "penguin-local plan"),
        (["plan", "import", "{folder}/none"], 2, "there is no file", "check the path"),
        (["plan", "import", "{folder}"], 2, "{folder} is a folder", "plan export"),
        (["plan", "import", "{text}"], 3, "not a readable Parquet file", "again"),
        (["plan", "import", "{foreign}"], 3, "not one of planned paths", "plan export"),
        (["plan", "import", "{empty}"], 3, "holds no path", "penguin-local plan"),
    ],
)
def test_wrong_input_gets_a_message_a_remedy_and_its_exit_code(
    words: list[str], code: int, message: str, remedy: str, elsewhere: Here, tmp_path: Path
) -> None:
    files = {name: str(tmp_path / f"{name}.parquet") for name in ("text", "foreign", "empty")}
    Path(files["text"]).write_text("no paths")
    Path(files["foreign"]).write_bytes(parquet.encode([{"id": "x"}], ["id"]))
    write_paths(Path(files["empty"]), path_file())
    files["folder"] = str(tmp_path)
    ended = elsewhere.run(*(word.format(**files) for word in words))
    assert (ended.code, ended.told) == (code, "")
    first, _, rest = ended.talk.partition("what to do: ")
    assert message.format(**files) in first
    assert remedy in rest


def test_a_scenario_that_is_not_there_is_told_with_those_that_are(here: Here) -> None:
    refused = here.run("plan", "show", "p", "health/9999")
    assert refused.code == 2
    assert "p has no scenario 'health/9999'" in refused.talk
    assert first_of(here) in refused.talk
    assert here.run("plan", "show", "p", "--svg", "x.svg").code == 2


def test_prompts_that_do_not_fit_leave_nothing_to_hand_on(elsewhere: Here) -> None:
    ended = elsewhere.run(*SMALL, "--domains", "life", "--context", "256", "--name", "tight")
    assert ended.code == 4
    assert re.search(r"none of the \d+ subsets could be scored", ended.talk)
    assert "--context" in ended.talk
    refused = elsewhere.run("plan", "export", "tight", str(elsewhere.home / "t.parquet"))
    assert (refused.code, "no path with a score" in refused.talk) == (2, True)
    assert "plan again under another --name" in refused.talk


def test_a_model_and_another_judge_are_in_memory_together_or_refused(elsewhere: Here, tmp_path: Path) -> None:
    # The same weights under another fingerprint: a few bytes behind the last tensor.
    other = tmp_path / "other-judge.gguf"
    other.write_bytes(bundled_path().read_bytes() + bytes(32))
    refused = elsewhere.run(*SMALL, "--judge", str(other), "--memory", "0.02", "--name", "two")
    assert refused.code == 6
    assert "planning needs the model and the judge in memory together" in refused.talk
    assert "--judge" in refused.talk.partition("what to do")[2]
    ended = elsewhere.run(*SMALL, "--domains", "life", "--judge", str(other), "--name", "two")
    assert ended.code == 0, ended.talk
    assert "penguin-nano and other-judge will be in memory together" in ended.talk
    assert "self-judged" not in ended.told


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_and_a_killed_plan_go_on_with_nothing_lost_and_nothing_double(
    tmp_path: Path, stop: signal.Signals
) -> None:
    program = Program(tmp_path / "home")
    command = (*SMALL, "--name", "p", "--rollouts", "12", "--max-tokens", "40")
    running = program.start(*command, session=True)
    talk = until(running, "slots")
    os.killpg(running.pid, stop)  # as a terminal or a supervisor does it: the model's process hears it too
    talk += running.communicate(timeout=120)[1]
    assert running.returncode == 130, talk
    assert "stopped; 0 of 2 scenarios were planned" in talk
    assert f"go on with: {program.again(*command)}" in talk
    assert "Traceback" not in talk
    running = program.start(*command)
    until(running, "slots")
    time.sleep(0.5)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    ended = program.run(*command, "--format", "json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["overall"]["scenarios"] == 2
    shown = program.json("plan", "show", "p")
    assert len({path["scenario"] for path in shown["paths"]}) == len(shown["paths"]) == 2
    assert "0 of 2 scenarios were finished before" in ended.stderr


def test_the_help_names_what_can_be_done() -> None:
    ended = Here(Path("nowhere")).run("plan", "--help")
    assert ended.code == 0
    for word in ("--rule", "--rollouts", "--judge", "show", "export", "import", "delete", "list"):
        assert word in ended.told
