"""From what was wished for to an open conversation: the one place where screen, vault and models meet."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from penguin_local import guard, paths
from penguin_local.agent.helplines import Helplines
from penguin_local.agent.questions import load_questions
from penguin_local.agent.session import Session
from penguin_local.agent.session_models import ChatSettings
from penguin_local.cli.cases_access import DAYS_OVER, line_of
from penguin_local.cli.chat_config import config_file
from penguin_local.cli.chat_minds import Loaded, Wanted, load
from penguin_local.cli.console import say
from penguin_local.errors import BadInput, UsageError
from penguin_local.store.casebook import CaseAbout, Casebook, CaseInfo, NoTrace

if TYPE_CHECKING:
    from penguin_local.store.vault import Vault
    from penguin_local.tui.deps import Deps, Loading

_READ_SECONDS: Final = 20
"""How long the screen shows that a case was deleted."""
_SHIELDS = {
    guard.Hold.SECCOMP: "offline: the kernel refuses every socket but local ones (seccomp)",
    guard.Hold.SANDBOX: "offline: the macOS sandbox refuses the internet",
    guard.Hold.PYTHON: "offline: Python is refused the network; C code is not held",
    guard.Hold.NOTHING: "THE NETWORK IS OPEN (--allow-network)",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a conversation was asked to be."""

    case: str | None
    client: bool
    no_trace: bool
    passphrase_file: str | None
    country: str
    helplines: Helplines
    settings: ChatSettings
    wanted: Wanted
    forms: Path | None
    theme: str
    lock_minutes: float
    keys: Mapping[str, str]


class Models:
    """Loaded when a conversation first needs them, and shared by all that follow."""

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self._loaded: Loaded | None = None

    def get(self, on_load: Callable[[float], None] | None = None) -> Loaded:
        """Raises what loading raises; the next call tries again."""
        if self._loaded is None:
            self._loaded = load(self._wanted, on_load=on_load)
        return self._loaded

    def close(self) -> None:
        """Give all memory back."""
        if self._loaded is not None:
            self._loaded.close()
            self._loaded = None


def make_session(plan: Plan, loaded: Loaded, casebook: Casebook, case: CaseInfo) -> Session:
    """One case, open."""
    session = Session(
        casebook,
        case,
        loaded.minds,
        settings=plan.settings,
        watch=loaded.watch,
        questions=load_questions(),
    )
    if loaded.warning:
        session.note(loaded.warning)
    return session


def shield() -> str:
    """What keeps this process off the network, in a sentence."""
    return _SHIELDS[guard.hold()]


