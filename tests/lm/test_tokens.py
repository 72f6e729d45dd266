from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from penguin_local.lm.tokens import TextStream, held_length


def cut(data: bytes, cuts: list[int]) -> list[bytes]:
    marks = sorted({0, len(data), *(c % (len(data) + 1) for c in cuts)})
    return [data[a:b] for a, b in pairwise(marks)]


@given(st.text(), st.lists(st.integers(0, 200)))
def test_however_bytes_are_split_the_text_is_the_same(text: str, cuts: list[int]) -> None:
    stream = TextStream()
    told = "".join([*(stream.feed(piece) for piece in cut(text.encode(), cuts)), stream.finish()])
    assert told == text == stream.text


def test_a_character_is_told_when_its_last_byte_has_come() -> None:
    stream = TextStream()
    assert [stream.feed(bytes([b])) for b in "é€".encode()] == ["", "é", "", "", "€"]


def test_bytes_that_never_become_a_character_are_marked() -> None:
    stream = TextStream()
    assert stream.feed(b"ok \xe2\x82") == "ok "
    assert stream.finish() == "\ufffd"
    assert stream.text == "ok \ufffd"


@given(st.text("ab", max_size=20), st.lists(st.text("ab", min_size=1, max_size=3), min_size=1, max_size=3))
def test_the_text_ends_before_the_first_stop_string_and_none_of_it_is_told(
    text: str, stops: list[str]
) -> None:
    stream = TextStream(tuple(stops))
    told = ""
    for letter in text:
        told += stream.feed(letter.encode())
        if stream.stopped:
            break
    told += stream.finish()
    assert told == stream.text
    assert not any(stop in told for stop in stops)
    assert text.startswith(told)
    assert stream.stopped == any(stop in text for stop in stops)
    assert stream.stopped or told == text


def test_what_may_still_become_a_stop_string_is_held_back() -> None:
    stream = TextStream(("\nUser:",))
    assert stream.feed(b"Fine.\nUs") == "Fine."
    assert stream.feed(b"ually") == "\nUsually"
    assert held_length("abc\n", ("\nUser:",)) == 1


def test_thinking_is_kept_apart_from_the_text() -> None:
    stream = TextStream(thinking=True)
    told = "".join(stream.feed(p) for p in (b"let me ", b"see</thi", b"nk>", b"\n\n", b" Rest", b" well"))
    assert told == stream.text == "Rest well"
    assert stream.thought == "let me see"


def test_a_stop_string_in_the_thinking_does_not_end_the_answer() -> None:
    stream = TextStream(("END",), thinking=True)
    assert stream.feed(b"END</think>yes") == "yes"
    assert not stream.stopped


def test_thinking_that_never_ends_is_no_text() -> None:
    stream = TextStream(thinking=True)
    assert stream.feed(b"and so on </th") == ""
    assert stream.finish() == ""
    assert (stream.text, stream.thought) == ("", "and so on </th")
