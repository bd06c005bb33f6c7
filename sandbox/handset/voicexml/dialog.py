"""Which item of a form comes next, and what becomes of a key, a silence or an event there?"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from sandbox.handset.voicexml.deed import Deeds, holds
from sandbox.handset.voicexml.document import Document, NotUnderstood, name_of
from sandbox.handset.voicexml.event import select_catch
from sandbox.handset.voicexml.expression import UNDEFINED, SemanticError, as_text
from sandbox.handset.voicexml.grammar import match_keys
from sandbox.handset.voicexml.jump import Exit, Thrown, ToForm, ToItem, Transfer
from sandbox.handset.voicexml.listening import Listening, children, item_name, listen
from sandbox.handset.voicexml.prompt import Piece, render_prompt
from sandbox.handset.voicexml.scope import Scopes

ITEMS = ("block", "field", "transfer")
ROUNDS_WITHOUT_INPUT = 200
HIDDEN_KEY = "•"


class Dialog:
    """One document's forms under VoiceXML's form interpretation algorithm (VoiceXML 2.0 appendix C).

    ``say`` hears what is spoken, ``note_keys`` the keys of a complete input: hidden where more than one may belong to
    it, since they may be a password, and empty for a silence. ``start``, ``press``, ``elapse`` and ``throw`` run until
    a field listens (``listening`` is then set), or raise the Jump that leads out of the document.
    """

    def __init__(
        self,
        document: Document,
        session: Mapping[str, Any],
        *,
        say: Callable[[list[Piece]], None],
        note_keys: Callable[[str], None],
    ) -> None:
        self._document = document
        self._say = say
        self._note_keys = note_keys
        self._scopes = Scopes(session)
        self._deeds = Deeds(self._scopes, say=say, reprompt=self._ask_again, clear=self._clear)
        self._form = document.first_form
        self._queue_prompts = True
        self._prompt_counts: Counter[str] = Counter()
        self._event_counts: Counter[str] = Counter()
        self._went_to: str | None = None
        self.listening: Listening | None = None
        self.keys = ""

    def start(self) -> None:
        """Enters the document at its first form."""
        self._declare(self._document.root, in_document=True)
        self._enter(self._document.first_form)
        self._advance()

    def press(self, key: str) -> None:
        """Hears a key. Once no key can follow, the field is filled, or nothing matched."""
        listening = self._require_listening()
        if key != listening.term_char:
            self.keys += key
            if listening.goes_on(self.keys):
                return
        self._complete(listening)

    @property
    def silence_seconds(self) -> float | None:
        """How long the field waits for the next key; None when none listens."""
        if self.listening is None:
            return None
        return self.listening.silence_seconds(self.keys)

    def elapse(self) -> None:
        """The time to press a key, or the next one, is over."""
        listening = self._require_listening()
        if self.keys:
            self._complete(listening)
            return
        self._note_keys("")
        self._finish(listening.item, self._caught, Thrown("noinput"), listening.item)

    def throw(self, thrown: Thrown) -> None:
        """An event from outside, such as the caller hanging up or a document that can't be fetched."""
        item = self.listening.item if self.listening else self._form
        self._finish(item, self._caught, thrown, item)

    # --- input ------------------------------------------------------------------------------------------------

    def _require_listening(self) -> Listening:
        if self.listening is None:
            raise RuntimeError("no field listens")
        return self.listening

    def _complete(self, listening: Listening) -> None:
        keys = self.keys
        self._note_keys(keys if listening.is_single_key or keys in ("*", "#", "") else HIDDEN_KEY * len(keys))
        if match_keys(listening.pattern, keys).whole:
            self._finish(listening.item, self._fill, listening, keys)
        else:
            self._finish(listening.item, self._caught, Thrown("nomatch"), listening.item)

    def _finish(self, item: etree._Element, deed: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401
        self.listening = None
        self.keys = ""
        self._guarded(item, deed, *arguments)
        self._advance()

    def _fill(self, listening: Listening, keys: str) -> None:
        self._scopes.declare_item(listening.name, keys)
        self._scopes.declare_item(f"{listening.name}$", {"utterance": keys, "inputmode": "dtmf"})
        for filled in children(listening.item, "filled"):
            self._guarded(listening.item, self._deeds.execute, filled)
        for filled in children(self._form, "filled"):
            if self._is_due(filled, listening.name):
                self._guarded(self._form, self._deeds.execute, filled)

    def _is_due(self, filled: etree._Element, just_filled: str) -> bool:
        fields = [item_name(item) for item in children(self._form, "field")]
        names = filled.get("namelist", "").split() or fields
        if just_filled not in names:
            return False
        return filled.get("mode", "all") == "any" or all(self._scopes.look_up(name) is not UNDEFINED for name in names)

    # --- the form interpretation algorithm ----------------------------------------------------------------------

    def _enter(self, form: etree._Element) -> None:
        self._form = form
        self._scopes.enter_dialog()
        self._prompt_counts.clear()
        self._event_counts.clear()
        self._queue_prompts = True
        self._declare(form, in_document=False)
        for item in children(form, *ITEMS):
            self._scopes.declare_item(item_name(item), self._scopes.evaluate(item.get("expr")))

    def _declare(self, parent: etree._Element, *, in_document: bool) -> None:
        for var in children(parent, "var"):
            try:
                value = self._scopes.evaluate(var.get("expr"))
            except SemanticError as error:
                raise Thrown("error.semantic", str(error)) from None
            self._scopes.declare(var.get("name", ""), value, in_document=in_document)

    def _advance(self) -> None:
        for _ in range(ROUNDS_WITHOUT_INPUT):
            item = self._select()
            if item is None:
                raise Exit
            self._guarded(item, self._visit, item)
            if self.listening:
                return
        raise NotUnderstood("a document that goes round in circles and never listens")

    def _select(self) -> etree._Element | None:
        went_to, self._went_to = self._went_to, None
        for item in children(self._form, *ITEMS):
            if went_to is not None and item_name(item) == went_to:
                return item
        if went_to is not None:
            raise Thrown("error.badfetch", f"no item {went_to!r}")
        return next((item for item in children(self._form, *ITEMS) if self._is_open(item)), None)

    def _is_open(self, item: etree._Element) -> bool:
        return self._scopes.look_up(item_name(item)) is UNDEFINED and holds(self._scopes, item)

    def _visit(self, item: etree._Element) -> None:
        kind = name_of(item)
        if kind == "block":
            self._scopes.declare_item(item_name(item), True)
            self._deeds.execute(item)
            return
        prompts = self._prompts(item) if self._queue_prompts else []
        self._queue_prompts = True
        for prompt in prompts:
            self._say(render_prompt(prompt, self._scopes.look_up))
        if kind == "transfer":
            raise self._transfer(item)
        self.listening = listen(item, prompts)

    def _prompts(self, item: etree._Element) -> list[etree._Element]:
        """Tapered prompts: those of the highest count that this visit has reached (VoiceXML 2.0 §4.1.6)."""
        self._prompt_counts[item_name(item)] += 1
        visit = self._prompt_counts[item_name(item)]
        due = [
            prompt
            for prompt in children(item, "prompt")
            if holds(self._scopes, prompt) and int(prompt.get("count", "1")) <= visit
        ]
        best = max((int(prompt.get("count", "1")) for prompt in due), default=1)
        return [prompt for prompt in due if int(prompt.get("count", "1")) == best]

    def _transfer(self, item: etree._Element) -> Transfer:
        destination = item.get("dest") or as_text(self._scopes.evaluate(item.get("destexpr")))
        told = item.get("aaiexpr")
        context = item.get("aai") or (as_text(self._scopes.evaluate(told)) if told else "")
        kind = item.get("type") or ("bridge" if item.get("bridge") == "true" else "blind")
        return Transfer(destination, kind, context)

    # --- events and other ways to leave an item -----------------------------------------------------------------

    def _guarded(self, item: etree._Element, deed: Callable[..., None], *arguments: Any) -> None:  # noqa: ANN401
        """Runs a deed; what stays inside the document (an event, another item or form) is followed up here."""
        try:
            deed(*arguments)
        except Thrown as thrown:
            self._guarded(item, self._caught, thrown, item)
        except SemanticError as error:
            self._guarded(item, self._caught, Thrown("error.semantic", str(error)), item)
        except ToItem as jump:
            self._went_to = jump.name
        except ToForm as jump:
            if jump.form_id not in self._document.forms:
                raise NotUnderstood(f"goto to form {jump.form_id!r}, which is not there") from None
            self._enter(self._document.forms[jump.form_id])

    def _caught(self, thrown: Thrown, item: etree._Element) -> None:
        self._event_counts[f"{item_name(item)} {thrown.event}"] += 1
        occurrence = self._event_counts[f"{item_name(item)} {thrown.event}"]
        if occurrence > ROUNDS_WITHOUT_INPUT:
            raise NotUnderstood(f"{thrown.event} is caught and thrown in circles")
        scopes = [scope for scope in (item, *item.iterancestors()) if name_of(scope) in (*ITEMS, "form", "vxml")]
        catch = select_catch(scopes, thrown.event, occurrence, lambda element: holds(self._scopes, element))
        if catch is None:
            self._default(thrown)
            return
        self._queue_prompts = False
        self._deeds.execute(catch)

    def _default(self, thrown: Thrown) -> None:
        """What a platform does when nobody catches (VoiceXML 2.0 §5.2.5)."""
        if thrown.event not in ("noinput", "nomatch"):
            raise Exit
        self._queue_prompts = True

    def _ask_again(self) -> None:
        self._queue_prompts = True

    def _clear(self, names: list[str] | None) -> None:
        for name in names if names is not None else [item_name(item) for item in children(self._form, *ITEMS)]:
            self._scopes.assign(name, UNDEFINED)
            self._prompt_counts[name] = 0
