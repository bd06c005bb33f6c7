"""Does a BSS answer every listed operation, well asked and badly asked, as the specifications and TMF630 say?"""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from tests.conformance.examination import Answer, Examination, values_at
from tests.conformance.fault import Fault
from tests.conformance.listed import LISTED, Change, Listed, listed_operations
from tests.conformance.swagger import APIS, Specifications

NO_SUCH = "no-such-thing-0000"
SAMPLE_COUNT = 100
FILTERS_TRIED = 12
TRIES_TO_CREATE = 10
CALLBACK = "http://127.0.0.1:9/conformance"  # the discard port: nobody listens, and the hub is taken back at once
BAD_PAGES = ({"limit": "many"}, {"limit": "-1"}, {"offset": "first"}, {"offset": "-1"}, {"limit": "1.5"})
BAD_BODIES = {
    "truncated JSON": b'{"id": "1"',
    "no JSON at all": b"id=1",
    "null": b"null",
    "an array": b"[]",
    "bytes that are not UTF-8": b'{"id": "\xff"}',
}


async def exercise(client: httpx.AsyncClient, specifications: Specifications) -> Examination:
    """Asks for everything listed and returns the examination with all faults, unexercised operations among them."""
    examination = Examination(client, specifications)
    for listed in sorted(LISTED, key=lambda item: item.creation is None):
        path = f"{specifications.by_api[listed.api].base_path}/{listed.name}"
        if listed.creation:
            await _exercise_creation(examination, path, listed)
        await _exercise_reading(examination, path, listed.scope)
    for api in APIS:
        await _exercise_hub(examination, f"{specifications.by_api[api].base_path}/hub")
    examination.faults += _unexercised(examination)
    return examination


def _unexercised(examination: Examination) -> Iterator[Fault]:
    for api, name in sorted(listed_operations() - examination.exercised):
        yield Fault(api, name, "", "never exercised: it gave no good answer to anything asked")


async def _exercise_reading(examination: Examination, path: str, scope: str | None) -> None:
    found = await examination.ask("GET", path, query={"limit": str(SAMPLE_COUNT)})
    if not found.items or not all(isinstance(item, Mapping) and "id" in item for item in found.items):
        examination.blame("GET", path, "", "there is nothing to judge: the list is empty, or its items have no id")
        return
    sample = max(found.items, key=lambda item: len(str(item)))
    await _read_by_id(examination, path, sample)
    await _read_pages(examination, path, found)
    await _read_fields(examination, path, sample)
    await _read_filtered(examination, path, sample, scope)
    await _read_either(examination, path, found)
    await _read_badly(examination, path)


async def _read_by_id(examination: Examination, path: str, sample: Mapping[str, Any]) -> None:
    one = await examination.ask("GET", f"{path}/{sample['id']}")
    if one.good and isinstance(one.body, Mapping) and one.body.get("id") != sample["id"]:
        examination.blame("GET", f"{path}/{sample['id']}", "/id", "another resource than the one asked for")
    if one.good and isinstance(one.body, Mapping) and set(sample) - set(one.body):
        lost = ", ".join(sorted(set(sample) - set(one.body)))
        examination.blame("GET", f"{path}/{sample['id']}", "", f"lacks what the list shows: {lost}")


async def _read_pages(examination: Examination, path: str, found: Answer) -> None:
    ids = [item["id"] for item in found.items]
    total = int(found.exchange.headers.get("x-total-count", len(ids)))
    page = await examination.ask("GET", path, query={"offset": "1", "limit": "2"})
    if page.good and [item.get("id") for item in page.items] != ids[1:3]:
        examination.blame("GET", path, "query:offset", "offset 1, limit 2 are not the second and third of the list")
    beyond = await examination.ask("GET", path, query={"offset": str(total + 1000), "limit": "2"})
    if not beyond.good or beyond.items:
        examination.blame("GET", path, "query:offset", "an offset beyond the end is not an empty list")


async def _read_fields(examination: Examination, path: str, sample: Mapping[str, Any]) -> None:
    picked = [name for name in sample if not name.startswith("@") and name not in {"id", "href"}][:2]
    query = {"fields": ",".join(picked), "limit": "3"}
    several = await examination.ask("GET", path, query=query)
    if several.good and not several.items:
        examination.blame("GET", path, "query:fields", "fields emptied the list")
    one = await examination.ask("GET", f"{path}/{sample['id']}", query={"fields": ",".join(picked)})
    for name in picked if one.good and isinstance(one.body, Mapping) else ():
        if name not in one.body:
            examination.blame("GET", f"{path}/{sample['id']}", "query:fields", f"{name} was asked for and left out")


async def _read_filtered(examination: Examination, path: str, sample: Mapping[str, Any], scope: str | None) -> None:
    held = dict(_filters(sample))
    always = {scope: held[scope]} if scope and scope in held else {}
    for attribute, value in list(held.items())[:FILTERS_TRIED]:
        answer = await examination.ask("GET", path, query={**always, attribute: value, "limit": "20"})
        if not answer.good:
            examination.blame("GET", path, f"query:{attribute}", f"a filter that holds is refused: {answer.body}")
        elif not answer.items:
            examination.blame("GET", path, f"query:{attribute}", "a filter that holds finds nothing")
        elif not all(value in map(_as_sent, values_at(item, attribute)) for item in answer.items):
            examination.blame("GET", path, f"query:{attribute}", "items came for which the filter does not hold")


