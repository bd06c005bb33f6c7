"""Which secrets go through the house, by which door, rightly and wrongly?"""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp

from gateway.identity.oauth.client import ClientKind, OAuthClient
from gateway.identity.oauth.clients import add_client
from gateway.identity.staff.accounts import add_member
from gateway.identity.upkeep import work_on_identity
from graphql_schema.client import Role
from sandbox.handset.voicexml import Call
from tests.gateway.identity.passkey.authenticator import Authenticator
from tests.security.canary_house import HUB, IVR, PUBLIC_URL, WatchedHouse, read_field, send_form

APP_NUMBER, WEB_NUMBER, CALLER, TEXTER = "13800138001", "13800138002", "13800138003", "13800138005"
BACK = "https://partner.example/back"


async def walk_app(house: WatchedHouse) -> None:
    """The app: in by password and code, one thing more, a new password, a forgotten one, out."""
    plant, number = house.plant, APP_NUMBER
    people = (await house.house.levers.get("/sandbox/personas")).json()
    identity = next(person["identityNumber"] for person in people if person["number"] == number)
    async with house.visitor("203.0.113.1") as app:
        wrong = {"number": number, "password": plant("app: wrong password", "913647")}
        assert (await app.post("/api/sign-in", json=wrong)).status_code == 401
        right = {"number": number, "password": plant("app: password", "258001")}
        admitted = (await app.post("/api/sign-in", json=right)).raise_for_status().json()
        device = plant("app: device secret", admitted["device"])
        bearer = {"authorization": f"Bearer {plant('app: session token', admitted['token'])}"}
        await app.post("/api/sign-in", json={**right, "device": plant("app: unknown device", "device-canary-e402")})
        await app.post("/api/sign-in", json={**right, "surplus": plant("app: surplus word", "surplus-canary-11c8")})
        await app.post("/api/sign-in", content="{" + plant("app: broken body", "broken-canary-09fe"))
        lost = {"authorization": f"Bearer {plant('app: unknown token', 'token-canary-4d7a')}"}
        assert (await app.post("/graphql", json={"documentId": "Home"}, headers=lost)).status_code == 401
        begun = await app.post("/api/sign-in/code", json={"number": number, "purpose": "step_up", "device": device})
        challenge = plant("app: challenge", begun.raise_for_status().json()["challenge"])
        code = plant("app: code", await house.read_code(number))
        guess = {"challenge": challenge, "device": device, "code": plant("app: wrong code", "000917")}
        assert (await app.post("/api/step-up", json=guess, headers=bearer)).status_code == 401
        proof = guess | {"code": code}
        surer = (await app.post("/api/step-up", json=proof, headers=bearer)).raise_for_status().json()
        bearer = {"authorization": f"Bearer {plant('app: surer token', surer['token'])}"}
        house.tokens["app"] = surer["token"]

        async def do(document: str, key: str, **given: Any) -> str:
            inputs = {"idempotencyKey": plant(f"app: {key}", f"{key}-canary-6b31"), **given}
            body = {"documentId": document, "variables": {"input": inputs}}
            answer = (await app.post("/graphql", json=body, headers=bearer)).raise_for_status().json()
            return next(iter(answer["data"].values()))["__typename"] if answer.get("data") else str(answer)

        old, new = "258001", plant("app: new password", "740186")
        wrong_old = plant("app: wrong old password", "350197")
        assert await do("ChangePassword", "key1", oldPassword=wrong_old, newPassword=new) == "WrongSecret"
        assert await do("ChangePassword", "key2", oldPassword=old, newPassword=new) == "PasswordChanged"
        weak = plant("app: weak password", "123456")
        assert await do("ChangePassword", "key3", oldPassword=new, newPassword=weak) == "WeakPassword"
        push = plant("app: push token", "push-canary-c81d22f09e")
        assert await do("KeepPushToken", "key4", kind="FCM", token=push) == "PushTokenKept"
        literal = 'mutation { changePassword(input: {idempotencyKey: "k", oldPassword: "%s", newPassword: 7}) { x } }'
        text = literal % plant("app: password in a bad document", "pw-canary-58a1")
        await app.post("/graphql", json={"query": text}, headers=bearer)
        link = {"number": CALLER, "code": plant("app: wrong code of a link", "604139")}
        unknown = plant("app: unknown challenge", "challenge-canary-f00d")
        assert await do("LinkLine", "key5", **link, challenge=unknown) in {"WrongSecret", "CodeExpired"}
        assert await do("RequestPersonalData", "key6", kind="EXPORT") == "PersonalDataRequest"
        begun = await app.post("/api/sign-in/code", json={"number": number, "purpose": "reset"})
        reset = {
            "number": number,
            "challenge": plant("reset: challenge", begun.raise_for_status().json()["challenge"]),
            "code": plant("reset: code", await house.read_code(number, before=code)),
            "identityNumber": plant("reset: wrong ID number", "990101198505059999"),
            "newPassword": plant("reset: new password", "806254"),
        }
        assert (await app.post("/api/passwords/reset", json=reset)).status_code == 401
        reset["identityNumber"] = plant("reset: ID number", identity)
        answer = await app.post("/api/passwords/reset", json=reset)
        assert answer.status_code == 204, answer.text
        await app.post("/api/sign-out", headers=bearer)


