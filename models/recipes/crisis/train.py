"""Train the crisis classifier: `python -m models.recipes.crisis.train --source FOLDER` (`make crisis-classifier`).

Everything is chosen on training messages of writers who were left out; the held-out messages stay closed. Teaching the
encoders takes more than an hour; what they learned is kept, so that the rest, some minutes, can be done anew.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.recipes.crisis import card, decision
from models.recipes.crisis.adapter import States, Tuned, frozen_states, tune
from models.recipes.crisis.examples import Examples, Floats, make_examples
from models.recipes.crisis.fit import STRENGTHS, Fitted, calibration_error, fit, surprise, temperature_of
from models.recipes.crisis.messages import FOLDER, LEFT_OUT, TRAINING, WRITERS, Message, read_messages
from models.recipes.minilm.source import Source
from penguin_local.agent.crisis_classifier import FORMAT, adapter, bundled
from penguin_local.agent.crisis_features import FEATURES
from penguin_local.agent.crisis_levels import Level
from penguin_local.corpus import sums
from penguin_local.lm.weights import sha256_of

SHARES: Final = (0.2, 0.3, 0.4, 0.5, 0.6)
"""What the embedding may weigh beside rules and words."""


def main() -> None:
    """Train, choose, write both files and what is known of them into the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--source", type=Path, required=True, help="a folder with the unpacked MiniLM package"
    )
    parser.add_argument(
        "--kept", type=Path, default=Path(".train/crisis"), help="where taught encoders are kept"
    )
    arguments = parser.parse_args()
    source, folder = Source.below(arguments.source), arguments.kept / _fingerprint()
    folder.mkdir(parents=True, exist_ok=True)
    # Nearly all the time goes into teaching two encoders, a core each; torch does not outlive a fork.
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        heard, tuned = pool.submit(hear_strangers, source, folder), pool.submit(teach_all, source, folder)
        examples = make_examples(*_all())
        measured = Measured.of(examples, heard.result())
        fitted = fit(examples, np.arange(len(examples.levels)), measured.strength)
        finish(examples, measured, fitted, tuned.result())


def hear_strangers(source: Source, folder: Path) -> Floats:
    """[m, 4] what an encoder that never read the writers left out makes of them."""
    kept = folder / "strangers.npy"
    if kept.exists():
        return np.load(kept)  # type: ignore[no-any-return]
    messages, writers = _all()
    left = np.isin(writers, LEFT_OUT)
    states = frozen_states(source, [message.text for message in messages])
    known = tune("without those left out", source, *_rows(states, messages, np.flatnonzero(~left)))
    found = known.logits(_rows(states, messages, np.flatnonzero(left))[0])
    np.save(kept, found)
    return found


def teach_all(source: Source, folder: Path) -> Tuned:
    """The encoder that read everybody."""
    kept = folder / "all.pt"
    if kept.exists():
        return Tuned.kept(kept, source)
    messages, _ = _all()
    states = frozen_states(source, [message.text for message in messages])
    found = tune("of all", source, *_rows(states, messages, np.arange(len(messages))))
    found.keep(kept)
    return found


def _fingerprint() -> str:
    """Of what the encoders learn from, and how."""
    digest = hashlib.sha256(Path(tune.__code__.co_filename).read_bytes())
    for name, writer in zip(TRAINING, WRITERS, strict=True):
        digest.update(f"{name} {writer in LEFT_OUT}\n".encode())
        digest.update((FOLDER / name).read_bytes())
    return digest.hexdigest()[:12]


def finish(examples: Examples, measured: Measured, fitted: Fitted, tuned: Tuned) -> None:
    """Write both files and the card."""
    tuned.write(adapter())
    save(fitted, tuned, examples.rarity, measured)
    text = "\n".join(report(len(examples.levels), measured))
    card.put(text, card.TRAINED)
    print(text)


def _all() -> tuple[list[Message], NDArray[np.int64]]:
    """Every message, and who wrote it."""
    parts = [read_messages(name) for name in TRAINING]
    return [message for part in parts for message in part], np.repeat(WRITERS, [len(part) for part in parts])


def _rows(
    states: States, messages: Sequence[Message], rows: NDArray[np.int64]
) -> tuple[States, NDArray[np.int64]]:
    return [states[i] for i in rows], np.array([int(messages[i].level) for i in rows])


