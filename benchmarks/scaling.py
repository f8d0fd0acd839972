"""The figures of docs/scaling.md: what searches at the paper's setting would take, and how far off forecasts were when tried.

    python benchmarks/scaling.py plan            the forecasts, into the page
    python benchmarks/scaling.py check           three searches here, each forecast from its first conversations, then run

The check compares processor time, so that other work on the machine does not count. The search has a process of its own, which
knows no more than the measurement did.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from dialogym import make
from dialogym.cli.plan import SIZES
from dialogym.search import IxMCTS, SearchConfig, search
from dialogym.search.forecast import GPUS, SHAPES, Served, Words, planned, saturated
from dialogym.search.probe import probe

PAGE = Path(__file__).resolve().parents[1] / "docs" / "scaling.md"
PAPER = (("PersuasionForGood-v0", 700, "llama-3.2-3b", {"horizon": 15}),
         ("EmotionalSupport-v0", 4000, "qwen2.5-7b", {"horizon": 25, "language": "zh"}))
COUNTS = (1, 8, 64, 512)
WINDOWS = (64, 16)
"""Conversations in hand at a GPU, tried in turn: the fewer, the sooner a large cluster has none left."""
TRIED = (
    ("scripted persuasion", 24, SearchConfig(options={"horizon": 8}, conversations=80, search=IxMCTS(width=2, keep=4))),
    ("scripted support", 16, SearchConfig(environment="EmotionalSupport-v0", conversations=48, search=IxMCTS(width=2, keep=3),
                                          options={"horizon": 8, "encoder": "character-ngrams"})),
    ("the embedded model as persuader", 8, SearchConfig(options={"horizon": 4}, conversations=16, window=8, policy="embedded",
                                                        search=IxMCTS(width=2, keep=2))),
)


def plan() -> Iterator[str]:
    """The forecasts as Markdown."""
    for id, conversations, shape, options in PAPER:
        scenario = make(id, **options).scenario
        work, words = saturated(IxMCTS(), scenario.horizon, conversations), Words(*SIZES[scenario.annotator is not None])
        yield f"{conversations:,} conversations of `{id}`, {shape}, H200, {work.expansions:,.0f} expansions each:"
        yield ""
        yield ("| GPUs | in hand | hours | GPU hours | dollars | generations | tokens decoded | prefilled | GB a GPU | file | "
               "held up by |")
        yield "|---|---|---|---|---|---|---|---|---|---|---|"
        for gpus in COUNTS:
            served = Served(SHAPES[shape], GPUS["h200"], words, work)
            best = min((planned(served, gpus, window) for window in WINDOWS), key=lambda row: (row["seconds"], row["window"]))
            yield (f"| {gpus} | {best['window']} | {hours(best['seconds'] / 3600)} | {best['gpu_hours']:,.0f} | "
                   f"{best['dollars']:,.0f} | {best['generations'] / 1e6:.1f}M | {best['decoded_tokens'] / 1e6:,.0f}M | "
                   f"{best['prefilled_tokens'] / 1e6:,.0f}M | {best['gpu_bytes'] / 1e9:.0f} | "
                   f"{best['file_bytes'] / 1e9:.1f} GB | {best['bottleneck']} |")
        yield ""


def hours(value: float) -> str:
    """Two figures, and no power of ten."""
    return f"{value:,.0f}" if value >= 10 else f"{value:.2g}"


def check() -> Iterator[str]:
    """Forecasts and what came of them, as Markdown."""
    yield "| search | measured on | processor seconds forecast | taken | off by | standard error of the forecast |"
    yield "|---|---|---|---|---|---|"
    for name, count, config in TRIED:
        found = probe(config, count, time.process_time)
        forecast = found.loading + found.course(config.conversations, 1, config.window).seconds
        with ProcessPoolExecutor(1, get_context("spawn")) as other:  # which has not heard these conversations yet
            taken = other.submit(taking, config).result()
        yield (f"| {name}, {config.conversations} conversations | {found.searched} | {forecast:.1f} | {taken:.1f} | "
               f"{100 * (forecast / taken - 1):+.0f}% | {100 * found.error:.0f}% |")


def taking(config: SearchConfig) -> float:
    """Processor seconds of a search."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        search(config, Path(folder) / "trees")
    return time.process_time() - began


def written(page: Path, name: str, text: str) -> None:
    """Puts the text between the page's marks of that name."""
    before, mark, rest = page.read_text(encoding="utf-8").partition(f"<!-- {name} -->\n")
    _, end, after = rest.partition(f"<!-- /{name} -->")
    if not mark or not end:
        raise SystemExit(f"{page} has no place for {name!r}.")
    page.write_text(f"{before}{mark}{text.strip()}\n{end}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("what", choices=("plan", "check"))
    what = parser.parse_args().what
    lines = list(plan() if what == "plan" else check())
    print("\n".join(lines), flush=True)
    written(PAGE, what, "\n".join(lines))


if __name__ == "__main__":
    main()