async def walk_web(house: WatchedHouse) -> None:
    """The web hall: in by form, code and passkey, an export, and a partner that is let in."""
    plant = house.plant
    async with house.visitor("203.0.113.2") as web:
        by = {"number": WEB_NUMBER, "deed": "check", "by": "password"}
        wrong = plant("web: wrong password", "919283")
        assert (await send_form(web, "/sign-in", **by, password=wrong)).status_code == 422
        plant("web: form cookie", web.cookies["__Host-form"])
        right = plant("web: password", "258002")
        assert (await send_form(web, "/sign-in", **by, password=right)).status_code == 303
        plant("web: session cookie", web.cookies["__Host-hall"])
        plant("web: device cookie", web.cookies["__Host-device"])
        step = {"level": "3", "next": "/security", "by": "code"}
        sent = await send_form(web, "/step-up", page="/security", **step, deed="send")
        proof = step | {"deed": "check", "challenge": plant("web: challenge", read_field(sent.text, "challenge"))}
        code = plant("web: code", await house.read_code(WEB_NUMBER))
        wrong = plant("web: wrong code", "471903")
        assert (await send_form(web, "/step-up", page="/security", **proof, code=wrong)).status_code == 422
        assert (await send_form(web, "/step-up", page="/security", **proof, code=code)).status_code == 303
        plant("web: surer cookie", web.cookies["__Host-hall"])
        await _walk_password(house, web)
        await _walk_passkey(house, web)
        await send_form(web, "/privacy/export")
        await work_on_identity(house.hall.identity)
        led = re.findall(r"/privacy/export/[0-9a-f]{32}", (await web.get("/privacy")).text)
        content = (await web.get(led[0])).raise_for_status().content
        assert content.startswith(b"PK")
        plant("web: content of an export", content[40:72].hex())
        await walk_partner(house, web)
        checked = {"number": WEB_NUMBER, "code": plant("web: wrong contact code", "90817263")}
        await send_form(web, "/check", **checked)
        await web.get("/sign-in/uam?next=/bills")
        led_there = (await web.get("/sign-in/uam")).headers["location"]
        state = plant("login: state", parse_qs(urlsplit(led_there).query)["state"][0])
        plant("login: sealed cookie", web.cookies["__Host-uam"])
        given = {"code": plant("login: code", "uam-code-canary-38ce"), "state": state}
        assert (await web.get("/sign-in/uam/callback", params=given)).status_code == 303


async def _walk_password(house: WatchedHouse, web: httpx.AsyncClient) -> None:
    page = (await web.get("/security/password")).text
    names = re.findall(r'name="([a-z_]+)"[^>]*type="password"|type="password"[^>]*name="([a-z_]+)"', page)
    fields = [first or second for first, second in names]
    typed = [house.plant("web: mistyped old password", "628195"), house.plant("web: new password", "517396")]
    await send_form(web, "/security/password", **dict(zip(fields, [*typed, typed[1]], strict=False)))


