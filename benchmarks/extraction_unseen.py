"""`--reader nearest` on ways of saying things that it has never seen.

    python -m benchmarks.extraction_unseen --per-domain 10

penguin-forum-v1 is written from the phrasings that the reader knows, so that `scenarios extract --check` flatters it.
Here it knows every second phrasing of each value, and what a post tells in one of the others is counted apart.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence

from penguin_local.bench.extraction_check import Known, known_posts
from penguin_local.bench.scenario_sets import bundled
from penguin_local.core.attributes import Attribute
from penguin_local.lm.catalogue import find_embedder
from penguin_local.lm.engine import load_embedder
from penguin_local.safety.extraction import THERE
from penguin_local.safety.extraction_nearest import NearestReader, all_ways
from penguin_local.store import parquet


def half(attribute: Attribute, kind: str) -> Sequence[str]:
    """Every second phrasing."""
    return all_ways(attribute, kind)[::2]


def seen(post: Known, attribute: Attribute) -> bool:
    """Whether the post tells it in words that the reader knows: the longest stretch without a gap decides."""
    text = _plain(post.text)
    kind = post.scenario.profile[attribute].kind
    parts = [max(re.split(r"\{\w+\}", way), key=len) for way in half(attribute, kind)]
    return any(_plain(part) in text for part in parts if len(part.split()) > 2)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s]", "", text.casefold()).split())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--per-domain", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int)
    args = parser.parse_args()
    posts = known_posts(
        parquet.decode(bundled("penguin-forum-v1").path), per_domain=args.per_domain, seed=args.seed
    )
    file = find_embedder()
    model = load_embedder(file, threads=args.threads)
    reader = NearestReader(model.embed, file.name, half)
    texts = [post.text for post in posts]
    weighed = reader.present(texts)
    values = reader.values(texts, [frozenset(Attribute)] * len(posts))
    print(f"{'':24}{'told':>8}{'found':>10}{'value right':>14}")
    for label, wanted in (("in known words", True), ("in words never seen", False)):
        told = found = right = 0
        for post, chances, known in zip(posts, weighed, values, strict=True):
            # Ages in figures and `29F` are read by a rule, whatever the phrasing.
            for attribute in post.held - {Attribute.AGE, Attribute.GENDER}:
                if seen(post, attribute) is wanted:
                    told += 1
                    found += chances[attribute] >= THERE
                    value = known.get(attribute)
                    right += value is not None and value.kind == post.scenario.profile[attribute].kind
        print(f"{label:24}{told:8}{found / max(1, told):10.3f}{right / max(1, told):14.3f}")
    absent = [
        chances[a] >= THERE
        for post, chances in zip(posts, weighed, strict=True)
        for a in Attribute
        if a not in post.held
    ]
    print(f"{'not told':24}{len(absent):8}{sum(absent) / max(1, len(absent)):10.3f}")


if __name__ == "__main__":
    main()
