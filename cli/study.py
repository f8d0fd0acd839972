"""People in the loop: serving a study, its links, its report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..envs.errors import InvalidConfig
from .shared import Env, Quiet, Seed, Worded, bars, environment_of, out_console

app = typer.Typer(name="study", no_args_is_help=True, help="People in the loop: a rating site, its statistics and its report.")

File = Annotated[Path, typer.Argument(metavar="STUDY", help="The study file (YAML).")]
Database = Annotated[str | None, typer.Option("--database", metavar="URL", help=(
    "Where answers are kept, over the file's: sqlite:///FILE or postgresql://USER@HOST/NAME."))]


@app.command(cls=Worded)
def serve(
    study: File,
    host: Annotated[str, typer.Option(help="Address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port.")] = 8000,
    https: Annotated[bool, typer.Option("--https", help="People reach it by https, through a server before it.")] = False,
    proxied: Annotated[bool, typer.Option("--proxied", help="That server says in its headers who asks.")] = False,
    worker: Annotated[bool, typer.Option("--worker/--no-worker", help="Make the replies, too.")] = True,
    database: Database = None,
) -> None:
    """Serves a study to its raters."""
    from ..study.serve import serve as serve_study  # noqa: PLC0415 - the extra 'study'

    out_console.print(f"http://{host}:{port}/", soft_wrap=True)
    serve_study(study, host, port, secure=https, proxied=proxied, worker=worker, database=database)


@app.command(cls=Worded)
def work(
    study: File,
    name: Annotated[str, typer.Option(help="The worker's name; one of a name at a time.")] = "main",
    parent: Annotated[int | None, typer.Option(metavar="PID", help="Stop when the process that started it does.")] = None,
    database: Database = None,
) -> None:
    """Makes a study's replies, in a process or on a machine of its own."""
    from ..study.serve import work as work_for  # noqa: PLC0415 - the extra 'study'

    work_for(study, name, database=database, parent=parent)


@app.command(cls=Worded)
def invite(
    study: File,
    part: Annotated[str, typer.Option(metavar="PART", help="comparison, talks, pairs or authorship.")],
    count: Annotated[int, typer.Option(metavar="N", help="How many links.")] = 1,
    language: Annotated[str | None, typer.Option(metavar="CODE", help="Of who gets them (default: the study's first).")] = None,
    site: Annotated[str, typer.Option(metavar="URL", help="Where the study is served.")] = "http://127.0.0.1:8000",
    database: Database = None,
) -> None:
    """Makes personal links, which are shown once."""
    from ..study.people import invite as invite_one  # noqa: PLC0415 - the extra 'study'
    from ..study.project import Study  # noqa: PLC0415

    found = Study.open(study, database=database)
    for _ in range(count):
        out_console.print(f"{site.rstrip('/')}/join/{invite_one(found, part, language)}", soft_wrap=True, highlight=False)


@app.command(cls=Worded)
def password(
    study: File,
    close: Annotated[bool, typer.Option("--close", help="Close the operator's pages again.")] = False,
    database: Database = None,
) -> None:
    """Opens the operator's pages at /admin under a password, which is asked for here."""
    from ..study.project import Study  # noqa: PLC0415 - the extra 'study'
    from ..study.web.operator import set_password  # noqa: PLC0415

    given = "" if close else typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    if not close and len(given) < 12:
        raise InvalidConfig(f"A password has 12 or more characters, got {len(given)}.")
    set_password(Study.open(study, database=database), given)


@app.command(cls=Worded)
def revoke(
    study: File,
    number: Annotated[int, typer.Option(metavar="N", help="Whose, by the number that the operator's pages show.")],
    database: Database = None,
) -> None:
    """Revokes a personal link; what was said stays."""
    from ..study.people import revoke as revoke_one  # noqa: PLC0415 - the extra 'study'
    from ..study.project import Study  # noqa: PLC0415

    if not revoke_one(Study.open(study, database=database), number):
        raise InvalidConfig(f"There is no link of number {number} that could be revoked.")


