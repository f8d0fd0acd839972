"""The mean and deviation of each survey attribute over the persuadees of PersuasionForGood.

These are the figures that `SCALES` in `envs/persuasion/conditions.py` carries. Every dialogue counts its
persuadee once (the `BAD_` ones too), so people who took part often weigh more, as they do in the corpus.

    python benchmarks/fit_personas.py --corpus DIR [--check]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, stdev

from dialogym.envs.errors import DialogymError
from dialogym.envs.persuasion.conditions import SCALES, Persona
from dialogym.envs.persuasion.corpus import load_personas

TOLERANCE = 0.01
"""How far a mean or deviation in `SCALES` may be from the corpus's, in points of the attribute's scale."""


def fit(personas: Sequence[Persona]) -> dict[str, tuple[int, float, float]]:
    """(answers, mean, sample sd) of each attribute of `SCALES` that at least two personas have."""
    values: dict[str, list[float]] = {name: [] for name in SCALES}
    for persona in personas:
        for name, value in persona.attributes:
            if name in values and not isinstance(value, str):
                values[name].append(value)
    return {name: (len(all_), fmean(all_), stdev(all_)) for name, all_ in values.items() if len(all_) > 1}


def off(name: str, mean: float, sd: float) -> bool:
    """Whether `SCALES` says something else about an attribute than the corpus does."""
    scale = SCALES[name]
    return max(abs(scale.mean - mean), abs(scale.sd - sd)) > TOLERANCE


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the table; returns the exit status, 1 when `--check` finds a difference, 2 for a bad corpus."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0] if __doc__ else None)
    parser.add_argument("--corpus", type=Path, required=True, metavar="DIR", help="folder with full_info.csv")
    parser.add_argument("--check", action="store_true", help=f"exit 1 when SCALES is off by over {TOLERANCE}")
    options = parser.parse_args(arguments)
    try:
        fitted = fit(load_personas(options.corpus))
    except DialogymError as error:
        print(error, file=sys.stderr)
        return 2
    wrong = 0
    print(f"{'attribute':<16}{'answers':>8}{'mean':>8}{'sd':>8}   in SCALES")
    for name, scale in SCALES.items():
        if name == "mood":  # ours: the survey did not ask
            continue
        count, mean, sd = fitted.get(name, (0, float("nan"), float("nan")))
        differs = count == 0 or off(name, mean, sd)
        wrong += differs
        print(f"{name:<16}{count:>8}{mean:>8.2f}{sd:>8.2f}   {scale.mean:.2f} {scale.sd:.2f}"
              f"{'  differs' if differs else ''}")
    if wrong:
        print(f"{wrong} attributes of SCALES differ by more than {TOLERANCE}.", file=sys.stderr)
    return 1 if options.check and wrong else 0


if __name__ == "__main__":
    sys.exit(main())
