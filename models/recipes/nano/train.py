"""Train penguin-nano: `python -m models.recipes.nano.train`, stopped and resumed at will.

Examples are made as they are needed, from the shard number alone, so a resumed training sees the same
ones. The schedule counts steps, never time. Muon for the matrices inside, AdamW for embeddings and norms.
"""

from __future__ import annotations

import argparse
import itertools
import json
import random
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import torch
from torch.nn import functional as F

from models.recipes.nano.examples import CLAIM_WEIGHT, RATING_WEIGHT, Batch, Example, Kind, Maker, collate
from models.recipes.nano.model import Nano, Shape
from models.recipes.nano.tokenizer import Encoder
from models.recipes.nano.tokenizer import train as train_tokenizer

STEPS = 4000
BATCH_TOKENS = 4096
"""Of the rest; the shared beginning is computed once a batch on top."""
SHARD = 1024
"""Examples that are made, sorted by length and cut into batches together."""
COPYING_FIRST = 14
"""Shards that are half copying: some 800 steps, after which looking back has set in."""
EARLY = {Kind.ANSWER: 0.3, Kind.JUDGE: 0.2, Kind.COPY: 0.5}
SHARE = {Kind.ANSWER: 0.34, Kind.JUDGE: 0.42, Kind.ASK: 0.18, Kind.COPY: 0.06}
WARMUP, DECAY = 0.03, 0.45
"""Shares of the steps in which the rate rises, and in which it falls linearly to a twentieth."""
MATRIX_RATE, OTHER_RATE = 0.002, 0.001
SAVE_EVERY = 250


def shard(maker: Maker, number: int) -> list[list[Example]]:
    """Batches of one shard in a shuffled order: a pure function of the number."""
    rng = random.Random(f"penguin-nano|{number}")
    batches: list[list[Example]] = []
    for kind, share in (EARLY if number < COPYING_FIRST else SHARE).items():
        examples = sorted(
            (maker.make(kind, rng) for _ in range(round(SHARD * share))), key=lambda e: len(e.ids)
        )
        batch: list[Example] = []
        for example in examples:
            if batch and (len(batch) + 1) * len(example.ids) > BATCH_TOKENS:
                batches.append(batch)
                batch = []
            batch.append(example)
        batches.append(batch)
    rng.shuffle(batches)
    return batches


def batches(maker: Maker, *, skip: int) -> Iterator[Batch]:
    """All batches for ever, from the one after `skip`."""
    passed = 0
    for number in itertools.count():
        for examples in shard(maker, number):
            passed += 1
            if passed > skip:
                yield collate(examples, maker)


def loss_of(model: Nano, batch: Batch) -> tuple[torch.Tensor, float, float]:
    """The loss, and for the eye: nats a reply token, nats above the best possible a rating."""
    with torch.autocast(batch.ids.device.type, dtype=torch.bfloat16):
        hidden, middle = model(batch.prefix, batch.ids, batch.positions, batch.mask)
        rows, columns = batch.weights[:, :-1].nonzero(as_tuple=True)
        logits = model.logits(hidden[rows, columns]).float()
    weights = batch.weights[rows, columns]
    nats = F.cross_entropy(logits, batch.ids[rows, columns + 1], reduction="none")
    total, scale = (nats * weights).sum(), weights.sum()
    reply = weights >= 1.0
    text = nats[reply].mean().item() if reply.any() else float("nan")
    rating = float("nan")
    r, c, values = batch.ratings
    if len(r):
        with torch.autocast(batch.ids.device.type, dtype=torch.bfloat16):
            log_p = model.logits(hidden[r, c]).float().log_softmax(-1)[:, batch.digits]
        # A score between two levels is shared between them, so that the expectation is the score.
        target = (1.0 - (values.unsqueeze(1) - batch.levels).abs()).clamp_min(0.0)
        cross = -(target * log_p).sum(1)
        rating = (cross + torch.xlogy(target, target).sum(1)).mean().item()
        total, scale = total + RATING_WEIGHT * cross.sum(), scale + RATING_WEIGHT * len(r)
    r, c, truths = batch.claims
    if len(r):
        with torch.autocast(batch.ids.device.type, dtype=torch.bfloat16):
            verdicts = model.verdict(middle[r, c]).float().squeeze(1)
        wrong = F.binary_cross_entropy_with_logits(verdicts, truths, reduction="sum")
        total, scale = total + CLAIM_WEIGHT * wrong, scale + CLAIM_WEIGHT * len(r)
    return total / scale, text, rating