async def _walk_passkey(house: WatchedHouse, web: httpx.AsyncClient) -> None:
    key, plant = Authenticator(PUBLIC_URL), house.plant
    begun = (await send_form(web, "/passkeys/begin", page="/security/passkeys", deed="make")).json()
    made = key.make(begun["options"])
    form = {"challenge": plant("passkey: challenge to make", begun["challenge"]), "answer": made, "name": "key"}
    plant("passkey: attestation", json.loads(made)["response"]["attestationObject"])
    assert (await send_form(web, "/security/passkeys", **form)).status_code == 303
    async with house.visitor("203.0.113.3") as other:
        for turn in ("wrong", "right"):
            begun = (await send_form(other, "/passkeys/begin", page="/sign-in", deed="use")).json()
            answer = key.use(begun["options"], challenge="AAAA" if turn == "wrong" else None)
            plant(f"passkey: challenge to use, {turn}", begun["challenge"])
            plant(f"passkey: {turn} answer", json.loads(answer)["response"]["signature"])
            form = {"by": "passkey", "challenge": begun["challenge"], "answer": answer, "deed": "check"}
            status = (await send_form(other, "/sign-in", **form)).status_code
            assert status == (422 if turn == "wrong" else 303)


async def walk_partner(house: WatchedHouse, web: httpx.AsyncClient) -> None:
    """A partner's server: pushed request, consent, code, tokens, all of them wrong once."""
    plant = house.plant
    partner = OAuthClient(
        "partner", "Partner", ClientKind.CONFIDENTIAL, (BACK,), frozenset({"openid", "offline_access", "line"})
    )
    secret = plant("oauth: client secret", await add_client(house.hall.engine, partner, now=datetime.now(UTC)) or "")
    plant("oauth: basic credentials", base64.b64encode(f"partner:{secret}".encode()).decode())
    verifier = plant("oauth: verifier", "verifier-canary-" + "5d" * 20)
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    wish = {
        "response_type": "code", "redirect_uri": BACK, "scope": "openid offline_access line", "state": "state",
        "nonce": "nonce", "code_challenge": challenge, "code_challenge_method": "S256",
    }  # fmt: skip
    async with house.visitor("203.0.113.4") as server:

        async def post(path: str, secret: str = secret, **form: str) -> httpx.Response:
            return await server.post(path, data=form, auth=("partner", secret))

        wrong_secret = plant("oauth: wrong client secret", "client-canary-2209")
        assert (await post("/oauth/par", wrong_secret, **wish)).status_code == 401
        pushed = (await post("/oauth/par", **wish)).raise_for_status().json()["request_uri"]
        plant("oauth: pushed request", pushed.rpartition(":")[2])
        asked = await web.get("/oauth/authorize", params={"client_id": "partner", "request_uri": pushed})
        assert asked.status_code == 200, asked.text
        form = {"form": read_field(asked.text, "form"), "request": read_field(asked.text, "request"), "answer": "allow"}
        plant("oauth: consent question", form["request"])
        led = (await web.post("/oauth/authorize", data=form, headers={"origin": PUBLIC_URL})).headers["refresh"]
        code = plant("oauth: code", parse_qs(urlsplit(led).query)["code"][0])
        redeem = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": verifier}
        wrong = {"code": plant("oauth: unknown code", "code-canary-7781"), "code_verifier": "v" * 43}
        assert (await post("/oauth/token", **redeem | wrong)).status_code == 400
        tokens = (await post("/oauth/token", **redeem)).raise_for_status().json()
        for name in ("access_token", "refresh_token", "id_token"):
            plant(f"oauth: {name}", tokens[name])
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        assert (await server.get("/oauth/userinfo", headers=bearer)).status_code == 200
        await server.post("/graphql", json={"query": "{ me { line { id } inbox { totalCount } } }"}, headers=bearer)
        assert (await post("/oauth/introspect", token=tokens["access_token"])).json()["active"]
        fresh = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        renewed = (await post("/oauth/token", **fresh)).raise_for_status().json()
        plant("oauth: second refresh token", renewed["refresh_token"])
        plant("oauth: second access token", renewed["access_token"])
        assert (await post("/oauth/token", **fresh)).status_code == 400, "the first one again ends all"
        assert (await post("/oauth/token", **redeem)).status_code == 400
        await post("/oauth/revoke", token=renewed["refresh_token"])
        await post("/oauth/revoke", token=plant("oauth: token of nobody", "revoked-canary-1133"))
        await server.post("/oauth/logout", data={"id_token_hint": tokens["id_token"]})


