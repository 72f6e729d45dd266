"""The models of planning, in memory together: each subset is answered and judged before the next is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from penguin_local.bench.results import UsedModel
from penguin_local.bench.runner import Facts
from penguin_local.cli.console import say
from penguin_local.cli.loading import Wish, find, load_embedder, loader, size, used
from penguin_local.errors import NoRoom
from penguin_local.lm.base import LanguageModel
from penguin_local.lm.catalogue import find_embedder
from penguin_local.lm.weights import ModelFile


@dataclass(frozen=True, slots=True)
class Crew:
    """Who answers and gives the prior, who judges, and who places a question among others."""

    answerer: ModelFile
    judge: ModelFile
    embedder: ModelFile
    wish: Wish

    @property
    def together(self) -> bool:
        """Two different chat models are needed at once."""
        return self.answerer.sha256 != self.judge.sha256

    def used(self) -> tuple[UsedModel, UsedModel, UsedModel]:
        """As results name them."""
        return used(self.answerer), used(self.judge), used(self.embedder)

    @contextmanager
    def at_work(
        self, facts: Callable[[str], Facts | None]
    ) -> Iterator[tuple[LanguageModel, LanguageModel, LanguageModel]]:
        """Answerer, judge and embedder, loaded; `facts` tells how one was loaded before. Raises NoRoom."""
        with ExitStack() as stack:
            embedder = load_embedder(self.embedder, threads=self.wish.threads)
            stack.callback(embedder.close)
            if not self.together:
                model = loader(self.answerer, self.wish)(facts("answerer"))
                stack.callback(model.close)
                yield model, model, embedder
                return
            first, second = self._shares()
            try:
                model = loader(self.answerer, first)(facts("answerer"))
                stack.callback(model.close)
                judge = loader(self.judge, second)(facts("judge"))
                stack.callback(judge.close)
            except NoRoom as error:
                raise NoRoom(
                    f"planning needs the model and the judge in memory together: {error.message}",
                    hint="leave --judge out (one model then does both), choose smaller ones, lower --slots or "
                    "--context, or raise --memory",
                ) from error
            yield model, judge, embedder

    def _shares(self) -> tuple[Wish, Wish]:
        """Memory by the size of the files, since cache and working space grow with them."""
        from penguin_local.lm.engine_size import free_bytes

        whole = free_bytes() * 0.9 / 1e9 if self.wish.memory_gb is None else self.wish.memory_gb
        sizes = [file.path.stat().st_size for file in (self.answerer, self.judge)]
        first = whole * sizes[0] / sum(sizes)
        say(
            f"{self.answerer.name} and {self.judge.name} will be in memory together: "
            f"up to {size(round(first * 1e9))} and {size(round((whole - first) * 1e9))}"
        )
        return replace(self.wish, memory_gb=first), replace(self.wish, memory_gb=whole - first)


def find_crew(model: str | None, judge: str | None, wish: Wish) -> Crew:
    """Find the files; nothing is loaded yet. Raises WeightsMissing, WeightsDamaged."""
    answerer = find(model)
    judging = answerer if judge is None else find(judge)
    return Crew(answerer, judging, find_embedder(), wish)
