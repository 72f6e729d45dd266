"""All that decides a run's numbers: compared when a run is resumed, and hashed into its default name."""

from __future__ import annotations

import json
import platform
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from importlib.metadata import version

from penguin_local import __version__
from penguin_local.bench.arms import parse_arms
from penguin_local.bench.asking import Asking
from penguin_local.bench.results import UsedModel
from penguin_local.core.attributes import Domain
from penguin_local.core.scenario import Scenario
from penguin_local.safety import answering, judging
from penguin_local.safety.answering import AnswerSettings
from penguin_local.store.rows import Setting, scenario_digest

ENGINE_LIBRARY = "llama-cpp-python"


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What the person chose, and fingerprints of what it was chosen from."""

    scenarios: str
    """Name of the set."""
    scenarios_digest: str
    """Of the scenarios that were drawn from it."""
    domains: tuple[Domain, ...]
    per_domain: int
    seed: int
    arms: tuple[str, ...]
    model: UsedModel
    judge: UsedModel
    answers: AnswerSettings
    slots: int | None
    """None: chosen from the memory there was when the run began, and kept since."""
    context: int | None
    gpu_layers: int | None
    asking: Asking | None = None
    """How talks go; without effect where no arm asks."""

    def as_dict(self) -> dict[str, Setting]:
        """Flat, in the order in which differences are named."""
        return {
            **models_told(self.model, self.judge),
            "arms": ", ".join(self.arms),
            "scenarios": self.scenarios,
            "domains": ", ".join(self.domains),
            "per domain": self.per_domain,
            "seed": self.seed,
            "scenarios digest": self.scenarios_digest,
            **answers_told(self.answers),
            "answer prompt": answering.PROMPT_VERSION,
            "judge prompt": judging.PROMPT_VERSION,
            **(self.asking or Asking()).as_dict(parse_arms(self.arms)),
            "slots": self.slots,
            "context": self.context,
            "gpu layers": self.gpu_layers,
            ENGINE_LIBRARY: version(ENGINE_LIBRARY),
        }

    def default_name(self) -> str:
        """`penguin-nano-1f3a9c2e`: the same command finds its own run again."""
        return name_of(self.as_dict(), self.model.name)


def models_told(model: UsedModel, judge: UsedModel) -> dict[str, Setting]:
    """Which weights answered and judged, as settings."""
    return {
        "model": model.name,
        "model sha256": model.sha256,
        "model demonstration": model.demonstration,
        "judge": judge.name,
        "judge sha256": judge.sha256,
        "judge demonstration": judge.demonstration,
    }


def answers_told(answers: AnswerSettings) -> dict[str, Setting]:
    """How answers are drawn, as settings."""
    return {
        "temperature": answers.sampling.temperature,
        "top-p": answers.sampling.top_p,
        "min-p": answers.sampling.min_p,
        "max tokens": answers.max_tokens,
    }


def name_of(settings: Mapping[str, Setting], model: str, *more: str) -> str:
    """`penguin-nano-1f3a9c2e`, with what else should stand in it before the digest of all settings."""
    text = json.dumps(dict(settings), sort_keys=True)
    plain = re.sub(r"[^a-z0-9.]+", "-", model.lower()).strip("-.")[:40] or "model"
    return "-".join((plain, *more, blake2b(text.encode(), digest_size=4).hexdigest()))


def set_digest(scenarios: Sequence[Scenario]) -> str:
    """Of the scenarios and their order."""
    whole = "\n".join(scenario_digest(scenario) for scenario in scenarios)
    return blake2b(whole.encode(), digest_size=16).hexdigest()


def cache_namespace() -> str:
    """What a remembered value depends on beside its own key: the library that computes it, and our program, whose
    chat formats and sampling stand in no key."""
    return f"{ENGINE_LIBRARY} {version(ENGINE_LIBRARY)}, penguin-local {__version__}"


def versions() -> dict[str, Setting]:
    """What the run was made with; recorded, never compared."""
    libraries = ("penguin-local", ENGINE_LIBRARY, "duckdb", "numpy", "scipy")
    return {
        **{name: _version(name) for name in libraries},
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
    }


def _version(library: str) -> str:
    from importlib.metadata import PackageNotFoundError

    try:
        return version(library)
    except PackageNotFoundError:
        return __version__