async def walk_call(house: WatchedHouse) -> None:
    """A call: a password keyed in wrongly, a code instead; a strange gateway."""
    plant, asked = house.plant, f"{house.address}/ivr?token={IVR}&caller={CALLER}&call=c-1"
    async with Call(asked, CALLER, call_id="c-1") as call:
        await call.dial()
        await call.press("1")
        await call.press("5")
        assert "服务密码" in call.heard
        await call.press(plant("call: wrong password", "771204") + "#")
        await call.press("1#")
        code = plant("call: code", await house.read_code(CALLER))
        await call.press(plant("call: wrong code", "118362") + "#")
        await call.press(code + "#")
        await call.press("*")
        await call.press("6")
        await call.press("5")
        for keys in (plant("call: old password", "258003"), plant("call: new password", "649170"), "649170"):
            await call.press(keys + "#")
        assert call.error is None
    wrong = plant("call: wrong gateway token", "gateway-canary-0a")
    async with house.visitor("203.0.113.5") as gateway:
        for name, asked_with in (
            ("a stranger's", {"token": wrong, "caller": CALLER}),
            ("an unnamed", {"token": IVR, "caller": CALLER}),
        ):
            page = await gateway.get("/ivr", params=asked_with)
            key = re.search(r"key[^>]*'([A-Za-z0-9_-]{32})'", page.text)
            assert key, page.text
            plant(f"call: key of {name} call", key.group(1))
            keyed = {"key": key.group(1), "step": "1", "heard": "key", "keys": "1"}
            await gateway.post("/ivr/turn", data=keyed)
            lost = plant(f"call: key of no call, {name}", "".join(reversed(key.group(1))))
            await gateway.post("/ivr/turn", data=keyed | {"key": lost, "keys": "84620197"})


async def walk_texts(house: WatchedHouse) -> None:
    """Texts: passwords and ID numbers, right and wrong, and a text that means nothing."""
    plant, number = house.plant, TEXTER
    wrong, right, new = plant("text: wrong password", "339271"), plant("text: password", "258005"), "960428"
    plant("text: new password", new)
    await house.text_in(number, f"BGMM#{wrong}#{new}#{new}", f"BGMM#{right}#{new}#{new}", "MMCZ")
    code = plant("text: code", await house.read_code(number))
    identity = plant("text: wrong ID number", "990101197001010007")
    last = plant("text: password of a reset", "275908")
    await house.text_in(number, f"MMCZ#{code}#{identity}#{last}#{last}", "ZDMX", plant("text: code by guess", "550917"))


async def prove_passwords(house: WatchedHouse) -> None:
    """The new passwords of call and text hold: the deeds were done, not refused."""
    async with house.visitor("203.0.113.9") as app:
        for number, password in ((CALLER, "649170"), (TEXTER, "960428")):
            answer = await app.post("/api/sign-in", json={"number": number, "password": password})
            assert answer.status_code == 200, (number, answer.text)


async def walk_desk(house: WatchedHouse) -> None:
    """Staff: invited, enrolled, in and out, and the code that a customer asks for."""
    plant = house.plant
    invitation = await add_member(
        house.hall.engine, name="李晓雯", role=Role.CARE, staff_id="1001", now=datetime.now(UTC)
    )
    code = plant("desk: enrolment code", invitation.code)
    async with house.visitor("203.0.113.6") as desk:
        unknown = plant("desk: unknown enrolment code", "ABCD-EFGH-JKLM-NPQR-STUV")
        await send_form(desk, "/desk/enrol", enrolment=unknown, step="begin")
        page = (await send_form(desk, "/desk/enrol", enrolment=code, step="begin")).text
        key = plant(
            "desk: key of the authenticator", next(iter(re.findall(r"[A-Z2-7]{32}", re.sub(r"\s|&nbsp;", "", page))))
        )
        now, totp = datetime.now(UTC), pyotp.TOTP(key)
        phrase = plant("desk: passphrase", "three grey canaries at dawn")
        first, second = (
            plant("desk: first code", totp.at(now)),
            plant("desk: second code", totp.at(now + timedelta(seconds=30))),
        )
        form = {"enrolment": code, "step": "finish", "passphrase": phrase, "again": phrase}
        await send_form(desk, "/desk/enrol", **form, code=plant("desk: wrong code", "020406"))
        assert (await send_form(desk, "/desk/enrol", **form, code=first)).status_code == 303
        plant("desk: cookie", desk.cookies["__Host-desk"])
        await send_form(desk, "/desk/sign-out", page="/desk")
        wrong = plant("desk: wrong passphrase", "four grey canaries at dusk")
        await send_form(desk, "/desk/sign-in", id="1001", passphrase=wrong, code=second)
        assert (await send_form(desk, "/desk/sign-in", id="1001", passphrase=phrase, code=second)).status_code == 303
        plant("desk: second cookie", desk.cookies["__Host-desk"])
        opened = {"number": TEXTER, "kind": "CALL", "purpose": "BILL", "minutes": "60"}
        page = (await send_form(desk, "/desk/contact", **opened)).text
        digits = re.findall(r"(?<!\d)\d{4}[ \u00a0]?\d{4}(?!\d)", page)
        contact = plant("desk: contact code", re.sub(r"\D", "", digits[0]))
    await house.text_in(TEXTER, f"YZ#{contact}", f"YZ#{plant('text: wrong contact code', '73920184')}")
    async with house.visitor("203.0.113.7") as anybody:
        checked = {"query": "query($c: String!, $n: String) { contact(code: $c, number: $n) { genuine } }"}
        await anybody.post("/graphql", json=checked | {"variables": {"c": contact, "n": TEXTER}})


