"""Fits the gate of `envs/fluency.py` and prints what it misses and what it refuses.

::

    python benchmarks/fit_fluency.py --persuasion DIR --support DIR --chinese DIR [--out envs/fluency.npz]

DIR are the folders of PersuasionForGood, ESConv and CPsyCounD. Dialogues are split by the hash of their name: a quarter is
held out, an eighth sets the threshold; on the rest and on the package's own phrase books the network is trained
(`benchmarks/fluency_network.py`), against salad that is made anew in every round (`benchmarks/salad.py`). What is kept are
integers; of words, their hashes. `--more` names files of further Chinese, which the one Chinese corpus has little of. After the
phrase books changed, `--exempt` lets their sentences pass under the figures that are there.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import salad
import torch
from fluency_network import JOINTS, SECOND, Line, Network, ended, kept, lines, opened, pantry, tossed, trained
from salad import HELD_OUT

from dialogym import Position, ScriptedAgent, converse
from dialogym.envs import fluency
from dialogym.envs.book import Book, book
from dialogym.envs.emotional_support.corpora import cpsycound
from dialogym.envs.keys import mix, text_key
from dialogym.envs.noise import roughen
from dialogym.envs.registry import registry

BOOKS = {"en": (("persuasion", "persuader.book"), ("persuasion", "persuadee.book"), ("emotional_support", "supporter.en.book"),
                ("emotional_support", "seeker.en.book")),
         "zh": (("emotional_support", "supporter.zh.book"), ("emotional_support", "seeker.zh.book"))}
SLOTS = {"<gift>": ("50 cents",), "<sum>": ("25 cents", "fifty cents", "one dollar", "two dollars", "$1"),
         "<their>": ("the money", "those children", "bills", "figures", "a card", "work", "the other side of the world",
                     "your own payment")}
"""What is put into the slots of a book that the speaker fills."""
REFUSED = {"en": 0.016, "zh": 0.001}
"""The share of people's texts that the threshold may refuse, on the part that sets it.

The Chinese corpus is of one kind of talk, and all of it is alike: what is as unlike it as other people's Chinese is passes."""


def people(args: argparse.Namespace) -> dict[str, list[tuple[str, str]]]:
    """(dialogue, text) of what people said, by language."""
    english = []
    with (args.persuasion / "full_dialog.csv").open(encoding="utf-8", newline="") as file:
        english += [(row["B2"], row["Unit"]) for row in csv.DictReader(file)]
    for path in ("train.txt", "valid.txt"):
        for line in (args.support / path).read_text(encoding="utf-8").splitlines():
            english += [(line[:200], said["text"]) for said in json.loads(line)["dialog"]]
    talks = cpsycound.from_files(sorted(args.chinese.glob("*.txt")))
    return {"en": english, "zh": [(talk.source, text) for talk in talks for _, text in talk.said]}