@app.command(cls=Worded)
def purge(study: File, database: Database = None) -> None:
    """Deletes what is older than the study keeps it; `serve` does so once a day."""
    from ..study.people import purge as purge_old  # noqa: PLC0415 - the extra 'study'
    from ..study.project import Study  # noqa: PLC0415

    out_console.print(f"{purge_old(Study.open(study, database=database))} people deleted.")


@app.command(cls=Worded)
def report(
    study: File,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For report.html, figures.json and a CSV file per part.")],
    seed: Annotated[int, Seed] = 0,
    database: Database = None,
) -> None:
    """Writes what people said: means, tests, agreement, power, beside what the paper prints."""
    from ..study.analysis.report import PAGE, write_report  # noqa: PLC0415 - the extra 'study'
    from ..study.project import Study  # noqa: PLC0415

    write_report(Study.open(study, database=database), out, seed)
    out_console.print(str(out / PAGE), soft_wrap=True)


@app.command(cls=Worded)
def export(
    study: File,
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For what is written.")],
    format: Annotated[str, typer.Option(metavar="NAME", help="'pairs': those whose annotators agree with the search, as "
                                                             "preference data; 'potato': a project of Potato's.")] = "pairs",
    part: Annotated[str, typer.Option(metavar="PART", help="For Potato: pairs or authorship.")] = "pairs",
    database: Database = None,
) -> None:
    """Takes a study elsewhere."""
    from ..study.export import export_pairs, export_potato  # noqa: PLC0415 - the extra 'study'
    from ..study.project import Study  # noqa: PLC0415

    if format not in ("pairs", "potato"):
        raise InvalidConfig(f"--format is pairs or potato, got {format!r}.")
    found = Study.open(study, database=database)
    count = export_pairs(found, out) if format == "pairs" else export_potato(found, out, part)
    out_console.print(f"{count} {'pairs' if format == 'pairs' else 'items'}: {out}", soft_wrap=True)


@app.command(cls=Worded)
def demo(
    out: Annotated[Path, typer.Option(metavar="FOLDER", help="For the study, its answers and its report.")],
    env: Env = None,
    policy: Annotated[str | None, typer.Option("--policy", metavar="A,B", help=(
        "The two systems, such as 'novice,expert' (default: the embedded model, and the same with a planner)."))] = None,
    raters: Annotated[int, typer.Option(help="Simulated raters.")] = 12,
    problems: Annotated[int, typer.Option(help="That each talks about.")] = 2,
    messages: Annotated[int, typer.Option(help="That each writes to a system.")] = 3,
    serve: Annotated[bool, typer.Option("--serve", help="Serve it to you afterwards, to look around.")] = False,
    port: Annotated[int, typer.Option(help="Of --serve.")] = 8000,
    seed: Annotated[int, Seed] = 0,
    quiet: Quiet = False,
) -> None:
    """Walks a whole study with simulated raters: site, answers, report. What they say of systems is no person's word."""
    from ..study.demo import FILE, report_of  # noqa: PLC0415 - the extra 'study'
    from ..study.demo import demo as walk  # noqa: PLC0415
    from ..study.serve import serve as serve_study  # noqa: PLC0415

    names = policy.split(",") if policy is not None else []
    if policy is not None and (len(set(names)) != 2 or len(names) > 2):
        raise InvalidConfig(f"--policy takes two different names with a comma between, got {policy!r}.")
    with bars(quiet) as reporter:
        walk(out, raters, problems, messages, seed, env=environment_of(env),
             systems={f"system-{n}": {"agent": name} for n, name in enumerate(names, 1)} or None,
             said=reporter.stage("Raters", raters + (raters + 1) // 2))
    out_console.print(str(report_of(out)), soft_wrap=True)
    if serve:
        out_console.print(f"http://127.0.0.1:{port}/", soft_wrap=True)
        serve_study(out / FILE, "127.0.0.1", port)