async def walk_events(house: WatchedHouse) -> None:
    """The BSS: an event with its token, and with a wrong one; a worker is woken."""
    used = {"number": APP_NUMBER, "usageType": "data", "amount": 1000}
    usage = (await house.house.levers.post("/sandbox/usage", json=used)).raise_for_status().json()
    event = {
        "eventId": "1",
        "eventType": "UsageCreateEvent",
        "eventTime": usage["usageDate"],
        "event": {"usage": usage},
    }
    async with house.visitor("203.0.113.8") as bss:
        assert (await bss.post(f"/bss/{HUB}/listener/usageCreateEvent", json=event)).status_code == 204
        wrong = house.plant("hub: wrong token", "hub-canary-wrong-4f")
        assert (await bss.post(f"/bss/{wrong}/listener/usageCreateEvent", json=event)).status_code == 404


async def walk_outage(house: WatchedHouse, when: str) -> None:
    """Every door once more while something behind it is broken; what it answers is not looked at here."""
    plant, pin = house.plant, {"database": "7", "bss": "8", "table": "9"}[when]
    secret = plant(f"{when} broken: password", f"61{pin}283")
    async with house.visitor(f"203.0.113.1{pin}") as app:
        await app.post("/api/sign-in", json={"number": "13800138006", "password": secret})
        await app.post("/api/sign-in/code", json={"number": "13800138006"})
        proof = {
            "code": plant(f"{when} broken: code", f"94{pin}170"),
            "challenge": plant(f"{when} broken: challenge", f"challenge-canary-{when}"),
        }
        bearer = {"authorization": f"Bearer {plant(f'{when} broken: token', f'token-canary-{when}')}"}
        await app.post("/api/sign-in", json={"number": "13800138006", **proof})
        await app.post("/api/step-up", json=proof, headers=bearer)
        identity = plant(f"{when} broken: ID number", f"99010119850505000{pin}")
        reset = {"number": "13800138006", **proof, "identityNumber": identity, "newPassword": secret}
        await app.post("/api/passwords/reset", json=reset)
        inputs = {"idempotencyKey": "k", "oldPassword": secret, "newPassword": secret}
        await app.post(
            "/graphql", json={"documentId": "ChangePassword", "variables": {"input": inputs}}, headers=bearer
        )
        token = plant(f"{when} broken: refresh token", f"refresh-canary-{when}")
        form = {"grant_type": "refresh_token", "refresh_token": token}
        await app.post("/oauth/token", data=form, auth=("partner", f"client-canary-{when}"))
        cookies = {"cookie": f"__Host-hall=cookie-canary-{when}; __Host-desk=desk-canary-{when}"}
        plant(f"{when} broken: cookie", f"cookie-canary-{when}")
        plant(f"{when} broken: desk cookie", f"desk-canary-{when}")
        for path in ("/home", "/desk", "/security"):
            await app.get(path, headers=cookies)
        await send_form(app, "/sign-in", number="13800138006", password=secret, deed="check", by="password")
        desk = {
            "id": "1001",
            "passphrase": plant(f"{when} broken: passphrase", f"passphrase canary {when}"),
            "code": "314159",
        }
        await send_form(app, "/desk/sign-in", **desk)
