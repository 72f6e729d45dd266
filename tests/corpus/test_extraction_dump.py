"""Dumps are read line by line in memory that does not grow, and every text is cleaned before it leaves."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from penguin_local.core.attributes import Domain
from penguin_local.corpus.communities import chosen, communities
from penguin_local.corpus.extraction_dump import LONGEST_LINE, Passed, Post, Skip, fingerprint, read_dump
from penguin_local.errors import BadInput, UsageError
from tests.cli.program import ROOT
from tests.corpus.dumps import lines, post, write

LIFE = {"adulting": Domain.LIFE}
MANY = """
import json, sys, zstandard
sys.path.insert(0, {root!r})
from tests.corpus.dumps import post
with open({path!r}, "wb") as out, zstandard.ZstdCompressor().stream_writer(out) as packed:
    for n in range({count}):
        packed.write(json.dumps(post(n, subreddit="pics" if n % 200 else "Adulting")).encode() + b"\\n")
"""
READ = """
import resource, sys
from pathlib import Path
from penguin_local.core.attributes import Domain
from penguin_local.corpus.extraction_dump import read_dump
posts = sum(1 for found in read_dump(Path({path!r}), {{"adulting": Domain.LIFE}}) if hasattr(found, "text"))
print(posts, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.parametrize("name", ["dump.jsonl", "dump.zst"])
def test_posts_come_cleaned_with_domain_and_line(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, [post(subreddit="pics"), post(1)])
    first, second = read_dump(path, LIFE)
    assert first == Skip(1, Passed.ELSEWHERE)
    assert isinstance(second, Post)
    assert (second.line, second.domain) == (2, Domain.LIFE)
    assert second.text.startswith("Question 1\nI'm 29")
    assert "Brunhilde" not in second.text
    assert "555" not in second.text


def test_what_is_no_post_is_passed_over_with_the_reason(tmp_path: Path) -> None:
    rows = [
        "{broken",
        "[1]",
        post(selftext="[removed]"),
        post(selftext="too short"),
        post(selftext=None),
        "x" * (LONGEST_LINE + 5),
        post(),
    ]
    found = list(read_dump(write(tmp_path / "d.jsonl", rows), LIFE))
    reasons = [f.why for f in found if isinstance(f, Skip)]
    assert reasons == [Passed.BROKEN, Passed.BROKEN, Passed.GONE, Passed.SHORT, Passed.GONE, Passed.LONG]
    assert [f.line for f in found] == [1, 2, 3, 4, 5, 6, 7]


def test_reading_goes_on_after_a_line(tmp_path: Path) -> None:
    path = write(tmp_path / "d.zst", [post(n) for n in range(5)])
    assert [found.line for found in read_dump(path, LIFE, after=3)] == [4, 5]


def test_several_frames_are_one_dump(tmp_path: Path) -> None:
    pack = zstandard.ZstdCompressor().compress
    path = tmp_path / "d.zst"
    path.write_bytes(pack(lines([post(0)])) + pack(lines([post(1)])))
    assert len(list(read_dump(path, LIFE))) == 2


def test_damaged_compression_is_told_with_file_and_line(tmp_path: Path) -> None:
    path = tmp_path / "d.zst"
    packed = zstandard.ZstdCompressor().compress(lines(post(n) for n in range(3)))
    path.write_bytes(packed + b"this is no frame")
    with pytest.raises(BadInput, match=r"d\.zst:\d+: the compressed data is damaged"):
        list(read_dump(path, LIFE))


@pytest.mark.parametrize("name", ["d.zst", "d.jsonl"])
def test_a_dump_that_was_cut_short_is_told_after_all_whole_posts(tmp_path: Path, name: str) -> None:
    path = write(
        tmp_path / name, [post(n, selftext=f"{n} {n * 7919} {post()['selftext']}" * 3) for n in range(900)]
    )
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    found = read_dump(path, LIFE)
    assert all(isinstance(next(found), Post) for _ in range(100))
    with pytest.raises(BadInput, match="the dump ends in the middle of this line"):
        list(found)


def test_a_dump_that_is_not_there_is_told_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no file"):
        fingerprint(tmp_path / "none.zst")


def test_memory_does_not_grow_with_the_dump(tmp_path: Path) -> None:
    """Ten times the posts (a dump of 55 MB when unpacked) may not cost even 8 MB more."""
    peaks = []
    for count in (8_000, 80_000):
        path = str(tmp_path / f"{count}.zst")
        for script in (MANY.format(root=str(ROOT), path=path, count=count), READ.format(path=path)):
            ended = subprocess.run(
                [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
            )
        posts, peak = map(int, ended.stdout.split())
        assert posts == count // 200
        peaks.append(peak * (1 if sys.platform == "darwin" else 1024))
    assert peaks[1] - peaks[0] < 8_000_000, peaks


def test_the_papers_communities_are_known_and_others_can_be_named() -> None:
    assert communities()["suicidewatch"] is Domain.HEALTH
    assert chosen(["Jobs", "r/knitting=social,college"]) == {
        "jobs": Domain.CAREER,
        "knitting": Domain.SOCIAL,
        "college": Domain.EDUCATION,
    }
    with pytest.raises(UsageError, match="which domain"):
        chosen(["knitting"])
    with pytest.raises(UsageError, match="no domain 'sport'"):
        chosen(["knitting=sport"])
