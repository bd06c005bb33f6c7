"""What does executable content do?"""

from collections.abc import Callable

from lxml import etree

from sandbox.handset.voicexml.document import name_of
from sandbox.handset.voicexml.expression import UNDEFINED, SemanticError, as_text
from sandbox.handset.voicexml.jump import Exit, Fetch, Jump, Thrown, ToForm, ToItem
from sandbox.handset.voicexml.prompt import Piece, render_prompt, render_text
from sandbox.handset.voicexml.scope import Scopes


class Deeds:
    """Executes the content of a block, a filled or a catch. ``say`` hears what is spoken; ``reprompt`` and ``clear``
    are told what the form has to do next. A deed that leaves the content raises its Jump."""

    def __init__(
        self,
        scopes: Scopes,
        *,
        say: Callable[[list[Piece]], None],
        reprompt: Callable[[], None],
        clear: Callable[[list[str] | None], None],
    ) -> None:
        self._scopes = scopes
        self._say = say
        self._reprompt = reprompt
        self._clear = clear

    def execute(self, content: etree._Element) -> None:
        """All of it, in a scope of its own. Raises Jump."""
        self._scopes.enter_anonymous()
        try:
            self._in_order(content)
        except SemanticError as error:
            raise Thrown("error.semantic", str(error)) from None
        finally:
            self._scopes.leave_anonymous()

    def _in_order(self, content: etree._Element) -> None:
        self._say(render_text(content.text, content))
        for element in content:
            self._one(element)
            self._say(render_text(element.tail, content))

    def _one(self, element: etree._Element) -> None:
        name = name_of(element)
        if name == "if":
            self._if(element)
        elif name == "var":
            self._scopes.declare(element.get("name", ""), self._scopes.evaluate(element.get("expr")))
        elif name == "assign":
            self._scopes.assign(element.get("name", ""), self._scopes.evaluate(element.get("expr")))
        elif name == "prompt":
            if holds(self._scopes, element):
                self._say(render_prompt(element, self._scopes.look_up))
        elif name == "value":
            self._say(render_text(as_text(self._scopes.evaluate(element.get("expr"))), element))
        elif name == "reprompt":
            self._reprompt()
        elif name == "clear":
            names = element.get("namelist")
            self._clear(names.split() if names is not None else None)
        elif name != "log":
            raise self._leave(name, element)

    def _if(self, element: etree._Element) -> None:
        """Executes the first branch whose condition holds."""
        open_branch = bool(self._scopes.evaluate(element.get("cond")))
        done = open_branch
        if open_branch:
            self._say(render_text(element.text, element))
        for child in element:
            if name_of(child) in ("elseif", "else"):
                holds_here = name_of(child) == "else" or bool(self._scopes.evaluate(child.get("cond")))
                open_branch = not done and holds_here
                done = done or open_branch
            elif open_branch:
                self._one(child)
            if open_branch:
                self._say(render_text(child.tail, element))

    def _leave(self, name: str, element: etree._Element) -> Jump:
        if name == "throw":
            return Thrown(element.get("event", ""), element.get("message", ""))
        if name == "submit":
            return self._submit(element)
        if name == "goto":
            return self._goto(element)
        return Thrown("connection.disconnect.hangup") if name == "disconnect" else Exit()

    def _goto(self, element: etree._Element) -> Jump:
        item = element.get("nextitem")
        if item is not None:
            return ToItem(item)
        address = self._address(element)
        return ToForm(address.removeprefix("#")) if address.startswith("#") else Fetch(address)

    def _submit(self, element: etree._Element) -> Jump:
        if element.get("enctype", "application/x-www-form-urlencoded") != "application/x-www-form-urlencoded":
            return Thrown("error.unsupported.enctype", element.get("enctype", ""))
        namelist = element.get("namelist")
        if namelist is None:
            return Thrown("error.semantic", "a submit without a namelist is not spoken here")
        fields = {}
        for name in namelist.split():
            value = self._scopes.evaluate(name)
            if value is not UNDEFINED:
                fields[name] = as_text(value)
        return Fetch(self._address(element), element.get("method", "get"), fields)

    def _address(self, element: etree._Element) -> str:
        return element.get("next") or as_text(self._scopes.evaluate(element.get("expr")))


def holds(scopes: Scopes, element: etree._Element) -> bool:
    """Whether an element's ``cond`` is true, or not there."""
    return element.get("cond") is None or bool(scopes.evaluate(element.get("cond")))
