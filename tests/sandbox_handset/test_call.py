"""Does the phone execute VoiceXML as the specification says, element by element?"""

import pytest

from sandbox.handset.voicexml import Call, Piece
from tests.sandbox_handset.conftest import Shelf

pytestmark = pytest.mark.anyio
ONE_OR_TWO = "<one-of><item>1</item><item>2</item></one-of>"
KEYS_1_2 = f'<grammar mode="dtmf" version="1.0" root="r"><rule id="r">{ONE_OR_TWO}</rule></grammar>'
FIELD = f'<field name="choice">{KEYS_1_2}<prompt>One or two?</prompt>{{rest}}</field>'


async def dialled(shelf: Shelf, inside: str) -> Call:
    call = Call(shelf.put(inside), "13800138001")
    await call.dial()
    return call


def form(inside: str) -> str:
    return f'<form id="first">{inside}</form>'


async def test_blocks_are_done_in_order_and_then_the_call_is_over(shelf: Shelf) -> None:
    call = await dialled(shelf, form("<block>One.</block><block><prompt>Two.</prompt></block>"))
    assert (call.heard, call.state, call.error) == ("One. Two.", "ended", None)


async def test_variables_conditions_and_assignments(shelf: Shelf) -> None:
    branches = """<block><var name="here" expr="'inner'"/><assign name="seen" expr="seen + here"/>
      <if cond="seen == 'x'">no<elseif cond="seen == 'xinner'"/><prompt>yes <value expr="seen"/></prompt><else/>no</if>
      </block>
      <block cond="seen == 'never'">no</block><block><if cond="false">no<else/>else</if></block>"""
    call = await dialled(shelf, f'<var name="seen" expr="\'x\'"/>{form(branches)}')
    assert (call.heard, call.error) == ("yes xinner else", None)


async def test_a_filled_field_is_submitted(shelf: Shelf) -> None:
    shelf.put(form("<block>Done.</block>"), "/next")
    rest = '<filled><submit next="next" method="post" namelist="choice who"/></filled>'
    call = await dialled(
        shelf, '<var name="who" expr="session.connection.remote.uri"/>' + form(FIELD.format(rest=rest))
    )
    assert (call.heard, call.silence_seconds, call.barge_in) == ("One or two?", 10.0, True)
    await call.press("2")
    assert (call.heard, call.state) == ("Done.", "ended")
    assert shelf.asked[-1] == ("POST", "/next", {"choice": "2", "who": "tel:13800138001"})


async def test_a_get_submit_puts_its_fields_into_the_address(shelf: Shelf) -> None:
    shelf.put(form("<block>Done.</block>"), "/next")
    await dialled(
        shelf, form('<block><var name="a" expr="\'x&amp;y\'"/><submit next="/next?b=2" namelist="a"/></block>')
    )
    assert shelf.asked[-1] == ("GET", "/next", {"a": "x&y", "b": "2"})


async def test_nomatch_and_noinput_are_counted_each(shelf: Shelf) -> None:
    rest = """<nomatch>Wrong.<reprompt/></nomatch><nomatch count="2">Wrong again.</nomatch>
      <noinput>Silence.<reprompt/></noinput><noinput count="2"><exit/></noinput>"""
    call = await dialled(shelf, form(FIELD.format(rest=rest)))
    await call.press("7")
    assert call.heard == "Wrong. One or two?"
    await call.wait_silence()
    assert call.heard == "Silence. One or two?"
    await call.press("9")
    assert call.heard == "Wrong again.", "without reprompt the prompt is not said again"
    await call.wait_silence()
    assert (call.state, call.error) == ("ended", None)


async def test_prompts_taper(shelf: Shelf) -> None:
    prompts = f'<field name="f">{KEYS_1_2}<prompt>Long.</prompt><prompt count="2">Short.</prompt></field>'
    call = await dialled(shelf, form(prompts))
    assert call.heard == "Long."
    await call.wait_silence()
    assert call.heard == "Short."


async def test_a_catch_of_the_document_catches_what_a_field_does_not(shelf: Shelf) -> None:
    caught = '<catch event="nomatch noinput"><prompt>Outer.</prompt></catch>'
    call = await dialled(shelf, caught + form(FIELD.format(rest="<noinput>Inner.</noinput>")))
    await call.press("7")
    assert call.heard == "Outer."
    await call.wait_silence()
    assert call.heard == "Inner."


