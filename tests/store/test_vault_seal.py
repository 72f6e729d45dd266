"""A sealed field opens where it was sealed, as it was sealed, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penguin_local.errors import UsageError
from penguin_local.store.vault_phrases import (
    MAX_PASSPHRASE,
    new_recovery,
    normalised,
    read_recovery,
    strength,
)
from penguin_local.store.vault_seal import STEP, Place, Unopened, forget, new_key, seal, unseal

KEY = bytes(range(32))
HERE = Place("entries", "0123456789ab", 3, "sealed")
OVERHEAD = 1 + 12 + 16

names = st.text(min_size=1, max_size=8)
places = st.builds(Place, names, names, st.integers(0, 10**9), names)


@given(st.binary(max_size=3000), places)
def test_what_was_sealed_opens(content: bytes, place: Place) -> None:
    assert unseal(KEY, seal(KEY, content, place), place) == content


@given(st.binary(max_size=600), places, places)
def test_a_field_does_not_open_in_another_place(content: bytes, place: Place, other: Place) -> None:
    if place != other:
        with pytest.raises(Unopened):
            unseal(KEY, seal(KEY, content, place), other)


@given(st.binary(max_size=300), st.data())
@settings(max_examples=300)
def test_any_flipped_bit_is_noticed(content: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, content, HERE))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unopened):
        unseal(KEY, bytes(sealed), HERE)


@given(st.binary(max_size=300), st.integers(0, 400))
def test_a_cut_field_does_not_open(content: bytes, length: int) -> None:
    sealed = seal(KEY, content, HERE)
    if length < len(sealed):
        with pytest.raises(Unopened):
            unseal(KEY, sealed[:length], HERE)


@given(st.integers(0, 5000))
def test_lengths_tell_no_more_than_steps_of_256_bytes(length: int) -> None:
    sealed = seal(KEY, b"x" * length, HERE)
    assert (len(sealed) - OVERHEAD) % STEP == 0
    assert len(sealed) - OVERHEAD - length <= STEP + 4


def test_the_same_text_is_never_sealed_alike() -> None:
    assert len({seal(KEY, b"again", HERE) for _ in range(100)}) == 100


def test_another_key_opens_nothing() -> None:
    with pytest.raises(Unopened):
        unseal(new_key(), seal(KEY, b"secret", HERE), HERE)


def test_a_forgotten_key_is_zeros() -> None:
    key = new_key()
    forget(key)
    assert key == bytes(32)


@pytest.mark.parametrize("empty", ["", " ", "\t\n", "\u3000\u00a0"])
def test_an_empty_passphrase_is_refused(empty: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        normalised(empty)


def test_a_passphrase_may_be_long_but_not_endless() -> None:
    assert normalised("ä" * MAX_PASSPHRASE)
    with pytest.raises(UsageError, match=r"1,025 characters, and 1,024 are the most"):
        normalised("ä" * (MAX_PASSPHRASE + 1))


def test_a_passphrase_is_the_same_however_it_is_composed() -> None:
    assert normalised("caf\u00e9 \ufb01ne") == normalised("cafe\u0301 fine")
    assert normalised("a b") != normalised("a  b")


def test_half_a_character_is_refused_without_repeating_the_passphrase() -> None:
    with pytest.raises(UsageError) as refused:
        normalised("secret \ud800 words")
    assert refused.value.__suppress_context__
    assert "secret" not in refused.value.message + refused.value.hint


def test_strength_is_told_gently_and_never_repeats_anything() -> None:
    assert strength("password").score == 0
    assert strength("violet harbour stamps eleven").score == 4
    assert strength("").score == 0
    assert "password" not in strength("password").words


def test_the_strength_of_a_very_long_passphrase_is_told_at_once() -> None:
    assert strength("correct horse battery staple " * 2000).score == 4


@settings(max_examples=40)
@given(st.integers(0, 2**32))
def test_a_recovery_key_is_read_however_it_is_typed(seed: int) -> None:
    written, secret = new_recovery()
    loose = written.lower().replace("-", " \t"[seed % 2]).replace("0", "o").replace("1", "il"[seed % 2])
    assert read_recovery(written) == read_recovery(f"  {loose}\n") == secret
    assert len(secret) * 8 >= 160
    assert not set("ILOU") & set(written)


@given(st.data())
def test_a_typing_mistake_in_a_recovery_key_is_told_as_one(data: st.DataObject) -> None:
    written, _ = new_recovery()
    place = data.draw(st.sampled_from([i for i, c in enumerate(written) if c != "-"]))
    other = data.draw(
        st.sampled_from([c for c in "0123456789ABCDEFGHJKMNPQRSTVWXYZU?" if c != written[place]])
    )
    with pytest.raises(UsageError, match="not a recovery key as it was printed"):
        read_recovery(written[:place] + other + written[place + 1 :])


@pytest.mark.parametrize("text", ["", "ABCD", "A" * 37, "🐧" * 36])
def test_what_is_no_recovery_key_is_told(text: str) -> None:
    with pytest.raises(UsageError):
        read_recovery(text)
