"""`desk money`: try the documents that rate labour, without a desk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from desk_deploy.cli.error_messages import Failure
from desk_deploy.cli.options import AsJson
from desk_deploy.cli.output import say, show_json

app = typer.Typer(no_args_is_help=True, help="Try the rate card, rules, terms and pools that rate labour.")


@app.callback()
def money() -> None:
    """Keep `try` a command of its own name while it is the only one."""


@app.command("try")
def try_file(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="World file, YAML or JSON; - reads standard input.")],
    as_json: AsJson = False,
) -> None:
    """Rate the entries of a file under its documents, and explain every line. Needs no desk and records nothing.

    Exit code 1 when something is refused.
    """
    from desk_billing.rating.trial.answer import Trial

    trial = Trial.of_text(_text(file))
    if as_json:
        show_json(trial.answer)
    else:
        for line in trial.text():
            say(line)
    if trial.problems:
        raise typer.Exit(1)


def _text(file: Path) -> str:
    try:
        if str(file) == "-":
            return typer.get_text_stream("stdin").read()
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as wrong:
        raise Failure(f"{file} cannot be read ({wrong}): name a YAML or JSON file in UTF-8") from wrong
