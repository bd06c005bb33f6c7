"""Can everybody pay on the page: in Chinese and in English, without a script, and back to the merchant?"""

from html.parser import HTMLParser

import pytest

from sandbox.pay.words import WORDS
from tests.sandbox.pay.conftest import Shop

pytestmark = pytest.mark.anyio


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self.attributes: dict[str, dict[str, str | None]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.setdefault(tag, dict(attrs))

    def handle_data(self, data: str) -> None:
        self.words += [data.strip()] if data.strip() else []


async def look(shop: Shop, address: str, language: str) -> Page:
    answer = await shop.client.get(address, headers={"Accept-Language": language})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return Page(answer.text)


@pytest.mark.parametrize(
    ("accepted", "language"), [("zh-CN,en;q=0.5", "zh"), ("en-GB,zh;q=0.5", "en"), ("fr", "zh"), ("fr,en;q=0.5", "en")]
)
async def test_a_page_speaks_as_the_browser_does(shop: Shop, accepted: str, language: str) -> None:
    page = await look(shop, (await shop.open("r1", "1234.50"))["page"], accepted)
    assert page.attributes["html"]["lang"] == language
    assert {WORDS[language]["pay_title"], "¥1,234.50", "话费充值", WORDS[language]["pay"]} <= set(page.words)


async def test_the_other_language_is_one_link_away_and_stays(shop: Shop) -> None:
    made = await shop.open("r1")
    page = await look(shop, f"{made['page']}?lang=en", "zh")
    assert page.attributes["html"]["lang"] == "en"
    assert page.attributes["a"]["href"] == "?lang=zh"
    assert page.attributes["form"]["action"] == "?lang=en"


async def test_a_page_has_no_script_and_lets_the_form_lead_to_the_merchant_alone(shop: Shop) -> None:
    answer = await shop.client.get((await shop.open("r1"))["page"])
    assert "script" not in Page(answer.text).tags
    policy = answer.headers["content-security-policy"]
    assert "form-action 'self' http://127.0.0.1:9;" in policy
    assert "default-src 'none'" in policy
    assert answer.headers["cache-control"] == "no-store"
    assert (await shop.client.get("/pay/pay.css")).headers["content-type"].startswith("text/css")


async def test_every_control_has_its_words_and_the_page_one_heading(shop: Shop) -> None:
    page = await look(shop, (await shop.open("r1"))["page"], "en")
    assert page.tags.count("h1") == page.tags.count("main") == 1
    assert page.tags.count("button") == 2
    assert {"Pay", "Do not pay"} <= set(page.words)
    assert page.attributes["meta"]["charset"] == "utf-8"


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(("answer", "state"), [("pay", "paid"), ("refuse", "refused")])
async def test_what_is_over_says_so_and_offers_only_the_way_back(
    shop: Shop, language: str, answer: str, state: str
) -> None:
    made = await shop.open("r1")
    await shop.pay(made, answer)
    page = await look(shop, made["page"], language)
    assert {WORDS[language][state], WORDS[language]["back"]} <= set(page.words)
    assert "form" not in page.tags
    assert page.attributes["h1"]["role"] == "status"


async def test_an_answer_that_is_none_changes_nothing(shop: Shop) -> None:
    made = await shop.open("r1")
    for body in ({"answer": "maybe"}, {}, {"answer": "pay" * 1000}):
        assert (await shop.client.post(made["page"], data=body)).status_code == 200
    assert (await shop.fetch("r1"))["state"] == "open"


async def test_what_the_merchant_writes_is_shown_as_it_is(shop: Shop) -> None:
    made = await shop.open("r1", subject="<script>alert(1)</script>")
    page = await look(shop, made["page"], "en")
    assert "script" not in page.tags
    assert "<script>alert(1)</script>" in page.words


@pytest.mark.parametrize("address", ["/pay/unknown", "/pay/sign/unknown"])
async def test_a_page_that_nobody_made_says_where_to_begin(shop: Shop, address: str) -> None:
    answer = await shop.client.get(address)
    assert answer.status_code == 404
    assert WORDS["zh"]["gone"] in answer.text


def test_both_languages_have_the_same_words() -> None:
    assert WORDS["zh"].keys() == WORDS["en"].keys()
