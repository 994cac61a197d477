"""Words every expected failure once, on stderr, and says with which code the process ends."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from rich.text import Text

from sf_lifecycle.cli.output import plain, stderr
from sf_lifecycle.errors import ConfigError, LifecycleError, OrgError, Problem, Refused


class ExitCode(IntEnum):
    """How a command ends. Anything unexpected is 1, with its traceback."""

    DONE = 0
    BUG = 1
    CONFIGURATION = 2
    REFUSED = 3
    PARTLY_DONE = 4
    ORG = 5
    INTERRUPTED = 130


def word(error: LifecycleError) -> int:
    """Print `error` for a person; returns the exit code. Nothing in it is read as markup."""
    console = stderr()
    match error:
        case ConfigError():
            for line in _problems(error.problems):
                console.print(line)
        case Refused():
            console.print(Text("Refused; nothing was written:", style="bold red"))
            for refusal in error.refusals:
                line = Text.assemble(("  " + refusal.guard + ": ", "bold"), plain(refusal.message))
                console.print(line.append(f"; {plain(refusal.way_out)}" if refusal.way_out else ""))
        case OrgError():
            code = f" ({plain(error.code)})" if error.code and error.code not in error.message else ""
            console.print(Text.assemble(("Salesforce: ", "bold red"), plain(error.message), code))
            if error.way_out:
                console.print(Text(plain(error.way_out)))
        case _:
            console.print(Text.assemble(("Error: ", "bold red"), plain(str(error))))
    return error.exit_code


def _problems(problems: Iterable[Problem]) -> Iterable[Text]:
    """One line a problem, `file: key.path: message; hint`, with the place under it where there is one to show."""
    problems = list(problems)
    for problem in problems:
        line = Text(plain(problem.file), style="bold")
        if problem.place:
            line.append(": ", style="not bold").append(plain(problem.place), style="not bold cyan")
        line.append(f": {plain(problem.message)}", style="not bold")
        line.append(f"; {plain(problem.hint)}" if problem.hint else "", style="not bold green")
        yield line
        if problem.excerpt:
            yield Text("\n".join("    " + plain(row) for row in problem.excerpt.split("\n")), style="dim")
    files = len({problem.file for problem in problems})
    if len(problems) > 1:
        yield Text(f"{len(problems)} problems in {files} {'file' if files == 1 else 'files'}", style="bold red")