def hold_screen(plan: Plan) -> None:
    """On the whole terminal."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("the screen needs a terminal", hint="add --plain for pipes and screen readers")
    from penguin_local.tui.terminal import unechoed

    with unechoed():
        _hold_screen(plan)


def _hold_screen(plan: Plan) -> None:
    from penguin_local.tui.app import ChatApp

    _check_case(plan)
    models = Models(plan.wanted)
    try:
        app = ChatApp(deps(plan, models, lambda text: app.notify(text, markup=False, timeout=_READ_SECONDS)))
    except UsageError as error:  # keys that cannot be: they stand in the file, not on the command line
        raise BadInput(f"{config_file().name}: {error.message}", hint=error.hint) from error
    try:
        app.run()
    finally:
        models.close()
    if app.return_code:
        raise SystemExit(app.return_code)


def deps(plan: Plan, models: Models, tell: Callable[[str], None]) -> Deps:
    """What the screens are given; `tell` is called in the thread that opens the case file."""
    from penguin_local.store.vault import Vault, exists, strength
    from penguin_local.tui.deps import Deps, Files, Loading, TuiSettings
    from penguin_local.tui.deps import Models as Names

    file = paths.cases_store()

    def session(casebook: Casebook, case: CaseInfo, tell: Callable[[Loading], None]) -> Session:
        name = plan.wanted.model.name
        tell(Loading(name))
        return make_session(plan, models.get(lambda share: tell(Loading(name, share))), casebook, case)

    return Deps(
        files=None
        if plan.no_trace
        else Files(
            exists=lambda: exists(file),
            create=lambda passphrase: Vault.begin(file, passphrase),
            unlock=lambda passphrase: _tidied(Vault.open(file, passphrase=passphrase), tell),
            recover=lambda key: _tidied(Vault.open(file, recovery_key=key), tell),
            renew=_renewed,
            strength=strength,
        ),
        make_session=session,
        models=Names(
            plan.wanted.model.name,
            plan.wanted.judge.name,
            plan.wanted.model.demonstration,
            plan.wanted.judge.demonstration,
        ),
        helplines=plan.helplines,
        shield=shield(),
        offline=guard.hold() is not guard.Hold.NOTHING,
        settings=TuiSettings(
            theme=plan.theme,
            country=plan.country,
            lock_minutes=plan.lock_minutes,
            client=plan.client,
            keymap=plan.keys,
            file=config_file(),
        ),
        chat=plan.settings,
        forms=plan.forms,
        start=plan.case,
    )


def hold_plain(plan: Plan) -> None:
    """Line by line, on stdin and stdout."""
    from penguin_local.cli.chat_plain import PlainChat
    from penguin_local.cli.chat_words import helpline_lines

    _check_case(plan)
    lines = StandardLines()
    country = plan.helplines.of(plan.country)
    today = datetime.now(UTC).date()
    casebook = _casebook(plan, lines)
    models = Models(plan.wanted)
    try:
        case = _case(plan, casebook)
        say(f"{shield()}. Helplines: {country.name}. Loading {plan.wanted.model.name} …")
        loaded = models.get()
        if loaded.warning:
            say(loaded.warning)
        session = make_session(plan, loaded, casebook, case)
        PlainChat(
            session,
            lines,
            where=lambda: country.where,
            numbers=lambda: helpline_lines(country, today),
        ).talk()
    finally:
        casebook.close()
        models.close()


def _check_case(plan: Plan) -> None:
    """Before anybody is asked to begin a case file: there is no case where there is none yet."""
    from penguin_local.store.vault_access import exists

    if plan.case is not None and not exists(paths.cases_store()):
        _missing(plan.case)


def _case(plan: Plan, casebook: Casebook) -> CaseInfo:
    if plan.case is None:
        return casebook.create(CaseAbout("a new case", "client" if plan.client else "self"))
    return next((c for c in casebook.cases() if c.id == plan.case), None) or _missing(plan.case)


def _missing(case: str) -> NoReturn:
    from penguin_local.store.casebook import no_such_case

    raise no_such_case(case)


def _casebook(plan: Plan, lines: StandardLines) -> Casebook:
    if plan.no_trace:
        return NoTrace()
    from penguin_local.store.vault import Vault, exists, strength

    file = paths.cases_store()
    new = not exists(file)
    words = _passphrase(plan, new=new)
    if not new:
        return _tidied(Vault.open(file, passphrase=words), say)
    vault, recovery = Vault.begin(file, words)
    say(f"This passphrase is {strength(words).words}.")
    lines.write(
        "Your recovery key, shown this once. Write it down: without it a forgotten passphrase is the end."
    )
    lines.write(recovery)
    return vault


def _tidied(vault: Vault, tell: Callable[[str], None]) -> Vault:
    """Without the cases whose days are over; each is named."""
    try:
        for case in vault.expire(datetime.now(UTC)):
            tell(DAYS_OVER.format(case=case))
    except BaseException:
        vault.close()
        raise
    return vault


def _renewed(casebook: Casebook, passphrase: str) -> None:
    from penguin_local.store.vault import Vault

    if isinstance(casebook, Vault):
        casebook.set_passphrase(passphrase)


def _passphrase(plan: Plan, *, new: bool) -> str:
    if plan.passphrase_file is not None:
        return line_of(Path(plan.passphrase_file), "passphrase")
    if not sys.stdin.isatty():
        raise UsageError(
            "nobody is there to ask for the passphrase", hint="--passphrase-file FILE, or --no-trace"
        )
    import typer

    if not new:
        return str(typer.prompt("passphrase", hide_input=True, err=True))
    say("There is no case file yet. Choose a passphrase: a few words that belong to nobody but you.")
    return str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=True, err=True))


class StandardLines:
    """stdin and stdout."""

    def __init__(self) -> None:
        """A byte that is no character, as of a text in Latin-1, becomes U+FFFD and ends no conversation."""
        reconfigure = getattr(sys.stdin, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")

    def read(self, prompt: str) -> str | None:
        """The next line; the prompt only where somebody sits there."""
        if prompt and sys.stdin.isatty():
            sys.stdout.write(prompt)
            sys.stdout.flush()
        try:
            line = sys.stdin.readline()
        except KeyboardInterrupt:
            if sys.stdin.isatty():
                self.write("")  # the terminal wrote ^C behind the prompt
            raise
        return line.rstrip("\r\n") if line else None

    def write(self, text: str, *, end: str = "\n") -> None:
        """At once: a screen reader reads along."""
        sys.stdout.write(text + end)
        sys.stdout.flush()