async def test_a_thrown_event_is_caught_by_its_prefix(shelf: Shelf) -> None:
    inside = '<catch event="com.example">Caught.</catch><catch event="com.example.other">No.</catch>'
    call = await dialled(shelf, form(f'{inside}<block><throw event="com.example.alarm"/></block>'))
    assert (call.heard, call.state) == ("Caught.", "ended")


async def test_goto_leads_to_an_item_a_form_and_a_document(shelf: Shelf) -> None:
    shelf.put(form("<block>Document.</block>"), "/next")
    first = form(
        '<block><goto nextitem="last"/></block><block name="skipped" expr="true">No.</block>'
        '<block name="middle">No.</block><block name="last">Item. <goto next="#second"/></block>'
    )
    call = await dialled(shelf, first + '<form id="second"><block>Form. <goto next="/next"/></block></form>')
    assert (call.heard, call.error) == ("Item. Form. Document.", None)


async def test_keys_with_a_terminator_and_time_between_them(shelf: Shelf) -> None:
    timers = '<property name="interdigittimeout" value="5s"/><property name="timeout" value="7s"/>'
    filled = '<filled><value expr="pin"/></filled>'
    field = f'<field name="pin" type="digits?minlength=2;maxlength=4"><prompt>Keys?</prompt>{filled}</field>'
    call = await dialled(shelf, timers + form(field))
    assert call.silence_seconds == 7
    await call.press("12")
    assert (call.silence_seconds, call.keys_pressed) == (5, 2)
    await call.press("#")
    assert call.heard == "12"
    call = await dialled(shelf, timers + form(field))
    await call.press("123")
    await call.wait_silence()
    assert call.heard == "123"
    call = await dialled(shelf, timers + form(field))
    await call.press("1#")
    assert call.heard == "Keys?", "too few keys match nothing, and the question comes again"


async def test_after_the_last_digit_a_hash_may_still_come(shelf: Shelf) -> None:
    field = '<field name="pin" type="digits?length=2"><property name="termtimeout" value="2s"/>{}</field>'.format(
        "<filled><prompt>Thanks.</prompt></filled><nomatch>Too many.</nomatch>"
    )
    call = await dialled(shelf, form(field + FIELD.format(rest="")))
    await call.press("12")
    assert (call.silence_seconds, call.heard) == (2, "")
    await call.press("#")
    assert call.heard == "Thanks. One or two?"
    call = await dialled(shelf, form(field))
    await call.press("123")
    assert call.heard == "Too many."


async def test_several_keys_are_hidden_in_what_is_noted(shelf: Shelf) -> None:
    field = '<field name="pin" type="digits?length=6"><filled><exit/></filled></field>'
    call = await dialled(shelf, form(FIELD.format(rest="") + field))
    await call.press("1")
    await call.press("258001")
    assert [turn.text for turn in call.turns if turn.speaker == "caller"] == ["1", "••••••"]


async def test_filled_of_a_form_waits_for_all_its_fields(shelf: Shelf) -> None:
    fields = f'<field name="a">{KEYS_1_2}</field><field name="b">{KEYS_1_2}</field>'
    call = await dialled(shelf, form(f'{fields}<filled>Both <value expr="a + b"/>.<clear namelist="a b"/></filled>'))
    await call.press("1")
    assert call.heard == ""
    await call.press("2")
    assert call.heard == "Both 12 ."
    assert call.state == "talking", "cleared fields are asked again"


async def test_speech_has_language_pace_loudness_and_pauses(shelf: Shelf) -> None:
    prompt = """<prompt>A <prosody rate="slow" volume="loud"><s xml:lang="zh-CN">乙</s></prosody><break time="500ms"/>
      <say-as interpret-as="digits">12</say-as></prompt>"""
    call = await dialled(shelf, form(f"<block>{prompt}</block>"))
    assert call.turns[0].pieces == (
        Piece("A", "en-US"),
        Piece("乙", "zh-CN", "slow", "loud"),
        Piece("", "en-US", pause_ms=500),
        Piece("12", "en-US"),
    )


async def test_a_transfer_says_whereto_and_what_is_told(shelf: Shelf) -> None:
    transfer = '<transfer name="t" type="blind" dest="tel:10086" aai="why=asked"><prompt>Hold.</prompt></transfer>'
    call = await dialled(shelf, form(transfer))
    assert (call.state, call.transferred_to, call.context) == ("transferred", "tel:10086", "why=asked")
    assert call.heard == "Hold."