def rate(step: int, steps: int) -> float:
    """The factor on both learning rates."""
    rising = (step + 1) / (WARMUP * steps)
    falling = (steps - step) / (DECAY * steps)
    return min(1.0, rising, max(0.05, falling))


def main() -> None:
    """Tokenizer, training, checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(".train/nano"))
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--stop-at", type=int, default=None, help="end early, to be resumed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--device", default="cuda" if torch.cuda.is_available() else "cpu", help="where the tensors lie"
    )
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.set_default_device(args.device)
    torch.manual_seed(0)
    shape = Shape()
    encoder = _encoder(args.out / "tokenizer.json", shape)
    maker = Maker(encoder)
    model = Nano(shape)
    matrices = [p for p in model.blocks.parameters() if p.ndim == 2]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "blocks" not in n]
    optimizers: list[tuple[torch.optim.Optimizer, float]] = [
        (
            torch.optim.Muon(matrices, lr=MATRIX_RATE, weight_decay=0.05, adjust_lr_fn="match_rms_adamw"),
            MATRIX_RATE,
        ),
        (torch.optim.AdamW(others, lr=OTHER_RATE, betas=(0.9, 0.95), weight_decay=0.0), OTHER_RATE),
    ]
    step, seconds = _resume(args.out / "checkpoint.pt", model, optimizers)
    began = time.monotonic() - seconds
    tokens, mark = 0, time.monotonic()
    for batch in batches(maker, skip=step):
        if step >= (args.stop_at or args.steps):
            break
        for optimizer, base in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = base * rate(step, args.steps)
        loss, text, rating = loss_of(model, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for optimizer, _ in optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        step += 1
        tokens += batch.ids.numel()
        if step % 10 == 0:
            now = time.monotonic()
            line = {"step": step, "loss": loss.item(), "text": text, "rating": rating}
            line |= {"tokens_per_second": tokens / (now - mark), "seconds": now - began}
            print(json.dumps({k: round(v, 4) for k, v in line.items()}), flush=True)
            tokens, mark = 0, now
        if step % SAVE_EVERY == 0:
            _save(args.out / "checkpoint.pt", model, optimizers, step, time.monotonic() - began)
    _save(args.out / "checkpoint.pt", model, optimizers, step, time.monotonic() - began)
    (args.out / "shape.json").write_text(json.dumps(asdict(shape)))


def _encoder(path: Path, shape: Shape) -> Encoder:
    if not path.exists():
        # A first pass over the same texts with plain characters: only the texts matter here.
        from models.recipes.nano.corpus import plain_texts

        train_tokenizer(
            plain_texts(random.Random("penguin-nano tokenizer"), 20000), size=shape.vocabulary
        ).save(str(path))
    return Encoder(path)


def _resume(
    path: Path, model: Nano, optimizers: list[tuple[torch.optim.Optimizer, float]]
) -> tuple[int, float]:
    if not path.exists():
        return 0, 0.0
    state = torch.load(path, weights_only=True, map_location=torch.get_default_device())
    model.load_state_dict(state["model"])
    for (optimizer, _), saved in zip(optimizers, state["optimizers"], strict=True):
        optimizer.load_state_dict(saved)
    return int(state["step"]), float(state["seconds"])


def _save(
    path: Path, model: Nano, optimizers: list[tuple[torch.optim.Optimizer, float]], step: int, seconds: float
) -> None:
    state = {
        "model": model.state_dict(),
        "optimizers": [optimizer.state_dict() for optimizer, _ in optimizers],
        "step": step,
        "seconds": seconds,
    }
    partial = path.with_suffix(".partial")
    torch.save(state, partial)
    partial.replace(path)


if __name__ == "__main__":
    main()