@dataclass(frozen=True, slots=True)
class Measured:
    """What leaving out writers chose, and what it found; all of m messages."""

    strength: float
    share: float
    """Of the embedding's logits; the others weigh the rest."""
    temperature: float
    costs: Floats
    """[4, 4] as `decision.costs` gives them."""
    logits: Floats
    """[m, 4] by classifiers that never read the writer."""
    writers: NDArray[np.int64]
    levels: NDArray[np.int64]
    rules: NDArray[np.int64]
    sure: NDArray[np.int64]

    @classmethod
    def of(cls, examples: Examples, heard: Floats) -> Measured:
        """Strength and share by the surprise, the temperature with them, the costs by `decision.choose`."""
        left = np.isin(examples.writers, LEFT_OUT)
        here, others = np.flatnonzero(left), np.flatnonzero(~left)
        levels, sure = examples.levels[here], examples.sure[here]
        tried = {}
        for strength in STRENGTHS:
            read = fit(examples, others, strength).logits(examples, here)
            for share in SHARES:
                logits = mixed(read, heard, share)
                warmth = temperature_of(logits, levels)
                tried[surprise(logits, levels, warmth)] = (strength, share, warmth, logits)
        strength, share, temperature, logits = tried[min(tried)]
        chosen = decision.choose(logits, temperature, sure, levels)
        writers, rules = examples.writers[here], examples.rules[here]
        return cls(strength, share, temperature, chosen, logits, writers, levels, rules, sure)

    @property
    def alone(self) -> NDArray[np.int64]:
        """[m] levels by the classifier alone."""
        return decision.read(self.logits, self.temperature, self.costs)

    @property
    def together(self) -> NDArray[np.int64]:
        """[m] levels as `Watch` gives them."""
        return np.maximum(self.alone, self.sure)


def mixed(read: Floats, heard: Floats, share: float) -> Floats:
    """[m, 4] of rules and words, and of the embedding."""
    found: Floats = (1 - share) * read + share * heard
    return found


def report(count: int, measured: Measured) -> list[str]:
    """Lines of Markdown for the card."""
    m = measured
    error = calibration_error(m.logits, m.levels, m.temperature)
    lines = [
        f"Learned from {count} messages, measured on {len(m.levels)}; {len(FEATURES)} features of the rules; "
        f"ridge strength {m.strength}; share of the embedding {m.share}; temperature {m.temperature:.2f}; "
        f"where there is no danger concern costs {m.costs[Level.NONE, Level.CONCERN]:.2f} and an alarm "
        f"{m.costs[Level.NONE, Level.IMMINENT]:.2f}; "
        f"log-loss {surprise(m.logits, m.levels, m.temperature):.3f} nats; "
        f"calibration error of `elevated or higher` {error:.1%}. "
        + "; ".join(
            f"{file.name}: {file.stat().st_size:,} bytes, sha256 `{sha256_of(file)}`"
            for file in (adapter(), bundled())
        )
        + ".",
        "",
        "| | imminent as elevated or higher | imminent as imminent | elevated or higher | false alarms among none "
        "| concern as elevated or higher |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    everyone = np.ones(len(m.levels), np.bool_)
    rows = [("rules alone", m.rules, everyone), ("classifier alone", m.alone, everyone)]
    rows += [("together", m.together, everyone)]
    for name, writer in zip(TRAINING, WRITERS, strict=True):
        if writer in LEFT_OUT:
            rows.append((f"together, the writer of {name}", m.together, m.writers == writer))
    for name, read_as, who in rows:
        shares = astuple(decision.figures(read_as[who], m.levels[who]))
        lines.append(f"| {name} | {' | '.join(f'{share:.1%}' for share in shares)} |")
    return lines


def save(fitted: Fitted, tuned: Tuned, rarity: NDArray[np.uint8], measured: Measured) -> None:
    """As `penguin_local/agent/crisis_classifier.py` says; and the hashes, which `doctor` compares."""
    head, bias = tuned.head
    words = mixed(fitted.words, np.zeros_like(fitted.words), measured.share)
    words = words[:, 1:] - words[:, :1]
    steps = np.abs(words).max(axis=0) / 127
    np.savez_compressed(
        bundled(),
        version=np.array(FORMAT),
        adapter=np.array(sha256_of(adapter())),
        features=np.array(FEATURES),
        weights=np.concatenate([measured.share * head, (1 - measured.share) * fitted.rules]).astype(
            np.float16
        ),
        bias=mixed(fitted.bias, bias, measured.share).astype(np.float16),
        grams=np.round(words / steps).astype(np.int8),
        steps=steps.astype(np.float32),
        rarity=rarity,
        temperature=np.float32(measured.temperature),
        costs=measured.costs.astype(np.float32),
    )
    files = (adapter(), bundled())
    listed = "".join(f"{sha256_of(file)}  {file.name}\n" for file in files)
    (bundled().parent / sums.NAME).write_text(listed, encoding="utf-8")


if __name__ == "__main__":
    main()