async def test_hanging_up_runs_the_last_word(shelf: Shelf) -> None:
    shelf.put(form("<block>Nobody hears this.</block>"), "/bye")
    caught = '<catch event="connection.disconnect"><submit next="/bye" namelist="why"/></catch>'
    call = await dialled(shelf, f'<var name="why" expr="\'tired\'"/>{caught}' + form(FIELD.format(rest="")))
    await call.hang_up()
    assert (call.state, call.error, call.heard) == ("ended", None, "One or two?")
    assert shelf.asked[-1] == ("GET", "/bye", {"why": "tired"})
    await call.press("1")
    assert call.state == "ended"


async def test_disconnect_ends_the_call(shelf: Shelf) -> None:
    call = await dialled(shelf, form("<block>Bye.<disconnect/></block><block>No.</block>"))
    assert (call.heard, call.state) == ("Bye.", "ended")


@pytest.mark.parametrize(
    "inside",
    [
        form("<block><audio src='x.wav'/></block>"),
        form("<record name='r'/>"),
        form("<block><submit next='/' namelist='x' fetchaudio='y'/></block>"),
        form("stray text"),
        form("<block><script>1</script></block>"),
        form("<field name='f'><option>1</option></field>"),
        "<menu/>",
        "<script>1</script>" + form("<block/>"),
        form("<block xmlns='urn:other'/>"),
        form("<field name='f'><prompt>No grammar.</prompt></field>"),
        form("<block name='a' expr='true'/><field name='f' type='currency'/>"),
        "<var name='no'/>",
    ],
)
async def test_what_the_phone_does_not_know_is_an_error_and_never_skipped(shelf: Shelf, inside: str) -> None:
    call = await dialled(shelf, inside)
    assert call.state == "ended"
    assert call.error


async def test_an_unknown_element_is_named_with_its_line(shelf: Shelf) -> None:
    call = await dialled(shelf, form("\n\n<block><audio src='x'/></block>"))
    assert call.error == "<audio> in <block> at line 3 is unknown here"


@pytest.mark.parametrize(
    "inside", ["<block><value expr='missing'/></block>", "<block><assign name='x' expr='1'/></block>"]
)
async def test_a_wrong_expression_is_an_error_event(shelf: Shelf, inside: str) -> None:
    caught = await dialled(shelf, f'<catch event="error.semantic">Caught.</catch>{form(inside)}')
    assert caught.heard == "Caught."
    call = await dialled(shelf, form(inside))
    assert call.state == "ended"


async def test_a_document_that_is_not_there_is_an_event_in_the_one_that_asked(shelf: Shelf) -> None:
    caught = '<catch event="error.badfetch">Not there.</catch>'
    call = await dialled(shelf, caught + form('<block><goto next="/missing"/></block>'))
    assert (call.heard, call.state) == ("Not there.", "ended")
    assert call.error == "error.badfetch.http.404: /missing answered 404"


async def test_an_entry_that_is_no_voicexml_ends_the_call(shelf: Shelf) -> None:
    shelf.media_type = "text/html"
    call = await dialled(shelf, form("<block>No.</block>"))
    assert (call.state, call.heard) == ("ended", "")
    assert call.error == "error.badfetch: / is 'text/html', no VoiceXML document"


async def test_nobody_answers_at_a_closed_port() -> None:
    call = Call("http://127.0.0.1:9/ivr", "13800138001")
    await call.dial()
    assert call.state == "ended"
    assert (call.error or "").startswith("error.badfetch")


@pytest.mark.parametrize(
    "inside",
    [
        form('<block><goto next="/"/></block>'),
        form('<catch event="a"><throw event="a"/></catch><block><throw event="a"/></block>'),
        form('<block name="a"><clear/></block>'),
    ],
)
async def test_documents_that_go_round_in_circles_are_stopped(shelf: Shelf, inside: str) -> None:
    call = await dialled(shelf, inside)
    assert call.state == "ended"
    assert call.error


async def test_entities_are_not_expanded(shelf: Shelf) -> None:
    shelf.documents["/"] = (
        '<!DOCTYPE vxml [<!ENTITY a SYSTEM "file:///etc/hostname">]><vxml version="2.1" '
        'xmlns="http://www.w3.org/2001/vxml"><form><block>&a;</block></form></vxml>'
    )
    call = Call(shelf.url + "/", None)
    await call.dial()
    assert call.heard == ""
    assert call.error