async def _read_either(examination: Examination, path: str, found: Answer) -> None:
    ids = sorted({item["id"] for item in found.items})[:2]
    either = await examination.ask("GET", path, query={"id": ",".join(ids)})
    if {item.get("id") for item in either.items} != set(ids):
        examination.blame("GET", path, "query:id", "id=a,b does not find just a and b")


def _filters(sample: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Attribute filters that hold for a resource, by its own plain values."""
    for name, value in sample.items():
        first = value[0] if isinstance(value, list) and value else value
        if name.startswith("@") or name in {"href", "value"}:
            continue
        if isinstance(first, Mapping) and prefix.count(".") < 2:
            yield from _filters(first, f"{prefix}{name}.")
        elif isinstance(first, str | bool) and "," not in _as_sent(first):
            yield f"{prefix}{name}", _as_sent(first)


def _as_sent(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


async def _read_badly(examination: Examination, path: str) -> None:
    await _expect(examination, 404, "GET", f"{path}/{NO_SUCH}", what="an unknown id")
    for query in BAD_PAGES:
        await _expect(examination, 400, "GET", path, what=f"{query}", query=query)
    none = await examination.ask("GET", path, query={"id": NO_SUCH})
    if not none.good or none.items or none.exchange.headers.get("x-total-count") != "0":
        examination.blame("GET", path, "query:id", "a filter that nothing meets is not an empty list with total 0")
    ignored = await examination.ask("GET", path, query={"noSuchProperty": "1", "limit": "5"})
    if ignored.items:
        examination.blame("GET", path, "query:noSuchProperty", "a filter that names no property is ignored")


async def _exercise_creation(examination: Examination, path: str, listed: Listed) -> None:
    creation = listed.creation
    assert creation is not None
    samples = await examination.ask("GET", creation.source, query={**creation.choose, "limit": str(SAMPLE_COUNT)})
    for draft in creation.drafts(samples.items)[:TRIES_TO_CREATE]:
        created = await examination.ask("POST", path, body=draft)
        if created.good:
            await _read_created(examination, path, created)
            await _create_badly(examination, path, draft)
            if listed.change:
                await _change(examination, f"{path}/{created.body['id']}", listed.change)
            return


async def _read_created(examination: Examination, path: str, created: Answer) -> None:
    made = created.body if isinstance(created.body, Mapping) else {}
    if not isinstance(made.get("id"), str):
        examination.blame("POST", path, "/id", "what was created has no id")
        return
    again = await examination.ask("GET", f"{path}/{made['id']}")
    if not again.good or not isinstance(again.body, Mapping) or again.body.get("id") != made["id"]:
        examination.blame("GET", f"{path}/{made['id']}", "", "what was created is not found by its id")


async def _change(examination: Examination, path: str, change: Change) -> None:
    for name, raw in BAD_BODIES.items():
        await _expect(examination, 400, "PATCH", path, what=name, raw=raw)
    await _expect(examination, 400, "PATCH", path, what="an unknown property", body={"noSuchProperty": 1})
    await _expect(examination, 400, "PATCH", path, what=f"{change.bad}", body=dict(change.bad))
    await _expect(examination, 404, "PATCH", f"{path}0000", what="an unknown id", body=dict(change.good))
    changed = await examination.ask("PATCH", path, body=dict(change.good))
    again = await examination.ask("GET", path)
    for name, value in change.good.items() if changed.good and isinstance(again.body, Mapping) else ():
        if again.body.get(name) != value:
            examination.blame("PATCH", path, f"/{name}", "what was changed is not found so")


async def _create_badly(examination: Examination, path: str, draft: dict[str, Any]) -> None:
    for name, raw in BAD_BODIES.items():
        await _expect(examination, 400, "POST", path, what=name, raw=raw)
    await _expect(examination, 400, "POST", path, what="an unknown property", body=draft | {"noSuchProperty": 1})
    operation = examination.specifications.operation("POST", path)
    schema = operation.request_schema if operation else None
    definitions = examination.specifications.by_api[operation.api].definitions if operation else {}
    required = definitions[schema["$ref"].rpartition("/")[2]].get("required", ()) if schema else ()
    for name in required:
        lacking = {key: value for key, value in draft.items() if key != name}
        await _expect(examination, 400, "POST", path, what=f"{name} is missing", body=lacking)
    for name in draft:
        await _expect(examination, 400, "POST", path, what=f"{name} is of another type", body=draft | {name: 7})


async def _exercise_hub(examination: Examination, path: str) -> None:
    made = await examination.ask("POST", path, body={"callback": CALLBACK})
    if made.good and isinstance(made.body, Mapping) and "id" in made.body:
        await examination.ask("DELETE", f"{path}/{made.body['id']}")
        await _expect(examination, 404, "DELETE", f"{path}/{made.body['id']}", what="a hub that was taken back")
    await _expect(examination, 404, "DELETE", f"{path}/{NO_SUCH}", what="an unknown hub")
    await _create_badly(examination, path, {"callback": CALLBACK})


async def _expect(examination: Examination, status: int, method: str, path: str, *, what: str, **request: Any) -> None:
    answer = await examination.ask(method, path, **request)
    if answer.exchange.status != status:
        examination.blame(method, path, "", f"{what}: {status} is due, {answer.exchange.status} came")