def reviews(paths: Sequence[Path]) -> list[str]:
    """Further Chinese that people wrote: paragraphs of plain text, cut where they are long."""
    found = [line.strip() for path in paths for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    return [line[:120] for line in found if 8 <= len(line) <= 400 and fluency.language_of(line) == "zh"]


def part(dialogue: str) -> str:
    """Which part a dialogue is of: "held", "set" or "train"."""
    number = mix(text_key(dialogue), 5) >> 61
    return "held" if number < 2 else "set" if number == 2 else "train"


def wordings(said: Book, section: str, more: int) -> Iterator[str]:
    """Every option of a section and some wordings as they are said, their slots filled in turn with what may stand there."""
    for text in (*said.every(section), *(said.say(section, mix(7, number), mix(9, number)) for number in range(more))):
        texts = [text]
        for slot, words in SLOTS.items():
            texts = [one.replace(slot, word) for one in texts for word in words] if slot in text else texts
        yield from (one.replace("<", "").replace(">", "") for one in texts)


def played(language: str, talks: int, seed: int) -> list[str]:
    """What the scripted players say in talks with every family of users."""
    found = dict[str, None]()
    for known in registry.values():
        built = known.build()
        for options in built.speech.variants() if built.speech else [{}]:
            if options.get("language", "en") != language:
                continue
            scenario = built.replace(**options)
            for user in scenario.scripted[scenario.user]:
                for player in scenario.scripted[scenario.interactive]:
                    pair = {scenario.interactive: ScriptedAgent.of(scenario, scenario.interactive, player),
                            scenario.user: ScriptedAgent.of(scenario, scenario.user, user)}
                    for at in range(talks):
                        end = converse(Position.start(scenario, mix(seed, at)), pair)
                        found.update(dict.fromkeys([u.text for u in end.dialogue if u.seat == scenario.interactive]))
    return list(found)


def weighed(net: Network, figures: fluency.Figures, naturals: Sequence[Line],
            salads: Sequence[tuple[Sequence[str], str]]) -> np.ndarray:
    """Weights of a sentence's figures, for every length, that tell sentences from salad.

    A logistic regression on the figures of the joints and on what the network says of the whole, for every length.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - the module is also read for its parts

    data = np.array([fluency.counts(sentence_of(*line), figures) for line in (*naturals, *salads)], dtype=float)
    wanted = np.array([1] * len(naturals) + [0] * len(salads))
    lengths = (data[:, 1:2] >= np.array(fluency.LENGTHS)).sum(axis=1)
    heads = net.whole.weight.detach().numpy() / 64  # the channels are in 1/64
    heads[:, 1 + SECOND:] /= 8
    found = []
    for length, head in enumerate(heads):
        of = lengths == length
        seen = np.concatenate([data[of, :JOINTS], data[of, JOINTS:] @ head[1:, None]], axis=1)
        spread = seen.std(axis=0) + 1e-6
        spread[0] = 64.0
        model = LogisticRegression(C=0.3, max_iter=2000, fit_intercept=False, class_weight="balanced")
        model.fit(seen / spread, wanted[of])
        weights = model.coef_[0] / spread
        found.append(np.round(np.concatenate([weights[:JOINTS], weights[JOINTS] * head[1:]]) * (1 << 16)))
    return np.array(found, dtype=np.int32)


def sentence_of(tokens: Sequence[str], end: str) -> fluency.Sentence:
    """A sentence of written tokens."""
    read = [fluency.read(token) for token in tokens]
    return fluency.Sentence(tuple(token for token, _ in read), tuple(shape for _, shape in read), ended(end),
                            sum(shape not in (fluency.MARK, fluency.END) for _, shape in read))


def shifted(figures: fluency.Figures, texts: Sequence[str], most: float) -> int:
    """The least that must be added to every score so that no more than that share of the texts is refused."""
    needed = []
    for text in texts:
        found = fluency.sentences(text)
        words, left = sum(one.words for one in found), 0
        if words > fluency.FEW:
            for value, count in sorted((fluency.weighed(one, figures), one.words) for one in found):
                left += count
                if 2 * left >= words:
                    needed.append(value)
                    break
    needed.sort()
    return -needed[int(most * len(texts))]


def fitted(language: str, texts: dict[str, list[str]], own: Sequence[str], more: Sequence[str],
           rng: random.Random) -> dict[str, np.ndarray]:
    """All figures of a language."""
    net, known = trained(language, texts["train"], own, more, rng)
    figures = kept(net, known)
    naturals = [line for text in texts["set"] for line in lines(text)]
    stock = pantry(naturals, language, rng)
    ends = [end for _, end in naturals]
    salads = [tossed(rng, stock, ends)[:2] for _ in range(len(naturals))]
    figures["lengths"] = weighed(net, fluency.unpacked(figures), naturals, salads)
    shift = shifted(fluency.unpacked(figures), texts["set"], REFUSED[language])
    figures["lengths"][:, 0] += shift // 64
    figures["exempt"] = exempt(fluency.unpacked(figures), own)
    return figures


def exempt(figures: fluency.Figures, own: Sequence[str]) -> np.ndarray:
    """The hashes of the sentences of the package's own books that are refused."""
    said = {one for text in own for one in fluency.sentences(text)}
    found = {fluency.named(one) for one in said if fluency.weighed(one, figures) < 0}
    return np.array(sorted(found), dtype=np.uint32)


def renew(args: argparse.Namespace, books: dict[str, list[Book]]) -> None:
    """Writes anew which sentences of the package's own books are let pass, whatever they score; all else stays."""
    with np.load(args.out) as former:
        found = {name: former[name] for name in former.files}
    for language, read in books.items():
        own = [text for one in read for section in one for text in wordings(one, section, 400)]
        given = fluency.unpacked({name.removeprefix(f"{language}_"): value for name, value in found.items()
                                  if name.startswith(language)})
        found[f"{language}_exempt"] = exempt(given, [*own, *played(language, args.talks, 17)])
        print(f"{language}: {len(found[f'{language}_exempt'])} sentences of our own are let pass")
    np.savez_compressed(args.out, **found)


def report(language: str, held: Sequence[str], own: Sequence[str], talks: Sequence[str], rng: random.Random) -> None:
    """Prints what is refused of people's words and what passes of salad."""
    def refused(name: str, texts: Sequence[str]) -> None:
        no = [text for text in texts if not fluency.fluent(text)]
        print(f"{language} refused, {name}: {100 * len(no) / len(texts):.2f}% of {len(texts)}", flush=True)

    refused("people's utterances", held)
    han = language == "zh"
    refused("people's sentences", [salad.written(tokens, han, end) for text in held for tokens, end in lines(text)])
    refused("people's, roughened", [roughen(text, mix(11, number)) for number, text in enumerate(held)])
    refused("phrase books", own)
    refused("phrase books, roughened", [roughen(text, mix(13, number)) for number, text in enumerate(own)])
    refused("scripted players", talks)
    stock = pantry([line for text in held for line in lines(text)], language, rng)
    passed = []
    for name, recipe in HELD_OUT.items():
        drawn = [salad.whole(recipe(rng, stock)) for _ in range(1000)]
        texts = [salad.written([word for _, _, word in taken], language == "zh") for taken in drawn]
        texts = [text for text in texts if sum(one.words for one in fluency.sentences(text)) > fluency.FEW]
        passed.append(sum(map(fluency.fluent, texts)) / len(texts))
        print(f"{language} passed, {name}: {100 * passed[-1]:.1f}% of {len(texts)}", flush=True)

    def passes(words: list[str]) -> int:
        one = fluency.sentences(salad.written(words, language == "zh"))
        return min((fluency.score(sentence, language) for sentence in one), default=-1)

    reached = [passes(salad.climbed(rng, stock, passes)) >= 0 for _ in range(60)]
    print(f"{language} passed, all recipes: {100 * np.mean(passed):.1f}%; climbed in 60 steps: {100 * np.mean(reached):.0f}%")
    fresh = [text for text in held if 20 <= sum(one.words for one in fluency.sentences(text)) <= 30][:400]
    best = 1e9
    for _ in range(3):
        for remembered in (fluency._fluent, fluency.score):
            remembered.cache_clear()
        began = time.perf_counter()
        for text in fresh:
            fluency.fluent(text)
        best = min(best, (time.perf_counter() - began) / len(fresh))
    print(f"{language}: {1e6 * best:.0f} µs a text of 20 to 30 words, first time", flush=True)


def refit(args: argparse.Namespace, parts: dict[str, dict[str, list[str]]], own: dict[str, list[str]]) -> None:
    """Writes new figures of the wanted languages; those of the others stay."""
    found: dict[str, np.ndarray] = {}
    if args.out.exists():
        with np.load(args.out) as former:
            found = {name: former[name] for name in former.files}
    for language in args.only:  # an open gate, through which the players talk that it is fitted to
        found.update({f"{language}_{name}": value for name, value in opened().items()})
    np.savez_compressed(args.out, **found)
    for language in args.only:
        said = [*own[language], *played(language, args.talks, 17)]
        more = reviews(args.more) if language == "zh" else []
        found.update({f"{language}_{name}": value for name, value in fitted(
            language, parts[language], said, more, random.Random(7)).items()})
        np.savez_compressed(args.out, **found)
    print(f"{args.out.stat().st_size / 1000:.0f} kB")


def main(args: argparse.Namespace) -> None:
    torch.manual_seed(1)
    torch.set_num_threads(1)
    said = people(args)
    books = {language: [book(f"dialogym.envs.{folder}", name) for folder, name in named] for language, named in BOOKS.items()}
    own = {language: [text for one in found for section in one for text in wordings(one, section, 40)]
           for language, found in books.items()}
    parts = {language: {name: [text for dialogue, text in texts if part(dialogue) == name and text.strip()]
                        for name in ("train", "set", "held")} for language, texts in said.items()}
    if args.exempt:
        renew(args, books)
        return
    if not args.report:
        refit(args, parts, own)
    fluency.figures.cache_clear()
    for language in args.only:
        report(language, parts[language]["held"], own[language], played(language, args.talks, 2), random.Random(9))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("persuasion", "support", "chinese"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path(fluency.__file__).with_name("fluency.npz"))
    parser.add_argument("--more", type=Path, nargs="*", default=[], help="further Chinese, a paragraph a line")
    parser.add_argument("--talks", type=int, default=30, help="of every scripted player with every family")
    parser.add_argument("--only", nargs="*", choices=("en", "zh"), default=("en", "zh"), help="the languages that are fitted")
    parser.add_argument("--report", action="store_true", help="only print what the fitted figures do")
    parser.add_argument("--exempt", action="store_true", help="only let the sentences of the books as they are now pass")
    main(parser.parse_args())
