"""Train the crisis classifier: `python -m models.recipes.crisis.train` (`make crisis-classifier`).

Everything is chosen on the training messages, by leaving out writers; the held-out ones stay closed.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from models.recipes.crisis import card, thresholds
from models.recipes.crisis.examples import Examples, Floats, bundled_embedder, make_examples
from models.recipes.crisis.fit import (
    STRENGTHS,
    Fitted,
    apart,
    by_halves,
    calibration_error,
    fit,
    surprise,
    temperature_of,
)
from models.recipes.crisis.messages import STRANGE, TRAINING, WRITERS, read_messages
from penguin_local.agent.crisis_classifier import FILE, FORMAT, bundled
from penguin_local.agent.crisis_features import FEATURES
from penguin_local.corpus import sums
from penguin_local.lm.weights import sha256_of


def main() -> None:
    """Train, choose, write the weights and what is known of them into the card."""
    parts = [read_messages(name) for name in TRAINING]
    writers = np.repeat(WRITERS, [len(part) for part in parts])
    examples = make_examples([message for part in parts for message in part], writers, bundled_embedder())
    measured = Measured.of(examples)
    fitted = fit(examples, np.arange(len(writers)), measured.strength)
    save(fitted, examples.rarity, measured.temperature, measured.thresholds)
    text = "\n".join(report(len(writers), measured))
    card.put(text, card.TRAINED)
    print(text)


@dataclass(frozen=True, slots=True)
class Measured:
    """What leaving out strange writers chose, and what it found; all of m messages."""

    strength: float
    temperature: float
    thresholds: tuple[float, float, float]
    logits: Floats
    """[m, 4] by classifiers that never read the writer."""
    halved: Floats
    """[m, 4] by classifiers that never read the message, but others of the writer."""
    writers: NDArray[np.int64]
    levels: NDArray[np.int64]
    rules: NDArray[np.int64]
    sure: NDArray[np.int64]

    @classmethod
    def of(cls, examples: Examples) -> Measured:
        """The strength by the surprise, the temperature with it, the thresholds by `thresholds.choose`."""
        strange = examples.writers >= STRANGE
        levels, sure = examples.levels[strange], examples.sure[strange]
        tried = {strength: apart(examples, strength) for strength in STRENGTHS}
        warmth = {strength: temperature_of(logits, levels) for strength, logits in tried.items()}
        strength = min(STRENGTHS, key=lambda s: surprise(tried[s], levels, warmth[s]))
        logits, temperature = tried[strength], warmth[strength]
        return cls(
            strength,
            temperature,
            thresholds.choose(logits, temperature, sure, levels),
            logits,
            by_halves(examples, strength),
            examples.writers[strange],
            levels,
            examples.rules[strange],
            sure,
        )

    @property
    def alone(self) -> NDArray[np.int64]:
        """[m] levels by the classifier alone."""
        return self._read(self.logits)

    @property
    def together(self) -> NDArray[np.int64]:
        """[m] levels as `Watch` gives them."""
        return np.maximum(self.alone, self.sure)

    @property
    def half_known(self) -> NDArray[np.int64]:
        """[m] the same where other messages of the writer were learned from."""
        return np.maximum(self._read(self.halved), self.sure)

    def _read(self, logits: Floats) -> NDArray[np.int64]:
        return thresholds.read(logits, self.temperature, self.thresholds)


def report(count: int, measured: Measured) -> list[str]:
    """Lines of Markdown for the card."""
    m = measured
    error = calibration_error(m.logits, m.levels, m.temperature)
    lines = [
        f"Learned from {count} messages, measured on {len(m.levels)}; {len(FEATURES)} features of the rules; "
        f"ridge strength {m.strength}; temperature {m.temperature:.2f}; thresholds (concern, elevated, imminent) "
        f"{', '.join(f'{t:.2f}' for t in m.thresholds)}; "
        f"log-loss {surprise(m.logits, m.levels, m.temperature):.3f} nats; "
        f"calibration error of `elevated or higher` {error:.1%}. "
        f"File: {bundled().stat().st_size:,} bytes, sha256 `{sha256_of(bundled())}`.",
        "",
        "| | imminent as elevated or higher | imminent as imminent | elevated or higher | false alarms among none |",
        "| --- | --- | --- | --- | --- |",
    ]
    everyone = np.ones(len(m.levels), np.bool_)
    rows = [("rules alone", m.rules, everyone), ("classifier alone", m.alone, everyone)]
    rows += [("together", m.together, everyone)]
    for number, (name, writer) in enumerate(zip(TRAINING, WRITERS, strict=True)):
        if writer >= STRANGE and writer not in WRITERS[:number]:
            rows.append((f"together, the writer of {name}", m.together, m.writers == writer))
    rows.append(("together, learned from the other half of every writer's messages", m.half_known, everyone))
    for name, read_as, who in rows:
        shares = astuple(thresholds.figures(read_as[who], m.levels[who]))
        lines.append(f"| {name} | {' | '.join(f'{share:.1%}' for share in shares)} |")
    return lines


def save(
    fitted: Fitted,
    rarity: NDArray[np.float32],
    temperature: float,
    chosen: tuple[float, float, float],
) -> None:
    """As `penguin_local/agent/crisis_classifier.py` says; and its hash, which `doctor` compares."""
    words = fitted.words[:, 1:] - fitted.words[:, :1]
    steps = np.abs(words).max(axis=0) / 127
    bundled().parent.mkdir(exist_ok=True)
    np.savez_compressed(
        bundled(),
        version=np.array(FORMAT),
        features=np.array(FEATURES),
        weights=fitted.weights.astype(np.float16),
        bias=fitted.bias.astype(np.float16),
        grams=np.round(words / steps).astype(np.int8),
        steps=steps.astype(np.float32),
        rarity=rarity.astype(np.uint8),
        temperature=np.float32(temperature),
        thresholds=np.array(chosen, np.float32),
    )
    (bundled().parent / sums.NAME).write_text(f"{sha256_of(bundled())}  {FILE}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
